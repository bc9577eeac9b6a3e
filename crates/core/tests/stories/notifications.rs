//! Which alerts a person is told of, when, and in how many notifications.

use expect_test::expect;
use std::time::Duration;

use peerwatch_core::{AlertId, Input, Observation, Person, Policy, Process, WorkerId};

use crate::facts::*;
use crate::story::{Story, minutes};

const NAMES: [&str; 6] = ["asha", "ben", "chi", "dee", "eli", "fay"];

fn sessions(count: usize) -> Story {
    let mut story = Story::new();
    for name in &NAMES[..count] {
        story.sees(name, [session(name), listed(), alive(), idle()]);
    }
    story.end();
    story
}

fn ask(story: &mut Story, name: &str) {
    story.pass(Duration::from_secs(1)).sees(name, [waiting("permission prompt")]);
}

fn answer(story: &mut Story, name: &str) {
    story.pass(Duration::from_secs(1)).sees(name, [idle()]);
}

#[test]
fn more_than_three_become_one_and_shrink_with_the_answers() {
    let mut story = sessions(5);
    for name in &NAMES[..5] {
        ask(&mut story, name);
    }
    for name in &NAMES[..5] {
        answer(&mut story, name);
    }
    ask(&mut story, "asha");
    expect![[r#"
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01   notify asha waits for your permission: code/shop
        00:00:02 ben: idle → waiting for you (permission)
        00:00:02   alert 2 raised, NeedsYou: waiting
        00:00:02   notify ben waits for your permission: code/shop
        00:00:03 chi: idle → waiting for you (permission)
        00:00:03   alert 3 raised, NeedsYou: waiting
        00:00:03   notify chi waits for your permission: code/shop
        00:00:04 dee: idle → waiting for you (permission)
        00:00:04   alert 4 raised, NeedsYou: waiting
        00:00:04   withdraw waiting 00.00.01 asha
        00:00:04   withdraw waiting 00.00.02 ben
        00:00:04   withdraw waiting 00.00.03 chi
        00:00:04   notify (group) 4 things need a look: asha waits for your permission; ben waits for your permission; chi waits for your permission; dee waits for your permission
        00:00:05 eli: idle → waiting for you (permission)
        00:00:05   alert 5 raised, NeedsYou: waiting
        00:00:05   notify (group) 5 things need a look: asha waits for your permission; ben waits for your permission; chi waits for your permission; dee waits for your permission; eli waits for your permission
        00:00:06 asha: waiting for you (permission) → idle
        00:00:06   notify (group) 4 things need a look: ben waits for your permission; chi waits for your permission; dee waits for your permission; eli waits for your permission
        00:00:06   alert 1 ended, answered after 5 s
        00:00:07 ben: waiting for you (permission) → idle
        00:00:07   notify (group) 3 things need a look: chi waits for your permission; dee waits for your permission; eli waits for your permission
        00:00:07   alert 2 ended, answered after 5 s
        00:00:08 chi: waiting for you (permission) → idle
        00:00:08   notify (group) 2 things need a look: dee waits for your permission; eli waits for your permission
        00:00:08   alert 3 ended, answered after 5 s
        00:00:09 dee: waiting for you (permission) → idle
        00:00:09   notify eli waits for your permission: code/shop
        00:00:09   alert 4 ended, answered after 5 s
        00:00:10 eli: waiting for you (permission) → idle
        00:00:10   withdraw group
        00:00:10   alert 5 ended, answered after 5 s
        00:00:11 asha: idle → waiting for you (permission)
        00:00:11   alert 6 raised, NeedsYou: waiting
        00:00:11   notify asha waits for your permission: code/shop
    "#]].assert_eq(&story.end());
}

#[test]
fn a_group_names_the_loudest_first() {
    let mut story = sessions(4);
    story.pass(Duration::from_secs(1)).sees("dee", [busy(), thinking(), wrote()]);
    for name in &NAMES[..3] {
        ask(&mut story, name);
    }
    story.pass(Duration::from_secs(1)).sees("dee", [process(Process::Absent)]);
    expect![[r#"
        00:00:01 dee: idle → working
        00:00:02 asha: idle → waiting for you (permission)
        00:00:02   alert 1 raised, NeedsYou: waiting
        00:00:02   notify asha waits for your permission: code/shop
        00:00:03 ben: idle → waiting for you (permission)
        00:00:03   alert 2 raised, NeedsYou: waiting
        00:00:03   notify ben waits for your permission: code/shop
        00:00:04 chi: idle → waiting for you (permission)
        00:00:04   alert 3 raised, NeedsYou: waiting
        00:00:04   notify chi waits for your permission: code/shop
        00:00:05 dee: working → gone
        00:00:05   alert 4 raised, Urgent: gone
        00:00:05   withdraw waiting 00.00.02 asha
        00:00:05   withdraw waiting 00.00.03 ben
        00:00:05   withdraw waiting 00.00.04 chi
        00:00:05   notify (group) 4 things need a look: dee is gone; asha waits for your permission; ben waits for your permission; chi waits for your permission
    "#]].assert_eq(&story.end());
}

#[test]
fn a_closed_group_starts_anew() {
    let mut story = sessions(6);
    for name in &NAMES[..4] {
        ask(&mut story, name);
    }
    // A desktop may tell late that those before it were closed: the group knows better.
    let late = story.roster.alerts().next().unwrap().cause.key();
    story.input(Input::NotificationClosed(late));
    ask(&mut story, "eli");
    story.note("the person closes the group").input(Input::NotificationClosed("group".into()));
    ask(&mut story, "fay");
    answer(&mut story, "asha");
    answer(&mut story, "fay");
    expect![[r#"
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01   notify asha waits for your permission: code/shop
        00:00:02 ben: idle → waiting for you (permission)
        00:00:02   alert 2 raised, NeedsYou: waiting
        00:00:02   notify ben waits for your permission: code/shop
        00:00:03 chi: idle → waiting for you (permission)
        00:00:03   alert 3 raised, NeedsYou: waiting
        00:00:03   notify chi waits for your permission: code/shop
        00:00:04 dee: idle → waiting for you (permission)
        00:00:04   alert 4 raised, NeedsYou: waiting
        00:00:04   withdraw waiting 00.00.01 asha
        00:00:04   withdraw waiting 00.00.02 ben
        00:00:04   withdraw waiting 00.00.03 chi
        00:00:04   notify (group) 4 things need a look: asha waits for your permission; ben waits for your permission; chi waits for your permission; dee waits for your permission
        00:00:05 eli: idle → waiting for you (permission)
        00:00:05   alert 5 raised, NeedsYou: waiting
        00:00:05   notify (group) 5 things need a look: asha waits for your permission; ben waits for your permission; chi waits for your permission; dee waits for your permission; eli waits for your permission
        00:00:05 the person closes the group
        00:00:06 fay: idle → waiting for you (permission)
        00:00:06   alert 6 raised, NeedsYou: waiting
        00:00:06   notify fay waits for your permission: code/shop
        00:00:07 asha: waiting for you (permission) → idle
        00:00:07   alert 1 ended, answered after 6 s
        00:00:08 fay: waiting for you (permission) → idle
        00:00:08   withdraw waiting 00.00.06 fay
        00:00:08   alert 6 ended, answered after 2 s
    "#]].assert_eq(&story.end());
}

#[test]
fn a_closed_notification_is_not_withdrawn_and_not_shown_again() {
    let mut story = sessions(1);
    ask(&mut story, "asha");
    let key = story.roster.alerts().next().unwrap().cause.key();
    story.input(Input::NotificationClosed(key));
    story.pass(minutes(60)).sees("asha", [wrote()]);
    answer(&mut story, "asha");
    expect![[r#"
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01   notify asha waits for your permission: code/shop
        01:00:02 asha: waiting for you (permission) → idle
        01:00:02   alert 1 ended, answered after 1 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_pause_ends_with_a_digest_of_what_still_stands() {
    let mut story = sessions(4);
    let until = story.until(minutes(60));
    story.person(Person::Pause(Some(until)));
    for name in &NAMES[..4] {
        ask(&mut story, name);
    }
    answer(&mut story, "chi");
    assert_eq!(story.roster.paused().1, 3, "of those held back three still stand");
    story.at("01:00:00").note("the pause is over");
    answer(&mut story, "asha");
    answer(&mut story, "ben");
    answer(&mut story, "dee");
    assert_eq!(story.roster.paused(), (None, 0));
    expect![[r#"
        00:00:00 the person: pause until 01:00:00
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:02 ben: idle → waiting for you (permission)
        00:00:02   alert 2 raised, NeedsYou: waiting
        00:00:03 chi: idle → waiting for you (permission)
        00:00:03   alert 3 raised, NeedsYou: waiting
        00:00:04 dee: idle → waiting for you (permission)
        00:00:04   alert 4 raised, NeedsYou: waiting
        00:00:05 chi: waiting for you (permission) → idle
        00:00:05   alert 3 ended, answered after 2 s
        01:00:00   notify (digest) While you were away: 3 sessions waited: asha waits for your permission; ben waits for your permission; dee waits for your permission
        01:00:00 the pause is over
        01:00:01 asha: waiting for you (permission) → idle
        01:00:01   notify (digest) While you were away: 2 sessions waited: ben waits for your permission; dee waits for your permission
        01:00:01   alert 1 ended, answered after 1 h
        01:00:02 ben: waiting for you (permission) → idle
        01:00:02   notify dee waits for your permission: code/shop
        01:00:02   alert 2 ended, answered after 1 h
        01:00:03 dee: waiting for you (permission) → idle
        01:00:03   withdraw digest
        01:00:03   alert 4 ended, answered after 59 min
    "#]].assert_eq(&story.end());
}

#[test]
fn a_pause_taken_back_with_one_thing_held_shows_just_that() {
    let mut story = sessions(1);
    let until = story.until(minutes(60));
    story.person(Person::Pause(Some(until)));
    ask(&mut story, "asha");
    story.person(Person::Pause(None));
    expect![[r#"
        00:00:00 the person: pause until 01:00:00
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01 the person: resume
        00:00:01   notify asha waits for your permission: code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_messages_alert_is_held_back_once_however_many_arrive() {
    let mut story = sessions(1);
    let until = story.until(minutes(60));
    story.person(Person::Pause(Some(until)));
    for id in ["m1", "m2", "m3"] {
        story.message("deploy", id, "ben", "chi", "ping");
    }
    assert_eq!(story.roster.paused().1, 1);
    story.at("01:00:01");
    expect![[r#"
        00:00:00 the person: pause until 01:00:00
        00:00:00   alert 1 raised, Notice: message
        00:00:00 message m1 from ben to chi
        00:00:00 message m2 from ben to chi
        00:00:00 message m3 from ben to chi
        01:00:00   notify 3 new messages, ben wrote to chi: ping
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_mute_ends_with_what_it_held_back() {
    let mut story = sessions(2);
    let until = story.until(minutes(15));
    story.person(Person::Mute(WorkerId::new("asha"), Some(until)));
    ask(&mut story, "asha");
    ask(&mut story, "ben");
    story.at("00:20:00").alerts();
    expect![[r#"
        00:00:00 the person: mute asha until 00:15:00
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:02 ben: idle → waiting for you (permission)
        00:00:02   alert 2 raised, NeedsYou: waiting
        00:00:02   notify ben waits for your permission: code/shop
        00:15:00   notify asha waits for your permission: code/shop
        00:20:00 alerts: [1 asha waits for your permission, 2 ben waits for your permission]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_mute_of_an_earlier_run_holds_for_a_worker_not_seen_yet() {
    let mut story = Story::new();
    let until = story.until(minutes(15));
    story.person(Person::Mute(WorkerId::new("asha"), Some(until)));
    assert_eq!(story.roster.workers().count(), 0);
    story.sees("asha", [session("asha"), listed(), alive(), waiting("permission prompt")]);
    story.person(Person::Mute(WorkerId::new("asha"), None));
    expect![[r#"
        00:00:00 the person: mute asha until 00:15:00
        00:00:00 asha is waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00 the person: unmute asha
        00:00:00   notify asha waits for your permission: code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_mute_outlasts_a_pause() {
    let mut story = sessions(2);
    let (short, long) = (story.until(minutes(10)), story.until(minutes(20)));
    story.person(Person::Pause(Some(short))).person(Person::Mute(WorkerId::new("asha"), Some(long)));
    ask(&mut story, "asha");
    ask(&mut story, "ben");
    story.at("00:30:00");
    expect![[r#"
        00:00:00 the person: pause until 00:10:00
        00:00:00 the person: mute asha until 00:20:00
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:02 ben: idle → waiting for you (permission)
        00:00:02   alert 2 raised, NeedsYou: waiting
        00:10:00   notify ben waits for your permission: code/shop
        00:20:00   notify asha waits for your permission: code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn snoozed_it_comes_back_if_it_still_stands() {
    let mut story = sessions(2);
    ask(&mut story, "asha");
    ask(&mut story, "ben");
    story.person(Person::Snooze(AlertId(1), minutes(15))).person(Person::Snooze(AlertId(2), minutes(15)));
    story.at("00:05:00");
    answer(&mut story, "ben");
    story.at("00:20:00");
    expect![[r#"
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01   notify asha waits for your permission: code/shop
        00:00:02 ben: idle → waiting for you (permission)
        00:00:02   alert 2 raised, NeedsYou: waiting
        00:00:02   notify ben waits for your permission: code/shop
        00:00:02 the person: snooze 1 for 15 min
        00:00:02   withdraw waiting 00.00.01 asha
        00:00:02 the person: snooze 2 for 15 min
        00:00:02   withdraw waiting 00.00.02 ben
        00:05:01 ben: waiting for you (permission) → idle
        00:05:01   alert 2 ended, answered after 4 min
        00:15:02   notify asha waits for your permission: code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_snooze_that_ends_in_a_pause_is_held_back() {
    let mut story = sessions(1);
    ask(&mut story, "asha");
    story.person(Person::Snooze(AlertId(1), minutes(5)));
    let until = story.until(minutes(30));
    story.person(Person::Pause(Some(until)));
    story.at("00:40:00");
    expect![[r#"
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01   notify asha waits for your permission: code/shop
        00:00:01 the person: snooze 1 for 5 min
        00:00:01   withdraw waiting 00.00.01 asha
        00:00:01 the person: pause until 00:30:01
        00:30:01   notify asha waits for your permission: code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn dismissed_it_is_off_the_list_until_the_next_wait() {
    let mut story = sessions(1);
    ask(&mut story, "asha");
    story.person(Person::Dismiss(AlertId(1)));
    story.pass(minutes(1)).sees("asha", [wrote(), alive()]).alerts();
    answer(&mut story, "asha");
    ask(&mut story, "asha");
    expect![[r#"
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01   notify asha waits for your permission: code/shop
        00:00:01 the person: dismiss 1
        00:00:01   withdraw waiting 00.00.01 asha
        00:00:01   alert 1 ended, dismissed at once
        00:01:01 alerts: []
        00:01:02 asha: waiting for you (permission) → idle
        00:01:03 asha: idle → waiting for you (permission)
        00:01:03   alert 2 raised, NeedsYou: waiting
        00:01:03   notify asha waits for your permission: code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn nobody_is_told_of_what_they_look_at() {
    let mut story = sessions(2);
    ask(&mut story, "asha");
    story.person(Person::LookingAt(Some(WorkerId::new("asha"))));
    answer(&mut story, "asha");
    ask(&mut story, "asha");
    ask(&mut story, "ben");
    story.person(Person::LookingAt(None)).alerts();
    expect![[r#"
        00:00:01 asha: idle → waiting for you (permission)
        00:00:01   alert 1 raised, NeedsYou: waiting
        00:00:01   notify asha waits for your permission: code/shop
        00:00:01 the person: looks at asha
        00:00:01   withdraw waiting 00.00.01 asha
        00:00:02 asha: waiting for you (permission) → idle
        00:00:02   alert 1 ended, answered after 1 s
        00:00:03 asha: idle → waiting for you (permission)
        00:00:03   alert 2 raised, NeedsYou: waiting
        00:00:04 ben: idle → waiting for you (permission)
        00:00:04   alert 3 raised, NeedsYou: waiting
        00:00:04   notify ben waits for your permission: code/shop
        00:00:04 the person: looks away
        00:00:04 alerts: [2 asha waits for your permission, 3 ben waits for your permission]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn each_kind_can_be_switched_off() {
    let quiet =
        Policy { notify_waiting: false, notify_silent: false, notify_messages: false, ..Policy::default() };
    let mut story = Story::under(quiet);
    story.sees("asha", [session("asha"), listed(), alive(), waiting("permission prompt")]);
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.message("deploy", "m1", "ben", "chi", "ping");
    story.at("00:06:00").alerts();
    expect![[r#"
        00:00:00 asha is waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00 w1 is working
        00:00:00   alert 2 raised, Notice: message
        00:00:00 message m1 from ben to chi
        00:05:00 w1: working → quiet
        00:05:00   alert 3 raised, NeedsYou: silent
        00:06:00 alerts: [1 asha waits for your permission, 2 ben wrote to chi, 3 worker has gone silent]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn many_at_one_look_are_one_notification_from_the_start() {
    let mut story = Story::new();
    let at = story.now();
    let all = NAMES.iter().flat_map(|name| {
        let facts = [session(name), listed(), alive(), waiting("permission prompt")];
        facts.map(|fact| Observation { worker: WorkerId::new(*name), at, fact })
    });
    story.input(Input::Observed(all.collect()));
    expect![[r#"
        00:00:00 asha is waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00 ben is waiting for you (permission)
        00:00:00   alert 2 raised, NeedsYou: waiting
        00:00:00 chi is waiting for you (permission)
        00:00:00   alert 3 raised, NeedsYou: waiting
        00:00:00 dee is waiting for you (permission)
        00:00:00   alert 4 raised, NeedsYou: waiting
        00:00:00 eli is waiting for you (permission)
        00:00:00   alert 5 raised, NeedsYou: waiting
        00:00:00 fay is waiting for you (permission)
        00:00:00   alert 6 raised, NeedsYou: waiting
        00:00:00   notify (group) 6 things need a look: asha waits for your permission; ben waits for your permission; chi waits for your permission; dee waits for your permission; eli waits for your permission; fay waits for your permission
    "#]].assert_eq(&story.end());
}

#[test]
fn what_agents_call_themselves_is_shown_plain_and_short() {
    let mut story = Story::new();
    let long = "x".repeat(10_000);
    let name = format!("\u{1b}]0;asha\u{7}\u{202e}<b>{long}");
    let command = format!("echo \u{9b}31m\n{long}");
    story.sees(
        "asha",
        [session(&name), listed(), alive(), tool(&long, &command), waiting("permission prompt")],
    );
    story.sees("asha", [waiting(&long)]);
    let alert = story.roster.alerts().next().unwrap();
    let shown = format!("{}{}", alert.title, alert.body);
    assert!(shown.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{shown}");
    assert!(alert.title.chars().count() < 120 && alert.body.chars().count() < 300, "{shown}");
    let worker = story.roster.worker(&WorkerId::new("asha")).unwrap();
    let line = peerwatch_core::summary(worker, worker.verdict());
    assert!(line.chars().count() < 300 && !line.contains('\u{1b}'), "{line}");
}
