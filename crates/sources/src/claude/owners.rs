//! The part of a look that tells whose each task of a team is.

use peerwatch_core::{Timestamp, WorkerId};

use super::ClaudeSource;
use super::mates;
use super::scope::Scope;
use super::tasks::Task;
use super::teams::{LEAD, Team};
use crate::{Reading, TaskKind, TaskSeen, TaskState};

impl ClaudeSource {
    /// Reports the tasks of all teams that are there.
    pub(super) fn report_tasks(&mut self, scope: &Scope, reading: &mut Reading) {
        let new = || self.teams_there().any(|team| self.tasks.names().all(|name| name != team.name));
        let moved = scope.all || scope.teams || scope.registry || !scope.pids.is_empty();
        if !(scope.tasks || moved || self.tasks.is_torn() || new()) {
            return;
        }
        let names: Vec<String> = self.teams_there().map(|team| team.name.clone()).collect();
        self.tasks.look(names.iter().map(String::as_str));
        let tasks: Vec<TaskSeen> = self.teams_there().flat_map(|team| self.tasks_of(team)).collect();
        reading.tasks = self.tasks_told.tell(tasks);
    }

    /// The teams whose lead is known, alive or not, or one of whose members is.
    fn teams_there(&self) -> impl Iterator<Item = &Team> {
        self.teams.all().filter(|team| {
            self.lead_of_team(team).is_some() || self.mates.values().any(|mate| mate.team == team.name)
        })
    }

    /// A session with teams switched on keeps its own notes in the same place: they are a team's tasks once there is
    /// somebody else to do them.
    fn tasks_of(&self, team: &Team) -> Vec<TaskSeen> {
        let tasks = self.tasks.of(&team.name);
        let by_others = |task: &&Task| task.owner.as_deref().is_some_and(|owner| !is_lead(team, owner));
        if team.members.is_empty() && !tasks.iter().any(by_others) {
            return Vec::new();
        }
        let lead = self.lead_of_team(team);
        let is_open = |number: &String| {
            tasks.iter().any(|task| {
                task.number == *number && state(task).is_some_and(|state| state != TaskState::Done)
            })
        };
        let seen = |task: &&Task| {
            Some(TaskSeen {
                id: id(team, &task.number),
                kind: TaskKind::Team,
                place: team.name.clone(),
                kept_in: self.config.clone(),
                conversation: None,
                subject: task.subject.clone(),
                description: task.description.clone(),
                state: state(task)?,
                owner: self.owner(team, task, lead.as_ref()),
                owner_name: task.owner.as_deref().map(|owner| member(team, owner).to_owned()),
                lead: lead.clone(),
                needs: task.needs.iter().map(|number| id(team, number)).collect(),
                blocked: task.needs.iter().any(is_open),
                updated: Some(Timestamp(task.written)),
            })
        };
        tasks.iter().filter_map(seen).collect()
    }

    /// The worker that the name of an owner stands for: the lead, or a member by its name or its agent id.
    fn owner(&self, team: &Team, task: &Task, lead: Option<&WorkerId>) -> Option<WorkerId> {
        let name = member(team, task.owner.as_deref()?);
        if is_lead(team, name) {
            return lead.cloned();
        }
        Some(mates::worker(&team.name, name)).filter(|worker| self.mates.contains_key(worker))
    }
}

fn id(team: &Team, number: &str) -> String {
    format!("team:{}:{number}", team.name)
}

/// The name of a member that may be written as an agent id, `<name>@<team>`.
fn member<'a>(team: &Team, owner: &'a str) -> &'a str {
    owner.strip_suffix(team.name.as_str()).and_then(|rest| rest.strip_suffix('@')).unwrap_or(owner)
}

fn is_lead(team: &Team, name: &str) -> bool {
    name == team.lead_name || name == LEAD
}

/// `None` for one that was deleted.
fn state(task: &Task) -> Option<TaskState> {
    Some(match (task.status.as_str(), &task.owner) {
        ("deleted", _) => return None,
        ("completed", _) => TaskState::Done,
        ("in_progress", _) => TaskState::InProgress,
        ("pending", Some(_)) => TaskState::Assigned,
        ("pending", None) => TaskState::Open,
        (other, _) => TaskState::Unknown(other.to_owned()),
    })
}
