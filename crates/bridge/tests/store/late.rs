//! Late work: refused, kept, heard, and adopted.

use expect_test::expect;
use peerwatch_bridge::{Actor, Confirmation, HandoverStep, NoteKind, TaskError};

use crate::world::{NOW, World, after, because, told};

/// A task of `api` that `web` got meanwhile.
fn taken(world: &mut World) -> i64 {
    let (task, handover) = world.revoked("build");
    world.store.confirm_handover(handover.id, Confirmation::Gone, NOW).unwrap();
    world.store.grant_handover(handover.id, "b", NOW).unwrap();
    task
}

#[test]
fn a_late_completion_is_refused_and_kept_and_adopted() {
    let mut world = World::with_two();
    let task = taken(&mut world);
    let version = world.store.tasks_version().unwrap();
    let refused =
        world.store.complete_task(task, Some(1), "a", "all of it, in build.sh", after(5)).unwrap_err();
    expect!["this task was taken over by web at 2026-11-23 04:00:00 UTC: api is gone. Stop, and hand in what you have; it is kept. Your work is kept as late work 1."]
        .assert_eq(&refused.to_string());
    let kept = refused.kept().unwrap();
    assert!(world.store.tasks_version().unwrap() > version);
    let again = world.store.complete_task(task, None, "a", "all of it, in build.sh", after(6)).unwrap_err();
    assert_eq!(again.kept(), Some(kept), "whoever did not hear says it twice; it is kept once");
    let stands = world.store.task(task).unwrap().unwrap();
    let late: Vec<_> = stands.late.iter().map(|note| (note.kind, note.by.as_str(), note.epoch)).collect();
    assert_eq!(late, [(NoteKind::LateResult, "api", 1)]);

    let done = world.store.adopt(task, kept, &Actor::Person, after(9)).unwrap();
    assert_eq!(told(Ok(done.clone())), "1: done by api, epoch 3, 1 attempts");
    assert_eq!(done.progress.unwrap().text, "all of it, in build.sh");
    assert!(done.late.is_empty());
    assert_eq!(
        world.mail("b"),
        [
            "task_handover: Task 1 is yours now (epoch 2): build",
            "task_adopted: Task 1 is not yours any more (it is in epoch 3 now): build"
        ]
    );
    let beaten = world.store.complete_task(task, None, "b", "mine", after(10)).unwrap_err();
    expect!["this task was taken over by api at 2026-11-23 04:00:09 UTC: what api handed in late was adopted, so it is done. Stop, and hand in what you have; it is kept. Your work is kept as late work 2."]
        .assert_eq(&beaten.to_string());
    assert!(world.store.open_handovers().unwrap().is_empty());
    assert!(matches!(world.store.adopt(task, kept, &Actor::Person, NOW), Err(TaskError::NoNote { .. })));
    assert_eq!(world.log().last().unwrap(), r#"b task_late {"epoch":2,"note":2,"task":1}"#);
}

#[test]
fn a_call_of_the_old_owner_shows_that_it_has_heard() {
    for call in ["progress", "complete", "release"] {
        let mut world = World::with_two();
        let (task, handover) = world.revoked("build");
        let refused = match call {
            "progress" => world.store.progress_task(task, None, "a", "x", after(1)),
            "complete" => world.store.complete_task(task, None, "a", "x", after(1)),
            _ => world.store.release_task(task, None, "a", "x", after(1)),
        };
        let refused = refused.unwrap_err();
        assert!(refused.to_string().starts_with("this task was taken over by nobody yet at "), "{refused}");
        assert!(refused.kept().is_some());
        let heard = world.store.handover(handover.id).unwrap().unwrap();
        assert_eq!(
            (heard.step, heard.confirmed),
            (HandoverStep::Confirmed, Some(Confirmation::Acknowledged))
        );
        assert!(world.log().contains(
            &r#"a handover_confirm {"confirmed":"acknowledged","epoch":2,"handover":1,"task":1}"#.to_owned()
        ));
    }
    let mut world = World::with_two();
    let (task, handover) = world.revoked("build");
    assert!(world.store.claim_task(task, "a", NOW).is_err());
    assert!(world.store.progress_task(task, None, "b", "x", NOW).is_err());
    assert_eq!(world.store.handover(handover.id).unwrap().unwrap().step, HandoverStep::Revoked);
}

#[test]
fn a_stranger_is_refused_and_nothing_of_it_is_kept() {
    let mut world = World::with_two();
    let (task, _) = world.revoked("build");
    let refused = world.store.complete_task(task, None, "b", "x", NOW).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "task 1 is not yours: nobody owns it (epoch 2); claim a task before you work on it"
    );
    assert!(world.store.notes(task).unwrap().is_empty());
}

#[test]
fn a_late_report_becomes_a_report_and_changes_no_owner() {
    let mut world = World::with_two();
    let task = taken(&mut world);
    let kept = world.store.progress_task(task, None, "a", "the half", after(1)).unwrap_err().kept().unwrap();
    assert!(world.store.progress_task(task, None, "a", "", after(1)).unwrap_err().kept().is_none());
    let adopted = world.store.adopt(task, kept, &Actor::Participant("b".into()), after(2)).unwrap();
    assert_eq!(told(Ok(adopted.clone())), "1: assigned to web, epoch 2, 1 attempts");
    let report = adopted.progress.unwrap();
    assert_eq!((report.by.as_str(), report.text.as_str(), report.at), ("api", "the half", after(1)));
    assert!(adopted.late.is_empty());
    assert!(matches!(world.store.adopt(task, 77, &Actor::Person, NOW), Err(TaskError::NoNote { .. })));
}

#[test]
fn a_late_result_may_be_better_than_the_result() {
    let mut world = World::with_two();
    let task = taken(&mut world);
    world.store.complete_task(task, None, "b", "quick", after(1)).unwrap();
    let kept = world.store.complete_task(task, None, "a", "thorough", after(2)).unwrap_err().kept().unwrap();
    let adopted = world.store.adopt(task, kept, &Actor::Person, after(3)).unwrap();
    assert_eq!(adopted.progress.as_ref().unwrap().text, "thorough");
    assert_eq!(told(Ok(adopted)), "1: done by api, epoch 3, 2 attempts");
    let results = world.store.notes(task).unwrap();
    assert!(results.iter().all(|note| note.kind == NoteKind::Result) && results.len() == 2, "both are there");
}

#[test]
fn late_work_ends_a_handover_that_nobody_needs_any_more() {
    let mut world = World::with_two();
    let (task, handover) = world.revoked("build");
    let kept = world.store.complete_task(task, None, "a", "done", NOW).unwrap_err().kept().unwrap();
    world.store.adopt(task, kept, &Actor::Person, NOW).unwrap();
    assert_eq!(world.stands(task), "1: done by api, epoch 2, 1 attempts");
    let ended = world.store.handover(handover.id).unwrap().unwrap();
    assert_eq!((ended.step, ended.closed.as_deref()), (HandoverStep::Undone, Some("late work was adopted")));
    assert!(world.store.grant_handover(handover.id, "b", NOW).is_err());
    assert!(world.store.revoke_task(task, &because("x"), NOW).is_err());
}

#[test]
fn secrets_are_kept_out_of_all_that_is_said() {
    let mut world = World::with_two();
    let key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789";
    let task = world.begun("build");
    world.store.progress_task(task, None, "a", &format!("key {key}"), NOW).unwrap();
    let how =
        peerwatch_bridge::Revocation { card: format!("card {key}"), ..because(&format!("leaked {key}")) };
    let handover = world.store.revoke_task(task, &how, NOW).unwrap();
    world.store.confirm_handover(handover.id, Confirmation::Gone, NOW).unwrap();
    world.store.grant_handover(handover.id, "b", NOW).unwrap();
    let _ = world.store.complete_task(task, None, "a", &format!("late {key}"), NOW);
    world.store.complete_task(task, None, "b", &format!("done {key}"), NOW).unwrap();
    let file = world.folder.path().join("copy.db");
    world.elsewhere().execute("VACUUM INTO ?", [file.to_str().unwrap()]).unwrap();
    let bytes = std::fs::read(file).unwrap();
    let secret = b"abcdefghijklmnopqrstuvwxyz0123456789";
    assert!(!bytes.windows(secret.len()).any(|bytes| bytes == secret));
}
