//! Reassigning by the running engine.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use peerwatch_engine::client::{self, Client};
use peerwatch_wire::{
    Command, HandoverPlan, HandoverStep, HandoverView, Presence, Reply, TaskView, View, WorkerView,
};

use super::{Args, Wish, said};
use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::ledger::{self, Ledger, Name};
use crate::shapes::MovedView;
use crate::{awake, find, question, reach, screen};

/// How long a handover is followed.
const MOMENT: Duration = Duration::from_secs(4);

pub(super) fn run(global: &Global, args: &Args, wish: &Wish, mut client: Client) -> anyhow::Result<Ending> {
    let view = reach::view_of(&mut client)?;
    let names = if args.all { of_the_lost(&view) } else { named(&view, &args.tasks)? };
    if names.is_empty() {
        if global.json {
            screen::print_json(&Vec::<MovedView>::new())?;
        } else {
            screen::print(&["No worker that is proven gone owns a task.".into()])?;
        }
        return Ok(Ending::Fine);
    }
    let mut begin: Vec<(String, HandoverPlan)> = Vec::new();
    let mut moved = Vec::new();
    for name in names {
        // What is under way needs no plan.
        if let Some(handover) = under_way(&view, &name) {
            moved.push(go_on(global, wish, &mut client, &view, handover)?);
            continue;
        }
        match ask(&mut client, &Command::PlanHandover { task: name.clone() })? {
            Reply::Plan { plan } => begin.push((name, with_card(*plan, wish))),
            Reply::Refused { why } if args.all || args.tasks.len() > 1 => moved.push(refused(name, why)),
            Reply::Refused { why } => bail!(why),
            other => bail!("the engine gave an unexpected answer: {other:?}"),
        }
    }
    let plans: Vec<&HandoverPlan> = begin.iter().map(|(_, plan)| plan).collect();
    if args.dry_run && global.json {
        screen::print_json(&plans)?;
        return Ok(Ending::Fine);
    }
    let asks = !args.yes && !plans.is_empty() && question::can_be_asked();
    if args.dry_run || asks {
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
    let single = begin.len() + moved.len() == 1;
    for (name, plan) in begin {
        moved.push(hand_over(global, wish, &mut client, &view, name, &plan, single)?);
    }
    if global.json {
        screen::print_json(&moved)?;
    } else {
        screen::print(&moved.iter().flat_map(|one| said::moved(one, None)).collect::<Vec<_>>())?;
    }
    Ok(said::ending(&moved))
}

/// The tasks as the engine names them; a session that owns none is named as any worker is.
fn named(view: &View, tasks: &[String]) -> anyhow::Result<Vec<String>> {
    let name = |task: &String| {
        Ok(match Name::parse(task)? {
            Name::Kept(None, id) => id.to_string(),
            Name::Kept(Some(path), id) if ledger::is_own(&path) => id.to_string(),
            Name::Kept(Some(path), id) => format!("{}#{id}", std::path::absolute(path)?.display()),
            Name::Others(name) => match name.strip_prefix("session:") {
                Some(worker) => format!("session:{}", find::worker(view, worker)?.id),
                None => name,
            },
        })
    };
    tasks.iter().map(name).collect()
}

fn of_the_lost(view: &View) -> Vec<String> {
    let is_gone = |task: &&TaskView| {
        let owner = task.owner.as_ref();
        let owner = owner.and_then(|id| view.workers.iter().find(|worker| worker.id == *id));
        task.fixed.is_none() && owner.is_some_and(|owner| owner.presence == Presence::Gone)
    };
    view.tasks.iter().filter(is_gone).map(|task| task.id.clone()).collect()
}

fn under_way(view: &View, name: &str) -> Option<HandoverView> {
    let is_waiting = |step| matches!(step, HandoverStep::Revoked | HandoverStep::Confirmed);
    view.handovers.iter().find(|it| it.task == name && is_waiting(it.step)).cloned()
}

fn with_card(mut plan: HandoverPlan, wish: &Wish) -> HandoverPlan {
    if let Some(card) = &wish.card {
        plan.card.clone_from(card);
    }
    plan
}

/// A handover that waits already goes on when a person says so, or to whom it says; else how it stands is told.
fn go_on(
    global: &Global,
    wish: &Wish,
    client: &mut Client,
    view: &View,
    it: HandoverView,
) -> anyhow::Result<MovedView> {
    if let Some(to) = &wish.to {
        let heir = called(view, to)?;
        let (mut ledger, _) = Ledger::of_task(global, &it.task)?;
        // The engine goes on from what the bridge says.
        ledger.store.choose_heir(i64::try_from(it.id)?, Some(&heir), awake::wall())?;
    }
    if wish.anyway && it.step == HandoverStep::Revoked {
        match ask(client, &Command::TakeAnyway { handover: it.id })? {
            Reply::HandingOver { .. } | Reply::Done => {}
            Reply::Refused { why } => bail!(why),
            other => bail!("the engine gave an unexpected answer: {other:?}"),
        }
    } else if wish.to.is_none() {
        return Ok(moved(it.task.clone(), Some(it)));
    }
    followed(global, it.task, it.id)
}

/// The worker of this name, role or id.
fn called(view: &View, to: &str) -> Result<String, WrongUse> {
    let has_role = |worker: &&WorkerView| {
        worker.role.as_deref().is_some_and(|roles| roles.split(", ").any(|role| role == to))
    };
    match view.workers.iter().filter(has_role).collect::<Vec<_>>().as_slice() {
        [one] => Ok(one.id.clone()),
        _ => find::worker(view, to).map(|worker| worker.id.clone()),
    }
}

fn hand_over(
    global: &Global,
    wish: &Wish,
    client: &mut Client,
    view: &View,
    name: String,
    plan: &HandoverPlan,
    single: bool,
) -> anyhow::Result<MovedView> {
    if let Some(brake) = plan.brake.as_ref().filter(|_| !wish.anyway) {
        return Ok(refused(name, said::held_back(brake)));
    }
    let to = wish.to.as_deref().map(|to| heir(view, plan, to)).transpose()?;
    let command = Command::HandOver {
        task: name.clone(),
        to,
        card: wish.card.clone(),
        reason: wish.reason.clone(),
        take_anyway: wish.anyway,
        pass_brakes: wish.anyway,
    };
    match ask(client, &command)? {
        Reply::HandingOver { handover, .. } => followed(global, name, handover),
        Reply::Steps { steps } => Ok(MovedView { task: name, handover: None, steps, refused: None }),
        Reply::Sent { conversation, .. } => {
            let steps = vec![format!("a message tells of it in {conversation}")];
            Ok(MovedView { task: name, handover: None, steps, refused: None })
        }
        Reply::Done => Ok(moved(name, None)),
        Reply::Refused { why } if single => bail!(why),
        Reply::Refused { why } => Ok(refused(name, why)),
        other => bail!("the engine gave an unexpected answer: {other:?}"),
    }
}

/// The worker that was named, by its name, its role or its id.
fn heir(view: &View, plan: &HandoverPlan, to: &str) -> Result<String, WrongUse> {
    if let Some(heir) = plan.heirs.iter().find(|heir| heir.worker == to || heir.name == to) {
        return Ok(heir.worker.clone());
    }
    called(view, to)
}

/// How a handover stands after a moment.
fn followed(global: &Global, task: String, number: u64) -> anyhow::Result<MovedView> {
    let views = client::connect(&reach::options(global))?.views()?;
    let (sender, seen) = mpsc::channel();
    std::thread::spawn(move || {
        for view in views.map_while(Result::ok) {
            if sender.send(view).is_err() {
                return;
            }
        }
    });
    let until = Instant::now() + MOMENT;
    let mut last = None;
    loop {
        match seen.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(view) => {
                let found = view.handovers.iter().find(|it| it.id == number && it.task == task);
                last = found.cloned().or(last);
                if last.as_ref().is_some_and(said::has_arrived) {
                    return Ok(moved(task, last));
                }
            }
            Err(RecvTimeoutError::Timeout) => return Ok(moved(task, last)),
            Err(RecvTimeoutError::Disconnected) => {
                bail!("the engine has stopped; the next one goes on with it")
            }
        }
    }
}

fn moved(task: String, handover: Option<HandoverView>) -> MovedView {
    MovedView { task, handover, steps: Vec::new(), refused: None }
}

fn refused(task: String, why: String) -> MovedView {
    MovedView { task, handover: None, steps: Vec::new(), refused: Some(why) }
}

fn ask(client: &mut Client, command: &Command) -> anyhow::Result<Reply> {
    client.command(command).context("the engine did not answer")
}
