//! Reassigning without an engine: in the bridge's database itself.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use peerwatch_bridge::{Actor, Brakes, Handover, HandoverStep, Participant, Revocation, Task, TaskError};
use peerwatch_core::Timestamp;
use peerwatch_sources::process;
use peerwatch_wire::{HandoverPlan, View};

use super::{Args, Wish, said};
use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::hands::{Hands, Possible};
use crate::ledger::{Ledger, Name};
use crate::palette::DIM;
use crate::printable::line;
use crate::reach::Reach;
use crate::shapes::MovedView;
use crate::{awake, databases, ledger, lost, question, screen};
use peerwatch_engine::handover_view;

/// How long an owner that is there is waited for.
const MOMENT: Duration = Duration::from_secs(2);
const GLANCE: Duration = Duration::from_millis(50);

pub(super) fn run(global: &Global, args: &Args, wish: &Wish, mut reach: Reach) -> anyhow::Result<Ending> {
    // The files are read first: nothing else may open a database while a store has it open.
    let view = reach.view()?;
    let names = if args.all { of_the_lost(global, &view)? } else { args.tasks.clone() };
    if names.is_empty() {
        if global.json {
            screen::print_json(&Vec::<MovedView>::new())?;
        } else {
            screen::print(&["No worker that is proven gone owns a task.".into()])?;
        }
        return Ok(Ending::Fine);
    }
    let asks = !args.yes && !args.dry_run && question::can_be_asked();
    if args.dry_run || asks {
        let plans =
            names.iter().map(|name| plan(global, &view, wish, name)).collect::<anyhow::Result<Vec<_>>>()?;
        if global.json && args.dry_run {
            screen::print_json(&plans)?;
            return Ok(Ending::Fine);
        }
        let width = screen::width().min(100);
        screen::print(
            &plans.iter().flat_map(|it| said::plan(it, wish.to.as_deref(), width)).collect::<Vec<_>>(),
        )?;
        if args.dry_run {
            return Ok(Ending::Fine);
        }
        if !question::go_on()? {
            screen::print(&["Nothing was changed.".into()])?;
            return Ok(Ending::Fine);
        }
    }
    let mut moved = Vec::new();
    for name in &names {
        moved.push(one(global, &view, wish, name, names.len() == 1)?);
    }
    let db = global.db.first().map(|path| path.to_string_lossy().into_owned());
    if global.json {
        screen::print_json(&moved)?;
    } else {
        screen::print(&moved.iter().flat_map(|one| said::moved(one, db.as_deref())).collect::<Vec<_>>())?;
        if moved.iter().any(|one| one.handover.as_ref().is_some_and(said::has_arrived)) {
            screen::print(&[format!(
                "{DIM}The card is read at the next call of its new owner, or when an engine brings it.{DIM:#}"
            )])?;
        }
    }
    Ok(said::ending(&moved))
}

/// The tasks of owners who are proven gone, as they are named.
fn of_the_lost(global: &Global, view: &View) -> anyhow::Result<Vec<String>> {
    let (processes, now) = (process::system(), awake::wall());
    let main = ledger::path(global)?;
    let mut names = Vec::new();
    for path in databases::with_tasks(global, view)? {
        let gone = lost::held(&path, processes.as_ref(), now)?.into_iter().filter(|held| held.fare.is_gone());
        names.extend(gone.map(|held| name(&held.database, &main, held.task.id)));
    }
    Ok(names)
}

fn name(database: &PathBuf, main: &PathBuf, task: i64) -> String {
    if database == main { task.to_string() } else { format!("{}#{task}", database.display()) }
}

/// A task in its database, opened for it alone.
fn opened<'a>(global: &Global, view: &'a View, name: &str) -> anyhow::Result<(Hands<'a>, Task)> {
    if let Name::Others(name) = Name::parse(name)? {
        return Err(anyhow!(
            "{} is kept by others, and only a running engine can have it moved; start `peerwatch run`",
            line(&name)
        ));
    }
    let (ledger, id) = Ledger::of_task(global, name)?;
    let task = ledger.task(id)?;
    Ok((Hands::new(ledger, view), task))
}

fn plan(global: &Global, view: &View, wish: &Wish, name: &str) -> anyhow::Result<HandoverPlan> {
    let (hands, task) = opened(global, view, name)?;
    let now = awake::wall();
    if let Some(to) = &wish.to {
        chosen(&hands, &task, to, now)?;
    }
    let mut plan = hands.plan(&task, wish.reason.as_deref(), now)?;
    if let Some(card) = &wish.card {
        plan.card.clone_from(card);
    }
    Ok(plan)
}

/// Reassigns one task. Of several, one that cannot be reassigned does not keep the others.
fn one(global: &Global, view: &View, wish: &Wish, name: &str, alone: bool) -> anyhow::Result<MovedView> {
    let done = hand_over(global, view, wish, name);
    let (handover, refused) = match done {
        Ok(handover) => (Some(handover_view(&handover)), None),
        Err(error) if is_for_a_person(&error) || !alone => (None, Some(format!("{error:#}"))),
        Err(error) => return Err(error),
    };
    Ok(MovedView { task: name.into(), handover, steps: Vec::new(), refused })
}

/// Whether only a person can lift what stands in the way.
fn is_for_a_person(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(TaskError::Braked { .. }))
}

fn hand_over(global: &Global, view: &View, wish: &Wish, name: &str) -> anyhow::Result<Handover> {
    let (mut hands, task) = opened(global, view, name)?;
    let now = awake::wall();
    let from = hands.owner(&task)?;
    let under_way = hands.under_way(&task)?;
    let heir = match &wish.to {
        Some(to) => Some(chosen(&hands, &task, to, now)?),
        None => {
            let wanted = under_way.as_ref().and_then(|it| it.wanted.as_deref());
            best(hands.heirs(&task, &from, now)?, wanted)
        }
    };
    let begun = match under_way {
        Some(handover) => handover,
        None => {
            let plan = hands.plan(&task, wish.reason.as_deref(), now)?;
            let how = Revocation {
                epoch: task.epoch,
                reason: wish.reason.clone().unwrap_or_else(|| plan.owner.clone()),
                actor: Actor::Person,
                card: wish.card.clone().unwrap_or(plan.card),
                wanted: heir.as_ref().map(|heir| hands.id(heir).to_string()),
                // A death that is proven stays so, whoever would have gone on without it.
                anyway: false,
                brakes: if wish.anyway { Brakes::NONE } else { Brakes::default() },
            };
            hands.revoke(&task, &how, now)?
        }
    };
    settled(&mut hands, begun, wish.anyway, heir.as_ref())
}

/// The one who was chosen before, as long as it can have the task; else the best.
fn best(heirs: Vec<Possible>, wanted: Option<&str>) -> Option<Participant> {
    let chosen = heirs.iter().position(|heir| Some(heir.shown.worker.as_str()) == wanted);
    heirs.into_iter().nth(chosen.unwrap_or(0)).map(|heir| heir.seat)
}

/// Goes on as far as that can be done in a moment.
fn settled(
    hands: &mut Hands<'_>,
    begun: Handover,
    anyway: bool,
    heir: Option<&Participant>,
) -> anyhow::Result<Handover> {
    let until = Instant::now() + MOMENT;
    let mut handover = begun;
    loop {
        handover = hands.go_on(handover, anyway, heir, awake::wall())?;
        if handover.step != HandoverStep::Revoked || Instant::now() >= until {
            return Ok(handover);
        }
        // An owner that is in the middle of a call hears of it there.
        std::thread::sleep(GLANCE);
        handover = hands.ledger.store.handover(handover.id)?.unwrap_or(handover);
    }
}

/// The one who was named: by role, or by the name of its session.
fn chosen(hands: &Hands<'_>, task: &Task, to: &str, now: Timestamp) -> anyhow::Result<Participant> {
    let from = hands.owner(task)?;
    let known = hands.heirs(task, &from, now)?;
    let is_named = |one: &&Possible| hands.is_called(&one.seat, to);
    if let Some(found) = known.iter().find(is_named) {
        return Ok(found.seat.clone());
    }
    let seat = hands.ledger.participant(&task.conversation, to)?;
    let why = if seat.participant == from.participant {
        "it has the task now".to_owned()
    } else {
        let fare = hands.fare(&seat, now)?;
        if !fare.is_gone() && seat.left.is_none() && seat.kind != peerwatch_bridge::Kind::Person {
            // A person may know better than what can be proven.
            return Ok(seat);
        }
        fare.evidence().to_owned()
    };
    let could: Vec<String> = known.iter().map(|heir| line(&heir.seat.role)).collect();
    let could = if could.is_empty() { "nobody at present".into() } else { could.join(", ") };
    Err(WrongUse(format!("{} cannot take it over: {why}; who can: {could}", line(to))).into())
}
