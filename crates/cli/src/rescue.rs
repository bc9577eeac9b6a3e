//! `peerwatch watchdog --reassign`: hands the tasks of lost owners over without a person, with brakes.
//!
//! Lost is an owner whose process is proven dead, and one of whom no process is known and whose silence passed the
//! threshold: whoever starts the watchdog so has decided that. One whose process lives is never lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use peerwatch_bridge::{
    Actor, Brakes, Handover, HandoverStep, Participant, Revocation, Schema, Store, TaskError, schema_of,
};
use peerwatch_core::{Choice, Loss, Lost, Moment, Pace, Switched, Timestamp, next_recovery};
use peerwatch_engine::{handover_view, rfc3339};
use peerwatch_sources::process;
use peerwatch_wire::View;

use crate::args::Global;
use crate::fare::Fare;
use crate::hands::{Hands, Possible};
use crate::ledger::Ledger;
use crate::lost::{self, Held};
use crate::reach::{self, Reach};
use crate::shapes::WatchdogView;
use crate::silence::Key;

/// The tasks of lost owners in some databases.
pub(crate) struct Rescue {
    global: Global,
    paths: Vec<PathBuf>,
    pace: Pace,
    /// When each loss was seen first.
    seen: BTreeMap<(PathBuf, i64), Moment>,
    /// What was said last of each task that stays.
    said: BTreeMap<(PathBuf, i64), String>,
}

/// A task of a lost owner, and why that counts as lost.
struct Loose {
    held: Held,
    why: String,
    loss: Loss,
}

/// What a look found.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) news: Vec<WatchdogView>,
    /// Databases whose tasks could not be looked at, and why.
    pub(crate) troubles: Vec<(PathBuf, String)>,
}

impl Looked {
    /// What was found in a database; one that cannot be used takes nothing from the others.
    fn of<T>(&mut self, path: &Path, found: anyhow::Result<T>) -> Option<T> {
        found.map_err(|error| self.troubles.push((path.to_owned(), format!("{error:#}")))).ok()
    }
}

impl Rescue {
    /// `once` waits for nobody to be started again.
    pub(crate) fn new(global: &Global, paths: Vec<PathBuf>, once: bool) -> Self {
        let mut pace = Pace::default();
        if once {
            pace.grace = std::time::Duration::ZERO;
        }
        Self { global: global.clone(), paths, pace, seen: BTreeMap::new(), said: BTreeMap::new() }
    }

    /// Looks for lost owners, hands over what may be handed over now, and tells what is new. `silent` are those whose silence
    /// passed the threshold.
    pub(crate) fn look(&mut self, silent: &BTreeSet<Key>, now: Moment) -> Looked {
        let mut looked = Looked::default();
        let (mut loose, mut waiting) = (Vec::new(), Vec::new());
        for path in self.paths.clone() {
            let there = looked.of(&path, loose_in(&path, silent, now.wall)).unwrap_or_default();
            there.iter().for_each(|one| {
                self.seen.entry((path.clone(), one.held.task.id)).or_insert(now);
            });
            loose.extend(there);
            let there = looked.of(&path, waiting_in(&path)).unwrap_or_default();
            waiting.extend(there.into_iter().map(|it| (path.clone(), it)));
        }
        self.forget(&loose);
        if loose.is_empty() && waiting.is_empty() {
            return looked;
        }
        // The files are read before any database is opened for writing.
        let view = match Reach::Alone(Box::new(reach::options(&self.global))).view() {
            Ok(view) => view,
            Err(error) => {
                looked.troubles.push((self.paths[0].clone(), format!("{error:#}")));
                return looked;
            }
        };
        for (path, handover) in waiting {
            let told = looked.of(&path, go_on(&view, &path, handover, silent, now.wall)).flatten();
            looked.news.extend(told);
        }
        self.begin(&view, loose, now, &mut looked);
        looked
    }

    fn forget(&mut self, loose: &[Loose]) {
        let is_loose = |(path, task): &(PathBuf, i64)| {
            loose.iter().any(|one| one.held.database == *path && one.held.task.id == *task)
        };
        self.seen.retain(|key, _| is_loose(key));
        self.said.retain(|key, _| is_loose(key));
    }

    /// Begins what the brakes allow, the oldest loss first, and says once what they do not allow.
    fn begin(&mut self, view: &View, loose: Vec<Loose>, now: Moment, looked: &mut Looked) {
        let mut left = loose;
        loop {
            let (mut lost, mut last) = (Vec::new(), None);
            for path in &self.paths {
                let here: Vec<&Loose> = left.iter().filter(|one| one.held.database == *path).collect();
                let Some((weighed, at)) = looked.of(path, self.lost(view, path, &here, now)) else {
                    continue;
                };
                lost.extend(weighed);
                last = last.max(at);
            }
            let Choice::Now(name) = next_recovery(&lost, &self.pace, last, true, now) else {
                looked.news.extend(self.held_back(&left, &lost, last, now));
                return;
            };
            let Some(at) = left.iter().position(|one| name_of(one) == name) else { return };
            let one = left.remove(at);
            let done = self.hand_over(view, &one, now);
            let told = looked.of(&one.held.database, done).flatten();
            looked.news.extend(told);
        }
    }

    /// The losses in a database as the rule of recovery weighs them, and when Peerwatch last handed anything over there by
    /// itself.
    fn lost(
        &self,
        view: &View,
        path: &Path,
        loose: &[&Loose],
        now: Moment,
    ) -> anyhow::Result<(Vec<Lost>, Option<Timestamp>)> {
        if schema_of(path)? == Schema::Coordinator {
            return Ok((Vec::new(), None));
        }
        let hands = Hands::new(Ledger::at(path)?, view);
        let own = hands.ledger.store.handovers(None, usize::MAX)?.into_iter();
        let last = own.filter(|it| it.actor == Actor::Peerwatch).map(|it| it.at).max();
        let lost = loose.iter().map(|one| self.weighed(&hands, one, now)).collect::<anyhow::Result<_>>()?;
        Ok((lost, last))
    }

    fn weighed(&self, hands: &Hands<'_>, one: &Loose, now: Moment) -> anyhow::Result<Lost> {
        let Held { database, task, owner, .. } = &one.held;
        let before = hands.ledger.handovers(task)?;
        let heir = best(hands.heirs(task, owner, now.wall)?);
        Ok(Lost {
            task: name_of(one),
            worker: hands.id(owner),
            loss: one.loss,
            since: self.seen.get(&(database.clone(), task.id)).copied().unwrap_or(now),
            switched: Switched::ForBridge,
            attempts: task.attempts,
            handovers: u32::try_from(before.len()).unwrap_or(u32::MAX),
            last_handover: before.iter().map(|it| it.at).max(),
            has_heir: heir.is_some(),
        })
    }

    fn hand_over(&mut self, view: &View, one: &Loose, now: Moment) -> anyhow::Result<Option<WatchdogView>> {
        let Held { database, task, owner, .. } = &one.held;
        let mut hands = Hands::new(Ledger::at(database)?, view);
        let reason = format!("{}: {}", owner.role, one.why);
        let plan = hands.plan(task, Some(&reason), now.wall)?;
        let heir = best(hands.heirs(task, owner, now.wall)?);
        let how = Revocation {
            epoch: task.epoch,
            reason,
            actor: Actor::Peerwatch,
            card: plan.card,
            wanted: heir.as_ref().map(|heir| heir.shown.worker.clone()),
            anyway: false,
            brakes: Brakes::default(),
        };
        let begun = match hands.revoke(task, &how, now.wall) {
            Ok(begun) => begun,
            Err(
                error
                @ (TaskError::Braked { .. } | TaskError::Changed { .. } | TaskError::HandingOver { .. }),
            ) => {
                let is_news = self.is_news(one, "the store");
                return Ok(is_news.then(|| kept(one, error.to_string(), now.wall)));
            }
            Err(error) => return Err(error.into()),
        };
        // Of a side that only sent heartbeats no proof can come: whoever started this has decided for it.
        let anyway = one.loss == Loss::Silent;
        let after = hands.go_on(begun, anyway, heir.as_ref().map(|heir| &heir.seat), now.wall)?;
        self.said.remove(&(database.clone(), task.id));
        Ok(Some(told(database, &after, now.wall)))
    }

    /// What holds the others back, where that is news.
    fn held_back(
        &mut self,
        left: &[Loose],
        lost: &[Lost],
        last: Option<Timestamp>,
        now: Moment,
    ) -> Vec<WatchdogView> {
        let mut news = Vec::new();
        for one in left {
            let weighed = lost.iter().find(|lost| lost.task == name_of(one));
            let Some(hold) = weighed.and_then(|lost| lost.hold(&self.pace, last, true, now)) else {
                continue;
            };
            // The time that is left changes; the reason does not.
            if self.is_news(one, &format!("{:?}", std::mem::discriminant(&hold))) {
                news.push(kept(one, hold.words(now), now.wall));
            }
        }
        news
    }

    /// Whether it was not this that was said last of a task.
    fn is_news(&mut self, one: &Loose, what: &str) -> bool {
        let key = (one.held.database.clone(), one.held.task.id);
        self.said.insert(key, what.to_owned()).as_deref() != Some(what)
    }
}

/// The tasks of lost owners in a database.
fn loose_in(path: &Path, silent: &BTreeSet<Key>, now: Timestamp) -> anyhow::Result<Vec<Loose>> {
    let held = lost::held(path, process::system().as_ref(), now)?.into_iter();
    Ok(held.filter_map(|held| loose(held, silent)).collect())
}

fn loose(held: Held, silent: &BTreeSet<Key>) -> Option<Loose> {
    let key = key(&held.database, &held.owner);
    let (why, loss) = match &held.fare {
        Fare::Gone(evidence) => (evidence.clone(), Loss::Gone),
        Fare::Unproven(evidence) if silent.contains(&key) => (evidence.clone(), Loss::Silent),
        Fare::Alive(_) | Fare::Unproven(_) => return None,
    };
    Some(Loose { held, why, loss })
}

/// Whose silence it would be.
fn key(database: &Path, one: &Participant) -> Key {
    Key {
        database: database.to_string_lossy().into_owned(),
        conversation: one.conversation.clone(),
        participant: one.participant.clone(),
    }
}

/// Handovers that somebody began and nobody has ended.
fn waiting_in(path: &Path) -> anyhow::Result<Vec<Handover>> {
    if schema_of(path)? == Schema::Coordinator {
        return Ok(Vec::new());
    }
    let mut open = Store::open_existing(path)?.open_handovers()?;
    open.retain(|it| matches!(it.step, HandoverStep::Revoked | HandoverStep::Confirmed));
    Ok(open)
}

/// The next steps of a handover that waits.
fn go_on(
    view: &View,
    path: &Path,
    handover: Handover,
    silent: &BTreeSet<Key>,
    now: Timestamp,
) -> anyhow::Result<Option<WatchdogView>> {
    let mut hands = Hands::new(Ledger::at(path)?, view);
    let task = hands.ledger.task(handover.task)?;
    let heirs = hands.heirs(&task, &handover.from, now)?;
    let wanted = heirs.iter().find(|heir| Some(&heir.shown.worker) == handover.wanted.as_ref()).cloned();
    let heir = wanted.or_else(|| best(heirs));
    let before = handover.step;
    // One that was cut off between its steps was begun for the same reason.
    let unproven = matches!(hands.fare(&handover.from, now)?, Fare::Unproven(_));
    let anyway =
        handover.actor == Actor::Peerwatch && unproven && silent.contains(&key(path, &handover.from));
    let after = hands.go_on(handover, anyway, heir.as_ref().map(|heir| &heir.seat), now)?;
    Ok((after.step != before).then(|| told(path, &after, now)))
}

/// Who gets a task without a person: the best who never had it.
fn best(heirs: Vec<Possible>) -> Option<Possible> {
    heirs.into_iter().find(|heir| !heir.tried)
}

fn name_of(one: &Loose) -> String {
    format!("{}#{}", one.held.database.display(), one.held.task.id)
}

fn told(path: &Path, it: &Handover, now: Timestamp) -> WatchdogView {
    let shown = handover_view(it);
    WatchdogView::Handover {
        at: rfc3339(now),
        database: path.to_string_lossy().into_owned(),
        task: shown.task,
        subject: shown.subject,
        from: shown.from_name,
        to: shown.to_name,
        step: Some(shown.step),
        reason: shown.reason,
    }
}

fn kept(one: &Loose, why: String, now: Timestamp) -> WatchdogView {
    WatchdogView::Handover {
        at: rfc3339(now),
        database: one.held.database.to_string_lossy().into_owned(),
        task: one.held.task.id.to_string(),
        subject: one.held.task.what.subject.clone(),
        from: one.held.owner.role.clone(),
        to: None,
        step: None,
        reason: why,
    }
}
