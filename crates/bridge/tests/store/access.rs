//! Tokens, and what happens when time runs out.

use peerwatch_bridge::{Access, Refused, SendError, Sender};

use crate::world::{NO_LIMIT, NOW, World, after, draft, fetcher, never_lost};

const HOUR: i64 = 3600;

#[test]
fn fault_26_a_token_opens_its_own_side_and_nothing_else() {
    let mut world = World::new();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    let mut is_refused = |conversation: &str, side: &str, token: &str| {
        matches!(world.store.authenticate(conversation, side, token, NOW), Err(Refused::Token))
    };
    assert!(!is_refused(&made.conversation, "a", &made.token_a));
    assert!(!is_refused(&made.conversation, "b", &made.token_b));
    assert!(is_refused(&made.conversation, "a", &made.token_b));
    assert!(is_refused(&made.conversation, "b", "NOT_A_TOKEN"));
    assert!(is_refused(&made.conversation, "a", &made.token_a.to_uppercase()));
    assert!(is_refused(&made.conversation, "c", &made.token_a));
    assert!(is_refused("conv_0000000000000000", "a", &made.token_a));
    assert!(is_refused(&made.conversation, "a", ""));
}

#[test]
fn fault_31_refused_logins_are_audited_without_the_token() {
    let mut world = World::new();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    world.store.authenticate(&made.conversation, "b", &"0".repeat(64), NOW).unwrap_err();
    let rows = world.store.audit(Some(&made.conversation), 1).unwrap();
    assert_eq!((rows[0].action.as_str(), rows[0].participant.as_deref()), ("login_refused", Some("b")));
    assert!(!world.rows("SELECT * FROM audit_log").contains(&"0".repeat(64)));
    assert!(!format!("{made:?}").contains(&made.token_a), "a token is not printed by accident");
}

#[test]
fn fault_13_what_is_used_does_not_expire() {
    let mut world = World::new();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    assert_eq!(made.expires, after(3 * HOUR));
    for hours in 1..=10 {
        let access = world
            .store
            .authenticate(&made.conversation, "a", &made.token_a, after(hours * 2 * HOUR))
            .unwrap();
        assert_eq!(access, Access { participant: "a".into(), expired: false });
    }
    assert!(
        world
            .rows("SELECT expires_at FROM conversations WHERE session_a_role = 'backend'")
            .contains("2026-11-24T03:00:00.000000")
    );
}

#[test]
fn fault_13_what_was_sent_in_time_is_read_after_the_end() {
    let mut world = World::new();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    let from = |participant: &str| Sender {
        conversation: made.conversation.clone(),
        participant: participant.into(),
    };
    world.store.send(&from("a"), &["b".into()], &draft("in time"), &NO_LIMIT, NOW).unwrap();

    let late = after(4 * HOUR);
    let access = world.store.authenticate(&made.conversation, "b", &made.token_b, late).unwrap();
    assert!(access.expired);
    let found = world.store.fetch(&made.conversation, "b", &fetcher(2), &never_lost, late).unwrap();
    assert_eq!(found[0].text, "in time");
    let refused =
        world.store.send(&from("b"), &["a".into()], &draft("too late"), &NO_LIMIT, late).unwrap_err();
    assert!(matches!(refused, SendError::Expired { .. }));
    assert_eq!(
        refused.to_string(),
        "this conversation expired at 2026-11-23T07:00:00.000000 UTC: what was sent in time can still be read; make a new \
         conversation to send"
    );
    assert!(
        world.store.authenticate(&made.conversation, "b", &made.token_b, late).unwrap().expired,
        "it stays expired"
    );
}

#[test]
fn a_named_bridge_does_not_expire_and_is_found_again() {
    let mut world = World::with_two();
    let from = world.sender("a");
    let late = after(10_000 * 24 * HOUR);
    world.store.send(&from, &["b".into()], &draft("still here"), &NO_LIMIT, late).unwrap();
    assert_eq!(world.store.bridge(" main ", late).unwrap(), world.main);
    assert_eq!(world.store.conversations().unwrap()[0].expires, None);
    assert!(world.store.bridge("two\nlines", NOW).is_err());
}

#[test]
fn what_is_over_is_cleaned_and_the_audit_log_stays() {
    let mut world = World::new();
    let read = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    let unread = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    for made in [&read, &unread] {
        let from = Sender { conversation: made.conversation.clone(), participant: "a".into() };
        world.store.send(&from, &["b".into()], &draft("x"), &NO_LIMIT, NOW).unwrap();
    }
    world.store.fetch(&read.conversation, "b", &fetcher(2), &never_lost, NOW).unwrap();
    world.store.confirm(&read.conversation, "b", &fetcher(2), NOW).unwrap();
    let audited = world.store.audit(None, 100).unwrap().len();

    assert!(world.store.cleanup(after(26 * HOUR), false).unwrap().conversations.is_empty(), "not a day yet");
    let would = world.store.cleanup(after(28 * HOUR), true).unwrap();
    assert_eq!((would.conversations.as_slice(), would.messages), (&[read.conversation.clone()][..], 1));
    assert_eq!(world.store.conversations().unwrap().len(), 3, "a dry run changes nothing");
    assert_eq!(world.store.cleanup(after(28 * HOUR), false).unwrap(), would);
    assert_eq!(world.store.conversations().unwrap().len(), 2);
    assert_eq!(world.store.peek(&unread.conversation, "b").unwrap().len(), 1);
    assert_eq!(world.store.audit(None, 100).unwrap().len(), audited + 1);
}
