//! Plans and handovers in words.

use peerwatch_wire::{HandoverPlan, HandoverStep, HandoverView, HeirView};

use crate::ending::Ending;
use crate::palette::{CARE, DIM, STRONG};
use crate::printable::{line, lines, wrapped};
use crate::shapes::MovedView;

/// What would be done, step by step, to whom, and the card.
pub(super) fn plan(plan: &HandoverPlan, to: Option<&str>, width: usize) -> Vec<String> {
    let mut out = vec![
        format!("{STRONG}{}{STRONG:#}  {}", line(&plan.task.id), line(&plan.task.subject)),
        format!("  {}. {}", line(&plan.owner), proof(plan.proven_gone)),
    ];
    if let Some(brake) = &plan.brake {
        out.push(format!("  {CARE}Held back: {}{CARE:#}", line(&held_back(brake))));
    }
    out.extend(plan.steps.iter().flat_map(|step| bulleted(step, width)));
    out.push(String::new());
    match (to, plan.heirs.as_slice()) {
        (Some(to), _) => out.push(format!("{DIM}Goes to{DIM:#} {}", line(to))),
        (None, []) => out.push(format!("{CARE}Nobody could take it over now.{CARE:#}")),
        (None, heirs) => {
            out.push(format!("{DIM}Who could take it over, the best first{DIM:#}"));
            out.extend(heirs.iter().map(heir));
        }
    }
    out.extend([String::new(), format!("{DIM}The card{DIM:#}")]);
    out.extend(
        lines(&plan.card).iter().flat_map(|text| wrapped(text, width.saturating_sub(2))).map(indented),
    );
    out
}

fn proof(proven_gone: bool) -> &'static str {
    match proven_gone {
        true => "That is proof, so nothing has to be confirmed.",
        false => "That is no proof that it has stopped.",
    }
}

/// Why a task stays, and what to type to have it reassigned all the same.
pub(super) fn held_back(brake: &str) -> String {
    format!("{brake}; --anyway passes over that")
}

fn indented(text: String) -> String {
    if text.is_empty() { text } else { format!("  {text}") }
}

fn bulleted(step: &str, width: usize) -> Vec<String> {
    let pieces = wrapped(&line(step), width.saturating_sub(4));
    let mark = |at: usize| if at == 0 { "  · " } else { "    " };
    pieces.iter().enumerate().map(|(at, text)| format!("{}{text}", mark(at))).collect()
}

fn heir(heir: &HeirView) -> String {
    let mut out = format!("  {}", line(&heir.name));
    if !heir.reasons.is_empty() {
        out.push_str(&format!(": {}", line(&heir.reasons.join(", "))));
    }
    if !heir.doubts.is_empty() {
        out.push_str(&format!("; {CARE}but{CARE:#} {}", line(&heir.doubts.join(", "))));
    }
    out
}

/// What became of one task, and what to type where it needs a person.
pub(super) fn moved(moved: &MovedView, db: Option<&str>) -> Vec<String> {
    let name = line(&moved.task);
    if let Some(why) = &moved.refused {
        return vec![format!("{CARE}{name}: {}{CARE:#}", line(why))];
    }
    let Some(handover) = &moved.handover else {
        return moved.steps.iter().map(|step| format!("{name}: {}", line(step))).collect();
    };
    let (summary, from) = (line(&handover.summary), line(&handover.from_name));
    let to = handover.to_name.as_deref().map(line);
    let type_this = |rest: &str| match db {
        Some(db) => format!("`peerwatch --db {} reassign {rest}`", crate::printable::quoted(db)),
        None => format!("`peerwatch reassign {rest}`"),
    };
    match (handover.step, to) {
        (HandoverStep::Granted | HandoverStep::Begun, to) => {
            let to = to.unwrap_or_else(|| "its new owner".into());
            vec![format!("Task {name} went from {from} to {to}: {summary}.")]
        }
        (HandoverStep::Undone, _) => vec![format!("Task {name}: {summary}.")],
        (HandoverStep::Revoked, _) => vec![
            format!("Task {name} was taken from {from}: {summary}."),
            format!(
                "  {} goes on without an answer, {} takes it back.",
                type_this(&format!("{name} --anyway")),
                type_this(&format!("--undo {name}"))
            ),
        ],
        (HandoverStep::Confirmed, _) => vec![
            format!("Task {name} was taken from {from}: {summary}."),
            format!("  {} gives it to whom you name.", type_this(&format!("{name} --to WORKER"))),
        ],
    }
}

/// How the whole ends: in order only when each task has its new owner.
pub(super) fn ending(moved: &[MovedView]) -> Ending {
    let is_fine = |one: &MovedView| match &one.handover {
        _ if one.refused.is_some() => false,
        Some(handover) => has_arrived(handover),
        None => true,
    };
    if moved.iter().all(is_fine) { Ending::Fine } else { Ending::NeedsPerson }
}

/// Whether somebody has the task again.
pub(super) fn has_arrived(handover: &HandoverView) -> bool {
    matches!(handover.step, HandoverStep::Granted | HandoverStep::Begun | HandoverStep::Undone)
}
