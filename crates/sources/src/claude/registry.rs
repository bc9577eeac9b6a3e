//! The list that running sessions keep of themselves: `<config>/sessions/<pid>.json`.
//!
//! Each file is overwritten in place and then shortened, so a reader may find it empty, or a new entry followed by the
//! end of an older, longer one: the first JSON value counts, and what cannot be read is read again soon. The `.key` files
//! beside them are secrets; of those only the names are read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use peerwatch_core::{Status, StatusWord};
use serde_json::Value;

use super::record::{is, string};
use super::scope::Scope;
use super::text;
use crate::Trouble;

/// No entry is anywhere near as large.
const LARGEST: u64 = 1024 * 1024;
/// A file that cannot be read is read again after this long.
const SOON: Duration = Duration::from_millis(20);
/// The same for whoever waits for one entry.
const BREATH: Duration = Duration::from_millis(3);
/// So often, before it is a problem that a person should know of.
const PATIENCE: u32 = 5;
/// A file that changed within this time may change again without a trace.
const UNSETTLED: Duration = Duration::from_secs(2);
/// Thereafter the slow poll is enough.
const LATER: Duration = Duration::from_secs(1);

/// What a session says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) pid: u32,
    /// When its process started, as its platform writes it.
    pub(super) start: Option<String>,
    pub(super) session: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) entrypoint: Option<String>,
    /// Where its pid is valid.
    pub(super) domain: Option<String>,
    /// Where it listens for messages.
    pub(super) socket: Option<PathBuf>,
    pub(super) status: Status,
    /// Times in milliseconds since the epoch.
    pub(super) started: Option<i64>,
    pub(super) updated: Option<i64>,
    pub(super) changed: Option<i64>,
}

impl Entry {
    /// When it was last touched.
    pub(super) fn newest(&self) -> i64 {
        [self.started, self.updated, self.changed].into_iter().flatten().max().unwrap_or_default()
    }

    /// `interactive`, `bg`, or for a run by a program its entry point.
    pub(super) fn role(&self) -> Option<String> {
        let by_program = self.entrypoint.as_ref().filter(|point| point.starts_with("sdk"));
        by_program.or(self.kind.as_ref()).cloned()
    }
}

/// The registry, as far as it has been read.
#[derive(Debug)]
pub(super) struct Registry {
    folder: PathBuf,
    entries: BTreeMap<u32, Entry>,
    /// Files that could not be read, how often in turn, and why.
    torn: BTreeMap<u32, (u32, String)>,
    keys: BTreeSet<u32>,
    /// How the files stood when they were read last, where a later change would show.
    stamps: BTreeMap<u32, Stamp>,
    /// How the folder stood when it was listed last: while it stands so, no file came or went.
    listed: Option<Stamp>,
    closed: Option<Trouble>,
}

/// How a file stands, without opening it.
pub(super) type Stamp = (SystemTime, u64);

impl Registry {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            entries: BTreeMap::new(),
            torn: BTreeMap::new(),
            keys: BTreeSet::new(),
            stamps: BTreeMap::new(),
            listed: None,
            closed: None,
        }
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The sessions that are listed.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Processes that have a key and no entry: teammates with panes of their own.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = u32> {
        self.keys.iter().copied().filter(|pid| !self.entries.contains_key(pid))
    }

    /// Reads what `scope` concerns, and what could not be read before.
    pub(super) fn look(&mut self, scope: &Scope) {
        let mut pids: BTreeSet<u32> = scope.pids.iter().chain(self.torn.keys()).copied().collect();
        if scope.registry {
            pids.extend(self.list());
        }
        for pid in pids {
            self.read(pid);
        }
    }

    /// When to look again at what could not be read.
    pub(super) fn again(&self) -> Option<Duration> {
        self.torn.values().map(|(times, _)| if *times < PATIENCE { SOON } else { LATER }).min()
    }

    /// What still cannot be read.
    pub(super) fn troubles(&self) -> impl Iterator<Item = Trouble> {
        let torn =
            self.torn.iter().filter(|(_, (times, _))| *times >= PATIENCE).map(|(pid, (_, why))| Trouble {
                subject: text::path(&self.folder.join(format!("{pid}.json"))),
                what: format!("This session's entry cannot be read: {why}"),
                remedy: None,
            });
        self.closed.clone().into_iter().chain(torn)
    }

    /// The pids whose files are not as they were read, and those that had one before.
    fn list(&mut self) -> BTreeSet<u32> {
        let folder = fs::metadata(&self.folder).ok().and_then(|metadata| stamp(&metadata));
        if folder.is_some() && folder == self.listed {
            let known = self.entries.keys().chain(self.stamps.keys()).copied().collect::<BTreeSet<u32>>();
            return known.into_iter().filter(|pid| !self.is_as_read(*pid)).collect();
        }
        self.listed = folder;
        let files = match fs::read_dir(&self.folder) {
            Ok(files) => files,
            Err(error) => {
                self.closed = (error.kind() != io::ErrorKind::NotFound).then(|| Trouble {
                    subject: text::path(&self.folder),
                    what: format!("The list of running sessions cannot be read: {error}"),
                    remedy: Some("Allow this user to read the folder.".into()),
                });
                if self.closed.is_none() {
                    self.entries.clear();
                    self.keys.clear();
                }
                return BTreeSet::new();
            }
        };
        self.closed = None;
        let mut gone: BTreeSet<u32> = self.entries.keys().copied().collect();
        let mut pids = BTreeSet::new();
        self.keys.clear();
        for file in files.flatten() {
            let name = file.file_name();
            let Some(name) = name.to_str() else { continue };
            self.keys.extend(key_of(name));
            let Some(pid) = pid_of(name) else { continue };
            gone.remove(&pid);
            if !self.is_as_read(pid) {
                pids.insert(pid);
            }
        }
        self.stamps.retain(|pid, _| !gone.contains(pid));
        pids.extend(gone);
        pids
    }

    /// Whether a file stands as it was read. Told without opening it: each opening is an event for whoever watches the
    /// folder, ourselves first of all.
    fn is_as_read(&self, pid: u32) -> bool {
        let path = self.folder.join(format!("{pid}.json"));
        let stamp = fs::metadata(path).ok().and_then(|metadata| stamp(&metadata));
        stamp.is_some() && self.stamps.get(&pid) == stamp.as_ref()
    }

    fn read(&mut self, pid: u32) {
        let path = self.folder.join(format!("{pid}.json"));
        self.stamps.remove(&pid);
        let before = fs::metadata(&path).ok().and_then(|metadata| stamp(&metadata));
        let why = match bounded(&path).map(|bytes| parse(&bytes, pid)) {
            Ok(Ok(entry)) => {
                self.torn.remove(&pid);
                self.stamps.extend(before.map(|stamp| (pid, stamp)));
                match entry {
                    Some(entry) => self.entries.insert(pid, entry),
                    None => self.entries.remove(&pid),
                };
                return;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.entries.remove(&pid);
                self.torn.remove(&pid);
                return;
            }
            Ok(Err(why)) => why.to_owned(),
            Err(error) => error.to_string(),
        };
        let torn = self.torn.entry(pid).or_insert_with(|| (0, String::new()));
        *torn = (torn.0.saturating_add(1), why);
    }
}

/// The entry of one process, read now. One that is being written is read again for some milliseconds; what cannot be
/// read then is none.
pub(super) fn entry_of(config: &Path, pid: u32) -> Option<Entry> {
    let path = config.join("sessions").join(format!("{pid}.json"));
    for _ in 0..=PATIENCE {
        match bounded(&path).map(|bytes| parse(&bytes, pid)) {
            Ok(Ok(entry)) => return entry,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Ok(Err(_)) | Err(_) => std::thread::sleep(BREATH),
        }
    }
    None
}

/// The processes that have an entry or a key, told by the names of their files.
pub(super) fn listed(config: &Path) -> BTreeSet<u32> {
    let names = fs::read_dir(config.join("sessions")).into_iter().flatten().flatten();
    let pid =
        |file: fs::DirEntry| file.file_name().to_str().and_then(|name| pid_of(name).or_else(|| key_of(name)));
    names.filter_map(pid).collect()
}

/// How a file stands; `None` while it is so young that another change within the same tick of the file system's clock
/// would leave no trace.
pub(super) fn stamp(metadata: &fs::Metadata) -> Option<Stamp> {
    let modified = metadata.modified().ok()?;
    let settled = modified.elapsed().is_ok_and(|age| age > UNSETTLED);
    settled.then_some((modified, metadata.len()))
}

/// The pid in the name of a registry file; `pid-<n>.json` of old versions are orphans, and anything else is not ours.
pub(super) fn pid_of(name: &str) -> Option<u32> {
    name.strip_suffix(".json").filter(|stem| stem.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

/// The pid in the name of a key, `<pid>.<hash>.key`.
fn key_of(name: &str) -> Option<u32> {
    let (pid, _) = name.strip_suffix(".key")?.split_once('.')?;
    pid.parse().ok()
}

pub(super) fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first JSON value of a file, whatever follows it.
pub(super) fn first_value(bytes: &[u8]) -> Option<Value> {
    serde_json::Deserializer::from_slice(bytes).into_iter().next()?.ok()
}

/// The entry in these bytes; `None` for one that stands for no session: a process that is kept warm for later.
fn parse(bytes: &[u8], pid: u32) -> Result<Option<Entry>, &'static str> {
    if bytes.is_empty() {
        return Err("the file is empty");
    }
    let value = first_value(bytes).filter(Value::is_object).ok_or("it is not a JSON object")?;
    if is(&value, "spare") {
        return Ok(None);
    }
    let number = |key: &str| value.get(key).and_then(Value::as_i64);
    let short = |key: &str, most: usize| string(&value, key).map(|text| text::line(&text, most));
    Ok(Some(Entry {
        pid,
        start: short("procStart", 80).or_else(|| number("procStart").map(|number| number.to_string())),
        session: short("sessionId", 80),
        cwd: short("cwd", 4096),
        name: short("name", 200),
        version: short("version", 40),
        kind: short("kind", 40),
        entrypoint: short("entrypoint", 40),
        domain: short("pidDomain", 400),
        socket: string(&value, "messagingSocketPath").map(PathBuf::from),
        status: Status { word: word(string(&value, "status")), waiting_for: short("waitingFor", 200) },
        started: number("startedAt"),
        updated: number("updatedAt"),
        changed: number("statusUpdatedAt"),
    }))
}

fn word(status: Option<String>) -> StatusWord {
    match status {
        None => StatusWord::Absent,
        Some(status) => match status.as_str() {
            "busy" => StatusWord::Busy,
            "idle" => StatusWord::Idle,
            "waiting" => StatusWord::Waiting,
            "shell" => StatusWord::Shell,
            _ => StatusWord::Unknown(text::line(&status, 40)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        parse(text.as_bytes(), 41).unwrap().unwrap()
    }

    #[test]
    fn what_follows_the_first_value_is_an_older_end() {
        let text = r#"{"pid":41,"status":"busy"}for":"permission prompt"}"#;
        assert_eq!(entry(text).status, Status { word: StatusWord::Busy, waiting_for: None });
    }

    #[test]
    fn unknown_fields_are_passed_over_and_unknown_words_kept() {
        let seen = entry(r#"{"status":"meditating","cwd":7,"new":{"x":[]},"procStart":12,"sessionId":null}"#);
        assert_eq!(seen.status.word, StatusWord::Unknown("meditating".into()));
        assert_eq!((seen.start.as_deref(), seen.cwd, seen.session), (Some("12"), None, None));
        assert_eq!(entry("{}").status.word, StatusWord::Absent);
    }

    #[test]
    fn a_spare_process_is_no_session() {
        assert_eq!(parse(br#"{"pid":41,"spare":true}"#, 41), Ok(None));
    }

    #[test]
    fn only_files_named_by_a_pid_are_entries() {
        assert_eq!(pid_of("41.json"), Some(41));
        for name in ["pid-41.json", "41.0a.key", "41.0a.key.tmp.00000000", "41.json.tmp", ".json", "x.json"] {
            assert_eq!(pid_of(name), None, "{name}");
        }
        assert_eq!(key_of("41.0a.key"), Some(41));
    }
}
