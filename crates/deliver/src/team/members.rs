//! Who is in a team: `<config>/teams/<team>/config.json`, which is only read.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::{TeamError, file, plain_name};

/// Claude Code writes the file in place, so that it may be torn for a moment.
const TRIES: u32 = 10;
const BREATH: Duration = Duration::from_millis(5);
/// What a lead is called where the file does not say.
const LEAD: &str = "team-lead";

/// The members of a team.
#[derive(Debug)]
pub(super) struct Members {
    team: String,
    lead: String,
    all: Vec<String>,
}

impl Members {
    pub(super) fn read(config: &Path, team: &str) -> Result<Self, TeamError> {
        let path = config.join("teams").join(plain_name(team)?).join("config.json");
        let no_team = |why: &str| TeamError::NoTeam { team: team.to_owned(), why: why.to_owned() };
        for _ in 0..TRIES {
            let text = file::read(&path)?.ok_or_else(|| no_team("it has no config.json"))?;
            if let Some(found) = serde_json::from_str(&text).ok().and_then(|value| of(team, &value)) {
                return Ok(found);
            }
            sleep(BREATH);
        }
        Err(no_team("its config.json is not of the known form"))
    }

    /// The lead's name.
    pub(super) fn lead(&self) -> &str {
        &self.lead
    }

    /// Whether somebody of this name is in the team.
    pub(super) fn has(&self, member: &str) -> bool {
        self.all.iter().any(|name| name == member) || member == self.lead
    }

    /// Fails when nobody of this name is.
    pub(super) fn check(&self, member: &str) -> Result<(), TeamError> {
        if self.has(plain_name(member)?) {
            return Ok(());
        }
        Err(TeamError::NoMember { member: member.to_owned(), team: self.team.clone() })
    }
}

fn of(team: &str, value: &Value) -> Option<Members> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let lead = text(value, "leadAgentId");
    let members = value.get("members")?.as_array()?;
    let is_lead = |member: &&Value| lead.is_some() && text(member, "agentId") == lead;
    let name = |member: &Value| text(member, "name");
    Some(Members {
        team: team.to_owned(),
        lead: members.iter().find(is_lead).and_then(name).unwrap_or_else(|| LEAD.to_owned()),
        all: members.iter().filter_map(name).collect(),
    })
}
