//! Tasks in the loop: what a person asks of them, and what happens to them by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use peerwatch_bridge::{Actor, Handover, HandoverStep, Seat};
use peerwatch_core::{ConversationId, Input, Moment, Presence, Worker, WorkerId};
use peerwatch_sources::{TaskKind, TaskSeen, TaskState as Seen, bridge};
use peerwatch_wire::{Command, Event, Reply, TaskSource, TaskView};
use tokio::sync::oneshot;

use super::Loop;
use crate::board::{self, Placed};
use crate::brief::{self, Brief, Order};
use crate::delivery::{TaskAct, Tasks, Word};
use crate::times::rfc3339;
use crate::{draw, effects};

impl Loop {
    /// A bridge says that something about its tasks has changed.
    pub(super) fn tasks_changed(&mut self, tasks: Tasks) {
        let known: BTreeSet<(PathBuf, i64, HandoverStep)> = self
            .board
            .handovers()
            .iter()
            .map(|(bridge, it)| (bridge.to_path_buf(), it.id, it.step))
            .collect();
        let first = !self.board.knows(&tasks.bridge);
        for handover in &tasks.handovers {
            let step = (tasks.bridge.clone(), handover.id, handover.step);
            // What was so before this engine began is no event.
            if !first && !known.contains(&step) {
                let _listeners = self.outlets.events.send(self.event(&tasks.bridge, handover));
                self.tell_of_handover(handover);
            }
        }
        self.board.learn(tasks);
        self.entrust();
        self.see_to_fences();
    }

    /// Tells who has something to lose.
    pub(super) fn entrust(&mut self) {
        let owned = self.entrusted();
        self.outlets.owners = owned.keys().cloned().collect();
        let now = self.clock.now();
        self.roster.handle(Input::Entrusted(owned), now);
    }

    fn event(&self, bridge: &Path, handover: &Handover) -> Event {
        Event::Handover {
            at: rfc3339(handover.updated),
            handover: u64::try_from(handover.id).unwrap_or_default(),
            task: self.board.named(bridge, handover.task),
            subject: handover.subject.clone(),
            from: handover.from.role.clone(),
            to: handover.to.as_ref().map(|to| to.role.clone()),
            step: draw::whole::step(handover.step),
        }
    }

    /// A person is told of each handover that Peerwatch began by itself, once it stands who has the task.
    fn tell_of_handover(&mut self, handover: &Handover) {
        match (&handover.actor, handover.step) {
            (Actor::Peerwatch, HandoverStep::Granted) => {
                let now = self.clock.now();
                match self.roster.still(now) {
                    Some(_) => self.roster.handle(Input::HeldBack(effects::held_handover(handover)), now),
                    None => self.outlets.tell_of_handover(handover),
                }
            }
            (_, HandoverStep::Begun) => self.outlets.handover_has_begun(handover),
            (_, HandoverStep::Undone) => self.outlets.withdraw_handover(handover.id),
            _ => {}
        }
    }

    /// Answers what is asked of tasks and handovers.
    pub(super) fn answer_of_tasks(&mut self, command: Command, reply: oneshot::Sender<Reply>, now: Moment) {
        match command {
            Command::PlanHandover { task } => self.brief(&task, now, reply, |brief, reply| {
                let _left = reply.send(Reply::Plan { plan: Box::new(brief.plan()) });
            }),
            Command::HandOver { task, to, card, reason, take_anyway, pass_brakes } => {
                let order = Order { to, card, reason, take_anyway, pass_brakes, by_itself: false };
                self.hand_over(&task, order, now, reply);
            }
            Command::TakeAnyway { handover } => {
                self.act_on_handover(handover, |handover| TaskAct::TakeAnyway { handover }, reply);
            }
            Command::UndoHandover { handover } => {
                self.act_on_handover(handover, |handover| TaskAct::Undo { handover }, reply);
            }
            Command::Adopt { task, late } => match (self.board.task(&task), i64::try_from(late)) {
                (Some(placed), Ok(note)) => {
                    let act = TaskAct::Adopt { task: placed.task.id, note };
                    self.tell_act(placed.bridge.to_owned(), act, reply);
                }
                _ => refuse(reply, unknown(&task)),
            },
            _ => refuse(reply, "this is no command of tasks".into()),
        }
    }

    /// The person takes a handover back in its notification.
    pub(super) fn undo(&self, handover: i64) {
        let number = u64::try_from(handover).unwrap_or_default();
        self.act_on_handover(number, |handover| TaskAct::Undo { handover }, oneshot::channel().0);
    }

    fn act_on_handover(&self, number: u64, act: impl FnOnce(i64) -> TaskAct, reply: oneshot::Sender<Reply>) {
        match self.board.handover(number) {
            Some((bridge, handover)) => self.tell_act(bridge.to_owned(), act(handover.id), reply),
            None => {
                refuse(reply, format!("there is no handover {number}; `peerwatch tasks history` lists them"))
            }
        }
    }

    pub(super) fn tell_act(&self, bridge: PathBuf, act: TaskAct, reply: oneshot::Sender<Reply>) {
        match &self.delivery {
            Some(delivery) => delivery.tell(Word::Task { bridge, act, reply }),
            None => refuse(reply, NO_ENGINE.into()),
        }
    }

    /// Begins a handover: of a bridge's task in its store, of a team's by asking its lead, of what is owed by telling an heir.
    pub(super) fn hand_over(&mut self, task: &str, order: Order, now: Moment, reply: oneshot::Sender<Reply>) {
        let Some(delivery) = &self.delivery else { return refuse(reply, NO_ENGINE.into()) };
        let words = delivery.voice();
        let edit = self.settings.edit_team_tasks;
        self.brief(task, now, reply, move |brief, reply| brief.carry_out(order, edit, &words, reply));
    }

    /// Gathers what is known of a task, and goes on with it on a thread that may wait.
    fn brief(
        &self,
        name: &str,
        now: Moment,
        reply: oneshot::Sender<Reply>,
        go_on: impl FnOnce(Brief, oneshot::Sender<Reply>) + Send + 'static,
    ) {
        match self.gather(name, now) {
            Ok(brief) => drop(tokio::task::spawn_blocking(move || go_on(brief, reply))),
            Err(why) => refuse(reply, why),
        }
    }

    fn gather(&self, name: &str, now: Moment) -> Result<Brief, String> {
        let view = self.task_view(name).ok_or_else(|| unknown(name))?;
        if let Some(why) = &view.fixed {
            return Err(format!("{name} cannot be reassigned: {why}"));
        }
        let owner = view.owner.as_deref().and_then(|id| self.roster.worker(&WorkerId::new(id)));
        let placed = self.board.task(name);
        let former = placed.map(|it| self.former_owners(it)).unwrap_or_default();
        let (fares, proven_gone) = match owner {
            Some(worker) => brief::fares(worker, &self.roster.verdict(worker, now.tick)),
            None => ("Peerwatch does not see its owner".into(), false),
        };
        let handovers = placed.map(|it| self.handovers_of(it)).unwrap_or_default();
        let seen = self.board.others().find(|seen| seen.id == name);
        let owed = seen.filter(|seen| seen.kind == TaskKind::Owed);
        let seats = owed.map(|seen| self.seats(&seen.kept_in, owner)).unwrap_or_default();
        let mut candidates = self.candidates(placed, now);
        for candidate in &mut candidates {
            candidate.in_bridge |= seats.contains_key(&candidate.worker);
        }
        Ok(Brief {
            seats,
            candidates,
            kept: match placed {
                Some(Placed { bridge, task }) => {
                    brief::Kept::Bridge(bridge.to_owned(), Box::new(task.clone()))
                }
                None if view.source == TaskSource::Session => brief::Kept::Nowhere,
                None => brief::Kept::Elsewhere(Box::new(seen.cloned().ok_or_else(|| unknown(name))?)),
            },
            owner: owner.map(|worker| brief::Owner {
                id: worker.id().clone(),
                name: worker.name().to_owned(),
                role: placed
                    .and_then(|it| it.task.owner.as_ref().map(|owner| owner.role.clone()))
                    .or_else(|| worker.identity().and_then(|it| it.role.clone())),
                cwd: worker.identity().and_then(|it| it.cwd.clone()),
                session_id: worker.identity().and_then(|it| it.session_id.clone()),
            }),
            view,
            fares,
            proven_gone,
            former,
            handovers,
            claude: self.looking.places().claude,
            now: now.wall,
        })
    }

    /// Where everybody but `owner` takes part in a database, as far as they are well.
    fn seats(&self, database: &Path, owner: Option<&Worker>) -> BTreeMap<WorkerId, Seat> {
        let seat = |side: &Worker| {
            let conversation = side.identity()?.conversation.as_ref()?;
            if !bridge::belongs(database, conversation) {
                return None;
            }
            let (rest, participant) = side.id().as_str().rsplit_once(':')?;
            let (_, conversation) = rest.rsplit_once(':')?;
            Some(Seat { conversation: conversation.to_owned(), participant: participant.to_owned() })
        };
        let of = |worker: &Worker| {
            let own = seat(worker);
            let seat = own.or_else(|| self.roster.sides(worker.id()).find_map(seat))?;
            Some((worker.id().clone(), seat))
        };
        let is_well = |worker: &&Worker| {
            let presence = worker.verdict().presence;
            owner.map(Worker::id) != Some(worker.id())
                && !matches!(presence, Presence::Quiet | Presence::Suspect | Presence::Gone | Presence::Ended)
        };
        self.roster.workers().filter(is_well).filter_map(of).collect()
    }

    /// A task as the view shows it, or the work of a session that owns none.
    fn task_view(&self, name: &str) -> Option<TaskView> {
        let edits = self.settings.edit_team_tasks;
        let all = draw::tasks::tasks(&self.board, &self.roster, edits);
        let session = || self.roster.worker(&WorkerId::new(name.strip_prefix("session:")?));
        all.into_iter()
            .find(|task| task.id == name)
            .or_else(|| session().map(|worker| draw::tasks::of_session(name, worker)))
    }

    pub(super) fn handovers_of(&self, placed: Placed<'_>) -> Vec<Handover> {
        let all = self.board.handovers().into_iter();
        all.filter(|(bridge, it)| *bridge == placed.bridge && it.task == placed.task.id)
            .map(|(_, it)| it.clone())
            .collect()
    }

    /// How many tasks each worker has in its hands.
    fn entrusted(&self) -> BTreeMap<WorkerId, usize> {
        let own = self.board.tasks().filter(|it| board::is_in_hand(it.task));
        let own = own.filter_map(|it| board::owner(it.task));
        let is_open = |seen: &&TaskSeen| {
            seen.kind == TaskKind::Team && matches!(seen.state, Seen::Assigned | Seen::InProgress)
        };
        let others = self.board.others().filter(is_open).filter_map(|seen| seen.owner.clone());
        let mut owned = BTreeMap::new();
        for owner in own.chain(others) {
            *owned.entry(owner).or_default() += 1;
        }
        owned
    }
}

/// The conversation of a bridge's task, as the view names it.
pub(super) fn place(placed: Placed<'_>) -> ConversationId {
    bridge::named(placed.bridge, &placed.task.conversation)
}

const NO_ENGINE: &str =
    "only the running engine hands tasks over; start the tray application or `peerwatch run`";

fn unknown(task: &str) -> String {
    format!("there is no task {task}; `peerwatch tasks` lists them")
}

fn refuse(reply: oneshot::Sender<Reply>, why: String) {
    // Whoever asked may have left; what is done by itself is asked again.
    if let Err(Reply::Refused { why }) = reply.send(Reply::Refused { why }) {
        tracing::info!("not handed over: {why}");
    }
}
