//! Tasks: who gets one, who works on it, and what is refused.

use expect_test::expect;
use peerwatch_bridge::{Actor, LEASE, NewTask, NoteKind, TaskState};
use peerwatch_core::Timestamp;

use crate::world::{NOW, World, after, line, told};

fn api() -> Actor {
    Actor::Participant("a".into())
}

#[test]
fn a_task_is_created_claimed_reported_on_and_completed() {
    let mut world = World::with_two();
    let what = NewTask {
        subject: "  write the\n parser ".into(),
        description: Some("the key is sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789".into()),
        priority: 3,
        needs: Vec::new(),
        folder: Some("/src/parser".into()),
        deadline: Some(after(3600)),
    };
    let made = world.store.create_task(&world.main, &what, &api(), NOW).unwrap();
    assert_eq!((made.what.subject.as_str(), made.what.priority), ("write the parser", 3));
    assert!(!made.what.description.as_ref().unwrap().contains("abcdefghij"), "secrets are not kept");
    assert_eq!((made.what.folder.as_deref(), made.what.deadline), (Some("/src/parser"), Some(after(3600))));
    assert_eq!((made.bridge.as_deref(), made.created_by, made.created), (Some("main"), api(), NOW));

    let story = [
        told(world.store.claim_task(1, "b", after(1))),
        told(world.store.claim_task(1, "b", after(2))),
        told(world.store.progress_task(1, Some(1), "b", "half of it", after(3))),
        told(world.store.complete_task(1, None, "b", "in parser.rs", after(4))),
        told(world.store.complete_task(1, None, "b", "in parser.rs", after(5))),
        told(world.store.progress_task(1, None, "b", "and more", after(6))),
        told(world.store.claim_task(1, "a", after(7))),
    ];
    expect![[r#"
        1: in progress by web, epoch 1, 1 attempts
        1: in progress by web, epoch 1, 1 attempts
        1: in progress by web, epoch 1, 1 attempts
        1: done by web, epoch 1, 1 attempts
        1: done by web, epoch 1, 1 attempts
        task 1 is done already; there is nothing left to do for it; what you handed in is kept as late work 3
        task 1 is done already; there is nothing left to do for it
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    let notes = world.store.notes(1).unwrap();
    let said: Vec<_> = notes.iter().map(|note| (note.kind, note.by.as_str(), note.text.as_str())).collect();
    assert_eq!(
        said,
        [
            (NoteKind::Progress, "web", "half of it"),
            (NoteKind::Result, "web", "in parser.rs"),
            (NoteKind::LateProgress, "web", "and more")
        ]
    );
    let done = world.store.task(1).unwrap().unwrap();
    assert_eq!(done.progress.unwrap().text, "in parser.rs");
    assert_eq!((done.late.len(), done.lease, done.updated), (1, None, after(6)));
    expect![[r#"
        a task_create {"epoch":1,"subject":"write the parser","task":1}
        b task_claim {"epoch":1,"task":1}
        b task_progress {"epoch":1,"task":1}
        b task_complete {"epoch":1,"task":1}
        b task_late {"epoch":1,"note":3,"task":1}
    "#]]
    .assert_eq(&(world.log().join("\n") + "\n"));
}

#[test]
fn what_cannot_be_a_task_is_refused_and_nothing_of_it_stays() {
    let mut world = World::with_two();
    world.store.leave(&world.main, "b", NOW).unwrap();
    let mut create = |what: NewTask, by: &Actor| {
        let made = world.store.create_task(&world.main, &what, by, NOW);
        made.unwrap_err().to_string()
    };
    let named = |subject: &str| NewTask { subject: subject.into(), ..NewTask::default() };
    let story = [
        create(named(" \n"), &api()),
        create(named(&"x".repeat(201)), &api()),
        create(NewTask { description: Some("x".repeat(50_001)), ..named("long") }, &api()),
        create(NewTask { needs: vec![7], ..named("waits") }, &api()),
        create(named("mine"), &Actor::Participant("b".into())),
        create(named("mine"), &Actor::Participant("z".into())).replace(&world.main, "conv_"),
    ];
    expect![[r#"
        a task needs a subject: say in a few words what is to be done
        the subject has 201 characters, 200 are allowed; shorten it, or name a file
        the description has 50001 characters, 50000 are allowed; shorten it, or name a file
        there is no task 7 here to wait for; create it first
        you left this conversation; join again to take part in its tasks
        nobody takes part as z in conv_; join it first
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    assert!(world.store.tasks(None).unwrap().is_empty());
    assert!(world.log().is_empty());
}

#[test]
fn a_task_of_somebody_is_nobody_elses() {
    let mut world = World::with_two();
    let task = world.begun("build");
    let story = [
        told(world.store.claim_task(task, "b", after(60))),
        told(world.store.assign_task(task, "b", &Actor::Person, true, after(60))),
        told(world.store.progress_task(task, None, "b", "x", after(60))),
        told(world.store.complete_task(task, Some(1), "b", "x", after(60))),
        told(world.store.release_task(task, None, "b", "x", after(60))),
        told(world.store.complete_task(99, None, "b", "x", after(60))),
        told(world.store.complete_task(task, Some(4), "a", "x", after(60))),
        // A lease that has run out makes nobody else its owner.
        told(world.store.claim_task(task, "b", after(24 * 3600))),
    ];
    expect![[r#"
        task 1 is api's until 2026-11-23 04:30:00 UTC; take another one, or ask the person to hand it over
        task 1 is api's until 2026-11-23 04:30:00 UTC; take another one, or ask the person to hand it over
        task 1 is not yours: api owns it (epoch 1); claim a task before you work on it
        task 1 is not yours: api owns it (epoch 1); claim a task before you work on it
        task 1 is not yours: api owns it (epoch 1); claim a task before you work on it
        there is no task 99 here; list the tasks to see which there are
        task 1 changed hands and is in epoch 1 now; look at it again
        task 1 is api's until 2026-11-23 04:30:00 UTC; take another one, or ask the person to hand it over
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    assert_eq!(world.stands(task), "1: in progress by api, epoch 1, 1 attempts");
    assert!(world.mail("b").is_empty());
}

#[test]
fn an_orchestrator_hands_out_work_and_each_begins_its_own() {
    let mut world = World::with_two();
    let task = world.task("build");
    let other = world.task("nobody can get it");
    assert_eq!(
        told(world.store.assign_task(task, "b", &api(), true, NOW)),
        "1: assigned to web, epoch 1, 0 attempts"
    );
    let mail = world.store.peek(&world.main, "b").unwrap().remove(0);
    assert_eq!((mail.from_role.as_str(), mail.kind.as_deref()), ("api", Some("task_assignment")));
    assert!(mail.text.starts_with("Task 1 is yours now (epoch 1): build\n"), "{}", mail.text);
    let story = [
        told(world.store.assign_task(task, "b", &api(), true, NOW)),
        told(world.store.claim_task(task, "a", NOW)),
        told(world.store.progress_task(task, None, "b", "began", NOW)),
        told(world.store.assign_task(other, "z", &api(), true, NOW)),
        told(world.store.assign_task(other, "a", &Actor::Person, true, NOW)),
    ];
    expect![[r#"
        task 1 is web's until 2026-11-23 04:30:00 UTC; take another one, or ask the person to hand it over
        task 1 is web's until 2026-11-23 04:30:00 UTC; take another one, or ask the person to hand it over
        1: in progress by web, epoch 1, 1 attempts
        nobody here who could get the task is `z`; name one who takes part and has not left
        2: assigned to api, epoch 1, 0 attempts
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    assert_eq!(world.mail("a"), ["task_assignment: Task 2 is yours now (epoch 1): nobody can get it"]);
}

#[test]
fn a_task_that_waits_for_others_can_be_assigned_and_not_claimed() {
    let mut world = World::with_two();
    let (first, second) = (world.task("first"), world.task("second"));
    let last = world.planned("last", 9, &[first, second]);
    assert_eq!(world.stands(last), "3: open, epoch 1, 0 attempts, blocked");
    let mut story = vec![
        told(world.store.claim_task(last, "a", NOW)),
        told(world.store.assign_task(last, "a", &Actor::Person, false, NOW)),
        told(world.store.claim_task(last, "a", NOW)),
    ];
    world.store.claim_task(first, "b", NOW).unwrap();
    world.store.complete_task(first, None, "b", "done", NOW).unwrap();
    story.push(told(world.store.claim_task(last, "a", NOW)));
    world.store.cancel_task(second, &Actor::Person, "not needed", NOW).unwrap();
    story.push(told(world.store.claim_task(last, "a", NOW)));
    expect![[r#"
        task 3 must wait: task 1, task 2 must be done first
        3: assigned to api, epoch 1, 0 attempts, blocked
        task 3 must wait: task 1, task 2 must be done first
        task 3 must wait: task 2 must be done first
        3: in progress by api, epoch 1, 1 attempts
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
}

#[test]
fn no_task_waits_for_itself() {
    let mut world = World::with_two();
    let first = world.task("first");
    let second = world.planned("second", 0, &[first]);
    let third = world.planned("third", 0, &[second]);
    let mut needs = |task: i64, needs: &[i64]| told(world.store.set_needs(task, needs, &api(), NOW));
    let story =
        [needs(first, &[third]), needs(first, &[first]), needs(third, &[]), needs(first, &[third, third])];
    expect![[r#"
        task 1 would wait for itself; take one of the tasks it needs away
        task 1 would wait for itself; take one of the tasks it needs away
        3: open, epoch 1, 0 attempts
        1: open, epoch 1, 0 attempts, blocked
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    let needed = |world: &World, task: i64| world.store.task(task).unwrap().unwrap().what.needs;
    assert_eq!((needed(&world, first), needed(&world, second)), (vec![third], vec![first]));
    let elsewhere = world.store.bridge("other", NOW).unwrap();
    let other = NewTask { subject: "elsewhere".into(), ..NewTask::default() };
    let other = world.store.create_task(&elsewhere, &other, &Actor::Person, NOW).unwrap().id;
    assert!(world.store.set_needs(first, &[other], &api(), NOW).is_err(), "it is in another bridge");
}

#[test]
fn the_next_task_is_ones_own_then_the_most_important_then_the_oldest() {
    let mut world = World::with_two();
    let (old, new) = (world.task("old"), world.task("new"));
    let blocked = world.planned("blocked", 9, &[old]);
    let urgent = world.planned("urgent", 5, &[]);
    let own = world.planned("own", -1, &[]);
    world.store.assign_task(own, "b", &Actor::Person, false, NOW).unwrap();
    let mut next = |by: &str| world.store.claim_next(&world.main, by, NOW).unwrap().map(|task| task.id);
    assert_eq!([next("b"), next("b"), next("a")], [Some(own), Some(urgent), Some(old)]);
    assert_eq!([next("a"), next("b")], [Some(new), None]);
    world.store.complete_task(old, None, "a", "done", NOW).unwrap();
    assert_eq!(world.store.claim_next(&world.main, "b", NOW).unwrap().unwrap().id, blocked);
    assert!(world.store.claim_next(&world.main, "z", NOW).is_err(), "a stranger");
}

#[test]
fn what_was_given_back_can_be_claimed_again_in_another_epoch() {
    let mut world = World::with_two();
    let task = world.begun("build");
    let story = [
        told(world.store.release_task(task, Some(1), "a", "too hard", after(5))),
        told(world.store.claim_task(task, "b", after(6))),
        told(world.store.complete_task(task, Some(1), "a", "did it after all", after(7))),
        told(world.store.release_task(task, Some(2), "b", "", after(8))),
        told(world.store.claim_task(task, "a", after(9))),
        told(world.store.progress_task(task, Some(1), "a", "of the first time", after(10))),
        told(world.store.complete_task(task, Some(3), "a", "done", after(11))),
    ];
    expect![[r#"
        1: open, epoch 2, 1 attempts
        1: in progress by web, epoch 2, 2 attempts
        this task was taken over by web at 2026-11-23 04:00:05 UTC: you released it: too hard. Stop, and hand in what you have; it is kept. Your work is kept as late work 2.
        1: open, epoch 3, 2 attempts
        1: in progress by api, epoch 3, 3 attempts
        task 1 changed hands and is in epoch 3 now; look at it again; what you handed in is kept as late work 4
        1: done by api, epoch 3, 3 attempts
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    expect![[r#"
        1 | 1 | a | 1795406405000
        1 | 2 | b | 1795406408000
        1 | 3 | a | -
    "#]]
    .assert_eq(&world.rows("SELECT task_id, epoch, participant, lost_ms FROM peerwatch_task_owners"));
    let gave_it_back = world.store.task(task).unwrap().unwrap().declined;
    let roles: Vec<&str> = gave_it_back.iter().map(|one| one.role.as_str()).collect();
    assert_eq!(roles, ["api", "web"]);
}

#[test]
fn who_works_or_lives_holds_its_tasks() {
    let mut world = World::with_two();
    let task = world.begun("build");
    let lease = |world: &World| world.store.task(task).unwrap().unwrap().lease.unwrap();
    assert_eq!(lease(&world), NOW.plus(LEASE));
    world.store.progress_task(task, None, "a", "", after(100)).unwrap();
    assert_eq!(lease(&world), after(100).plus(LEASE));
    assert!(world.store.notes(task).unwrap().is_empty(), "nothing was said");

    let main = world.main.clone();
    let before = world.store.tasks_version().unwrap();
    assert_eq!(world.store.renew_leases(&main, "a", after(130)).unwrap(), 0, "it gains less than a minute");
    assert_eq!(world.store.tasks_version().unwrap(), before);
    assert_eq!(world.store.renew_leases(&main, "a", after(300)).unwrap(), 1);
    assert_eq!(lease(&world), after(300).plus(LEASE));
    assert_eq!(world.store.renew_leases(&main, "b", after(900)).unwrap(), 0);
    assert_eq!(
        world.store.renew_leases(&main, "a", after(0)).unwrap(),
        0,
        "a clock set back takes nothing away"
    );
    assert!(world.store.tasks_version().unwrap() > before);
}

#[test]
fn an_owner_whose_task_is_given_up_is_told_and_its_work_is_kept() {
    let mut world = World::with_two();
    let (task, open) = (world.begun("build"), world.task("never begun"));
    let story = [
        told(world.store.cancel_task(task, &Actor::Person, "the plan changed", after(1))),
        told(world.store.cancel_task(open, &api(), "the same", after(1))),
        told(world.store.complete_task(task, None, "a", "done", after(2))),
        told(world.store.cancel_task(task, &Actor::Person, "again", after(3))),
    ];
    expect![[r#"
        1: cancelled, epoch 2, 1 attempts
        2: cancelled, epoch 1, 0 attempts
        task 1 is cancelled already; there is nothing left to do for it; what you handed in is kept as late work 3
        task 1 is cancelled already; there is nothing left to do for it
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    assert_eq!(
        world.mail("a"),
        ["task_cancelled: Task 1 is not yours any more (it is in epoch 2 now): build"]
    );
    assert_eq!(world.store.notes(task).unwrap()[0].by, "you");
}

#[test]
fn open_tasks_are_listed_by_their_weight_and_the_last_fifty_that_are_over() {
    let mut world = World::with_two();
    for number in 0..60 {
        let task = world.task(&format!("task {number}"));
        world.store.cancel_task(task, &Actor::Person, "x", after(number)).unwrap();
    }
    let (light, heavy) = (world.task("light"), world.planned("heavy", 2, &[]));
    let tasks = world.store.tasks(Some(&world.main)).unwrap();
    let ids: Vec<i64> = tasks.iter().map(|task| task.id).collect();
    assert_eq!((&ids[..4], ids.len()), (&[heavy, light, 60, 59][..], 52));
    assert!(world.store.tasks(Some("conv_other")).unwrap().is_empty());
    assert!(tasks[2..].iter().all(|task| task.state == TaskState::Cancelled));
}

#[test]
fn whoever_looks_for_news_sees_every_change_and_no_other() {
    let mut world = World::with_two();
    let mut last = 0;
    let mut is_news = |world: &World| {
        let version = world.store.tasks_version().unwrap();
        std::mem::replace(&mut last, version) != version
    };
    assert!(is_news(&world));
    world.say("a", "b", "a message");
    world.store.beat(&world.main, "a", "test", NOW).unwrap();
    assert!(!is_news(&world));
    let task = world.begun("build");
    assert!(is_news(&world));
    assert!(world.store.claim_task(task, "b", NOW).is_err());
    assert!(world.store.claim_next(&world.main, "b", NOW).unwrap().is_none());
    assert!(!is_news(&world));
    let mut elsewhere = peerwatch_bridge::Store::open_existing(&world.path()).unwrap();
    elsewhere.progress_task(task, None, "a", "x", NOW).unwrap();
    assert!(is_news(&world));
    world.store.leave(&world.main, "a", NOW).unwrap();
    assert!(is_news(&world), "its owner left");
}

#[test]
fn two_hundred_tasks_are_read_with_a_few_questions() {
    let mut world = World::with_two();
    for number in 0..200 {
        let task =
            world.planned(&format!("task {number}"), number % 5, if number > 3 { &[1, 2] } else { &[] });
        world.store.assign_task(task, "a", &Actor::Person, false, NOW).unwrap();
        for report in 0..5 {
            world.store.progress_task(task, None, "a", &format!("report {report}"), NOW).unwrap();
        }
    }
    let tasks = world.store.tasks(None).unwrap();
    assert_eq!((tasks.len(), tasks[7].progress.as_ref().unwrap().text.as_str()), (200, "report 4"));
    let least = |ask: &dyn Fn()| {
        let times = (0..20).map(|_| {
            let began = std::time::Instant::now();
            ask();
            began.elapsed()
        });
        times.min().unwrap()
    };
    let list = least(&|| drop(world.store.tasks(None).unwrap()));
    let open = least(&|| drop(world.store.open_handovers().unwrap()));
    let news = least(&|| assert!(world.store.tasks_version().unwrap() > 0));
    println!("200 tasks: {list:?}; open handovers: {open:?}; whether there is news: {news:?}");
    // Many times the usual, for a machine that is busy: a question for each task would take longer.
    assert!(
        list.as_millis() < 20 && open.as_millis() < 5 && news.as_millis() < 5,
        "{list:?} {open:?} {news:?}"
    );
}

#[test]
fn a_conversation_stays_as_long_as_it_has_an_open_task() {
    let mut world = World::with_two();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    let what = NewTask { subject: "build".into(), ..NewTask::default() };
    let task =
        world.store.create_task(&made.conversation, &what, &Actor::Participant("a".into()), NOW).unwrap();
    world.store.claim_task(task.id, "b", NOW).unwrap();
    let later = Timestamp(NOW.0 + 3 * 86_400_000);
    assert!(world.store.cleanup(later, false).unwrap().conversations.is_empty());
    world.store.complete_task(task.id, None, "b", "done", NOW).unwrap();
    assert_eq!(world.store.cleanup(later, false).unwrap().conversations, [made.conversation]);
    assert_eq!(world.store.task(task.id).unwrap(), None);
    let left =
        "SELECT (SELECT count(*) FROM peerwatch_task_notes), (SELECT count(*) FROM peerwatch_task_owners)";
    assert_eq!(world.rows(left), "0 | 0\n");
    let line = line(&world.store.create_task(&world.main, &what, &Actor::Person, NOW).unwrap());
    assert_eq!(line, "2: open, epoch 1, 0 attempts", "a number is never given twice");
}
