//! More notices than a person or a server can take, and a person who wants none at the moment.

use std::collections::HashSet;

use peerwatch_notify::{CloseReason, Happening, NotifierState};

use crate::{
    Desktop, notice,
    server::{ALL, Asked},
    shown,
};

/// Until the digest on the screen speaks of so many; the titles of what came before it.
async fn digest_of(desktop: &mut Desktop, count: usize) -> Vec<String> {
    let mut singles = Vec::new();
    let wanted = format!("{count} more notifications");
    loop {
        let asked = desktop.server.asked().await;
        match asked.title() {
            title if title == wanted => return singles,
            title if title.ends_with("more notifications") => {}
            title => singles.push(title.to_owned()),
        }
    }
}

/// The keys of the next so many that are told to be on the screen, in a digest or alone.
async fn told(desktop: &mut Desktop, count: usize) -> HashSet<String> {
    let mut keys = HashSet::new();
    while keys.len() < count {
        match desktop.next().await {
            Happening::Shown { key } => assert!(keys.insert(key), "each is told once"),
            Happening::State(_) => {}
            other => panic!("nothing else happens: {other:?}"),
        }
    }
    keys
}

#[tokio::test]
async fn a_thousand_notices_at_once_are_a_few_popups_and_a_digest_that_counts_the_rest() {
    let mut desktop = Desktop::with(ALL).await;
    let keys: HashSet<String> = (0..1000).map(|number| format!("cause {number}")).collect();
    (0..1000).for_each(|number| desktop.notifier.show(notice(&format!("cause {number}"), "api needs you")));
    let mut popups = 0;
    // What is in the digest and what has been a popup of its own add up to all of it.
    let held = loop {
        let asked = desktop.server.asked().await;
        match asked.title().strip_suffix(" more notifications") {
            Some(held) if held.parse() == Ok(1000 - popups) => break 1000 - popups,
            Some(_) => {}
            None => popups += 1,
        }
    };
    assert!((4..12).contains(&popups), "{popups} popups");
    assert_eq!(told(&mut desktop, 1000).await, keys);

    let withdrawn: Vec<&String> = keys.iter().collect();
    for key in &withdrawn[..990] {
        desktop.notifier.withdraw(key.as_str());
    }
    let mut left = held;
    while left > 10 {
        if let Asked::Notify { title, .. } = desktop.server.asked().await {
            let count = title.split(' ').next().and_then(|count| count.parse().ok());
            left = count.expect("only the digest is drawn anew");
        }
    }
}

#[tokio::test]
async fn a_click_on_the_digest_leads_to_the_newest_and_its_end_is_the_end_of_all_in_it() {
    let mut desktop = Desktop::with(ALL).await;
    (0..20)
        .for_each(|number| desktop.notifier.show(notice(&format!("cause {number}"), &format!("{number}"))));
    assert_eq!(digest_of(&mut desktop, 15).await, ["0", "1", "2", "3", "4"]);
    told(&mut desktop, 20).await;
    desktop.server.click(6, "default", Some("token")).await;
    desktop.server.close(6, 2).await;
    let Happening::Activated { key, activation_token, .. } = desktop.next().await else { panic!("a click") };
    assert_eq!((key.as_str(), activation_token.as_deref()), ("cause 19", Some("token")));
    let mut closed = HashSet::new();
    while closed.len() < 15 {
        let Happening::Closed { key, reason } = desktop.next().await else { panic!("an end") };
        assert_eq!(reason, CloseReason::Dismissed);
        closed.insert(key);
    }
    assert!((5..20).all(|number| closed.contains(&format!("cause {number}"))), "{closed:?}");
}

#[tokio::test]
async fn what_happens_without_a_server_waits_for_one_and_stays_countable() {
    let mut desktop = Desktop::with(ALL).await;
    let bus = desktop.bus.address().to_owned();
    desktop.server.stop().await;
    assert!(matches!(
        crate::next(&mut desktop.happenings).await,
        Happening::State(NotifierState::Absent { .. })
    ));
    for number in 0..200 {
        desktop.notifier.show(notice(&format!("cause {number}"), "nobody there"));
    }
    let told_last =
        |happening: &Happening| matches!(happening, Happening::Failed { key, .. } if key == "cause 199");
    while !told_last(&crate::next(&mut desktop.happenings).await) {}
    desktop.server = crate::server::Recorder::start(&bus, ALL).await;
    let singles = digest_of(&mut desktop, 195).await;
    assert_eq!(singles.len(), 5);
    told(&mut desktop, 200).await;
}

#[tokio::test]
async fn the_desktop_s_do_not_disturb_is_known_and_followed() {
    let mut desktop = Desktop::with(ALL).await;
    for inhibited in [true, false] {
        desktop.server.inhibit(inhibited).await;
        let Happening::State(state) = desktop.next().await else { panic!("a state") };
        assert_eq!(state.do_not_disturb(), Some(inhibited));
        assert_eq!(state.to_string().contains("doesn't disturb"), inhibited, "{state}");
    }
    desktop.notifier.show(notice("a", "still shown: what it means is the desktop's business"));
    assert_eq!(desktop.next().await, shown("a"));
}
