//! What holds in every state: one owner in an epoch, epochs that never fall, no orphan, and no completion that is lost.

use super::actors::Mind;
use super::bench::{Snapshot, TaskRow};

/// Holds a state, and the step that led there, against the rules.
pub(super) fn hold(mind: &mut Mind, before: &Snapshot, now: &Snapshot) -> Result<(), String> {
    for task in now.tasks.iter() {
        if let Some(was) = before.tasks.iter().find(|was| was.id == task.id)
            && was.epoch > task.epoch
        {
            return Err(format!("the epoch fell from {} to {}", was.epoch, task.epoch));
        }
        if let Some(owner) = &task.owner {
            mind.owns(task.id, task.epoch, owner);
        }
        is_no_orphan(task, now)?;
    }
    if let Some(((task, epoch), owners)) = mind.owners().find(|(_, owners)| owners.len() > 1) {
        let owners: Vec<&str> = owners.iter().map(String::as_str).collect();
        return Err(format!("task {task} has two owners in epoch {epoch}: {}", owners.join(" and ")));
    }
    match mind.handed_in.iter().find(|text| !now.results.contains(text)) {
        Some(lost) => Err(format!("the completion `{lost}` is lost")),
        None => Ok(()),
    }
}

/// After a recovery nothing waits for anybody but its owner.
pub(super) fn hold_at_the_end(end: &Snapshot) -> Result<(), String> {
    match end.tasks.iter().find(|task| task.state == "handing_over") {
        Some(task) => Err(format!("task {} is an orphan: its handover came to no end", task.id)),
        None => Ok(()),
    }
}

/// A task is open, or owned, or over, or has one handover that can go on.
fn is_no_orphan(task: &TaskRow, now: &Snapshot) -> Result<(), String> {
    let open: Vec<_> = now.handovers.iter().filter(|one| one.task == task.id).collect();
    let is_right = match (task.state.as_str(), &task.owner, open.as_slice()) {
        ("open" | "cancelled", None, []) | ("in_progress" | "done" | "assigned", Some(_), []) => true,
        ("assigned", Some(owner), [one]) => one.step == "granted" && one.heir.as_ref() == Some(owner),
        ("handing_over", None, [one]) => matches!(one.step.as_str(), "revoked" | "confirmed"),
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("an orphan: {task:?}, handovers under way: {open:?}")) }
}
