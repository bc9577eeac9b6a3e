//! Task lists of agent teams: `<config>/tasks/<team>/<number>.json`.
//!
//! A task is a file that Claude Code makes in place and then replaces at each change; once all tasks of a list are done it
//! deletes them (seen in 2.1.330). Files are opened only when they are not as they were read: at rest nothing but their
//! dates is looked at. What else lies there (`.lock`, `.highwatermark`, locks, half-written files) has other names.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::places::is_plain;
use super::record::{is, string};
use super::registry::{Stamp, bounded, first_value, stamp};
use super::text;
use super::transcript::modified;
use crate::Trouble;

/// So many tasks of one list are read, the newest.
const MOST: usize = 500;
/// How much of a description is kept, in characters.
const DESCRIPTION: usize = 4_000;
/// So often in turn a file may be unreadable, since it is made in place.
const PATIENCE: u32 = 5;

/// The task lists that are looked at.
#[derive(Debug)]
pub(super) struct Tasks {
    folder: PathBuf,
    lists: BTreeMap<String, List>,
}

/// One list, as far as it was read.
#[derive(Debug, Default)]
struct List {
    /// How its folder stood when it was listed last: while it stands so, no file came or went.
    listed: Option<Stamp>,
    files: BTreeMap<String, Sheet>,
    /// How many tasks there are, where that is more than are read.
    crowd: Option<usize>,
}

/// One file.
#[derive(Debug, Default)]
struct Sheet {
    stamp: Option<Stamp>,
    task: Option<Task>,
    /// How often in turn it could not be read.
    torn: u32,
}

/// A task as its file has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Task {
    pub(super) number: String,
    pub(super) subject: String,
    pub(super) description: Option<String>,
    pub(super) status: String,
    /// A member's name; any text, in practice.
    pub(super) owner: Option<String>,
    /// Numbers of tasks that come before it.
    pub(super) needs: Vec<String>,
    /// Claude Code keeps it for itself.
    pub(super) hidden: bool,
    /// When its file was last written, in milliseconds since the epoch.
    pub(super) written: i64,
}

impl Tasks {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, lists: BTreeMap::new() }
    }

    /// Where the list of a team is.
    pub(super) fn folder_of(&self, team: &str) -> PathBuf {
        self.folder.join(team)
    }

    /// The names of the lists that are looked at.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// Whether something could not be read and should be soon.
    pub(super) fn is_torn(&self) -> bool {
        self.sheets().any(|(_, _, sheet)| (1..PATIENCE).contains(&sheet.torn))
    }

    /// What still cannot be read.
    pub(super) fn troubles(&self) -> impl Iterator<Item = Trouble> {
        let lasting = self.sheets().filter(|(_, _, sheet)| sheet.torn >= PATIENCE);
        let broken = lasting.map(|(list, number, _)| Trouble {
            subject: text::path(&self.folder.join(list).join(format!("{number}.json"))),
            what: "This task of an agent team is not JSON of the known form; it may be missing, or shown as it was.".into(),
            remedy: None,
        });
        let crowded = self.lists.iter().filter_map(|(name, list)| Some((name, list.crowd?)));
        broken.chain(crowded.map(|(name, count)| Trouble {
            subject: text::path(&self.folder.join(name)),
            what: format!("This agent team has {count} tasks; the newest {MOST} of them are shown."),
            remedy: None,
        }))
    }

    /// The tasks of a team, by their numbers.
    pub(super) fn of(&self, team: &str) -> Vec<&Task> {
        let files = self.lists.get(team).into_iter().flat_map(|list| list.files.values());
        let mut tasks: Vec<&Task> =
            files.filter_map(|sheet| sheet.task.as_ref()).filter(|task| !task.hidden).collect();
        tasks.sort_by_key(|task| by_number(&task.number));
        tasks
    }

    /// Reads what has changed in the lists of these teams, and forgets all others.
    pub(super) fn look<'a>(&mut self, teams: impl Iterator<Item = &'a str>) {
        let mut before = std::mem::take(&mut self.lists);
        for team in teams {
            let mut list = before.remove(team).unwrap_or_default();
            list.look(&self.folder.join(team));
            self.lists.insert(team.to_owned(), list);
        }
    }

    fn sheets(&self) -> impl Iterator<Item = (&str, &str, &Sheet)> {
        self.lists.iter().flat_map(|(name, list)| {
            list.files.iter().map(|(number, sheet)| (name.as_str(), number.as_str(), sheet))
        })
    }
}

impl List {
    fn look(&mut self, folder: &Path) {
        let Ok(metadata) = fs::metadata(folder) else {
            *self = Self::default();
            return;
        };
        let stands = stamp(&metadata);
        if stands.is_none() || stands != self.listed {
            self.list(folder);
            self.listed = stands;
        }
        self.files.retain(|number, sheet| sheet.read(number, &folder.join(format!("{number}.json"))));
    }

    fn list(&mut self, folder: &Path) {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let number = |file: fs::DirEntry| {
            let name = file.file_name();
            name.to_str()?.strip_suffix(".json").filter(|stem| is_plain(stem)).map(str::to_owned)
        };
        let mut numbers: Vec<String> = files.filter_map(number).collect();
        self.crowd = Some(numbers.len()).filter(|count| *count > MOST);
        numbers.sort_by_key(|number| std::cmp::Reverse(by_number(number)));
        numbers.truncate(MOST);
        self.files.retain(|number, _| numbers.contains(number));
        for number in numbers {
            self.files.entry(number).or_default();
        }
    }
}

impl Sheet {
    /// Reads the file unless it is as it was read last; whether it is there.
    fn read(&mut self, number: &str, path: &Path) -> bool {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return error.kind() != io::ErrorKind::NotFound,
        };
        let stands = stamp(&metadata);
        if stands.is_some() && stands == self.stamp {
            return true;
        }
        let read =
            bounded(path).ok().and_then(|bytes| task(number, &first_value(&bytes)?, modified(&metadata)));
        // A file that stays broken is read again when it changes.
        self.stamp = stands.filter(|_| read.is_some() || self.torn >= PATIENCE);
        match read {
            Some(task) => (self.task, self.torn) = (Some(task), 0),
            None => self.torn = self.torn.saturating_add(1),
        }
        true
    }
}

/// Numbers in their order, and whatever else is a name behind them.
fn by_number(number: &str) -> (u64, String) {
    (number.parse().unwrap_or(u64::MAX), number.to_owned())
}

fn task(number: &str, value: &Value, written: i64) -> Option<Task> {
    let short = |key: &str, most: usize| string(value, key).map(|found| text::line(&found, most));
    let description =
        string(value, "description").map(|found| plain(&found)).filter(|found| !found.is_empty());
    let needs = value.get("blockedBy").and_then(Value::as_array).into_iter().flatten();
    Some(Task {
        number: number.to_owned(),
        subject: short("subject", 200)?,
        description,
        status: short("status", 40)?,
        owner: short("owner", 200).filter(|owner| !owner.is_empty()),
        needs: needs
            .filter_map(Value::as_str)
            .filter(|need| is_plain(need))
            .take(MOST)
            .map(str::to_owned)
            .collect(),
        hidden: value.get("metadata").is_some_and(|metadata| is(metadata, "_internal")),
        written,
    })
}

/// A text of several lines, bounded and printable.
fn plain(found: &str) -> String {
    let kept = text::cut(found, DESCRIPTION).0;
    kept.trim().chars().filter(|one| !one.is_control() || matches!(one, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Task> {
        task("2", &serde_json::from_str(text).unwrap(), 7)
    }

    #[test]
    fn unknown_fields_are_passed_over_and_what_a_task_must_have_is_asked_for() {
        let seen =
            of(r#"{"id":"2","subject":"Write\u001b tests\nnow","status":"pending","owner":"","new":{"x":[]},
            "blockedBy":["1","../3",4],"description":" a\u0007b\n c "}"#)
            .unwrap();
        assert_eq!((seen.subject.as_str(), seen.owner), ("Write  tests", None));
        assert_eq!((seen.description.as_deref(), seen.needs), (Some("ab\n c"), vec!["1".to_owned()]));
        assert_eq!(of(r#"{"id":"2","subject":"Write tests"}"#), None);
        assert_eq!(of("[]"), None);
    }

    #[test]
    fn numbers_are_ordered_as_numbers() {
        let mut numbers = ["10", "9", "x", "1"];
        numbers.sort_by_key(|number| by_number(number));
        assert_eq!(numbers, ["1", "9", "10", "x"]);
    }
}
