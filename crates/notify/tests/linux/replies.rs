//! Answering in the notification itself, and signals that overtake the answer to `Notify`.

use peerwatch_notify::{CloseReason, Happening, Notice, ReplyField};

use crate::{
    Desktop, action, notice,
    server::{ALL, Abilities, Asked},
    shown,
};

fn asking(key: &str) -> Notice {
    let reply = ReplyField { label: "Reply".into(), placeholder: "Reply to reviewer…".into() };
    Notice {
        actions: vec![action("open", "Open")],
        reply: Some(reply),
        ..notice(key, "reviewer wrote to you")
    }
}

fn replied(key: &str, text: &str) -> Happening {
    Happening::Replied { key: key.into(), text: text.into(), activation_token: None }
}

fn activated(key: &str, token: &str) -> Happening {
    Happening::Activated { key: key.into(), action: "open".into(), activation_token: Some(token.into()) }
}

#[tokio::test]
async fn where_the_desktop_has_a_field_a_person_answers_in_it() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.notifier.show(asking("message:1"));
    let Asked::Notify { actions, hints, .. } = desktop.server.asked().await else { panic!("a notice") };
    assert_eq!(actions, ["default", "Open", "open", "Open", "inline-reply", "Reply"]);
    assert!(hints.contains(&"x-kde-reply-placeholder-text".to_owned()), "{hints:?}");
    assert_eq!(desktop.next().await, shown("message:1"));

    desktop.server.reply(1, " \n").await;
    desktop.server.reply(7, "to somebody else's notification").await;
    desktop.server.reply(1, " Yes.\nAfter <lunch>. ").await;
    desktop.server.close(1, 2).await;
    assert_eq!(desktop.next().await, replied("message:1", "Yes.\nAfter <lunch>."));
    let closed = Happening::Closed { key: "message:1".into(), reason: CloseReason::Dismissed };
    assert_eq!(desktop.next().await, closed);
}

#[tokio::test]
async fn where_it_has_none_no_reply_is_offered() {
    let mut offered = Vec::new();
    for abilities in [Abilities { inline_reply: false, ..ALL }, Abilities { actions: false, ..ALL }] {
        let mut desktop = Desktop::with(abilities).await;
        desktop.notifier.show(asking("a"));
        let Asked::Notify { actions, hints, .. } = desktop.server.asked().await else { panic!("a notice") };
        assert!(!hints.iter().any(|hint| hint.contains("reply")), "{hints:?}");
        offered.push(actions);
    }
    assert_eq!(offered, [vec!["default", "Open", "open", "Open"], vec![]]);
}

/// A desktop that has shown one notice and keeps the answer to the next one, `a`, to itself.
async fn hanging() -> Desktop {
    let mut desktop = Desktop::with(ALL).await;
    desktop.notifier.show(notice("before", "shown before"));
    desktop.server.asked().await;
    assert_eq!(desktop.next().await, shown("before"));
    desktop.server.hang();
    desktop.notifier.show(asking("a"));
    desktop.server.asked().await;
    desktop
}

/// Until everything that the server has said so far was heard: what it says of the first notice comes after it.
async fn heard(desktop: &mut Desktop) {
    desktop.server.click(1, "open", Some("heard")).await;
    assert_eq!(desktop.next().await, activated("before", "heard"));
}

#[tokio::test]
async fn a_click_that_overtakes_the_answer_to_notify_is_not_lost() {
    let mut desktop = hanging().await;
    desktop.server.click(2, "open", Some("token")).await;
    desktop.server.reply(2, "At once").await;
    desktop.server.close(2, 2).await;
    heard(&mut desktop).await;
    desktop.server.go_on();
    assert_eq!(desktop.next().await, shown("a"));
    assert_eq!(desktop.next().await, activated("a", "token"));
    assert_eq!(desktop.next().await, replied("a", "At once"));
    let closed = Happening::Closed { key: "a".into(), reason: CloseReason::Dismissed };
    assert_eq!(desktop.next().await, closed);
}

#[tokio::test]
async fn what_was_said_of_another_program_s_notification_is_not_taken_for_ours_later() {
    let mut desktop = hanging().await;
    // Number 3 is another program's now, and becomes ours only after it has left the screen.
    desktop.server.click(3, "open", Some("stray")).await;
    desktop.server.close(3, 1).await;
    heard(&mut desktop).await;
    desktop.server.go_on();
    assert_eq!(desktop.next().await, shown("a"));
    desktop.notifier.show(notice("b", "next"));
    assert_eq!(desktop.next().await, shown("b"));
    desktop.server.click(3, "open", Some("ours")).await;
    assert_eq!(desktop.next().await, activated("b", "ours"));
}
