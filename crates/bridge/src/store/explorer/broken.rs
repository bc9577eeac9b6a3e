//! The explorer finds what is wrong: transitions in two transactions where the store takes one.

use expect_test::expect;
use rusqlite::params;

use super::Scenario;
use super::actors::{Actor, Memory, Step as Good};
use super::bench::{NOW, TASK};
use crate::store::Store;

/// A half of a transition.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// Sees that nobody owns the task, …
    SeeOpen,
    /// … and takes it.
    TakeSeen,
    /// Sees that it owns the task, …
    SeeOwn,
    /// … and completes it, if that is still so.
    CompleteSeen,
    /// Takes the task from its owner, …
    Take,
    /// … and notes that it is handed over.
    NoteHandover,
    /// Puts back the epoch that it saw.
    PutBack,
}

impl Step {
    /// Takes it; tells what happened, and what its caller believes to have handed in.
    pub(super) fn take(self, store: &mut Store, me: &str, memory: &mut Memory) -> (String, Option<String>) {
        let task = store.task(TASK).unwrap().unwrap();
        let owner = task.owner.map(|owner| owner.participant);
        let sql = |sql: &str| {
            store.held.borrow().db.execute_batch(sql).unwrap();
        };
        match self {
            Step::SeeOpen => {
                memory.seen = owner.is_none().then_some(task.epoch);
                ("sees whether it is open".into(), None)
            }
            Step::TakeSeen if memory.seen.is_some() => {
                sql(&format!("UPDATE peerwatch_tasks SET owner = '{me}', state = 'in_progress'"));
                ("takes what was open".into(), None)
            }
            Step::SeeOwn => {
                memory.seen = (owner.as_deref() == Some(me)).then_some(task.epoch);
                ("sees whether it owns it".into(), None)
            }
            Step::CompleteSeen if memory.seen.is_some() => {
                let text = format!("{me}'s result");
                let db = &store.held.borrow().db;
                let done = "UPDATE peerwatch_tasks SET state = 'done' WHERE owner = ? AND epoch = ?";
                if db.execute(done, params![me, memory.seen]).unwrap() > 0 {
                    let note = "INSERT INTO peerwatch_task_notes (task_id, kind, author, epoch, at_ms, counts_ms, text)
                        VALUES (?1,'result',?2,?3,?4,?4,?5)";
                    db.execute(note, params![TASK, me, memory.seen, NOW.0, text]).unwrap();
                }
                ("completes what it owned".into(), Some(text))
            }
            Step::Take => {
                memory.seen = owner.is_some().then_some(task.epoch);
                if owner.is_some() {
                    sql("UPDATE peerwatch_tasks SET owner = NULL, epoch = epoch + 1, state = 'handing_over'");
                }
                ("takes it away".into(), None)
            }
            Step::NoteHandover if memory.seen.is_some() => {
                sql("INSERT INTO peerwatch_handovers (task_id, conversation_id, old_owner, old_epoch, card, step, reason,
                       actor, at_ms, updated_ms)
                     SELECT task_id, conversation_id, 'a', epoch - 1, '', 'revoked', '', '@person', 0, 0
                     FROM peerwatch_tasks");
                ("notes the handover".into(), None)
            }
            Step::PutBack => {
                sql("UPDATE peerwatch_tasks SET epoch = 1");
                ("puts the epoch back".into(), None)
            }
            Step::TakeSeen | Step::CompleteSeen | Step::NoteHandover => ("has seen nothing".into(), None),
        }
    }
}

fn broken(begun_by: Option<&'static str>, crashes: u8, actors: Vec<Actor>) -> String {
    Scenario { begun_by, actors, crashes }.explore().unwrap_err()
}

fn actor(name: &'static str, steps: &[Good]) -> Actor {
    Actor { name, steps: steps.to_vec(), again: None }
}

#[test]
fn a_claim_in_two_transactions_gives_a_task_to_two() {
    let halves = [Good::Broken(Step::SeeOpen), Good::Broken(Step::TakeSeen)];
    let found = broken(None, 0, vec![actor("a", &halves), actor("b", &halves)]);
    expect![[r#"
        a sees whether it is open
        b sees whether it is open
        a takes what was open
        b takes what was open
        => task 1 has two owners in epoch 1: a and b
    "#]]
    .assert_eq(&found);
}

#[test]
fn a_completion_in_two_transactions_is_lost() {
    let halves = [Good::Broken(Step::SeeOwn), Good::Broken(Step::CompleteSeen)];
    let found =
        broken(Some("a"), 0, vec![actor("a", &halves), actor("engine", &[Good::LookAtTask, Good::Revoke])]);
    expect![[r#"
        a sees whether it owns it
        engine sees epoch Some(1)
        engine revokes
        a completes what it owned
        => the completion `a's result` is lost
    "#]]
    .assert_eq(&found);
}

#[test]
fn a_revocation_in_two_transactions_makes_an_orphan() {
    let halves = [Good::Broken(Step::Take), Good::Broken(Step::NoteHandover)];
    let found = broken(Some("a"), 1, vec![actor("engine", &halves)]);
    expect![[r#"
        engine takes it away
        => an orphan: TaskRow { id: 1, state: "handing_over", owner: None, epoch: 2 }, handovers under way: []
    "#]]
    .assert_eq(&found);
}

#[test]
fn an_epoch_that_falls_is_seen() {
    let found = broken(
        Some("a"),
        0,
        vec![actor("a", &[Good::Release]), actor("engine", &[Good::Broken(Step::PutBack)])],
    );
    expect![[r#"
        a releases
        engine puts the epoch back
        => the epoch fell from 2 to 1
    "#]]
    .assert_eq(&found);
}
