//! A task's file, `<config>/tasks/<team>/<number>.json`, and its change of hands (Claude Code 2.1.330).

use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_core::{Timestamp, excerpt};
use serde_json::Value;

use super::clock::iso;
use super::lock::{Lock, PATIENCE};
use super::members::Members;
use super::{SENDER, TeamError, file, inbox, plain_name, splice};

/// A task that was moved.
#[derive(Debug)]
pub struct Moved {
    /// What it is about.
    pub subject: String,
    /// For how long the task was locked: meanwhile its team could not change it.
    pub held: Duration,
    /// Who could not be told of it, and why. The task is moved all the same; without a letter its new owner does not
    /// begin.
    pub untold: Vec<(String, TeamError)>,
}

/// What is read of a task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) subject: String,
    description: String,
    status: String,
    owner: Option<String>,
}

/// Gives a task of a team to another member, by its file. `from_owner` is who has it as far as whoever decides knows;
/// `None` when nobody has. A task that was begun is pending again, so that it shows when its new owner begins; a lead's
/// `TaskUpdate` with an owner alone would leave it in progress (seen in 2.1.330), and teammates begin either.
///
/// Then the new owner gets the letter with which Claude Code itself assigns a task, and the old owner and the lead are told
/// in plain words. The lead's own picture of its team learns of it by its next look at the list.
///
/// # Errors
/// [`TeamError::Changed`] or [`TeamError::NoTask`] when the task is somebody else's or gone, before the change or right
/// after it; with any other error nothing was written. What went wrong with the letters stands in [`Moved::untold`].
pub fn move_task(
    config: &Path,
    team: &str,
    number: &str,
    from_owner: Option<&str>,
    to_owner: &str,
    now: Timestamp,
) -> Result<Moved, TeamError> {
    let members = Members::read(config, team)?;
    members.check(to_owner)?;
    let path = path(config, team, number)?;
    // Without this a lock would be left in a folder that is not there, or for a task that never was.
    read(config, team, number)?;
    let lock = Lock::take(&path, PATIENCE)?;
    let text = file::read(&path)?.ok_or_else(|| no_task(team, number))?;
    let task = parse(&path, &text)?;
    task.check(team, number, from_owner)?;
    let mut changes = vec![("owner", Value::from(to_owner).to_string())];
    if task.status == "in_progress" {
        changes.push(("status", Value::from("pending").to_string()));
    }
    let after = splice::set(&text, &changes).map_err(|error| file::unknown(&path, error))?;
    file::replace(&path, &after, &lock)?;
    let held = lock.release();
    tracing::info!(team, task = number, to = to_owner, ?held, "a task of an agent team was moved");
    verify_task(config, team, number, to_owner)?;
    let untold = tell(config, &members, (team, number), &task, to_owner, now);
    Ok(Moved { subject: task.subject, held, untold })
}

/// Checks that a task still belongs to whom it was given: not everybody who writes there takes the lock. To be called once
/// more some seconds after a move.
///
/// # Errors
/// [`TeamError::Changed`] with its owner, when it is somebody else's; [`TeamError::NoTask`] when it is gone.
pub fn verify_task(config: &Path, team: &str, number: &str, owner: &str) -> Result<(), TeamError> {
    let task = read(config, team, number)?;
    match task.owner.as_deref().map(|now| member(team, now)) {
        Some(now) if now == owner => Ok(()),
        _ => Err(TeamError::Changed { task: number.to_owned(), owner: task.owner }),
    }
}

impl Task {
    /// Fails unless it may be taken from this owner.
    fn check(&self, team: &str, number: &str, from: Option<&str>) -> Result<(), TeamError> {
        let task = number.to_owned();
        match self.status.as_str() {
            "completed" => return Err(TeamError::Done { task }),
            "deleted" => return Err(no_task(team, number)),
            _ => {}
        }
        if self.owner.as_deref().map(|owner| member(team, owner)) != from {
            return Err(TeamError::Changed { task, owner: self.owner.clone() });
        }
        Ok(())
    }
}

/// Tells everybody whom it concerns; returns whom it could not tell.
fn tell(
    config: &Path,
    members: &Members,
    (team, number): (&str, &str),
    task: &Task,
    to: &str,
    now: Timestamp,
) -> Vec<(String, TeamError)> {
    let (at, subject, lead) = (iso(now), excerpt(&task.subject, 120), members.lead());
    let from = task.owner.as_deref().map(|owner| member(team, owner));
    let assignment = inbox::assignment(number, &task.subject, &task.description, SENDER, now);
    let mut letters = vec![(to, assignment)];
    if let Some(from) = from.filter(|from| *from != to && *from != lead && members.has(from)) {
        let text = format!(
            "Task #{number} (\"{subject}\") was taken over by {to} at {at}. Stop working on it, and tell {lead} what you have."
        );
        letters.push((from, text));
    }
    if lead != to {
        let had = from.map_or_else(|| "nobody had it".to_owned(), |from| format!("{from} had it before"));
        let text = format!(
            "Task #{number} (\"{subject}\") was given to {to} at {at}; {had}. It stands so in the task list, and {to} was told."
        );
        letters.push((lead, text));
    }
    let post = |(member, text): (&str, String)| {
        let posted = inbox::post(config, team, member, SENDER, &text, now);
        posted.err().map(|error| (member.to_owned(), error))
    };
    letters.into_iter().filter_map(post).collect()
}

/// A task as its file has it now; files are replaced whole, so that no lock is needed.
pub(super) fn read(config: &Path, team: &str, number: &str) -> Result<Task, TeamError> {
    let path = path(config, team, number)?;
    let text = file::read(&path)?.ok_or_else(|| no_task(team, number))?;
    parse(&path, &text)
}

fn path(config: &Path, team: &str, number: &str) -> Result<PathBuf, TeamError> {
    Ok(config.join("tasks").join(plain_name(team)?).join(format!("{}.json", plain_name(number)?)))
}

fn parse(path: &Path, text: &str) -> Result<Task, TeamError> {
    let value: Value = serde_json::from_str(text).map_err(|error| file::unknown(path, error))?;
    let word = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let needed = |key: &str| word(key).ok_or_else(|| file::unknown(path, format!("it has no {key}")));
    Ok(Task {
        subject: needed("subject")?,
        description: word("description").unwrap_or_default(),
        status: needed("status")?,
        owner: word("owner").filter(|owner| !owner.is_empty()),
    })
}

fn no_task(team: &str, number: &str) -> TeamError {
    TeamError::NoTask { task: number.to_owned(), team: team.to_owned() }
}

/// The name of a member that may be written as an agent id, `<name>@<team>`.
fn member<'a>(team: &str, owner: &'a str) -> &'a str {
    owner.strip_suffix(team).and_then(|rest| rest.strip_suffix('@')).unwrap_or(owner)
}
