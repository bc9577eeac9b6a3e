//! The scratch folder that a recording is played into.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use peerwatch_core::Timestamp;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::acts::{Act, ChildAct};
use super::processes::{HERE, Table};
use super::records::{VERSION, Writer, uuid};
use super::rows::Conversation;

/// Everything that is on disk, and the processes beside it.
pub(super) struct Disk {
    folder: TempDir,
    pub(super) processes: Table,
    sessions: BTreeMap<String, Session>,
    agents: BTreeMap<String, Agent>,
    conversations: Vec<Conversation>,
}

/// A session on disk.
struct Session {
    pid: u32,
    entry: Map<String, Value>,
    /// The folder whose project keeps its transcript.
    project: String,
    writer: Writer,
}

/// A subagent or a teammate inside a session.
struct Agent {
    path: PathBuf,
    writer: Writer,
}

impl Disk {
    pub(super) fn new() -> Self {
        Self {
            folder: scratch(),
            processes: Table::default(),
            sessions: BTreeMap::new(),
            agents: BTreeMap::new(),
            conversations: Vec::new(),
        }
    }

    /// Claude Code's configuration folder.
    pub(super) fn config(&self) -> PathBuf {
        self.folder.path().join("claude")
    }

    /// The bridge's database, which need not be there.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join("bridge.db")
    }

    /// Lets it happen; `now` dates what is written.
    pub(super) fn perform(&mut self, who: &str, act: &Act, now: Timestamp) {
        match act {
            Act::Opens(partner) => {
                self.conversations.push(Conversation::open(&self.database(), who, partner, now));
            }
            Act::Beats(status) => self.side(who, |bridge, side| bridge.beat(side, status, now)),
            Act::Sends(text) => self.side(who, |bridge, side| bridge.send(side, text, now)),
            Act::Fetches => self.side(who, |bridge, side| bridge.fetch(side, now)),
            _ if who.contains('/') => self.agent(who, act, now),
            Act::Starts { pid, folder, fields } => self.start(who, *pid, folder, fields, now),
            _ => self.session(who, act, now),
        }
    }

    fn side(&self, role: &str, act: impl Fn(&Conversation, &str)) {
        let found = self.conversations.iter().find_map(|bridge| Some((bridge, bridge.side(role)?)));
        let (bridge, side) = found.unwrap_or_else(|| panic!("{role} is no side of a conversation"));
        act(bridge, side);
    }

    fn start(&mut self, who: &str, pid: u32, folder: &str, fields: &[(String, String)], now: Timestamp) {
        let start = self.processes.start(pid, None, "claude");
        if fields.iter().any(|(key, _)| key == "pidDomain") {
            // In a container: here nobody has this pid.
            self.processes.end(pid);
        }
        let session = uuid(who);
        let entry = json!({"pid": pid, "sessionId": session, "cwd": folder, "startedAt": now.0, "procStart": start,
            "version": VERSION, "pidDomain": HERE, "peerProtocol": 1, "kind": "interactive", "entrypoint": "cli", "name": who,
            "nameSource": "user", "status": "idle", "updatedAt": now.0, "statusUpdatedAt": now.0});
        let mut entry = entry.as_object().expect("an entry").clone();
        entry.extend(fields.iter().map(|(key, value)| (key.clone(), json!(value))));
        let writer = Writer::new(&session, folder, None);
        let session = Session { pid, entry, project: folder.into(), writer };
        self.list(&session, now);
        self.sessions.insert(who.into(), session);
    }

    fn session(&mut self, who: &str, act: &Act, now: Timestamp) {
        let mut session = self.sessions.remove(who).unwrap_or_else(|| panic!("{who} has not started"));
        let pid = session.pid;
        match act {
            Act::Dies => self.processes.end(pid),
            Act::PidTaken => drop(self.processes.start(pid, None, "something else")),
            Act::Stops | Act::Continues => self.processes.stop(pid, *act == Act::Stops),
            Act::Runs { pid: child, command } => drop(self.processes.start(*child, Some(pid), command)),
            Act::Child { pid, does: ChildAct::Ends } => self.processes.end(*pid),
            Act::Child { pid, does } => self.processes.compute(*pid, *does == ChildAct::Computes),
            Act::Exits => {
                remove(&self.entry(pid), now);
                self.processes.end(pid);
            }
            Act::Moves(folder) => {
                let from = self.transcript(&session);
                session.project = folder.clone();
                session.writer.cwd = folder.clone();
                rename(&from, &self.transcript(&session), now);
            }
            Act::Becomes(name) => {
                let id = uuid(name);
                session.writer = Writer::new(&id, &session.writer.cwd, None);
                session.entry.insert("sessionId".into(), json!(id));
                self.touch(&mut session, now);
            }
            Act::Entry(fields) => {
                session.entry.extend(fields.clone());
                self.touch(&mut session, now);
            }
            Act::Declares { word, waiting_for } => {
                self.declare(&mut session, word, waiting_for.as_deref(), now);
            }
            _ => {
                if let Act::Prompt(_) = act {
                    self.declare(&mut session, "busy", None, now);
                }
                let lines = lines(&mut session.writer, act, now);
                append(&self.transcript(&session), &lines, now);
                let status = match act {
                    Act::Over { status, .. } => Some(*status),
                    Act::Fails { .. } => Some("idle"),
                    _ => None,
                };
                if let Some(status) = status {
                    self.declare(&mut session, status, None, now);
                }
            }
        }
        self.sessions.insert(who.into(), session);
    }

    fn agent(&mut self, who: &str, act: &Act, now: Timestamp) {
        let (lead, name) = who.split_once('/').expect("an agent within a session");
        match act {
            Act::Joins(text) | Act::Spawned(text) => {
                let session = self.sessions.get(lead).unwrap_or_else(|| panic!("{lead} has not started"));
                let id = format!("a{name}-{}", &uuid(who)[..8]);
                let path = self.transcript(session).with_extension("").join("subagents");
                let path = path.join(format!("agent-{id}.jsonl"));
                let mut writer = Writer::new(&session.writer.session, &session.writer.cwd, Some(id));
                let team = format!("session-{}", &session.writer.session[..8]);
                let meta = match act {
                    Act::Joins(_) => json!({"agentType": name, "taskKind": "in_process_teammate",
                        "teamName": team, "name": name}),
                    _ => json!({"agentType": "general-purpose", "description": text}),
                };
                write(&path.with_extension("meta.json"), &meta.to_string(), now);
                append(&path, &writer.briefing(text, now), now);
                if let Act::Joins(_) = act {
                    self.team(lead, &team, name, now);
                }
                self.agents.insert(who.into(), Agent { path, writer });
            }
            _ => {
                let agent = self.agents.get_mut(who).unwrap_or_else(|| panic!("{who} has not joined"));
                match act {
                    Act::Finishes => {
                        append(&agent.path, &agent.writer.says("Done.", Some("end_turn"), now), now);
                        let meta = agent.path.with_extension("meta.json");
                        let mut known: Value =
                            serde_json::from_slice(&fs::read(&meta).expect("a meta file")).expect("JSON");
                        known["finished"] = json!(true);
                        write(&meta, &known.to_string(), now);
                    }
                    _ => append(&agent.path, &lines(&mut agent.writer, act, now), now),
                }
            }
        }
    }

    /// The team's file, with one member more.
    fn team(&self, lead: &str, team: &str, name: &str, now: Timestamp) {
        let session = &self.sessions[lead];
        let path = self.config().join("teams").join(team).join("config.json");
        let member = |name: &str, pane: &str| {
            json!({"agentId": format!("{name}@{team}"), "name": name, "agentType": name, "joinedAt": now.0,
                "tmuxPaneId": pane, "cwd": session.writer.cwd, "subscriptions": [], "backendType": "in-process"})
        };
        let known = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        let mut config = known.unwrap_or_else(|| {
            json!({"name": team, "createdAt": now.0, "leadAgentId": format!("team-lead@{team}"),
                "leadSessionId": session.writer.session,
                "leadProcess": {"pid": session.pid, "procStart": session.entry["procStart"]},
                "members": [member("team-lead", "leader")]})
        });
        config["members"].as_array_mut().expect("members").push(member(name, "in-process"));
        write(&path, &config.to_string(), now);
    }

    fn declare(&self, session: &mut Session, word: &str, waiting_for: Option<&str>, now: Timestamp) {
        session.entry.insert("status".into(), json!(word));
        session.entry.remove("waitingFor");
        session.entry.extend(waiting_for.map(|what| ("waitingFor".to_owned(), json!(what))));
        session.entry.insert("statusUpdatedAt".into(), json!(now.0));
        self.touch(session, now);
    }

    fn touch(&self, session: &mut Session, now: Timestamp) {
        session.entry.insert("updatedAt".into(), json!(now.0));
        self.list(session, now);
    }

    fn list(&self, session: &Session, now: Timestamp) {
        write(&self.entry(session.pid), &Value::Object(session.entry.clone()).to_string(), now);
    }

    fn entry(&self, pid: u32) -> PathBuf {
        self.config().join("sessions").join(format!("{pid}.json"))
    }

    fn transcript(&self, session: &Session) -> PathBuf {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let project: String = session.project.chars().map(letter).collect();
        self.config().join("projects").join(project).join(format!("{}.jsonl", session.writer.session))
    }
}

/// A folder in memory where there is such a place: thousands of files are written that nobody needs afterwards.
fn scratch() -> TempDir {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("pw");
        builder
    };
    builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir()).expect("a scratch folder")
}

/// The lines that an act adds to a transcript.
fn lines(writer: &mut Writer, act: &Act, now: Timestamp) -> String {
    match act {
        Act::Prompt(text) if writer.agent.is_some() => writer.briefing(text, now),
        Act::Prompt(text) => writer.prompt(text, now),
        Act::Calls { tool, detail } => writer.calls(tool, detail, now),
        Act::Gets(text) => writer.gets(text, now),
        Act::Says(text) => writer.says(text, None, now),
        Act::Over { text, .. } => writer.says(text, Some("end_turn"), now) + &writer.turn_duration(now),
        Act::Fails { error, text } => writer.fails(error, text, now),
        Act::Retries => writer.retries(now),
        Act::Record(text) => writer.raw(text, now),
        other => panic!("nobody can do this here: {other:?}"),
    }
}

fn append(path: &Path, text: &str, now: Timestamp) {
    let is_new = !path.exists();
    make_parent(path, now);
    let mut file = OpenOptions::new().append(true).create(true).open(path).expect("a transcript");
    file.write_all(text.as_bytes()).expect("a line");
    drop(file);
    date(path, now);
    if is_new {
        date_parent(path, now);
    }
}

/// Overwrites a file in place, as Claude Code does.
fn write(path: &Path, text: &str, now: Timestamp) {
    let is_new = !path.exists();
    make_parent(path, now);
    fs::write(path, text).expect("a file");
    date(path, now);
    if is_new {
        date_parent(path, now);
    }
}

fn rename(from: &Path, to: &Path, now: Timestamp) {
    make_parent(to, now);
    fs::rename(from, to).expect("a move");
    date_parent(from, now);
    date_parent(to, now);
}

fn remove(path: &Path, now: Timestamp) {
    fs::remove_file(path).expect("an entry");
    date_parent(path, now);
}

fn make_parent(path: &Path, now: Timestamp) {
    let parent = path.parent().expect("a folder");
    if !parent.exists() {
        make_parent(parent, now);
        fs::create_dir(parent).expect("a folder");
        date_parent(parent, now);
    }
}

fn date_parent(path: &Path, now: Timestamp) {
    date(path.parent().expect("a folder"), now);
}

/// Dates a file or folder by the recording's clock, which the sources compare it with.
fn date(path: &Path, now: Timestamp) {
    let since = Duration::from_millis(u64::try_from(now.0).expect("a time after 1970"));
    let file = File::open(path).expect("a file to be dated");
    file.set_modified(SystemTime::UNIX_EPOCH + since).expect("a date");
}
