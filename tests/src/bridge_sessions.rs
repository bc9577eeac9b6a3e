//! Real sessions that take part in Peerwatch's own bridge through its MCP server, and an engine that delivers.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use crate::claude::{Claude, Session, Start};
use crate::ledger::eventually;
use crate::mcp_client::Client;
use crate::model::{Act, Model, call, say};
use crate::process::Running;
use crate::product::{Peerwatch, Watch};
use crate::require::Missing;
use crate::scratch::Scratch;
use crate::world::World;

/// What a session may do without asking.
const FREE: &[&str] = &["--allowedTools", "Bash", "mcp__peerwatch"];
const STRICT: &[&str] = &["--allowedTools", "mcp__peerwatch"];

/// Calls a tool of Peerwatch's MCP server.
pub fn mcp(tool: &str, input: Value) -> Act {
    call(&format!("mcp__peerwatch__{tool}"), input)
}

/// A World in which sessions take part in the bridge.
pub struct Bridged {
    /// The engine and a watch on it; the engine may be exchanged.
    pub watched: Listening,
    /// The world.
    pub world: World,
}

/// An engine that runs, and somebody who listens.
pub struct Listening {
    /// What is said.
    pub watch: Watch,
    /// The engine.
    pub engine: Running,
}

impl Bridged {
    /// Begins a World with an engine.
    pub fn begin() -> Result<Self, Missing> {
        Self::begin_with("")
    }

    /// Begins a World with an engine under these settings.
    pub fn begin_with(settings: &str) -> Result<Self, Missing> {
        let world = World::begin()?;
        world.peerwatch.configure(settings);
        let engine = world.peerwatch.run();
        let watched = Listening { watch: world.peerwatch.watch(), engine };
        Ok(Self { watched, world })
    }

    /// A session that takes part under a role, at its prompt.
    pub fn joined(&self, role: &str) -> Session<'_> {
        self.joined_with(role, FREE)
    }

    /// One that asks before it runs commands.
    pub fn joined_strict(&self, role: &str) -> Session<'_> {
        self.joined_with(role, STRICT)
    }

    /// One with these further arguments.
    pub fn joined_with(&self, role: &str, arguments: &[&str]) -> Session<'_> {
        let session = self.start(role).with(arguments).start();
        self.join(&session, role);
        session
    }

    /// The same session in a new process, which takes up its role by itself.
    pub fn resumed(&self, role: &str, id: &str) -> Session<'_> {
        self.start(role).with(FREE).resuming(id).start()
    }

    fn start(&self, role: &str) -> Start<'_> {
        self.with_server(role, &["mcp".to_owned()])
    }

    fn with_server(&self, role: &str, arguments: &[String]) -> Start<'_> {
        let World { claude, peerwatch, scratch, .. } = &self.world;
        with_server(claude, peerwatch, scratch, role, arguments)
    }

    fn join(&self, session: &Session<'_>, role: &str) {
        join(&self.world.model, session, role);
    }

    /// Has a session send a message, and waits until it has.
    pub fn send(&self, from: &Session<'_>, to: &str, text: &str) {
        let keyword = format!("tell {to}: {}", text.len());
        self.world.model.when(&keyword, [mcp("send", json!({"to": to, "text": text})), say("Told.")]);
        from.prompt(&keyword);
        self.world.model.await_asked(&keyword, 1);
    }

    /// Somebody who speaks to the MCP server and is no session: messages at any rate.
    pub fn outsider(&self) -> Outsider {
        Outsider::start(self.world.peerwatch.command(&["mcp", "--rate-limit", "0"]))
    }

    /// Lets so much time pass that what were to happen would have happened: several slow rounds of everything.
    pub fn settle(&self) {
        std::thread::sleep(Duration::from_secs(3));
    }

    /// How many messages there are in the bridge.
    pub fn messages(&self) -> i64 {
        let ask = |db: &Connection| db.query_row("SELECT count(*) FROM messages", [], |row| row.get(0));
        ask(&open(&self.database())).expect("the messages")
    }

    /// The address that a role's messages come from.
    pub fn address_of(&self, role: &str) -> String {
        let sql = "SELECT conversation_id, participant FROM peerwatch_participants WHERE role = ?1";
        let place = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let (conversation, letter) =
            open(&self.database()).query_row(sql, [role], place).expect("a participant");
        let hex = conversation.trim_start_matches("conv_");
        let name = format!("cc-socks/peerwatch-{}-{letter}.sock", hex.get(..12).unwrap_or(hex));
        format!("uds:{}", self.world.scratch.runtime().join(name).display())
    }

    /// Who takes part in the bridge, by what process, and as which agent in it.
    pub fn participants(&self) -> Vec<Value> {
        let db = open(&self.database());
        let sql = "SELECT role, pid, agent FROM peerwatch_participants";
        let mut rows = db.prepare(sql).expect("the participants");
        let place = |row: &rusqlite::Row<'_>| {
            let (role, pid, agent) = (row.get::<_, String>(0)?, row.get::<_, Option<u32>>(1)?, row.get(2)?);
            Ok(json!({"role": role, "pid": pid, "agent": Option::<String>::unwrap_or_default(agent)}))
        };
        rows.query_map([], place).expect("the participants").flatten().collect()
    }

    /// A session whose MCP server serves this database.
    pub fn on_database(&self, database: &Path, name: &str) -> Session<'_> {
        let arguments = ["--db", &database.to_string_lossy(), "mcp"].map(str::to_owned);
        self.with_server(name, &arguments).with(FREE).start()
    }

    /// The token of a side in a database of the original.
    pub fn token(&self, database: &Path, side: &str) -> String {
        let sql = format!("SELECT session_{side}_token FROM conversations");
        open(database).query_row(&sql, [], |row| row.get(0)).expect("a token")
    }

    /// The only conversation of a database, as Peerwatch names it.
    pub fn conversation_of(&self, database: &Path) -> String {
        let output =
            self.world.peerwatch.output(&["conversations", "--json", "--db", &database.to_string_lossy()]);
        let all: Value = serde_json::from_slice(&output.stdout).expect("conversations");
        all[0]["id"].as_str().expect("a conversation").to_owned()
    }

    /// Whether Peerwatch wrote anything of a message into a database.
    pub fn has_touched(&self, database: &Path, text: &str) -> bool {
        let sql = "SELECT count(*) FROM peerwatch_messages p JOIN messages m ON m.id = p.message_id WHERE instr(m.message, ?1)";
        let count: rusqlite::Result<i64> = open(database).query_row(sql, [text], |row| row.get(0));
        count.is_ok_and(|count| count > 0)
    }

    /// Waits until the engine has written a heartbeat for a side.
    pub fn await_heartbeat(&self, database: &Path, side: &str, within: Duration) {
        let sql = "SELECT evidence FROM peerwatch_heartbeats WHERE participant = ?1";
        eventually("a heartbeat", within, || {
            open(database).query_row(sql, [side], |row| row.get::<_, String>(0)).ok()
        });
    }

    /// What the command line prints, which must succeed or ask for a person.
    pub fn peerwatch(&self, words: &[&str]) -> String {
        let output = self.world.peerwatch.output(words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What `peerwatch tasks` says in JSON.
    pub fn tasks(&self, words: &[&str]) -> Value {
        let all: Vec<&str> = ["tasks"].iter().chain(words).chain(&["--json"]).copied().collect();
        let said: Value = serde_json::from_str(&self.peerwatch(&all)).expect("tasks");
        if said.is_array() { said } else { json!([said]) }
    }

    /// Waits until a task is so, and gives it back.
    pub fn await_task(&self, id: &str, is_so: impl Fn(&Value) -> bool, within: Duration) -> Value {
        eventually(&format!("task {id}"), within, || {
            let all = self.tasks(&["--all"]);
            all.as_array()?.iter().find(|task| task["id"] == id && is_so(task)).cloned()
        })
    }

    /// Ends the engine as a crash would.
    pub fn kill_engine(&mut self) {
        self.watched.engine.signal(rustix::process::Signal::KILL);
        self.watched.engine.await_end(Duration::from_secs(5));
    }

    /// Starts an engine anew.
    pub fn start_engine(&mut self) {
        self.watched.engine = self.world.peerwatch.begin_run();
    }

    /// How often a text was put before a model in any session.
    pub fn shown_anywhere(&self, text: &str) -> usize {
        let projects = self.world.claude.config().join("projects");
        let files = std::fs::read_dir(projects).expect("projects").flatten();
        let transcripts =
            files.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
        let paths = transcripts
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|it| it == "jsonl"));
        paths.map(|path| shown_in(&path, text)).sum()
    }

    /// Where the bridge stands.
    pub fn database(&self) -> std::path::PathBuf {
        self.world.scratch.path("home/.local/share/peerwatch/bridge.db")
    }

    /// Waits until a message's receipt is at least this far, and gives back how it stands.
    pub fn await_receipt(&self, text: &str, receipt: &str, within: Duration) -> Value {
        let deadline = Instant::now() + within;
        loop {
            let found = self.receipt(text);
            if reached(&found, receipt) {
                return found;
            }
            assert!(Instant::now() < deadline, "{text} is not {receipt} within {within:?}: {found}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How a message stands, by its text.
    pub fn receipt(&self, text: &str) -> Value {
        let db = open(&self.database());
        let sql = "SELECT p.accepted_ms, p.seen_ms, p.acknowledged_ms, p.trouble, p.attempts, r.role
            FROM messages m JOIN peerwatch_messages p ON p.message_id = m.id
            LEFT JOIN peerwatch_participants r ON r.conversation_id = p.conversation_id AND r.participant = p.recipient
            WHERE instr(m.message, ?1) > 0";
        db.query_row(sql, [text], |row| {
            Ok(json!({
                "accepted": row.get::<_, Option<i64>>(0)?, "seen": row.get::<_, Option<i64>>(1)?,
                "acknowledged": row.get::<_, Option<i64>>(2)?, "trouble": row.get::<_, Option<String>>(3)?,
                "attempts": row.get::<_, i64>(4)?, "to": row.get::<_, Option<String>>(5)?,
            }))
        })
        .unwrap_or(Value::Null)
    }

    /// Waits until a session's transcript puts a text before the model so often.
    pub fn await_shown(&self, session: &Session<'_>, text: &str, times: usize) {
        let what = format!("{text} shown {times} times");
        eventually(&what, Duration::from_secs(10), || (self.shown(session, text) == times).then_some(()));
    }

    /// How often a session's transcript puts a text before the model.
    pub fn shown(&self, session: &Session<'_>, text: &str) -> usize {
        shown_in(&session.transcript_path(), text)
    }
}

/// A session that takes part under a role, at its prompt, wherever Peerwatch runs.
pub fn joined<'c>(
    claude: &'c Claude,
    peerwatch: &Peerwatch,
    scratch: &Scratch,
    model: &Model,
    role: &str,
) -> Session<'c> {
    let session = with_server(claude, peerwatch, scratch, role, &["mcp".to_owned()]).with(FREE).start();
    join(model, &session, role);
    session
}

fn with_server<'c>(
    claude: &'c Claude,
    peerwatch: &Peerwatch,
    scratch: &Scratch,
    role: &str,
    arguments: &[String],
) -> Start<'c> {
    let program = peerwatch.program();
    let config = json!({"mcpServers": {"peerwatch": {"command": program, "args": arguments}}});
    let path = scratch.path(&format!("mcp-{role}.json"));
    std::fs::write(&path, config.to_string()).expect("the MCP configuration");
    claude.session(role).with(&["--mcp-config", &path.to_string_lossy(), "--strict-mcp-config"])
}

fn join(model: &Model, session: &Session<'_>, role: &str) {
    let keyword = format!("take part as {role}");
    model.when(&keyword, [mcp("join", json!({"role": role})), say("I take part.")]);
    session.prompt(&keyword);
    model.await_asked(&keyword, 1);
    session.await_status("idle");
}

fn open(database: &Path) -> Connection {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the bridge");
    db.busy_timeout(Duration::from_secs(5)).expect("a timeout");
    db
}

fn shown_in(transcript: &Path, text: &str) -> usize {
    let records = std::fs::read_to_string(transcript).unwrap_or_default();
    let shows = |line: &&str| {
        let record: Value = serde_json::from_str(line).unwrap_or_default();
        let by_peer = record["origin"]["kind"] == "peer" || record["attachment"]["origin"]["kind"] == "peer";
        by_peer && line.contains(text)
    };
    records.lines().filter(shows).count()
}

/// A client of the MCP server that is no session.
pub struct Outsider {
    client: Client,
}

impl Outsider {
    fn start(command: Command) -> Self {
        let mut client = Client::start("an MCP client's server", command);
        client.call("join", json!({"role": "outsider"}));
        Self { client }
    }

    /// Sends a message, and waits until it is stored.
    pub fn send(&mut self, to: &str, text: &str) {
        let answer = self.call("send", json!({"to": to, "text": text}));
        assert_ne!(answer["isError"], true, "{answer}");
    }

    /// Calls a tool.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.client.call(tool, arguments)
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.client.pid()
    }
}

fn reached(found: &Value, receipt: &str) -> bool {
    match receipt {
        "accepted" => !found["accepted"].is_null() || !found["seen"].is_null(),
        "seen" => !found["seen"].is_null(),
        "acknowledged" => !found["acknowledged"].is_null(),
        trouble => found["trouble"] == trouble,
    }
}
