//! Roles: who gets one, who gets it back, and what happens to its mail.

use expect_test::expect;
use peerwatch_bridge::{Bearer, Kind, Process, Store};

use crate::world::{NOW, World, after, draft, nobody_died, process, session};

#[test]
fn a_role_has_one_living_holder() {
    let mut world = World::with_two();
    let mut join = |role: &str, pid: u32, dead: Option<u32>| {
        let is_dead = |process: &Process| Some(process.pid) == dead;
        match world.store.join(&world.main, role, &session(pid), &is_dead, NOW) {
            Ok(joined) => format!("{} {}", joined.participant, joined.role),
            Err(error) => error.to_string(),
        }
    };
    let story = [
        join("api", 1, None),
        join("api", 3, None),
        join("other", 1, None),
        join("api", 3, Some(1)),
        join("docs", 4, None),
        join("  docs ", 4, None),
        join("ab", 5, None),
        join("all", 5, None),
        join("a\nb\nc", 5, None),
        join(&"r".repeat(101), 5, None),
    ];
    expect![[r#"
        a api
        the role `api` is held by the session with pid 1; join under another role, or let it leave first
        you take part here as `api`; leave first to take another role
        a api
        c docs
        c docs
        a role has 3 to 100 characters, none that control a terminal, and is not `all`
        a role has 3 to 100 characters, none that control a terminal, and is not `all`
        a role has 3 to 100 characters, none that control a terminal, and is not `all`
        a role has 3 to 100 characters, none that control a terminal, and is not `all`
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
}

#[test]
fn a_role_outlives_its_process_and_so_does_its_mail() {
    let mut world = World::with_two();
    world.say("a", "web", "for whoever is web");
    let is_dead = |process: &Process| process.pid == 2;
    let heir = world.store.join(&world.main, "web", &session(9), &is_dead, after(60)).unwrap();
    assert_eq!((heir.participant.as_str(), heir.joined), ("b", after(60)));
    assert_eq!(world.fetch("b", 9), ["for whoever is web"]);
    assert_eq!(world.store.audit(None, 1).unwrap()[0].action, "get_messages");
    let joins = world.store.audit(None, 100).unwrap().into_iter().find(|row| row.action == "join").unwrap();
    assert_eq!(joins.details["instead_of"], "2:start 2");
}

#[test]
fn a_resumed_session_gets_its_role_back_only_when_its_first_process_is_dead() {
    let mut world = World::with_two();
    let resumed = Bearer { process: Some(process(8)), ..session(2) };
    let parts = world.store.participations(&resumed).unwrap();
    assert_eq!(parts[0].participant, "b", "found by its session id");
    let twice = world.store.join(&world.main, "web", &resumed, &nobody_died, NOW).unwrap_err();
    assert!(twice.to_string().contains("pid 2"), "{twice}");
    let joined = world.store.join(&world.main, "web", &resumed, &|process| process.pid == 2, NOW).unwrap();
    assert_eq!(joined.participant, "b");
    assert_eq!(world.store.participations(&session(2)).unwrap().len(), 1, "by session id");
    let stranger = Bearer { session_id: None, ..session(2) };
    assert!(world.store.participations(&stranger).unwrap().is_empty());
}

#[test]
fn a_process_keeps_its_role_when_its_session_is_cleared() {
    let mut world = World::with_two();
    let cleared = Bearer { session_id: Some("s-new".into()), ..session(2) };
    let again = world.store.join(&world.main, "web", &cleared, &nobody_died, after(5)).unwrap();
    assert_eq!((again.participant.as_str(), again.joined), ("b", NOW));
    assert_eq!(world.store.participants(&world.main).unwrap()[1].bearer, cleared);
}

#[test]
fn a_subagent_is_somebody_else_than_its_session() {
    let mut world = World::with_two();
    let agent = Bearer { agent: "reviewer".into(), ..session(2) };
    let joined = world.store.join(&world.main, "reviewer", &agent, &nobody_died, NOW).unwrap();
    assert_eq!(joined.participant, "c");
    assert_eq!(world.store.participations(&session(2)).unwrap().len(), 1);
    assert_eq!(world.store.participations(&agent).unwrap()[0].role, "reviewer");
    let taken = world.store.join(
        &world.main,
        "web",
        &Bearer { agent: "other".into(), ..session(2) },
        &nobody_died,
        NOW,
    );
    assert!(taken.is_err(), "the session itself holds it");
}

#[test]
fn who_left_can_be_written_to_and_succeeded_and_cannot_write() {
    let mut world = World::with_two();
    world.store.leave(&world.main, "b", after(1)).unwrap();
    world.store.leave(&world.main, "b", after(2)).unwrap();
    assert_eq!(world.store.participants(&world.main).unwrap()[1].left, Some(after(1)));
    world.say("a", "web", "for later");
    let refused =
        world.store.send(&world.sender("b"), &["a".into()], &draft("x"), &crate::world::NO_LIMIT, NOW);
    assert_eq!(refused.unwrap_err().to_string(), "you left this conversation; join again to send");
    assert!(world.store.undelivered(NOW).unwrap().is_empty());
    assert_eq!(world.join("web", 5), "b");
    assert_eq!(world.store.undelivered(NOW).unwrap().len(), 1);
    assert!(world.store.leave(&world.main, "z", NOW).is_err());
}

#[test]
fn two_processes_that_want_one_role_at_once_do_not_both_get_it() {
    let world = World::new();
    let (path, main) = (world.path(), world.main.clone());
    let joins: Vec<_> = (1..=8)
        .map(|pid| {
            let (path, main) = (path.clone(), main.clone());
            std::thread::spawn(move || {
                let mut store = Store::open_existing(&path).unwrap();
                store.join(&main, "api", &session(pid), &nobody_died, NOW).is_ok()
            })
        })
        .collect();
    let won = joins.into_iter().map(|join| join.join().unwrap()).filter(|won| *won).count();
    assert_eq!(won, 1);
    assert_eq!(world.store.participants(&main).unwrap().len(), 1);
}

#[test]
fn a_conversation_with_tokens_is_bound_not_joined() {
    let mut world = World::new();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    let refused =
        world.store.join(&made.conversation, "backend", &session(1), &nobody_died, NOW).unwrap_err();
    assert!(refused.to_string().ends_with("is opened with its token, not joined by role"), "{refused}");
    let sides = world.store.participants(&made.conversation).unwrap();
    assert_eq!(
        sides.iter().map(|side| (side.role.as_str(), side.kind)).collect::<Vec<_>>(),
        [("backend", Kind::Token), ("frontend", Kind::Token)]
    );
    world.store.bind(&made.conversation, "b", &session(2), NOW).unwrap();
    let sides = world.store.participants(&made.conversation).unwrap();
    assert_eq!((sides[1].role.as_str(), sides[1].kind), ("frontend", Kind::Session));
    assert_eq!(sides[1].bearer, session(2));
    assert!(world.store.bind(&made.conversation, "c", &session(2), NOW).is_err());
}

#[test]
fn the_person_has_one_conversation_with_each_worker() {
    let mut world = World::new();
    let (first, worker) = world.store.with_person(&session(1), "api", NOW).unwrap();
    assert_eq!((worker.participant.as_str(), worker.role.as_str()), ("b", "api"));
    let (again, _) = world.store.with_person(&session(1), "renamed", NOW).unwrap();
    let resumed = Bearer { process: Some(process(7)), ..session(1) };
    let (resumed, worker) = world.store.with_person(&resumed, "api", NOW).unwrap();
    assert_eq!((&again, &resumed), (&first, &first));
    assert_eq!(worker.bearer.process, Some(process(7)));
    let (other, _) = world.store.with_person(&session(2), "web", NOW).unwrap();
    assert_ne!(other, first);
    let person = &world.store.participants(&first).unwrap()[0];
    assert_eq!((person.role.as_str(), person.kind), ("you", Kind::Person));
}

#[test]
fn there_is_room_for_many() {
    let mut world = World::new();
    for number in 0..60 {
        world.join(&format!("worker {number}"), number + 1);
    }
    let letters: Vec<String> =
        world.store.participants(&world.main).unwrap().into_iter().map(|one| one.participant).collect();
    assert_eq!((letters[0].as_str(), letters[25].as_str(), letters[59].as_str()), ("a", "z", "bh"));
}
