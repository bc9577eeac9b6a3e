//! The tasks of Peerwatch's own bridge, as sessions and the person change them.

use jiff::Timestamp;
use peerwatch_bridge::{Actor, Brakes, NewTask, Revocation, Store, Task, TaskError, TaskState};

use crate::deed::Deed;
use crate::error::{DemoError, Result, kept};
use crate::own_bridge::{MAIN, OwnBridge, PERSON, bearer, wall};
use crate::session::{Session, folder_of};

/// Somebody who does something to a task, at a moment.
struct Doing {
    store: Store,
    bridge: String,
    /// Its name in an error.
    who: String,
    /// The session's letter; the person has none.
    letter: Option<String>,
    at: peerwatch_core::Timestamp,
}

impl OwnBridge {
    /// A session, or the person where none is named, does something to a task.
    pub(crate) fn does(&self, who: Option<&Session>, deed: &Deed, when: Timestamp) -> Result<()> {
        let (mut store, at) = (self.open()?, wall(when));
        let bridge = store.bridge(MAIN, at).map_err(kept)?;
        let parts = who.map(|session| store.participations(&bearer(session))).transpose().map_err(kept)?;
        let part = parts.into_iter().flatten().find(|part| part.conversation == bridge);
        let letter = part.map(|part| part.participant);
        let who = who.map_or(PERSON, Session::name).to_owned();
        let mut doing = Doing { store, bridge, who, letter, at };
        match deed {
            Deed::Creates { folder, subject, after } => doing.create(folder, subject, after.as_deref()),
            Deed::Claims(task) => doing.claim(task),
            Deed::ReportsOn { task, text } => doing.report(task, text),
            Deed::Completes { task, text } => doing.complete(task, text),
            Deed::HandsOver { task, to, why } => doing.hand_over(task, to, why),
            Deed::Adopts(task) => doing.adopt(task),
        }
    }
}

impl Doing {
    fn create(&mut self, folder: &str, subject: &str, after: Option<&str>) -> Result<()> {
        let needs = after.map(|task| self.named(task)).transpose()?.map(|task| task.id).into_iter().collect();
        let folder = Some(folder_of(folder));
        let what = NewTask { subject: subject.into(), needs, folder, ..NewTask::default() };
        let by = self.actor();
        self.store.create_task(&self.bridge, &what, &by, self.at).map_err(kept)?;
        Ok(())
    }

    fn claim(&mut self, task: &str) -> Result<()> {
        let (id, letter) = (self.named(task)?.id, self.letter()?);
        self.store.claim_task(id, &letter, self.at).map_err(kept)?;
        Ok(())
    }

    fn report(&mut self, task: &str, text: &str) -> Result<()> {
        let (id, letter) = (self.named(task)?.id, self.letter()?);
        self.store.progress_task(id, None, &letter, text, self.at).map_err(kept)?;
        Ok(())
    }

    fn complete(&mut self, task: &str, result: &str) -> Result<()> {
        let (id, letter) = (self.named(task)?.id, self.letter()?);
        match self.store.complete_task(id, None, &letter, result, self.at) {
            // So it is told that it comes late, and its work is kept.
            Ok(_) | Err(TaskError::TakenOver { kept: Some(_), .. }) => Ok(()),
            Err(error) => Err(kept(error)),
        }
    }

    fn hand_over(&mut self, task: &str, to: &str, why: &str) -> Result<()> {
        let task = self.named(task)?;
        let parts = self.store.participants(&self.bridge).map_err(kept)?;
        let heir =
            parts.into_iter().find(|part| part.role == to).ok_or_else(|| self.cannot("give it to", to))?;
        let how = Revocation {
            epoch: task.epoch,
            reason: why.into(),
            actor: self.actor(),
            card: format!("Goal: {}.\nWhy it moves: {why}.", task.what.subject),
            wanted: None,
            anyway: true,
            brakes: Brakes::NONE,
        };
        let handover = self.store.revoke_task(task.id, &how, self.at).map_err(kept)?;
        self.store.grant_handover(handover.id, &heir.participant, self.at).map_err(kept)?;
        Ok(())
    }

    fn adopt(&mut self, task: &str) -> Result<()> {
        let task = self.named(task)?;
        let late = task.late.last().ok_or_else(|| self.cannot("adopt late work of", &task.what.subject))?;
        let by = self.actor();
        self.store.adopt(task.id, late.id, &by, self.at).map_err(kept)?;
        Ok(())
    }

    /// The task whose subject begins so; of several, one that is not over.
    fn named(&self, beginning: &str) -> Result<Task> {
        let tasks = self.store.tasks(Some(&self.bridge)).map_err(kept)?;
        let found = tasks.into_iter().filter(|task| task.what.subject.starts_with(beginning));
        found
            .min_by_key(|task| matches!(task.state, TaskState::Done | TaskState::Cancelled))
            .ok_or_else(|| self.cannot("find the task", beginning))
    }

    fn actor(&self) -> Actor {
        self.letter.clone().map_or(Actor::Person, Actor::Participant)
    }

    fn letter(&self) -> Result<String> {
        self.letter.clone().ok_or_else(|| self.cannot("take a task without a part in", MAIN))
    }

    fn cannot(&self, what: &str, of: &str) -> DemoError {
        DemoError::OutOfPlace { who: self.who.clone(), why: format!("cannot {what} “{of}”") }
    }
}
