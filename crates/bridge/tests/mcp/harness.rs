//! A client of the server, and the world as a test makes it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use peerwatch_bridge::mcp::{Caller, Options, ServeError, Surroundings, serve_over};
use peerwatch_bridge::{Bearer, Process};
use peerwatch_core::Timestamp;
use regex::Regex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf, duplex,
    split,
};

/// 2026-11-25 12:00:00 UTC.
const NOON: i64 = 1_795_608_000_000;

/// What the servers of one test know of the world.
pub(crate) struct World {
    folder: TempDir,
    now: Mutex<i64>,
    dead: Mutex<Vec<u32>>,
    shown: Mutex<BTreeMap<String, bool>>,
    presence: Mutex<BTreeMap<u32, (String, String)>>,
    sessions: Mutex<Vec<(u32, String)>>,
}

impl World {
    pub(crate) fn new() -> Arc<World> {
        Arc::new(World {
            folder: tempfile::tempdir().unwrap(),
            now: Mutex::new(NOON),
            dead: Mutex::default(),
            shown: Mutex::default(),
            presence: Mutex::default(),
            sessions: Mutex::default(),
        })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("bridge.db")
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp(*self.now.lock().unwrap())
    }

    pub(crate) fn pass(&self, seconds: i64) {
        *self.now.lock().unwrap() += seconds * 1000;
    }

    pub(crate) fn kill(&self, pid: u32) {
        self.dead.lock().unwrap().push(pid);
    }

    /// The transcript tells whether the result of `call` reached the model.
    pub(crate) fn show(&self, call: &str, arrived: bool) {
        self.shown.lock().unwrap().insert(call.into(), arrived);
    }

    /// A session lives that has not called anything yet.
    pub(crate) fn lives(&self, pid: u32, name: &str) {
        self.sessions.lock().unwrap().push((pid, name.into()));
    }

    pub(crate) fn conclude(&self, pid: u32, word: &str, summary: &str) {
        self.presence.lock().unwrap().insert(pid, (word.into(), summary.into()));
    }

    /// A session's server on the own bridge, ready to be called.
    pub(crate) async fn own(self: &Arc<World>, pid: u32, name: &str) -> Client {
        Client::ready(self, pid, name, Options::own(self.database())).await
    }

    /// A session's server on a database like the original's, ready to be called.
    pub(crate) async fn foreign(self: &Arc<World>, pid: u32) -> Client {
        Client::ready(self, pid, "", Options::foreign(self.database())).await
    }
}

/// One session in the world; a call whose id begins with `sub-` is made by its subagent.
struct Session {
    world: Arc<World>,
    pid: u32,
    id: String,
    name: String,
}

impl Surroundings for Session {
    fn caller(&self, tool_use: Option<&str>) -> Caller {
        let agent = if tool_use.is_some_and(|call| call.starts_with("sub-")) { "reviewer" } else { "" };
        let bearer = Bearer {
            process: Some(process(self.pid)),
            session_id: Some(self.id.clone()),
            agent: agent.into(),
            ..Bearer::default()
        };
        let name = if agent.is_empty() { self.name.clone() } else { agent.into() };
        Caller { bearer, name: Some(name).filter(|name| !name.is_empty()) }
    }

    fn was_shown(&self, _: &Bearer, tool_use: &str) -> Option<bool> {
        self.world.shown.lock().unwrap().get(tool_use).copied()
    }

    fn is_dead(&self, process: &Process) -> bool {
        self.world.dead.lock().unwrap().contains(&process.pid)
    }

    fn presence(&self, bearer: &Bearer) -> Option<(String, String)> {
        self.world.presence.lock().unwrap().get(&bearer.process.as_ref()?.pid).cloned()
    }

    fn sessions(&self) -> Vec<Caller> {
        let sessions = self.world.sessions.lock().unwrap();
        let caller = |(pid, name): &(u32, String)| Caller {
            bearer: Bearer { process: Some(process(*pid)), ..Bearer::default() },
            name: Some(name.clone()),
        };
        sessions.iter().map(caller).collect()
    }

    fn now(&self) -> Timestamp {
        self.world.time()
    }
}

fn process(pid: u32) -> Process {
    Process { pid, start: format!("start of {pid}") }
}

/// A client with its server, which runs in a thread of its own.
pub(crate) struct Client {
    to: Option<WriteHalf<DuplexStream>>,
    from: Lines<BufReader<ReadHalf<DuplexStream>>>,
    server: JoinHandle<Result<(), ServeError>>,
    requests: u64,
    /// What came while something else was awaited.
    heard: Vec<Value>,
}

impl Client {
    /// Starts a server for the session `session-<pid>`.
    pub(crate) fn start(world: &Arc<World>, pid: u32, name: &str, options: Options) -> Client {
        Client::resume(world, pid, &format!("session-{pid}"), name, options)
    }

    /// Starts a server for a process that goes on with the session `id`.
    pub(crate) fn resume(world: &Arc<World>, pid: u32, id: &str, name: &str, options: Options) -> Client {
        let session = Arc::new(Session { world: world.clone(), pid, id: id.into(), name: name.into() });
        let (near, far) = duplex(1 << 20);
        let (input, output) = split(far);
        let server = std::thread::spawn(move || serve_over(options, session, input, output));
        let (from, to) = split(near);
        Client { to: Some(to), from: BufReader::new(from).lines(), server, requests: 0, heard: Vec::new() }
    }

    pub(crate) async fn ready(world: &Arc<World>, pid: u32, name: &str, options: Options) -> Client {
        let mut client = Client::start(world, pid, name, options);
        client.initialize("2025-11-25").await;
        client
    }

    pub(crate) async fn initialize(&mut self, version: &str) -> Value {
        let params = json!({
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        });
        let answer = self.request("initialize", params).await;
        self.notify("notifications/initialized", json!({})).await;
        answer
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
    }

    /// Asks, and returns the whole answer.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        self.answer(id).await
    }

    /// Asks without awaiting the answer.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.requests += 1;
        let id = self.requests;
        self.write(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        id
    }

    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        self.next(|message| message["id"] == id).await
    }

    /// The first message, heard before or still to come, that `is_meant`.
    pub(crate) async fn next(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.heard.iter().position(&is_meant) {
            return self.heard.remove(place);
        }
        loop {
            let line = self.from.next_line().await.unwrap().expect("the server goes on");
            let message: Value = serde_json::from_str(&line).expect("nothing but JSON is written");
            if is_meant(&message) {
                return message;
            }
            self.heard.push(message);
        }
    }

    /// Calls a tool as Claude Code does: with the call's id in the transcript.
    pub(crate) async fn begin(&mut self, call: &str, tool: &str, arguments: Value) -> u64 {
        let meta = json!({"claudecode/toolUseId": call, "progressToken": call});
        self.ask("tools/call", json!({"name": tool, "arguments": arguments, "_meta": meta})).await
    }

    /// Calls a tool and returns its result.
    pub(crate) async fn result(&mut self, call: &str, tool: &str, arguments: Value) -> Value {
        let id = self.begin(call, tool, arguments).await;
        self.answer(id).await["result"].take()
    }

    /// Calls a tool and returns its text.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> String {
        let call = format!("call-{}", self.requests + 1);
        text(&self.result(&call, tool, arguments).await)
    }

    /// Calls one of our tools and returns its structured result.
    pub(crate) async fn object(&mut self, tool: &str, arguments: Value) -> Value {
        let call = format!("call-{}", self.requests + 1);
        let mut result = self.result(&call, tool, arguments).await;
        assert_eq!(result["isError"], false, "{result}");
        result["structuredContent"].take()
    }

    pub(crate) async fn write(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.to.as_mut().unwrap().write_all(line.as_bytes()).await.unwrap();
    }

    /// Closes standard input and returns how the server ended.
    pub(crate) async fn close(mut self) -> Result<(), ServeError> {
        self.to.as_mut().unwrap().shutdown().await.unwrap();
        while self.from.next_line().await.unwrap().is_some() {}
        self.server.join().unwrap()
    }
}

/// The one text of a result.
pub(crate) fn text(result: &Value) -> String {
    let content = result["content"].as_array().unwrap_or_else(|| panic!("no content: {result}"));
    assert_eq!(content.len(), 1, "{result}");
    content[0]["text"].as_str().unwrap().to_owned()
}

/// Gives ids and tokens, which are random, names in the order in which they come.
#[derive(Default)]
pub(crate) struct Names(Vec<String>);

impl Names {
    pub(crate) fn hide(&mut self, text: &str) -> String {
        let random = Regex::new(
            "conv_[0-9a-f]{16}|[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        );
        let named = random.unwrap().replace_all(text, |found: &regex::Captures<'_>| {
            let found = &found[0];
            let number = self.0.iter().position(|known| known == found).unwrap_or_else(|| {
                self.0.push(found.into());
                self.0.len() - 1
            });
            let kind = match found.len() {
                21 => "conversation",
                64 => "token",
                _ => "uid",
            };
            format!("<{kind} {}>", number + 1)
        });
        named.into_owned()
    }
}
