//! A configuration folder to play with, and processes that live and die as the test says.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use peerwatch_core::{Fact, Message, Moment, Observation, Process, Tick, Timestamp};
use peerwatch_sources::claude::{ClaudeSource, Options};
use peerwatch_sources::process::{Child, Processes};
use peerwatch_sources::{Hint, Reading, Source};
use serde_json::Value;

/// A process of the test.
#[derive(Clone, Default, Debug)]
pub(crate) struct One {
    pub(crate) start: String,
    pub(crate) state: Option<Process>,
    pub(crate) arguments: Vec<String>,
    pub(crate) executable: Option<PathBuf>,
    pub(crate) children: Vec<Child>,
}

/// The processes of the test.
#[derive(Clone, Default, Debug)]
pub(crate) struct Table(pub(crate) Arc<Mutex<BTreeMap<u32, One>>>);

impl Table {
    pub(crate) fn live(&self, pid: u32, start: &str) {
        self.0.lock().unwrap().insert(pid, One { start: start.into(), ..One::default() });
    }

    pub(crate) fn end(&self, pid: u32) {
        self.0.lock().unwrap().remove(&pid);
    }

    pub(crate) fn change(&self, pid: u32, change: impl FnOnce(&mut One)) {
        change(self.0.lock().unwrap().get_mut(&pid).unwrap());
    }

    fn get(&self, pid: u32) -> Option<One> {
        self.0.lock().unwrap().get(&pid).cloned()
    }
}

impl Processes for Table {
    fn look(&self, pid: u32, start: Option<&str>) -> Process {
        match self.get(pid) {
            None => Process::Absent,
            Some(one) if start.is_some_and(|start| start != one.start) => Process::Replaced,
            Some(one) => one.state.unwrap_or(Process::Alive),
        }
    }

    fn start(&self, pid: u32) -> Option<String> {
        self.get(pid).map(|one| one.start)
    }

    fn parent(&self, _pid: u32) -> Option<u32> {
        None
    }

    fn descendants(&self, pid: u32) -> Vec<Child> {
        self.get(pid).map(|one| one.children).unwrap_or_default()
    }

    fn executable(&self, pid: u32) -> Option<PathBuf> {
        self.get(pid)?.executable
    }

    fn arguments(&self, pid: u32) -> Option<Vec<String>> {
        self.get(pid).map(|one| one.arguments)
    }

    fn domain(&self) -> Option<String> {
        None
    }
}

/// A configuration folder with a clock and processes.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    pub(crate) processes: Table,
    pub(crate) wall: i64,
    /// For so long the machine has slept.
    pub(crate) asleep: i64,
    pub(crate) options: Options,
    source: Option<ClaudeSource>,
}

/// The session that tests write by hand.
pub(crate) const SESSION: &str = "11111111-2222-4333-8444-555555555555";
/// When tests written by hand begin.
pub(crate) const BEGIN: i64 = 1_795_406_400_000;

impl Home {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            processes: Table::default(),
            wall: BEGIN,
            asleep: 0,
            options: Options::default(),
            source: None,
        }
    }

    /// A copy of `live/<name>`, as it was then, with the processes that lived then.
    pub(crate) fn live(name: &str) -> Self {
        let fixture = fixtures().join("live").join(name);
        let facts: Value = serde_json::from_slice(&fs::read(fixture.join("facts.json")).unwrap()).unwrap();
        let mut home = Self::new();
        home.wall = facts["capturedAt"].as_i64().unwrap();
        copy(&fixture.join("claude"), home.path(), home.wall);
        for (pid, process) in facts["processes"].as_object().unwrap() {
            if process["alive"] == true {
                home.processes.live(pid.parse().unwrap(), process["procStart"].as_str().unwrap());
            }
        }
        for (pid, argv) in facts.get("argv").and_then(Value::as_object).into_iter().flatten() {
            let pid = pid.parse().unwrap();
            let mut table = home.processes.0.lock().unwrap();
            let one = table.entry(pid).or_insert_with(|| One { start: "1".into(), ..One::default() });
            one.arguments = argv.as_str().unwrap().split(' ').map(str::to_owned).collect();
        }
        home
    }

    /// A copy of the invented folder.
    pub(crate) fn synthetic() -> Self {
        let mut home = Self::new();
        home.wall = 1_795_426_200_000;
        copy(&fixtures().join("synthetic/claude-home"), home.path(), home.wall);
        for pid in 41001..=41006 {
            home.processes.live(pid, &(9_000_000 + pid).to_string());
        }
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment { tick: Tick(self.wall - BEGIN - self.asleep), wall: Timestamp(self.wall) }
    }

    pub(crate) fn pass(&mut self, span: Duration) {
        self.wall += i64::try_from(span.as_millis()).unwrap();
    }

    /// Begins anew, as after a restart.
    pub(crate) fn restart(&mut self) {
        self.options.cursor = self.source.take().and_then(|source| source.cursor());
    }

    pub(crate) fn source(&mut self) -> &mut ClaudeSource {
        let (path, options) = (self.folder.path().to_path_buf(), self.options.clone());
        let processes = Box::new(self.processes.clone());
        self.source.get_or_insert_with(|| ClaudeSource::new(path, options, processes))
    }

    /// The slow poll.
    pub(crate) fn poll(&mut self) -> Reading {
        self.look(&Hint::Everything)
    }

    /// What a watcher would say of these files.
    pub(crate) fn hint(&mut self, paths: &[&str]) -> Reading {
        let paths = paths.iter().map(|path| self.path().join(path)).collect();
        self.look(&Hint::Paths(paths))
    }

    fn look(&mut self, hint: &Hint) -> Reading {
        let now = self.moment();
        let reading = self.source().look(now, hint);
        assert!(
            reading.observations.iter().all(|one| one.at.tick <= now.tick),
            "nothing is dated later than its look"
        );
        reading
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.date(&path);
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::OpenOptions::new().append(true).create(true).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        drop(file);
        self.date(&path);
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path().join(path)).unwrap();
    }

    fn date(&self, path: &Path) {
        date(path, self.wall);
    }

    /// An entry of [`SESSION`] under this pid, which lives.
    pub(crate) fn register(&self, pid: u32, status: &str) {
        self.processes.live(pid, &format!("s{pid}"));
        self.write(&format!("sessions/{pid}.json"), &self.entry(pid, SESSION, status));
    }

    pub(crate) fn entry(&self, pid: u32, session: &str, status: &str) -> String {
        let wall = self.wall;
        format!(
            r#"{{"pid":{pid},"sessionId":"{session}","cwd":"/home/dev/acme","startedAt":{BEGIN},"procStart":"s{pid}","kind":"interactive","entrypoint":"cli","name":"acme-{pid}","updatedAt":{wall},"statusUpdatedAt":{wall}{status}}}"#
        )
    }

    /// A record of now, with `@` for its time and `#` for an identity of its own.
    pub(crate) fn record(&self, text: &str) -> String {
        let time = jiff::Timestamp::from_millisecond(self.wall).unwrap();
        let line = text.replace('@', &time.to_string());
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        line.replace('#', &format!("uuid-{count}")) + "\n"
    }
}

/// Where [`SESSION`] writes.
pub(crate) fn transcript() -> String {
    format!("projects/-home-dev-acme/{SESSION}.jsonl")
}

pub(crate) const PROMPT: &str = r##"{"type":"user","uuid":"#","timestamp":"@","cwd":"/home/dev/acme","origin":{"kind":"human"},"message":{"role":"user","content":"do it"}}"##;
pub(crate) const CALL: &str = r##"{"type":"assistant","uuid":"#","timestamp":"@","message":{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"cargo test"}}],"stop_reason":"tool_use"}}"##;
pub(crate) const RESULT: &str = r##"{"type":"user","uuid":"#","timestamp":"@","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]}}"##;
pub(crate) const SAID: &str = r##"{"type":"assistant","uuid":"#","timestamp":"@","message":{"role":"assistant","content":[{"type":"text","text":"Done."}],"stop_reason":"end_turn"}}"##;

pub(crate) const IDLE: &str = r#","status":"idle""#;
pub(crate) const BUSY: &str = r#","status":"busy""#;
pub(crate) const WAITING: &str = r#","status":"waiting","waitingFor":"permission prompt""#;

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

/// Copies a folder; transcripts are dated by their newest record, everything else by `wall`.
fn copy(from: &Path, to: &Path, wall: i64) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target, wall);
            continue;
        }
        fs::write(&target, fs::read(&path).unwrap()).unwrap();
        let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
        let times =
            text.split(r#""timestamp":""#).skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok());
        let newest = times.map(jiff::Timestamp::as_millisecond).max();
        date(&target, newest.filter(|_| path.extension().is_some_and(|it| it == "jsonl")).unwrap_or(wall));
    }
}

fn date(path: &Path, wall: i64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(wall).unwrap());
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// The newest fact of each kind and worker, as the roster would keep them, one a line.
#[derive(Default)]
pub(crate) struct Facts(BTreeMap<(String, String), Observation>);

impl Facts {
    pub(crate) fn learn(&mut self, reading: &Reading) {
        for one in &reading.observations {
            let kind = match &one.fact {
                Fact::Heartbeat(evidence) => format!("Heartbeat {evidence:?}"),
                fact => format!("{fact:?}").split(['(', ' ']).next().unwrap().to_owned(),
            };
            let kept = self.0.entry((one.worker.to_string(), kind)).or_insert_with(|| one.clone());
            if kept.at.wall <= one.at.wall {
                *kept = one.clone();
            }
        }
    }

    pub(crate) fn of(reading: &Reading) -> Self {
        let mut facts = Self::default();
        facts.learn(reading);
        facts
    }

    /// A table: worker, fact, age in seconds.
    pub(crate) fn table(&self, wall: i64) -> String {
        let mut lines = String::new();
        let mut worker = None;
        for ((who, _), one) in &self.0 {
            if worker != Some(who) {
                lines += &format!("{who}\n");
                worker = Some(who);
            }
            let age = (wall - one.at.wall.0) as f64 / 1000.0;
            lines += &format!("  {age:>8.1} s  {}\n", short(&one.fact));
        }
        lines
    }

    /// One kind of fact of one worker.
    pub(crate) fn get(&self, worker: &str, kind: &str) -> Option<&Fact> {
        self.0.get(&(worker.to_owned(), kind.to_owned())).map(|one| &one.fact)
    }

    pub(crate) fn workers(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.0.keys().map(|(worker, _)| worker.as_str()).collect();
        all.dedup();
        all
    }
}

fn short(fact: &Fact) -> String {
    match fact {
        Fact::Identity(it) => format!(
            "{} in {} pid {:?} role {:?} reads {:?} partner {:?}",
            it.name,
            it.cwd.as_deref().unwrap_or("?"),
            it.pid,
            it.role.as_deref().unwrap_or("?"),
            it.conversation.as_ref().map(|id| id.as_str()).unwrap_or("?"),
            it.partner.as_ref().map(|id| id.as_str()),
        ),
        Fact::Status(status) => {
            format!("Status {:?} {}", status.word, status.waiting_for.as_deref().unwrap_or(""))
        }
        other => format!("{other:?}"),
    }
}

/// Messages, one a line.
pub(crate) fn letters(messages: &[Message]) -> String {
    let line = |one: &Message| {
        let party = |party: &peerwatch_core::Party| {
            format!("{}[{}]", party.name, party.worker.as_ref().map(|id| id.as_str()).unwrap_or("?"))
        };
        let fresh = if one.fresh { "new" } else { "old" };
        let kind = one.kind.as_deref().unwrap_or("-");
        format!(
            "{} {} -> {} in {} {kind}: {:?}\n",
            fresh,
            party(&one.from),
            party(&one.to),
            one.conversation,
            one.text
        )
    };
    messages.iter().map(line).collect()
}
