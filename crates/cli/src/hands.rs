//! Hands tasks over in their database itself, where no engine does it.
//!
//! Every step is one transaction of the store, so that a step which was cut off is taken again by whoever comes next: this
//! command once more, or an engine.

use peerwatch_bridge::{
    Confirmation, Handover, HandoverStep, Kind, Participant, Revocation, Task, TaskError, TaskState,
};
use peerwatch_core::{Candidate, Presence, Seeking, Timestamp, Waiting, WorkerId, heirs};
use peerwatch_sources::bridge;
use peerwatch_sources::process::{self, Processes};
use peerwatch_wire::{self as wire, HandoverPlan, HeirView, View, WorkerView};

use crate::fare::{self, Fare};
use crate::ledger::Ledger;
use peerwatch_engine::{Parting, Passing, handover_card, repository_of, task_view};

/// A database, and what was seen of the workers before it was opened.
pub(crate) struct Hands<'a> {
    pub(crate) ledger: Ledger,
    view: &'a View,
    processes: Box<dyn Processes>,
}

/// One who could get a task.
#[derive(Clone, Debug)]
pub(crate) struct Possible {
    pub(crate) seat: Participant,
    pub(crate) shown: HeirView,
    /// Whether it had this task before.
    pub(crate) tried: bool,
}

impl<'a> Hands<'a> {
    pub(crate) fn new(ledger: Ledger, view: &'a View) -> Self {
        Self { ledger, view, processes: process::system() }
    }

    /// How one who takes part fares.
    pub(crate) fn fare(&self, one: &Participant, now: Timestamp) -> anyhow::Result<Fare> {
        fare::of(&self.ledger.store, one, self.processes.as_ref(), now)
    }

    /// The handover of a task that is under way.
    pub(crate) fn under_way(&self, task: &Task) -> anyhow::Result<Option<Handover>> {
        match (task.state, task.handover) {
            (TaskState::HandingOver, Some(id)) => Ok(self.ledger.store.handover(id)?),
            _ => Ok(None),
        }
    }

    /// Those who could take a task over from somebody, the best first: proven alive, and in its bridge.
    pub(crate) fn heirs(
        &self,
        task: &Task,
        from: &Participant,
        now: Timestamp,
    ) -> anyhow::Result<Vec<Possible>> {
        let tasks = self.ledger.store.tasks(Some(&task.conversation))?;
        let former = self.ledger.handovers(task)?;
        let mut seats: Vec<(WorkerId, Participant, Candidate)> = Vec::new();
        for seat in self.ledger.store.participants(&task.conversation)? {
            if seat.participant == from.participant || !may_own(&seat) || !self.fare(&seat, now)?.is_alive() {
                continue;
            }
            let id = self.id(&seat);
            let owned = tasks.iter().filter(|one| is_in_hand(one) && is_owner(one, &seat)).count();
            let declined = task.declined.iter().any(|one| one.participant == seat.participant);
            let candidate = Candidate { declined, ..self.candidate(id.clone(), &seat, owned) };
            seats.push((id, seat, candidate));
        }
        let tried = |seat: &Participant| {
            former.iter().any(|it| it.step != HandoverStep::Undone && it.from.participant == seat.participant)
        };
        let folder = task.what.folder.clone().or_else(|| from.bearer.cwd.clone());
        let seeking = Seeking {
            owner: Some(self.id(from)),
            repository: folder.as_deref().and_then(repository_of),
            folder,
            role: Some(from.role.clone()),
            tried: seats.iter().filter(|(_, seat, _)| tried(seat)).map(|(id, ..)| id.clone()).collect(),
            writes: true,
        };
        let candidates: Vec<Candidate> = seats.iter().map(|(.., candidate)| candidate.clone()).collect();
        let ranked = heirs(&seeking, &candidates).into_iter().filter_map(|heir| {
            let (_, seat, _) = seats.iter().find(|(id, ..)| *id == heir.worker)?;
            let shown = HeirView {
                worker: heir.worker.to_string(),
                name: seat.role.clone(),
                reasons: heir.reasons,
                doubts: heir.doubts,
            };
            Some(Possible { seat: seat.clone(), shown, tried: tried(seat) })
        });
        Ok(ranked.collect())
    }

    /// Whether a person calls one who takes part so: by its role, its session's name, or its id.
    pub(crate) fn is_called(&self, seat: &Participant, name: &str) -> bool {
        let id = self.id(seat);
        let session = self.view.workers.iter().find(|one| one.id == id.as_str());
        seat.role == name || id.as_str() == name || session.is_some_and(|session| session.name == name)
    }

    /// The worker as a view names it: its session, else its side.
    pub(crate) fn id(&self, seat: &Participant) -> WorkerId {
        match &seat.bearer.process {
            Some(process) => WorkerId::session(process.pid, &process.start),
            None => self.side(seat),
        }
    }

    fn side(&self, seat: &Participant) -> WorkerId {
        let conversation = bridge::named(self.ledger.store.path(), &seat.conversation);
        WorkerId::new(format!("{conversation}:{}", seat.participant))
    }

    fn candidate(&self, id: WorkerId, seat: &Participant, tasks: usize) -> Candidate {
        let seen = |id: &WorkerId| self.view.workers.iter().find(|one| one.id == id.as_str());
        let worker = seen(&id).or_else(|| seen(&self.side(seat)));
        let cwd = seat.bearer.cwd.clone().or_else(|| worker?.cwd.clone());
        Candidate {
            worker: id,
            name: seat.role.clone(),
            presence: worker.map_or(Presence::Unknown, presence),
            repository: cwd.as_deref().and_then(repository_of),
            cwd,
            roles: vec![seat.role.clone()],
            tasks,
            // Nobody is woken without an engine; whoever takes part reads the card when it looks.
            writable: true,
            in_bridge: true,
            declined: false,
            reads_only: false,
            leads: false,
            person: false,
        }
    }

    /// What handing a task over would do.
    pub(crate) fn plan(
        &self,
        task: &Task,
        reason: Option<&str>,
        now: Timestamp,
    ) -> anyhow::Result<HandoverPlan> {
        let from = self.owner(task)?;
        let fare = self.fare(&from, now)?;
        let heirs = self.heirs(task, &from, now)?;
        let why = reason.map_or_else(|| fare.sentence(&from.role), str::to_owned);
        let passing = Passing {
            from: &from.role,
            to: heirs.first().map(|heir| heir.seat.role.as_str()),
            proven_gone: fare.is_gone(),
            by_engine: false,
        };
        Ok(HandoverPlan {
            task: task_view(task),
            owner: fare.sentence(&from.role),
            proven_gone: fare.is_gone(),
            steps: passing.steps(),
            heirs: heirs.into_iter().map(|heir| heir.shown).collect(),
            card: self.card(task, &from, &fare, &why, now)?,
            brake: self.brake(task, now)?,
        })
    }

    fn card(
        &self,
        task: &Task,
        from: &Participant,
        fare: &Fare,
        reason: &str,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let fares = fare.sentence(&from.role);
        let parting = Parting { from, fares: &fares, proven_gone: fare.is_gone(), reason };
        let handovers = self.ledger.handovers(task)?;
        Ok(handover_card(self.ledger.store.path(), task, &handovers, &parting, now))
    }

    /// Who has a task, or had it until its handover began.
    pub(crate) fn owner(&self, task: &Task) -> anyhow::Result<Participant> {
        if let Some(handover) = self.under_way(task)? {
            return Ok(handover.from);
        }
        match (&task.owner, task.state) {
            (_, TaskState::Done) => Err(TaskError::Over { task: task.id, state: "done", kept: None }.into()),
            (_, TaskState::Cancelled) => {
                Err(TaskError::Over { task: task.id, state: "cancelled", kept: None }.into())
            }
            (Some(owner), _) => Ok(owner.clone()),
            (None, _) => Err(TaskError::NoOwner { task: task.id }.into()),
        }
    }

    /// What holds it back; what is under way already goes on.
    fn brake(&self, task: &Task, now: Timestamp) -> anyhow::Result<Option<String>> {
        match task.state {
            TaskState::HandingOver => Ok(None),
            _ => Ok(peerwatch_engine::brake(&self.ledger.handovers(task)?, now)),
        }
    }

    /// Takes a task from its owner, who is told.
    pub(crate) fn revoke(
        &mut self,
        task: &Task,
        how: &Revocation,
        now: Timestamp,
    ) -> Result<Handover, TaskError> {
        self.ledger.store.revoke_task(task.id, how, now)
    }

    /// Takes all steps that can be taken now.
    pub(crate) fn go_on(
        &mut self,
        handover: Handover,
        anyway: bool,
        heir: Option<&Participant>,
        now: Timestamp,
    ) -> anyhow::Result<Handover> {
        let mut handover = handover;
        if handover.step == HandoverStep::Revoked {
            let Some(what) = self.confirmation(&handover, anyway, now)? else { return Ok(handover) };
            handover = self.ledger.store.confirm_handover(handover.id, what, now)?;
        }
        if let (HandoverStep::Confirmed, Some(heir)) = (handover.step, heir) {
            handover = self.ledger.store.grant_handover(handover.id, &heir.participant, now)?;
        }
        Ok(handover)
    }

    /// What makes sure that the old owner does not go on, when something does.
    fn confirmation(
        &self,
        handover: &Handover,
        anyway: bool,
        now: Timestamp,
    ) -> anyhow::Result<Option<Confirmation>> {
        if self.fare(&handover.from, now)?.is_gone() {
            return Ok(Some(Confirmation::Gone));
        }
        if let Some(uid) = &handover.told
            && let Some(letter) = self.ledger.store.by_uid(uid)?
            && letter.receipt.acknowledged.is_some()
        {
            return Ok(Some(Confirmation::Acknowledged));
        }
        Ok(anyway.then_some(Confirmation::TakenAnyway))
    }
}

/// Whether somebody can have a task at all. Of one within a session the session's process proves nothing.
fn may_own(seat: &Participant) -> bool {
    let within = seat.bearer.session_id.is_some() && !seat.bearer.agent.is_empty();
    seat.left.is_none() && seat.kind != Kind::Person && !within
}

/// Whether somebody has it to do.
pub(crate) fn is_in_hand(task: &Task) -> bool {
    matches!(task.state, TaskState::Assigned | TaskState::InProgress)
}

fn is_owner(task: &Task, seat: &Participant) -> bool {
    task.owner.as_ref().is_some_and(|owner| owner.participant == seat.participant)
}

/// What a view concludes of a worker, in the words of the core. What it does not carry over is not known.
fn presence(worker: &WorkerView) -> Presence {
    match worker.presence {
        wire::Presence::Working => Presence::Working,
        wire::Presence::WaitingForYou => Presence::WaitingForYou(match worker.waiting_for {
            Some(wire::WaitingFor::Permission) => Waiting::Permission,
            Some(wire::WaitingFor::Question) => Waiting::Question,
            Some(wire::WaitingFor::Plan) => Waiting::Plan,
            Some(wire::WaitingFor::Dialog) | None => Waiting::Dialog,
        }),
        wire::Presence::Idle => Presence::Idle,
        wire::Presence::Background => Presence::Background,
        wire::Presence::Quiet => Presence::Quiet,
        wire::Presence::Suspect => Presence::Suspect,
        wire::Presence::Gone => Presence::Gone,
        wire::Presence::Ended => Presence::Ended,
        // The view does not say in one word by what it is limited.
        wire::Presence::Limited | wire::Presence::Unknown => Presence::Unknown,
    }
}
