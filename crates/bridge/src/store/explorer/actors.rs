//! Actors and their steps.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::{NOW, TASK};
use super::broken;
use crate::store::Store;
use crate::store::sending::Sender;
use crate::{Brakes, Confirmation, Handover, HandoverStep, Revocation, Task, TaskError};

/// Somebody who takes steps.
#[derive(Clone)]
pub(super) struct Actor {
    /// The letter of a worker; another name for whoever is none.
    pub(super) name: &'static str,
    pub(super) steps: Vec<Step>,
    /// With which step it begins again after a crash, knowing nothing; `None` when its process is gone for good.
    pub(super) again: Option<usize>,
}

/// One step.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Claim,
    ClaimNext,
    Progress,
    Complete,
    /// Completes without an epoch, as one who has forgotten it.
    CompleteAnyhow,
    Release,
    /// Acknowledges the newest message from Peerwatch.
    Acknowledge,
    /// Looks at the task, to revoke it in the epoch that it has now.
    LookAtTask,
    Revoke,
    /// Looks for a handover, to take its next steps.
    LookForHandover,
    Confirm,
    Grant(&'static str),
    TakeAnyway,
    Undo,
    Adopt,
    Cancel,
    Broken(broken::Step),
}

/// What an actor knows.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Memory {
    /// In which epoch the task is, or was when it got it.
    pub(super) epoch: Option<i64>,
    pub(super) handover: Option<i64>,
    /// What a broken step has seen.
    pub(super) seen: Option<i64>,
}

/// How far each actor is, and all that must not be forgotten.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Mind {
    places: Vec<usize>,
    gone: Vec<bool>,
    memories: Vec<Memory>,
    crashes: u8,
    owners: BTreeMap<(i64, i64), BTreeSet<String>>,
    /// The completions of which the store has said that it has or keeps them.
    pub(super) handed_in: BTreeSet<String>,
}

/// What can happen next.
#[derive(Clone, Copy)]
pub(super) enum Choice {
    Step(usize),
    Crash(usize),
}

impl Mind {
    pub(super) fn new(actors: &[Actor], crashes: u8) -> Mind {
        Mind {
            places: vec![0; actors.len()],
            gone: vec![false; actors.len()],
            memories: vec![Memory::default(); actors.len()],
            crashes,
            owners: BTreeMap::new(),
            handed_in: BTreeSet::new(),
        }
    }

    /// Notes that somebody owns a task, or was told so.
    pub(super) fn owns(&mut self, task: i64, epoch: i64, owner: &str) {
        self.owners.entry((task, epoch)).or_default().insert(owner.to_owned());
    }

    pub(super) fn owners(&self) -> impl Iterator<Item = ((i64, i64), &BTreeSet<String>)> {
        self.owners.iter().map(|(when, owners)| (*when, owners))
    }

    pub(super) fn choices(&self, actors: &[Actor]) -> Vec<Choice> {
        let under_way =
            (0..actors.len()).filter(|it| !self.gone[*it] && self.places[*it] < actors[*it].steps.len());
        let under_way: Vec<usize> = under_way.collect();
        let crashes = under_way.iter().filter(|_| self.crashes > 0).map(|it| Choice::Crash(*it));
        under_way.iter().map(|it| Choice::Step(*it)).chain(crashes).collect()
    }

    /// Lets it happen; returns what happened, in words.
    pub(super) fn take(&mut self, choice: Choice, actors: &[Actor], store: &mut Store) -> String {
        match choice {
            Choice::Step(it) => {
                let step = actors[it].steps[self.places[it]];
                self.places[it] += 1;
                let outcome = self.act(it, step, actors, store);
                format!("{} {outcome}", actors[it].name)
            }
            Choice::Crash(it) => {
                self.crashes -= 1;
                self.memories[it] = Memory::default();
                match actors[it].again {
                    Some(place) => self.places[it] = place,
                    None => self.gone[it] = true,
                }
                format!("{} crashes", actors[it].name)
            }
        }
    }

    fn act(&mut self, it: usize, step: Step, actors: &[Actor], store: &mut Store) -> String {
        let (me, memory) = (actors[it].name, self.memories[it].clone());
        let person = crate::Actor::Person;
        match step {
            Step::Claim => self.works(it, me, "claims", store.claim_task(TASK, me, NOW)),
            Step::ClaimNext => {
                let main = main(store);
                match store.claim_next(&main, me, NOW) {
                    Ok(None) => "finds nothing to do".into(),
                    Ok(Some(task)) => self.works(it, me, "claims the next", Ok(task)),
                    Err(error) => format!("does not claim: {error}"),
                }
            }
            Step::Progress => {
                self.works(it, me, "reports", store.progress_task(TASK, memory.epoch, me, "on the way", NOW))
            }
            Step::Complete | Step::CompleteAnyhow => {
                let epoch = memory.epoch.filter(|_| matches!(step, Step::Complete));
                let text = format!("{me}'s result");
                let outcome = store.complete_task(TASK, epoch, me, &text, NOW);
                if outcome.as_ref().map_or_else(|error| error.kept().is_some(), |_| true) {
                    self.handed_in.insert(text);
                }
                self.works(it, me, "completes", outcome)
            }
            Step::Release => named("releases", store.release_task(TASK, memory.epoch, me, "no time", NOW)),
            Step::Acknowledge => {
                let from = Sender { conversation: main(store), participant: me.into() };
                let mail = store.peek(&from.conversation, me).unwrap();
                let newest: Vec<String> =
                    mail.into_iter().filter_map(|letter| letter.uid).next_back().into_iter().collect();
                let count = store.acknowledge(&from, &newest, NOW).unwrap();
                format!("acknowledges {count}")
            }
            Step::LookAtTask => {
                let epoch = store.task(TASK).unwrap().map(|task| task.epoch);
                self.memories[it].epoch = epoch;
                format!("sees epoch {epoch:?}")
            }
            Step::Revoke => {
                let Some(epoch) = memory.epoch else { return "has nothing to revoke".into() };
                named("revokes", store.revoke_task(TASK, &revocation(epoch), NOW))
            }
            Step::LookForHandover => {
                let found = store.open_handovers().unwrap().first().map(|handover| handover.id);
                self.memories[it].handover = found;
                format!("sees handover {found:?}")
            }
            Step::Confirm => match memory.handover.map(|id| (id, self.evidence(store, id, actors))) {
                Some((id, Some(what))) => named("confirms", store.confirm_handover(id, what, NOW)),
                _ => "has nothing to confirm".into(),
            },
            Step::Grant(heir) => match memory.handover {
                Some(id) => named("grants", store.grant_handover(id, heir, NOW)),
                None => "has nothing to grant".into(),
            },
            Step::TakeAnyway => match memory.handover {
                Some(id) => named("takes anyway", store.confirm_handover(id, Confirmation::TakenAnyway, NOW)),
                None => "has nothing to take".into(),
            },
            Step::Undo => match memory.handover {
                Some(id) => named("undoes", store.undo_handover(id, &person, NOW)),
                None => "has nothing to undo".into(),
            },
            Step::Adopt => {
                let late = store.task(TASK).unwrap().and_then(|task| task.late.first().map(|note| note.id));
                match late {
                    Some(note) => named("adopts", store.adopt(TASK, note, &person, NOW)),
                    None => "has nothing to adopt".into(),
                }
            }
            Step::Cancel => named("gives up", store.cancel_task(TASK, &person, "no use", NOW)),
            Step::Broken(step) => {
                let (told, handed_in) = step.take(store, me, &mut self.memories[it]);
                self.handed_in.extend(handed_in);
                told
            }
        }
    }

    /// A worker that is told that it has the task believes it.
    fn works(&mut self, it: usize, me: &str, what: &str, outcome: Result<Task, TaskError>) -> String {
        if let Ok(task) = &outcome {
            self.memories[it].epoch = Some(task.epoch);
            self.owns(task.id, task.epoch, me);
        }
        named(what, outcome)
    }

    /// What makes sure that the old owner does not go on.
    fn evidence(&self, store: &Store, handover: i64, actors: &[Actor]) -> Option<Confirmation> {
        let handover = store.handover(handover).unwrap()?;
        let is_gone = |it: usize| self.gone[it] && actors[it].name == handover.from.participant;
        if (0..actors.len()).any(is_gone) {
            return Some(Confirmation::Gone);
        }
        let told = store.by_uid(&handover.told?).unwrap()?;
        told.receipt.acknowledged.map(|_| Confirmation::Acknowledged)
    }
}

/// What the next look of an engine does when nobody acts any more: all handovers come to their end. An owner that lives and
/// says nothing is passed over by a person.
pub(super) fn recover(store: &mut Store, mind: &Mind, actors: &[Actor]) {
    for Handover { id, step, .. } in store.open_handovers().unwrap() {
        if step == HandoverStep::Revoked {
            let what = mind.evidence(store, id, actors).unwrap_or(Confirmation::TakenAnyway);
            store.confirm_handover(id, what, NOW).unwrap();
        }
        if step < HandoverStep::Granted {
            store.grant_handover(id, "c", NOW).unwrap();
        }
    }
}

pub(super) fn revocation(epoch: i64) -> Revocation {
    Revocation {
        epoch,
        reason: "it is silent".into(),
        actor: crate::Actor::Peerwatch,
        card: "the card".into(),
        wanted: None,
        anyway: false,
        brakes: Brakes::NONE,
    }
}

fn named<T>(what: &str, outcome: Result<T, TaskError>) -> String {
    match outcome {
        Ok(_) => what.to_owned(),
        Err(error @ TaskError::Store(_)) => panic!("{what}: {error:?}"),
        Err(error) => format!("{what}, refused: {error}"),
    }
}

fn main(store: &mut Store) -> String {
    store.bridge("main", NOW).unwrap()
}
