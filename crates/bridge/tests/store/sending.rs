//! Sending: what is stored, what is refused, and how much is too much.

use expect_test::expect;
use peerwatch_bridge::{Draft, Limits, SendError, Sender};

use crate::world::{NO_LIMIT, NOW, World, after, draft, fetcher, never_lost};

#[test]
fn what_is_stored_is_what_the_original_would_store() {
    let mut world = World::new();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    let from = Sender { conversation: made.conversation.clone(), participant: "a".into() };
    let draft = Draft {
        text: "password: hunter2 – go".into(),
        kind: Some("proposal".into()),
        files: vec!["a.py".into(), "ü.py".into()],
        reply_to: None,
    };
    world.store.send(&from, &["b".into()], &draft, &NO_LIMIT, NOW).unwrap();
    let rows = world.rows(
        "SELECT from_session, to_session, message, metadata, timestamp, read FROM messages
         UNION ALL SELECT session_id, action, details, timestamp, '', '' FROM audit_log WHERE conversation_id NOT IN
           (SELECT conversation_id FROM peerwatch_conversations)
         UNION ALL SELECT session_a_role, session_b_role, length(session_a_token), created_at, expires_at, '' FROM conversations
           WHERE session_a_role <> ''",
    );
    expect![[r#"
        a | b | password: PASSWORD_REDACTED – go | {"action_type": "proposal", "files_involved": ["a.py", "\u00fc.py"]} | 2026-11-23T04:00:00.000000 | 0
        - | create_conversation | {"roles": ["backend", "frontend"]} | 2026-11-23T04:00:00.000000 |  | 
        a | send_message | {"to": "b", "message_length": 32, "redacted": true} | 2026-11-23T04:00:00.000000 |  | 
        backend | frontend | 64 | 2026-11-23T04:00:00.000000 | 2026-11-23T07:00:00.000000 | 
    "#]]
    .assert_eq(&rows);
}

#[test]
fn fault_14_files_whose_names_speak_of_secrets_are_sent() {
    let mut world = World::with_two();
    let files: Vec<String> = ["config/password", "b.py", "secret=x.txt"].map(String::from).into();
    let draft = Draft { text: "look".into(), files: files.clone(), ..Draft::default() };
    let sent = world.store.send(&world.sender("a"), &["web".into()], &draft, &NO_LIMIT, NOW).unwrap();
    assert!(!sent[0].redacted);
    let letter = world.store.by_uid(&sent[0].uid).unwrap().unwrap();
    assert_eq!(letter.files, ["config/password", "b.py", "secret=SECRET_REDACTED"]);
}

#[test]
fn fault_32_secrets_do_not_get_into_the_file_and_prose_does() {
    let mut world = World::with_two();
    world.say("a", "b", "The password reset flow");
    world.say("a", "b", "it is ASIAIOSFODNN7EXAMPLE");
    assert_eq!(world.fetch("b", 2), ["The password reset flow", "it is AWS_KEY_REDACTED"]);
}

#[test]
fn several_get_a_message_or_nobody_does() {
    let mut world = World::with_two();
    world.join("docs", 3);
    let to = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let from = world.sender("a");
    let mut send = |names: &[&str]| {
        let sent = world.store.send(&from, &to(names), &draft("hello"), &NO_LIMIT, NOW);
        match sent {
            Ok(sent) => {
                sent.iter().map(|one| format!("{} {}", one.to, one.to_role)).collect::<Vec<_>>().join(", ")
            }
            Err(error) => error.to_string(),
        }
    };
    let story = [
        send(&["web"]),
        send(&["docs", "b", "web"]),
        send(&["all"]),
        send(&["web", "nobody"]),
        send(&["api"]),
        send(&[]),
    ];
    expect![[r#"
        b web
        c docs, b web
        b web, c docs
        nobody here is `nobody`; known here: web, docs
        a message to yourself is not sent; name another participant
        the message has no recipient; known here: web, docs
    "#]]
    .assert_eq(&(story.join("\n") + "\n"));
    assert_eq!(world.rows("SELECT to_session, count(*) FROM messages GROUP BY 1"), "b | 3\nc | 2\n");
}

#[test]
fn what_is_too_long_is_refused_and_never_cut() {
    let mut world = World::with_two();
    let from = world.sender("a");
    let mut send =
        |draft: &Draft| world.store.send(&from, &["b".into()], draft, &NO_LIMIT, NOW).map(|sent| sent.len());
    assert_eq!(send(&draft(&"ü".repeat(50_000))).unwrap(), 1);
    let refused = [
        send(&draft(&"ü".repeat(50_001))).unwrap_err(),
        send(&Draft { files: vec!["f".into(); 21], ..draft("x") }).unwrap_err(),
        send(&Draft { files: vec!["f".repeat(4097)], ..draft("x") }).unwrap_err(),
        send(&Draft { kind: Some("k".repeat(65)), ..draft("x") }).unwrap_err(),
        send(&Draft { reply_to: Some("none such".into()), ..draft("x") }).unwrap_err(),
    ];
    expect![[r#"
        the message has 50001 characters, 50000 are allowed; send it in parts, or send the path of a file
        the message names 21 files, 20 are allowed; name their folder instead
        the name of a file has more than 4096 characters; shorten it
        the kind has more than 64 characters; shorten it
        there is no message none such in this conversation to answer
    "#]]
    .assert_eq(&refused.iter().map(|error| format!("{error}\n")).collect::<String>());
    assert_eq!(world.rows("SELECT count(*), max(length(message)) FROM messages"), "1 | 50000\n");
}

#[test]
fn fault_16_each_participant_has_a_rate_of_its_own_which_outlives_the_process() {
    let mut world = World::with_two();
    let limits = Limits { per_minute: 3 };
    let other = world.store.bridge("other", NOW).unwrap();
    world.store.join(&other, "api", &crate::world::session(1), &crate::world::nobody_died, NOW).unwrap();
    world.store.join(&other, "web", &crate::world::session(2), &crate::world::nobody_died, NOW).unwrap();
    let elsewhere = Sender { conversation: other, participant: "a".into() };
    let (a, b) = (world.sender("a"), world.sender("b"));
    for second in [0, 10, 20] {
        world.store.send(&a, &["b".into()], &draft("x"), &limits, after(second)).unwrap();
    }

    // As after a restart: another connection counts the same.
    let mut store = peerwatch_bridge::Store::open(&world.path()).unwrap();
    let refused = store.send(&a, &["b".into()], &draft("x"), &limits, after(25)).unwrap_err();
    assert!(matches!(refused, SendError::RateLimited { limit: 3, retry_after_s: 35 }), "{refused}");
    store.send(&b, &["a".into()], &draft("the partner may"), &limits, after(25)).unwrap();
    store.send(&elsewhere, &["b".into()], &draft("so may I elsewhere"), &limits, after(25)).unwrap();
    store.send(&a, &["b".into()], &draft("and here when time has passed"), &limits, after(60)).unwrap();
    let refused = store.send(&a, &["b".into()], &draft("x"), &limits, after(61)).unwrap_err();
    assert!(matches!(refused, SendError::RateLimited { retry_after_s: 9, .. }), "{refused}");
}

#[test]
fn a_clock_that_is_set_back_blocks_nobody() {
    let mut world = World::with_two();
    let (from, limits) = (world.sender("a"), Limits { per_minute: 1 });
    world.store.send(&from, &["b".into()], &draft("x"), &limits, after(86_400)).unwrap();
    world.store.send(&from, &["b".into()], &draft("y"), &limits, NOW).unwrap();
}

#[test]
fn fault_31_a_message_and_its_audit_row_are_stored_together_or_not_at_all() {
    let mut world = World::with_two();
    world
        .elsewhere()
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT raise(ABORT, 'disk full'); END",
        )
        .unwrap();
    let refused =
        world.store.send(&world.sender("a"), &["b".into()], &draft("x"), &NO_LIMIT, NOW).unwrap_err();
    assert_eq!(refused.to_string(), "the bridge database cannot be used: disk full");
    assert_eq!(
        world.rows("SELECT (SELECT count(*) FROM messages), count(*) FROM peerwatch_messages"),
        "0 | 0\n"
    );
    world.elsewhere().execute_batch("DROP TRIGGER full").unwrap();
    world.say("a", "b", "now");
    assert_eq!(world.fetch("b", 2), ["now"]);
}

#[test]
fn an_answer_names_what_it_answers() {
    let mut world = World::with_two();
    let question = world.say("a", "b", "which port?");
    let answer = Draft { reply_to: Some(question.uid.clone()), kind: Some("info".into()), ..draft("8080") };
    world.store.send(&world.sender("b"), &["a".into()], &answer, &NO_LIMIT, NOW).unwrap();
    let letters = world.store.fetch(&world.main, "a", &fetcher(1), &never_lost, NOW).unwrap();
    assert_eq!(letters[0].reply_to, Some(question.uid));
    assert_eq!((letters[0].from_role.as_str(), letters[0].to_role.as_str()), ("web", "api"));
}
