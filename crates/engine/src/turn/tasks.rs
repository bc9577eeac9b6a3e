//! Tasks in the loop: what a person asks of them, and what happens to them by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use peerwatch_bridge::{Actor, Handover, HandoverStep, Seat};
use peerwatch_core::{
    Candidate, Choice, ConversationId, Heir, Input, Loss, Lost, Moment, Pace, Presence, Switched, Timestamp,
    Worker, WorkerId, heirs, next_recovery,
};
use peerwatch_sources::{TaskKind, TaskSeen, TaskState as Seen, bridge};
use peerwatch_wire::{Command, Event, Reply, TaskSource, TaskView};
use tokio::sync::oneshot;

use super::Loop;
use crate::board::{self, Placed};
use crate::brief::{self, Brief, Order};
use crate::delivery::{TaskAct, Tasks, Word};
use crate::draw;
use crate::times::rfc3339;

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
            step: draw::tasks::step(handover.step),
        }
    }

    /// A person is told of each handover that Peerwatch began by itself, once it stands who has the task.
    fn tell_of_handover(&mut self, handover: &Handover) {
        match (&handover.actor, handover.step) {
            (Actor::Peerwatch, HandoverStep::Granted) => self.outlets.tell_of_handover(handover),
            (_, HandoverStep::Begun | HandoverStep::Undone) => self.outlets.withdraw_handover(handover.id),
            _ => {}
        }
    }

    /// Answers what is asked of tasks and handovers.
    pub(super) fn answer_of_tasks(&mut self, command: Command, reply: oneshot::Sender<Reply>, now: Moment) {
        match command {
            Command::PlanHandover { task } => self.brief(&task, now, reply, |brief, reply| {
                let _left = reply.send(Reply::Plan { plan: Box::new(brief.plan()) });
            }),
            Command::HandOver { task, to, card, reason, anyway } => {
                self.hand_over(&task, Order { to, card, reason, anyway, by_itself: false }, now, reply);
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

    fn tell_act(&self, bridge: PathBuf, act: TaskAct, reply: oneshot::Sender<Reply>) {
        match &self.delivery {
            Some(delivery) => delivery.tell(Word::Task { bridge, act, reply }),
            None => refuse(reply, NO_ENGINE.into()),
        }
    }

    /// Begins a handover: of a bridge's task in its store, of a team's by asking its lead, of what is owed by telling an heir.
    fn hand_over(&mut self, task: &str, order: Order, now: Moment, reply: oneshot::Sender<Reply>) {
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
        let mut candidates = self.candidates(placed.map(place).as_ref(), now);
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

    fn handovers_of(&self, placed: Placed<'_>) -> Vec<Handover> {
        let all = self.board.handovers().into_iter();
        all.filter(|(bridge, it)| *bridge == placed.bridge && it.task == placed.task.id)
            .map(|(_, it)| it.clone())
            .collect()
    }

    /// Those who had a task before: by identity.
    fn former_owners(&self, placed: Placed<'_>) -> Vec<WorkerId> {
        let had = self.handovers_of(placed);
        had.iter()
            .filter(|it| it.step != HandoverStep::Undone)
            .filter_map(|it| board::holder(&it.from))
            .collect()
    }

    /// All who could take something over; `place` is the conversation that the task belongs to.
    fn candidates(&self, place: Option<&ConversationId>, now: Moment) -> Vec<Candidate> {
        let members: BTreeSet<&WorkerId> = place
            .map(|place| self.roster.in_conversation(place).into_iter().map(Worker::id).collect())
            .unwrap_or_default();
        let one = |worker: &Worker| Candidate {
            in_bridge: members.contains(worker.id()),
            ..self.candidate(worker, now)
        };
        self.roster.workers().map(one).collect()
    }

    fn candidate(&self, worker: &Worker, now: Moment) -> Candidate {
        let identity = worker.identity();
        let presence = self.roster.verdict(worker, now.tick).presence;
        let roles = self.roster.sides(worker.id()).filter_map(|side| side.identity()?.role.clone());
        Candidate {
            worker: worker.id().clone(),
            name: worker.name().to_owned(),
            presence,
            cwd: identity.and_then(|it| it.cwd.clone()),
            repository: None,
            roles: roles.chain(identity.and_then(|it| it.role.clone())).collect(),
            tasks: self.board.owned_by(worker.id()).count(),
            writable: draw::is_writable(worker, presence),
            in_bridge: false,
            declined: false,
            reads_only: false,
            leads: false,
            person: false,
        }
    }

    /// What happens to tasks by itself: a handover that waits for an heir gets one, what is lost is recovered.
    pub(super) fn see_to_tasks(&mut self, now: Moment) {
        self.tasks_due = None;
        if !self.is_the_engine {
            return;
        }
        self.find_heirs(now);
        self.recover(now);
    }

    /// Handovers that wait for somebody to be free.
    fn find_heirs(&self, now: Moment) {
        let waits = |it: &Handover| it.step == HandoverStep::Confirmed && !self.is_reachable(it);
        let waiting: Vec<_> = self.board.handovers().into_iter().filter(|(_, it)| waits(it)).collect();
        for (bridge, handover) in waiting {
            let name = self.board.named(bridge, handover.task);
            let Some(heir) = self.best_heir(&name, Some(handover), now) else { continue };
            let worker = heir.worker.to_string();
            if handover.wanted.as_ref() != Some(&worker) {
                let act = TaskAct::Choose { handover: handover.id, worker };
                self.tell_act(bridge.to_owned(), act, oneshot::channel().0);
            }
        }
    }

    /// Whether the one who was chosen can still get it.
    fn is_reachable(&self, handover: &Handover) -> bool {
        let wanted = handover.wanted.as_ref().and_then(|id| self.roster.worker(&WorkerId::new(id.as_str())));
        wanted.is_some_and(|worker| draw::is_writable(worker, worker.verdict().presence))
    }

    /// Who would take a task over best, if anybody may without being chosen by a person.
    fn best_heir(&self, name: &str, handover: Option<&Handover>, now: Moment) -> Option<Heir> {
        let placed = self.board.task(name)?;
        let from = handover.map(|it| &it.from).or(placed.task.owner.as_ref())?;
        let owner = board::holder(from);
        let seeking = brief::seeking(placed.task, owner, Some(from.role.clone()), self.former_owners(placed));
        heirs(&seeking, &self.candidates(Some(&place(placed)), now)).into_iter().find(|heir| heir.fit)
    }

    /// Hands over what a proven death has left behind, where a person switched that on.
    fn recover(&mut self, now: Moment) {
        let lost: Vec<Lost> = self.board.tasks().filter_map(|placed| self.lost(placed, now)).collect();
        if lost.is_empty() {
            return;
        }
        let last = self.board.handovers().into_iter().filter(|(_, it)| it.actor == Actor::Peerwatch);
        let last: Option<Timestamp> = last.map(|(_, it)| it.at).max();
        let settled = !self.roster.is_settling(now.tick);
        match next_recovery(&lost, &Pace::default(), last.max(self.recovered), settled, now) {
            Choice::Now(task) => {
                self.recovered = Some(now.wall);
                let order = Order { by_itself: true, ..Order::default() };
                self.hand_over(&task, order, now, oneshot::channel().0);
            }
            Choice::At(moment) => self.tasks_due = Some(moment.tick),
            Choice::Nothing => {}
        }
    }

    /// A task whose owner is lost, where recovery is on.
    fn lost(&self, placed: Placed<'_>, now: Moment) -> Option<Lost> {
        let Placed { bridge, task } = placed;
        let switched = self.switched(&place(placed));
        if !board::is_in_hand(task) || switched == Switched::Off {
            return None;
        }
        let worker = self.roster.worker(&board::owner(task)?)?;
        let verdict = self.roster.verdict(worker, now.tick);
        if verdict.presence != Presence::Gone || worker.is_resumed() {
            return None;
        }
        let before = self.handovers_of(placed);
        let name = self.board.named(bridge, task.id);
        Some(Lost {
            has_heir: self.best_heir(&name, None, now).is_some(),
            task: name,
            worker: worker.id().clone(),
            loss: Loss::Gone,
            since: verdict.since,
            switched,
            attempts: task.attempts,
            handovers: u32::try_from(before.len()).unwrap_or(u32::MAX),
            last_handover: before.iter().map(|it| it.at).max(),
        })
    }

    /// Where a person switched recovery on, as far as it matters for this conversation.
    fn switched(&self, conversation: &ConversationId) -> Switched {
        let single = self.settings.conversations.get(conversation.as_str()).and_then(|it| it.recover);
        match (single, self.settings.recover) {
            (Some(true), _) => Switched::ForBridge,
            (None, true) => Switched::ForAll,
            (Some(false), _) | (None, false) => Switched::Off,
        }
    }

    /// Who would get each task of a lost or suspect owner, for the tray and the list.
    pub(super) fn propose(&self, tasks: &mut [peerwatch_wire::TaskView], now: Moment) {
        for task in tasks.iter_mut().filter(|task| task.fixed.is_none()) {
            let owner = task.owner.as_deref().and_then(|id| self.roster.worker(&WorkerId::new(id)));
            let is_lost = owner.is_some_and(|worker| {
                matches!(worker.verdict().presence, Presence::Gone | Presence::Suspect)
                    && !worker.is_resumed()
            });
            if is_lost {
                task.proposed = self.best_heir(&task.id, None, now).map(|heir| heir.name);
            }
        }
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
fn place(placed: Placed<'_>) -> ConversationId {
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
