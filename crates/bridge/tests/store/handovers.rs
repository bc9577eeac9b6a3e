//! Handovers: revoked, told, confirmed, granted, begun; undone, and held back.

use expect_test::expect;
use peerwatch_bridge::{Actor, Brakes, Confirmation, HandoverStep, Revocation, TaskError};

use crate::world::{NOW, World, after, because, told};

fn held(revoked: Result<peerwatch_bridge::Handover, TaskError>) -> String {
    revoked.map_or_else(|error| error.to_string(), |handover| format!("handover {} began", handover.id))
}

#[test]
fn a_task_goes_from_a_lost_owner_to_its_heir_step_by_step() {
    let mut world = World::with_two();
    let task = world.begun("build");
    world.store.progress_task(task, None, "a", "half of it", NOW).unwrap();
    let how = Revocation { wanted: Some("claude:7".into()), ..because("its process has ended") };
    let revoked = world.store.revoke_task(task, &how, after(60)).unwrap();
    assert_eq!(
        (revoked.step, revoked.from.role.as_str(), revoked.from_epoch),
        (HandoverStep::Revoked, "api", 1)
    );
    assert_eq!(world.stands(task), "1: handing over, epoch 2, 1 attempts");
    assert_eq!(world.mail("a"), ["task_revoked: Task 1 is not yours any more (it is in epoch 2 now): build"]);
    assert_eq!(world.letters("a")[0].uid, revoked.told);
    let refused = world.store.grant_handover(revoked.id, "b", after(61)).unwrap_err();
    assert!(matches!(refused, TaskError::NotConfirmed { .. }), "{refused}");
    let twice = world.store.revoke_task(task, &Revocation { epoch: 2, ..how }, after(62)).unwrap_err();
    assert!(matches!(twice, TaskError::HandingOver { .. }), "{twice}");

    let confirmed = world.store.confirm_handover(revoked.id, Confirmation::Gone, after(63)).unwrap();
    assert_eq!((confirmed.step, confirmed.confirmed), (HandoverStep::Confirmed, Some(Confirmation::Gone)));
    let again = world.store.confirm_handover(revoked.id, Confirmation::Acknowledged, after(64)).unwrap();
    assert_eq!(again, confirmed, "what is known stays as it is");
    let granted = world.store.grant_handover(revoked.id, "b", after(65)).unwrap();
    assert_eq!(world.stands(task), "1: assigned to web, epoch 2, 1 attempts");
    assert_eq!(
        world.store.grant_handover(revoked.id, "b", after(66)).unwrap(),
        granted,
        "whoever did not hear"
    );
    assert!(world.store.grant_handover(revoked.id, "a", after(66)).is_err());
    let card = world.letters("b").remove(0);
    assert_eq!((card.kind.as_deref(), &card.uid), (Some("task_handover"), &granted.granted));
    expect![[r#"
        Task 1 is yours now (epoch 2): build

        It was api's before. Claim task 1 when you begin; report on the way, and complete it with its result.

        Goal: the card"#]]
    .assert_eq(&card.text);
    assert_eq!(world.store.open_handovers().unwrap(), [granted]);

    world.store.progress_task(task, None, "b", "on it", after(70)).unwrap();
    assert_eq!(world.stands(task), "1: in progress by web, epoch 2, 2 attempts");
    assert!(world.store.open_handovers().unwrap().is_empty());
    assert_eq!(world.store.handovers(None, 9).unwrap()[0].step, HandoverStep::Begun);
    expect![[r#"
        - handover_revoke {"by":"person","epoch":1,"from":"a","handover":1,"reason":"its process has ended","task":1}
        - handover_confirm {"by":"peerwatch","confirmed":"gone","epoch":2,"handover":1,"task":1}
        - handover_grant {"by":"peerwatch","epoch":2,"from":"a","handover":1,"task":1,"to":"b"}
        b handover_begin {"epoch":2,"handover":1,"task":1}
        b task_progress {"epoch":2,"task":1}
    "#]]
    .assert_eq(&(world.log()[3..].join("\n") + "\n"));
}

#[test]
fn nobody_takes_what_was_not_looked_at_or_has_no_owner() {
    let mut world = World::with_two();
    let (task, open) = (world.begun("build"), world.task("open"));
    let stale = Revocation { epoch: 3, ..because("x") };
    let mut revoke = |task: i64, how: &Revocation| held(world.store.revoke_task(task, how, NOW));
    let story = [
        revoke(task, &stale),
        revoke(open, &because("x")),
        revoke(99, &because("x")),
        revoke(task, &Revocation { card: "x".repeat(50_001), ..because("x") }),
    ];
    expect![[r#"
        task 1 changed hands and is in epoch 1 now; look at it again
        nobody owns task 2; assign it instead
        there is no task 99 here; list the tasks to see which there are
        the card has 50001 characters, 50000 are allowed; shorten it, or name a file
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    world.store.complete_task(task, None, "a", "done", NOW).unwrap();
    let over = held(world.store.revoke_task(task, &because("x"), NOW));
    assert_eq!(over, "task 1 is done already; there is nothing left to do for it");
    assert!(world.mail("a").is_empty());
}

#[test]
fn a_person_takes_a_task_anyway() {
    let mut world = World::with_two();
    let task = world.begun("build");
    let how = Revocation { anyway: true, brakes: Brakes::default(), ..because("I need it today") };
    let handover = world.store.revoke_task(task, &how, NOW).unwrap();
    assert_eq!(
        (handover.step, handover.confirmed),
        (HandoverStep::Confirmed, Some(Confirmation::TakenAnyway))
    );
    world.store.grant_handover(handover.id, "b", NOW).unwrap();
    assert_eq!(world.mail("a").len(), 1, "its old owner is told all the same");

    let (_, waiting) = world.revoked("other");
    let taken = world.store.confirm_handover(waiting.id, Confirmation::TakenAnyway, NOW).unwrap();
    assert_eq!(taken.confirmed, Some(Confirmation::TakenAnyway));
    let chosen = world.store.choose_heir(waiting.id, Some("claude:9"), NOW).unwrap();
    assert_eq!((chosen.wanted.as_deref(), chosen.step), (Some("claude:9"), HandoverStep::Confirmed));
    assert!(world.store.choose_heir(handover.id, None, NOW).is_err(), "its heir has it");
}

#[test]
fn only_somebody_who_is_here_gets_it() {
    let mut world = World::with_two();
    let (task, handover) = world.revoked("build");
    world.store.confirm_handover(handover.id, Confirmation::Gone, NOW).unwrap();
    let peerwatch = world.letters("a")[0].from.clone();
    world.store.leave(&world.main, "b", NOW).unwrap();
    for heir in ["b", "z", &peerwatch] {
        let refused = world.store.grant_handover(handover.id, heir, NOW).unwrap_err();
        assert!(matches!(refused, TaskError::UnknownHeir { .. }), "{heir}: {refused}");
    }
    assert_eq!(world.stands(task), "1: handing over, epoch 2, 1 attempts");
    // The role outlives the process: whoever takes it next may get the task back.
    world.store.grant_handover(handover.id, "a", NOW).unwrap();
    assert_eq!(world.stands(task), "1: assigned to api, epoch 2, 1 attempts");
    assert_eq!(told(world.store.claim_task(task, "a", NOW)), "1: in progress by api, epoch 2, 2 attempts");
    assert!(matches!(world.store.handover(99), Ok(None)));
}

#[test]
fn handovers_that_come_too_soon_or_too_often_are_held_back() {
    let mut world = World::with_two();
    let (task, other) = (world.begun("build"), world.begun("other"));
    let by =
        |actor: Actor, epoch: i64| Revocation { epoch, actor, brakes: Brakes::default(), ..because("x") };
    let person = |epoch| by(Actor::Person, epoch);
    let peerwatch = |epoch| by(Actor::Peerwatch, epoch);
    let mut story = Vec::new();
    let back = |world: &mut World, seconds: i64| {
        let open = world.store.open_handovers().unwrap().pop().unwrap().id;
        world.store.undo_handover(open, &Actor::Person, after(seconds)).unwrap();
    };
    story.push(held(world.store.revoke_task(task, &peerwatch(1), after(0))));
    story.push(held(world.store.revoke_task(other, &peerwatch(1), after(59))));
    story.push(held(world.store.revoke_task(other, &person(1), after(59))));
    back(&mut world, 60);
    back(&mut world, 60);
    story.push(held(world.store.revoke_task(task, &person(3), after(299))));
    story.push(held(world.store.revoke_task(task, &person(3), after(300))));
    back(&mut world, 301);
    story.push(held(world.store.revoke_task(task, &peerwatch(5), after(600))));
    back(&mut world, 601);
    story.push(held(world.store.revoke_task(task, &person(7), after(9000))));
    story.push(held(world.store.revoke_task(other, &peerwatch(3), after(-9000))));
    let nevertheless = Revocation { brakes: Brakes::NONE, ..person(7) };
    story.push(held(world.store.revoke_task(task, &nevertheless, after(9001))));
    back(&mut world, 9002);
    let anyway = Revocation { anyway: true, ..person(9) };
    story.push(held(world.store.revoke_task(task, &anyway, after(9003))));
    story.push(held(world.store.revoke_task(
        task,
        &Revocation { brakes: Brakes::NONE, ..anyway },
        after(9003),
    )));
    expect![[r#"
        handover 1 began
        Peerwatch has just begun another handover by itself; it waits until 2026-11-23 04:01:00 UTC
        handover 2 began
        task 1 was handed over a short while ago; it is left alone until 2026-11-23 04:05:00 UTC
        handover 3 began
        handover 4 began
        task 1 was handed over 3 times already: a person must decide
        handover 5 began
        handover 6 began
        task 1 was handed over 4 times already: a person must decide
        handover 7 began
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
}

#[test]
fn a_handover_can_be_undone_before_the_heir_has_got_the_task() {
    let mut world = World::with_two();
    let (task, handover) = world.revoked("build");
    let undone = world.store.undo_handover(handover.id, &Actor::Person, after(1)).unwrap();
    assert_eq!((undone.step, undone.closed), (HandoverStep::Undone, None));
    assert_eq!(world.stands(task), "1: assigned to api, epoch 3, 1 attempts");
    assert_eq!(
        world.mail("a"),
        [
            "task_revoked: Task 1 is not yours any more (it is in epoch 2 now): build",
            "task_returned: Task 1 is yours again (epoch 3): build"
        ]
    );
    assert!(world.mail("b").is_empty(), "it never knew");
    assert!(world.store.undo_handover(handover.id, &Actor::Person, after(2)).is_err());
    assert!(world.store.confirm_handover(handover.id, Confirmation::Gone, after(2)).is_err());
    assert_eq!(
        told(world.store.complete_task(task, None, "a", "x", after(3))),
        "1: done by api, epoch 3, 2 attempts"
    );
}

#[test]
fn a_handover_can_be_undone_until_the_heir_has_begun() {
    let mut world = World::with_two();
    let (task, handover) = world.revoked("build");
    world.store.confirm_handover(handover.id, Confirmation::Gone, NOW).unwrap();
    world.store.grant_handover(handover.id, "b", NOW).unwrap();
    world.store.undo_handover(handover.id, &Actor::Participant("a".into()), after(1)).unwrap();
    assert_eq!(world.stands(task), "1: assigned to api, epoch 3, 1 attempts");
    let story = [
        told(world.store.claim_task(task, "b", after(2))),
        told(world.store.progress_task(task, Some(2), "b", "on it", after(2))),
        world.mail("b").join("\n"),
    ];
    expect![[r#"
        task 1 is api's until 2026-11-23 04:30:01 UTC; take another one, or ask the person to hand it over
        this task was taken over by api at 2026-11-23 04:00:01 UTC: the handover was undone. Stop, and hand in what you have; it is kept. Your work is kept as late work 1.
        task_handover: Task 1 is yours now (epoch 2): build
        task_revoked: Task 1 is not yours any more (it is in epoch 3 now): build
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));

    let handover = world.store.revoke_task(task, &Revocation { epoch: 3, ..because("x") }, NOW).unwrap();
    world.store.confirm_handover(handover.id, Confirmation::Gone, NOW).unwrap();
    world.store.grant_handover(handover.id, "b", NOW).unwrap();
    let begun = world.store.begin_handover(handover.id, NOW).unwrap();
    assert_eq!(begun.step, HandoverStep::Begun);
    assert_eq!(world.stands(task), "1: in progress by web, epoch 4, 2 attempts");
    assert_eq!(world.store.begin_handover(handover.id, NOW).unwrap(), begun);
    let late = world.store.undo_handover(handover.id, &Actor::Person, NOW).unwrap_err();
    assert!(matches!(late, TaskError::Begun { .. }), "{late}");
}

#[test]
fn what_a_handover_was_for_may_come_otherwise() {
    let mut world = World::with_two();
    let grant = |world: &mut World, subject: &str| {
        let (task, handover) = world.revoked(subject);
        world.store.confirm_handover(handover.id, Confirmation::Gone, NOW).unwrap();
        world.store.grant_handover(handover.id, "b", NOW).unwrap();
        task
    };
    let released = grant(&mut world, "released");
    world.store.release_task(released, None, "b", "not mine", NOW).unwrap();
    let again = grant(&mut world, "handed over again");
    world.store.revoke_task(again, &Revocation { epoch: 2, ..because("web is slow") }, NOW).unwrap();
    let (given_up, _) = world.revoked("given up");
    world.store.cancel_task(given_up, &Actor::Person, "no use", NOW).unwrap();
    assert_eq!(world.stands(again), "2: handing over, epoch 3, 1 attempts");
    let ended: Vec<String> = world
        .store
        .handovers(Some(&world.main), 9)
        .unwrap()
        .into_iter()
        .map(|one| format!("{} {:?} {}", one.subject, one.step, one.closed.unwrap_or_default()))
        .collect();
    expect![[r#"
        given up Undone the task was given up
        handed over again Revoked 
        handed over again Undone the task is handed over again
        released Undone its new owner released it
    "#]]
    .assert_eq(&(ended.join("\n") + "\n"));
    assert_eq!(world.stands(released), "1: open, epoch 3, 1 attempts");
    assert_eq!(world.stands(given_up), "3: cancelled, epoch 2, 1 attempts");
    assert_eq!(world.store.open_handovers().unwrap().len(), 1);
    assert!(world.store.handovers(None, 0).unwrap().len() == 1, "those under way are always told");
}

#[test]
fn peerwatch_writes_and_takes_no_part() {
    let mut world = World::with_two();
    world.revoked("build");
    let known = |world: &World| {
        let known = world.store.participants(&world.main).unwrap();
        known.into_iter().map(|one| one.role).collect::<Vec<_>>()
    };
    assert_eq!(known(&world), ["api", "web"]);
    assert_eq!(world.store.conversations().unwrap()[0].participants.len(), 2);
    let to_all = world.store.send(
        &world.sender("a"),
        &["all".into()],
        &crate::world::draft("x"),
        &crate::world::NO_LIMIT,
        NOW,
    );
    assert_eq!(to_all.unwrap().len(), 1);
    let bearer = crate::world::session(5);
    let taken = world.store.join(&world.main, "peerwatch", &bearer, &|_| true, NOW).unwrap_err();
    assert!(taken.to_string().starts_with("the role `peerwatch` is held by Peerwatch itself"), "{taken}");
    assert_eq!(world.join("docs", 3), "d");
    assert_eq!(known(&world), ["api", "web", "docs"]);
    let pending = world.store.undelivered(NOW).unwrap();
    let ours = pending.iter().find(|one| one.letter.from_role == "peerwatch").unwrap();
    assert!(ours.by_person && ours.bearer.is_some(), "it is delivered");
    let silence = std::time::Duration::from_secs(300);
    assert_eq!(world.store.silent(silence, after(9000)).unwrap().len(), 3, "the others are still watched");
}
