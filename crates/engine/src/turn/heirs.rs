//! Who takes tasks over: proposed to a person, or chosen where a handover waits or a proven death has left something behind.

use std::collections::BTreeSet;

use peerwatch_bridge::{Actor, Handover, HandoverStep};
use peerwatch_core::{
    Candidate, Choice, ConversationId, Heir, Loss, Lost, Moment, Pace, Presence, Switched, Timestamp, Worker,
    WorkerId, heirs, next_recovery,
};
use tokio::sync::oneshot;

use super::Loop;
use super::tasks::place;
use crate::board::{self, Placed};
use crate::brief::{self, Order};
use crate::delivery::TaskAct;
use crate::draw;

/// Choices that are remembered.
const CHOSEN: usize = 100;

impl Loop {
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
    fn find_heirs(&mut self, now: Moment) {
        let waits = |it: &Handover| it.step == HandoverStep::Confirmed && !self.is_reachable(it);
        let waiting = self.board.handovers().into_iter().filter(|(_, it)| waits(it));
        let chosen: Vec<_> = waiting
            .filter_map(|(bridge, handover)| {
                let name = self.board.named(bridge, handover.task);
                let heir = self.best_heir(&name, Some(handover), now)?.worker;
                // What was said already, the store tells a little later.
                let is_news = self.chosen.get(&handover.id) != Some(&heir);
                is_news.then(|| (bridge.to_owned(), handover.id, heir))
            })
            .collect();
        for (bridge, handover, heir) in chosen {
            let act = TaskAct::Choose { handover, worker: heir.to_string() };
            self.tell_act(bridge, act, oneshot::channel().0);
            self.chosen.insert(handover, heir);
        }
        if self.chosen.len() > CHOSEN {
            self.chosen.pop_first();
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
        heirs(&seeking, &self.candidates(Some(placed), now)).into_iter().find(|heir| heir.fit)
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

    /// Those who had a task before: by identity.
    pub(super) fn former_owners(&self, placed: Placed<'_>) -> Vec<WorkerId> {
        let had = self.handovers_of(placed);
        had.iter()
            .filter(|it| it.step != HandoverStep::Undone)
            .filter_map(|it| board::holder(&it.from))
            .collect()
    }

    /// All who could take something over: a task of a bridge, or what others keep.
    pub(super) fn candidates(&self, placed: Option<Placed<'_>>, now: Moment) -> Vec<Candidate> {
        let members: BTreeSet<&WorkerId> = placed
            .map(|it| self.roster.in_conversation(&place(it)).into_iter().map(Worker::id).collect())
            .unwrap_or_default();
        let declined: BTreeSet<WorkerId> = placed.map(board::declined).unwrap_or_default();
        let one = |worker: &Worker| Candidate {
            in_bridge: members.contains(worker.id()),
            declined: declined.contains(worker.id()),
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
}
