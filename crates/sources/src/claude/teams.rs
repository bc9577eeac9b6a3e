//! Agent teams: `<config>/teams/<team>/config.json` and the members' inboxes.
//!
//! Folders of teams that ended in a crash stay for ever, so that a folder proves nothing: a team is there as long as
//! its lead's session is, or a member's own process. Inboxes are wires, not logs: Claude Code drains them within a second.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use peerwatch_core::WorkerId;
use serde_json::Value;

use super::messages::{Letter, letters};
use super::record::string;
use super::registry::{bounded, first_value};
use super::text;
use super::transcript::modified;
use crate::Trouble;

/// So often in turn a file may be unreadable, since it is overwritten in place.
const PATIENCE: u32 = 5;

/// The teams that have folders.
#[derive(Debug)]
pub(super) struct Teams {
    folder: PathBuf,
    teams: BTreeMap<String, Team>,
    /// Files that could not be read, how often in turn.
    torn: BTreeMap<PathBuf, u32>,
}

/// One team.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Team {
    pub(super) name: String,
    pub(super) lead_session: Option<String>,
    /// What its lead is called among the members.
    pub(super) lead_name: String,
    /// The lead's process, with its start.
    pub(super) lead_process: Option<(u32, String)>,
    /// When its file was last written, in milliseconds since the epoch.
    pub(super) written: i64,
    /// Its members but for the lead.
    pub(super) members: Vec<Member>,
    /// What stands in the inboxes, by recipient.
    pub(super) inboxes: BTreeMap<String, Vec<Letter>>,
}

/// A teammate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    /// `<name>@<team>`.
    pub(super) agent: String,
    pub(super) role: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) joined: Option<i64>,
    /// Whether it has a pane and a process of its own.
    pub(super) paned: bool,
    pub(super) active: Option<bool>,
}

/// A team, and the session that leads it, as far as that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Led {
    pub(super) team: Team,
    pub(super) lead: Option<WorkerId>,
}

impl Led {
    /// The team that this session leads.
    pub(super) fn by<'a>(teams: &'a [Led], session: &WorkerId) -> Option<&'a Led> {
        teams.iter().find(|led| led.lead.as_ref() == Some(session))
    }
}

/// The name that a lead goes by in its team.
pub(super) const LEAD: &str = "team-lead";

impl Teams {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, teams: BTreeMap::new(), torn: BTreeMap::new() }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// All that have folders, dead or alive.
    pub(super) fn all(&self) -> impl Iterator<Item = &Team> {
        self.teams.values()
    }

    /// Whether something could not be read and should be soon.
    pub(super) fn is_torn(&self) -> bool {
        self.torn.values().any(|times| *times < PATIENCE)
    }

    /// What still cannot be read.
    pub(super) fn troubles(&self) -> impl Iterator<Item = Trouble> {
        let lasting = self.torn.iter().filter(|(_, times)| **times >= PATIENCE);
        lasting.map(|(path, _)| Trouble {
            subject: text::path(path),
            what: "This file of an agent team is not JSON of the known form; its members or messages may be missing.".into(),
            remedy: None,
        })
    }

    /// Reads all teams; their files are small and few.
    pub(super) fn look(&mut self) {
        let mut before = std::mem::take(&mut self.teams);
        let mut read = HashSet::new();
        for folder in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = folder.file_name().to_string_lossy().into_owned();
            // On an orderly end the folder is renamed first, then deleted.
            if name.contains(".deleted-") {
                continue;
            }
            let path = folder.path().join("config.json");
            let Ok(bytes) = bounded(&path) else { continue };
            read.insert(path.clone());
            let team = first_value(&bytes).and_then(|config| team(&name, &config));
            self.note(&path, team.is_some());
            let old = before.remove(&name);
            let Some(mut team) = team.or_else(|| old.clone()) else { continue };
            team.written = fs::metadata(&path).map(|metadata| modified(&metadata)).unwrap_or_default();
            let standing = old.map(|old| old.inboxes).unwrap_or_default();
            team.inboxes = self.inboxes(&folder.path().join("inboxes"), &standing, &mut read);
            self.teams.insert(name, team);
        }
        self.torn.retain(|path, _| read.contains(path));
    }

    fn inboxes(
        &mut self,
        folder: &Path,
        standing: &BTreeMap<String, Vec<Letter>>,
        read: &mut HashSet<PathBuf>,
    ) -> BTreeMap<String, Vec<Letter>> {
        let mut inboxes = BTreeMap::new();
        for file in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = file.file_name();
            let Some(recipient) = name.to_str().and_then(|name| name.strip_suffix(".json")) else { continue };
            let Ok(bytes) = bounded(&file.path()) else { continue };
            let inbox = first_value(&bytes).filter(Value::is_array);
            self.note(&file.path(), inbox.is_some());
            read.insert(file.path());
            let before = || standing.get(recipient).cloned().unwrap_or_default();
            inboxes.insert(recipient.to_owned(), inbox.map_or_else(before, |inbox| letters(&inbox)));
        }
        inboxes
    }

    fn note(&mut self, path: &Path, fine: bool) {
        if fine {
            self.torn.remove(path);
        } else {
            *self.torn.entry(path.to_path_buf()).or_default() += 1;
        }
    }
}

fn team(name: &str, config: &Value) -> Option<Team> {
    let members = config.get("members")?.as_array()?;
    let lead = string(config, "leadAgentId");
    let is_lead = |member: &Member| Some(&member.agent) == lead.as_ref() || member.name == LEAD;
    let process = config.get("leadProcess");
    let pid = process.and_then(|it| it.get("pid")?.as_u64()).and_then(|pid| u32::try_from(pid).ok());
    let (leads, members): (Vec<Member>, Vec<Member>) =
        members.iter().filter_map(|value| member(name, value)).partition(is_lead);
    Some(Team {
        name: name.to_owned(),
        lead_session: string(config, "leadSessionId"),
        lead_name: leads.into_iter().next().map_or_else(|| LEAD.to_owned(), |lead| lead.name),
        lead_process: pid.zip(process.and_then(|it| string(it, "procStart"))),
        written: 0,
        members,
        inboxes: BTreeMap::new(),
    })
}

fn member(team: &str, value: &Value) -> Option<Member> {
    let name = string(value, "name").filter(|name| text::line(name, 200) == *name)?;
    let pane = string(value, "tmuxPaneId");
    Some(Member {
        agent: string(value, "agentId").unwrap_or_else(|| format!("{name}@{team}")),
        name,
        role: string(value, "agentType").map(|role| text::line(&role, 80)),
        cwd: string(value, "cwd").map(|cwd| text::line(&cwd, 4096)),
        joined: value.get("joinedAt").and_then(Value::as_i64),
        paned: pane.is_some_and(|pane| !matches!(pane.as_str(), "" | "leader" | "in-process")),
        active: value.get("isActive").and_then(Value::as_bool),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_with_a_pane_is_told_from_one_inside_its_lead() {
        let config: Value = serde_json::from_str(
            r#"{"leadAgentId":"boss@t","leadSessionId":"s","leadProcess":{"pid":7,"procStart":"9"},"members":[
            {"agentId":"boss@t","name":"boss","tmuxPaneId":"leader"},{"nonsense":1},
            {"name":"a","tmuxPaneId":"%2","isActive":true},{"name":"b","tmuxPaneId":"in-process"}]}"#,
        )
        .unwrap();
        let team = team("t", &config).unwrap();
        let told: Vec<_> =
            team.members.iter().map(|one| (one.agent.as_str(), one.paned, one.active)).collect();
        assert_eq!(told, [("a@t", true, Some(true)), ("b@t", false, None)]);
        assert_eq!(team.lead_process, Some((7, "9".into())));
        assert_eq!(team.lead_name, "boss");
    }
}
