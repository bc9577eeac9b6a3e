//! What happens on a desktop where everything works.

use expect_test::expect;
use peerwatch_notify::{CloseReason, Happening, Urgency};

use crate::{
    Desktop, action, notice,
    server::{ALL, Abilities, Asked, forge_click},
    shown,
};

#[tokio::test]
async fn a_notice_arrives_with_its_buttons_and_a_click_on_the_body_comes_back() {
    let mut desktop = Desktop::with(ALL).await;
    let mut asking = notice("waiting:7", "api needs you: permission");
    asking.category = "im.received".into();
    asking.urgency = Urgency::Critical;
    asking.actions = vec![action("open", "Open"), action("snooze", "Snooze 10 min")];
    desktop.notifier.show(asking);
    expect![[r#"
        Notify {
            replaces: 0,
            icon: "peerwatch-desktop",
            title: "api needs you: permission",
            body: "since 2 min",
            actions: [
                "default",
                "Open",
                "open",
                "Open",
                "snooze",
                "Snooze 10 min",
            ],
            hints: [
                "category",
                "desktop-entry",
                "sender-pid",
                "suppress-sound",
                "urgency",
            ],
        }
    "#]]
    .assert_debug_eq(&desktop.server.asked().await);
    assert_eq!(desktop.next().await, shown("waiting:7"));

    desktop.server.click(1, "default", Some("token-1")).await;
    desktop.server.close(1, 2).await;
    expect![[r#"
        Activated {
            key: "waiting:7",
            action: "default",
            activation_token: Some(
                "token-1",
            ),
        }
    "#]]
    .assert_debug_eq(&desktop.next().await);
    let closed = Happening::Closed { key: "waiting:7".into(), reason: CloseReason::Dismissed };
    assert_eq!(desktop.next().await, closed);
}

/// A PNG of 16 by 16 pixels, red ones.
const RED: &[u8] = include_bytes!("red.png");

#[tokio::test]
async fn a_picture_goes_along_in_place_of_a_name_that_no_theme_may_know() {
    let mut told = Vec::new();
    for picture in [Some(RED), Some(&RED[..RED.len() / 2]), None] {
        let mut desktop = Desktop::with_picture(ALL, picture).await;
        desktop.notifier.show(notice("a", "with its own icon"));
        let Asked::Notify { icon, hints, .. } = desktop.server.asked().await else { panic!("a notice") };
        told.push((icon, hints.into_iter().find(|hint| hint.starts_with("image"))));
    }
    let name = || ("peerwatch-desktop".to_owned(), None);
    let pixels = Some("image-data 16x16 64 true 8 4, 1024 bytes".to_owned());
    assert_eq!(told, [(String::new(), pixels), name(), name()]);
}

#[tokio::test]
async fn the_same_key_replaces_and_a_closed_one_begins_anew() {
    let mut desktop = Desktop::with(ALL).await;
    let mut replaced = Vec::new();
    for (key, title) in [("a", "first"), ("b", "another"), ("a", "second")] {
        desktop.notifier.show(notice(key, title));
        if let Asked::Notify { replaces, .. } = desktop.server.asked().await {
            replaced.push(replaces);
        }
        assert_eq!(desktop.next().await, shown(key));
    }
    desktop.server.close(1, 1).await;
    assert_eq!(desktop.next().await, Happening::Closed { key: "a".into(), reason: CloseReason::Expired });
    desktop.notifier.show(notice("a", "third"));
    if let Asked::Notify { replaces, .. } = desktop.server.asked().await {
        replaced.push(replaces);
    }
    assert_eq!(replaced, [0, 0, 1, 0]);
}

#[tokio::test]
async fn a_token_belongs_to_its_own_click_only() {
    let mut desktop = Desktop::with(ALL).await;
    for key in ["a", "b"] {
        desktop.notifier.show(notice(key, key));
        assert_eq!(desktop.next().await, shown(key));
    }
    desktop.server.click(2, "open", Some("for b")).await;
    desktop.server.click(1, "open", None).await;
    let activated = |key: &str, token: Option<&str>| Happening::Activated {
        key: key.into(),
        action: "open".into(),
        activation_token: token.map(str::to_owned),
    };
    assert_eq!(desktop.next().await, activated("b", Some("for b")));
    assert_eq!(desktop.next().await, activated("a", None));
}

#[tokio::test]
async fn a_withdrawn_notice_leaves_the_screen_and_an_unknown_one_is_no_mistake() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.notifier.withdraw("never shown");
    desktop.notifier.show(notice("a", "first"));
    assert!(matches!(desktop.server.asked().await, Asked::Notify { .. }));
    assert_eq!(desktop.next().await, shown("a"));
    desktop.notifier.withdraw("a");
    assert_eq!(desktop.server.asked().await, Asked::Close(1));
    assert_eq!(desktop.next().await, Happening::Closed { key: "a".into(), reason: CloseReason::Withdrawn });
}

#[tokio::test]
async fn markup_and_buttons_are_sent_only_to_servers_that_know_them() {
    let mut plain = Desktop::with(Abilities { actions: false, inline_reply: false, markup: false }).await;
    let mut rich = Desktop::with(ALL).await;
    let mut sent = Vec::new();
    for desktop in [&mut plain, &mut rich] {
        let mut hostile = notice("a", "<b>api</b>\u{1b}[31m");
        hostile.body = "<a href='x'>click</a> & \u{202e}so on\n\n\n\u{7}end".into();
        desktop.notifier.show(hostile);
        if let Asked::Notify { title, body, actions, .. } = desktop.server.asked().await {
            sent.push((title, body, actions.len()));
        }
    }
    expect![[r#"
        [
            (
                "<b>api</b>",
                "<a href='x'>click</a> & so on\nend",
                0,
            ),
            (
                "<b>api</b>",
                "&lt;a href='x'&gt;click&lt;/a&gt; &amp; so on\nend",
                2,
            ),
        ]
    "#]]
    .assert_debug_eq(&sent);
}

#[tokio::test]
async fn only_the_server_itself_can_say_that_somebody_clicked() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.notifier.show(notice("a", "first"));
    assert_eq!(desktop.next().await, shown("a"));
    forge_click(desktop.bus.address(), 1).await;
    desktop.server.click(1, "open", None).await;
    let Happening::Activated { action, .. } = desktop.next().await else { panic!("a click was expected") };
    assert_eq!(action, "open", "the forged click said `default` and came first");
}

#[tokio::test]
async fn closing_takes_everything_off_the_screen_and_ends_the_stream() {
    let mut desktop = Desktop::with(ALL).await;
    for key in ["a", "b"] {
        desktop.notifier.show(notice(key, key));
        assert_eq!(desktop.next().await, shown(key));
        desktop.server.asked().await;
    }
    desktop.notifier.close();
    assert_eq!(
        [desktop.server.asked().await, desktop.server.asked().await],
        [Asked::Close(1), Asked::Close(2)]
    );
    let mut rest = Vec::new();
    while let Some(happening) = desktop.happenings.recv().await {
        rest.push(happening);
    }
    let withdrawn = |key: &str| Happening::Closed { key: key.into(), reason: CloseReason::Withdrawn };
    assert_eq!(rest, [withdrawn("a"), withdrawn("b")]);
}
