//! What stories about tasks have in common.

use peerwatch_bridge::{Actor, Brakes, Handover, Letter, NewTask, Revocation, Task, TaskError, TaskState};

use super::{NOW, World};

impl World {
    /// A new task, which nobody owns.
    pub(crate) fn task(&mut self, subject: &str) -> i64 {
        self.planned(subject, 0, &[])
    }

    pub(crate) fn planned(&mut self, subject: &str, priority: i32, needs: &[i64]) -> i64 {
        let what = NewTask { subject: subject.into(), priority, needs: needs.into(), ..NewTask::default() };
        self.store.create_task(&self.main, &what, &Actor::Person, NOW).unwrap().id
    }

    /// A task that `api` has begun.
    pub(crate) fn begun(&mut self, subject: &str) -> i64 {
        let task = self.task(subject);
        self.store.claim_task(task, "a", NOW).unwrap();
        task
    }

    /// A task that was taken from `api`, who has not heard of it.
    pub(crate) fn revoked(&mut self, subject: &str) -> (i64, Handover) {
        let task = self.begun(subject);
        (task, self.store.revoke_task(task, &because("api is gone"), NOW).unwrap())
    }

    /// The task and how it stands, in a line.
    pub(crate) fn stands(&self, task: i64) -> String {
        self.store.task(task).unwrap().as_ref().map_or_else(|| "no such task".into(), line)
    }

    /// The unread messages of a participant from Peerwatch, each as its kind and its first line.
    pub(crate) fn mail(&self, participant: &str) -> Vec<String> {
        self.letters(participant).iter().map(first_line).collect()
    }

    pub(crate) fn letters(&self, participant: &str) -> Vec<Letter> {
        let mail = self.store.peek(&self.main, participant).unwrap();
        mail.into_iter().filter(|letter| letter.from_role == "peerwatch").collect()
    }

    /// What was done, the oldest first; of tasks and handovers only.
    pub(crate) fn log(&self) -> Vec<String> {
        let mut rows = self.store.audit(None, 1000).unwrap();
        rows.retain(|row| row.action.starts_with("task_") || row.action.starts_with("handover_"));
        let rows = rows.iter().rev();
        rows.map(|row| {
            format!("{} {} {}", row.participant.as_deref().unwrap_or("-"), row.action, row.details)
        })
        .collect()
    }
}

fn first_line(letter: &Letter) -> String {
    format!("{}: {}", letter.kind.as_deref().unwrap_or("-"), letter.text.lines().next().unwrap_or_default())
}

/// A task in a line: its number, state, owner, epoch and attempts.
pub(crate) fn line(task: &Task) -> String {
    let state = match task.state {
        TaskState::Open => "open",
        TaskState::Assigned => "assigned to",
        TaskState::InProgress => "in progress by",
        TaskState::HandingOver => "handing over",
        TaskState::Done => "done by",
        TaskState::Cancelled => "cancelled",
    };
    let owner = task.owner.as_ref().map_or(String::new(), |owner| format!(" {}", owner.role));
    let blocked = if task.blocked { ", blocked" } else { "" };
    format!("{}: {state}{owner}, epoch {}, {} attempts{blocked}", task.id, task.epoch, task.attempts)
}

/// How it went, in a line.
pub(crate) fn told(outcome: Result<Task, TaskError>) -> String {
    match outcome {
        Ok(task) => line(&task),
        Err(error) => error.to_string(),
    }
}

/// A handover of a task in its first epoch, begun by the person and held back by nothing.
pub(crate) fn because(reason: &str) -> Revocation {
    Revocation {
        epoch: 1,
        reason: reason.into(),
        actor: Actor::Person,
        card: "Goal: the card".into(),
        wanted: None,
        anyway: false,
        brakes: Brakes::NONE,
    }
}
