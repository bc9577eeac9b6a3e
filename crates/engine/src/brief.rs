//! All that is known of a task that shall change hands: gathered by the loop, completed on a thread that may wait.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::Duration;

use peerwatch_bridge::{Actor, Brakes, Handover, Revocation, Seat, Store, Task};
use peerwatch_core::{
    Candidate, Heir, Presence, Seeking, Timestamp, Verdict, Worker, WorkerId, heirs, summary,
};
use peerwatch_deliver::team::{self, TeamError};
use peerwatch_sources::{TaskKind, TaskSeen, bridge};
use peerwatch_wire::{HandoverPlan, HeirView, Reply, TaskView};
use tokio::sync::oneshot;

use crate::card;
use crate::delivery::{TaskAct, Word};
use crate::passing::{self, Passing};
use crate::repository::repository_of;

/// A team's file is looked at once more after this long.
const AGAIN: Duration = Duration::from_secs(3);

/// What the loop knows of a task.
pub(crate) struct Brief {
    pub(crate) view: TaskView,
    pub(crate) kept: Kept,
    pub(crate) owner: Option<Owner>,
    /// How the owner fares, in a sentence.
    pub(crate) fares: String,
    pub(crate) proven_gone: bool,
    /// Those who had it before.
    pub(crate) former: Vec<WorkerId>,
    /// Its handovers, newest first.
    pub(crate) handovers: Vec<Handover>,
    pub(crate) candidates: Vec<Candidate>,
    /// Where they take part in the database in which something is owed.
    pub(crate) seats: BTreeMap<WorkerId, Seat>,
    /// The configuration folders of Claude Code.
    pub(crate) claude: Vec<PathBuf>,
    pub(crate) now: Timestamp,
}

/// Where a task is kept.
pub(crate) enum Kept {
    /// In the bridge at this path.
    Bridge(PathBuf, Box<Task>),
    /// By others.
    Elsewhere(Box<TaskSeen>),
    /// Nowhere: it is whatever a session is at.
    Nowhere,
}

/// Who has it.
pub(crate) struct Owner {
    pub(crate) id: WorkerId,
    pub(crate) name: String,
    pub(crate) role: Option<String>,
    pub(crate) cwd: Option<String>,
    pub(crate) session_id: Option<String>,
}

/// What somebody wants done.
#[derive(Default)]
pub(crate) struct Order {
    /// A worker's id, or its name.
    pub(crate) to: Option<String>,
    pub(crate) card: Option<String>,
    pub(crate) reason: Option<String>,
    /// Without the old owner's confirmation.
    pub(crate) take_anyway: bool,
    /// Whatever holds it back.
    pub(crate) pass_brakes: bool,
    pub(crate) by_itself: bool,
}

/// How an owner fares, in a sentence, and whether it is proven gone.
pub(crate) fn fares(worker: &Worker, verdict: &Verdict) -> (String, bool) {
    let gone = verdict.presence == Presence::Gone && !worker.is_resumed();
    (format!("{}: {}", worker.name(), summary(worker, verdict)), gone)
}

/// What is sought for a task of a bridge.
pub(crate) fn seeking(
    task: &Task,
    owner: Option<WorkerId>,
    role: Option<String>,
    tried: Vec<WorkerId>,
) -> Seeking {
    Seeking { owner, folder: task.what.folder.clone(), repository: None, role, tried, writes: true }
}

impl Brief {
    /// What a handover would do.
    pub(crate) fn plan(&self) -> HandoverPlan {
        let heirs = self.heirs();
        let best = heirs.iter().find(|heir| heir.fit);
        HandoverPlan {
            owner: self.fares.clone(),
            proven_gone: self.proven_gone,
            steps: self.steps(best),
            card: self.card(&self.reason(None)),
            brake: passing::brake(&self.handovers, self.now),
            heirs: heirs.into_iter().map(shown).collect(),
            task: self.view.clone(),
        }
    }

    /// Begins it.
    pub(crate) fn carry_out(
        self,
        order: Order,
        edit_teams: bool,
        words: &Sender<Word>,
        reply: oneshot::Sender<Reply>,
    ) {
        let chosen = match self.choose(order.to.as_deref()) {
            Ok(chosen) => chosen,
            Err(why) => return answer(reply, Reply::Refused { why }),
        };
        let reason = self.reason(order.reason.as_deref());
        let card = order.card.clone().unwrap_or_else(|| self.card(&reason));
        match &self.kept {
            Kept::Bridge(path, task) => {
                let how = Revocation {
                    epoch: task.epoch,
                    reason,
                    actor: if order.by_itself { Actor::Peerwatch } else { Actor::Person },
                    card,
                    wanted: chosen.map(|heir| heir.worker.to_string()),
                    anyway: order.take_anyway,
                    brakes: if order.pass_brakes { Brakes::NONE } else { Brakes::default() },
                };
                let act = TaskAct::Revoke { task: task.id, how: Box::new(how) };
                // The thread ends only with the engine.
                let _ended = words.send(Word::Task { bridge: path.clone(), act, reply });
            }
            Kept::Elsewhere(seen) => match seen.kind {
                TaskKind::Team => answer(reply, self.move_in_team(seen, chosen, &reason, &card, edit_teams)),
                TaskKind::Owed => match chosen.as_ref().and_then(|heir| self.seats.get(&heir.worker)) {
                    Some(seat) => answer(reply, self.readdress(seen, seat, &reason)),
                    None => pass_on(chosen, card, words, reply),
                },
            },
            Kept::Nowhere => pass_on(chosen, card, words, reply),
        }
    }

    /// A team's task: its lead is asked, or its files are edited where a person allows that.
    fn move_in_team(
        &self,
        seen: &TaskSeen,
        chosen: Option<Heir>,
        reason: &str,
        card: &str,
        edit: bool,
    ) -> Reply {
        let Some(heir) = chosen else {
            return Reply::Refused { why: "nobody of this team is free; choose who gets it".into() };
        };
        let number = seen.id.rsplit(':').next().unwrap_or_default();
        let to = member_of(heir.worker.as_str()).unwrap_or(&heir.name);
        let from = seen.owner_name.as_deref();
        let done = if edit {
            self.edit_team(seen, number, from, to)
        } else {
            let request = team::Request { task: number, from, to, why: reason, card };
            team::ask_lead(&seen.kept_in, &seen.place, &request, self.now)
                .map(|_| vec![format!("The lead of the team was asked to give the task to {to}")])
        };
        match done {
            Ok(steps) => Reply::Steps { steps },
            Err(error) => Reply::Refused { why: error.to_string() },
        }
    }

    /// What a side of an original bridge owes goes to another side of the same database, as mail.
    fn readdress(&self, seen: &TaskSeen, to: &Seat, reason: &str) -> Reply {
        let side = seen.id.rsplit(':').next().unwrap_or_default();
        let from = Seat { conversation: seen.place.clone(), participant: side.to_owned() };
        // Our own readers of the file must leave its locks alone meanwhile.
        let holding = bridge::holding(&seen.kept_in);
        let moved = Store::open_existing(&seen.kept_in)
            .and_then(|mut store| store.readdress(&from, to, reason, self.now));
        drop(holding);
        match moved {
            Ok(0) => Reply::Refused { why: "there is no unread message left to pass on".into() },
            Ok(count) => Reply::Steps {
                steps: vec![
                    format!("{count} unread message(s) stand in the mail of {} now", to.conversation),
                    "Whoever wrote them was told".into(),
                ],
            },
            Err(error) => Reply::Refused { why: error.to_string() },
        }
    }

    fn edit_team(
        &self,
        seen: &TaskSeen,
        number: &str,
        from: Option<&str>,
        to: &str,
    ) -> Result<Vec<String>, TeamError> {
        let moved = team::move_task(&seen.kept_in, &seen.place, number, from, to, self.now)?;
        // Claude Code may have held what it read before for as long as that.
        std::thread::sleep(AGAIN);
        team::verify_task(&seen.kept_in, &seen.place, number, to)?;
        let mut steps = vec![format!("{to} owns the task, and was told")];
        let untold = moved.untold.iter().map(|(name, error)| format!("{name} could not be told: {error}"));
        steps.extend(untold);
        Ok(steps)
    }

    /// Who gets it: the one who was named, else the best who may be chosen without a person.
    fn choose(&self, to: Option<&str>) -> Result<Option<Heir>, String> {
        let heirs = self.heirs();
        let Some(name) = to else { return Ok(heirs.into_iter().find(|heir| heir.fit)) };
        let mut named = heirs.iter().filter(|heir| heir.worker.as_str() == name || heir.name == name);
        match (named.next(), named.next()) {
            (Some(heir), None) => Ok(Some(heir.clone())),
            (Some(_), Some(_)) => Err(format!("several workers are called {name}; name one by its id")),
            (None, _) => {
                let known: Vec<&str> = heirs.iter().map(|heir| heir.name.as_str()).collect();
                let known = if known.is_empty() { "nobody at present".into() } else { known.join(", ") };
                Err(format!("{name} cannot take it over; who can: {known}"))
            }
        }
    }

    fn heirs(&self) -> Vec<Heir> {
        let owner = self.owner.as_ref();
        let folder = self.view.folder.clone().or_else(|| owner.and_then(|owner| owner.cwd.clone()));
        let seeking = Seeking {
            owner: owner.map(|owner| owner.id.clone()),
            repository: folder.as_deref().and_then(repository_of),
            folder,
            role: owner.and_then(|owner| owner.role.clone()),
            tried: self.former.clone(),
            writes: true,
        };
        let mut candidates = self.candidates.clone();
        for candidate in &mut candidates {
            candidate.repository = candidate.cwd.as_deref().and_then(repository_of);
        }
        if let Kept::Elsewhere(seen) = &self.kept
            && seen.kind == TaskKind::Team
        {
            // A team's task stays in its team.
            candidates.retain(|one| team_of(one.worker.as_str()) == Some(seen.place.as_str()));
            candidates.iter_mut().for_each(|one| (one.writable, one.in_bridge) = (true, true));
        }
        heirs(&seeking, &candidates)
    }

    fn reason(&self, given: Option<&str>) -> String {
        given.map(str::trim).filter(|reason| !reason.is_empty()).unwrap_or(&self.fares).to_owned()
    }

    /// The card as Peerwatch writes it.
    fn card(&self, reason: &str) -> String {
        card::of(self, reason)
    }

    /// What will happen, in words.
    fn steps(&self, best: Option<&Heir>) -> Vec<String> {
        let from = self.view.owner_name.as_deref().unwrap_or("its owner");
        let to = best.map_or("whoever is chosen", |heir| heir.name.as_str());
        match &self.kept {
            Kept::Nowhere => vec![
                format!("{to} gets a message with the card below, which starts its turn"),
                format!("{from} is not told: it owns no task that could be taken from it"),
            ],
            Kept::Elsewhere(seen) if seen.kind == TaskKind::Owed => vec![
                format!("Where {to} takes part in that database, the unread messages go into its mail there"),
                format!("Whoever wrote to {from} is told, and the audit log says so"),
                format!("Else {to} gets the card below as a message, and the mail stays where it is"),
            ],
            Kept::Elsewhere(_) => vec![
                format!("The lead of the team is asked to give the task to {to}"),
                "Where settings allow it, the team's file is edited instead, and all three are told".into(),
            ],
            Kept::Bridge(..) => {
                let to = best.map(|heir| heir.name.as_str());
                Passing { from, to, proven_gone: self.proven_gone, by_engine: true }.steps()
            }
        }
    }
}

/// Where no task is kept that could change its owner, an heir gets the card as a message of the person.
fn pass_on(chosen: Option<Heir>, card: String, words: &Sender<Word>, reply: oneshot::Sender<Reply>) {
    let Some(heir) = chosen else {
        return answer(reply, Reply::Refused { why: "nobody is free; choose who gets it".into() });
    };
    let _ended = words.send(Word::Write { to: heir.worker, text: card, reply });
}

fn shown(heir: Heir) -> HeirView {
    HeirView { worker: heir.worker.to_string(), name: heir.name, reasons: heir.reasons, doubts: heir.doubts }
}

/// The team in a teammate's identity.
fn team_of(worker: &str) -> Option<&str> {
    worker.strip_prefix("team:").and_then(|rest| rest.split(':').next())
}

/// The member in a teammate's identity.
fn member_of(worker: &str) -> Option<&str> {
    worker.strip_prefix("team:").and_then(|rest| rest.split_once(':')).map(|(_, member)| member)
}

fn answer(reply: oneshot::Sender<Reply>, with: Reply) {
    // Whoever asked may have left.
    let _left = reply.send(with);
}
