//! Quiet without forgetting: what is held back, for how long, and how a person hears of it in the end.

use std::time::Duration;

use expect_test::expect;
use peerwatch_core::{
    AlertId, Effect, HeldBack, Input, Notice, Person, Policy, Process, QuietHours, Roster, Timestamp,
    WorkerId,
};

use crate::facts::*;
use crate::story::{Story, hours, minutes, seconds};

fn night() -> Policy {
    Policy { quiet_hours: QuietHours::parse("22:00-08:00"), ..Policy::default() }
}

/// Sessions that came to their prompt at this time of the day.
fn evening(time: u16, names: &[&str], policy: Policy) -> Story {
    let mut story = Story::under(policy);
    story.input(Input::MinuteOfDay(time));
    for name in names {
        story.sees(name, [session(name), listed(), alive(), idle()]);
    }
    story.end();
    story
}

fn tell(story: &mut Story, name: &str) {
    story.sees(name, [waiting("permission prompt"), tool("Bash", "git push")]);
}

fn asks(story: &mut Story, name: &str) -> Notice {
    story.roster.handle(
        Input::Observed(vec![peerwatch_core::Observation {
            worker: WorkerId::new(name),
            at: story.now(),
            fact: waiting("permission prompt"),
        }]),
        story.now(),
    );
    notices(&mut story.roster).pop().unwrap()
}

fn notices(roster: &mut Roster) -> Vec<Notice> {
    let effects = std::iter::from_fn(|| roster.poll_effect());
    effects
        .filter_map(|effect| if let Effect::Notify(notice) = effect { Some(notice) } else { None })
        .collect()
}

/// What a store is left with.
fn stored(roster: &mut Roster) -> Vec<HeldBack> {
    let mut stored = Vec::new();
    while let Some(effect) = roster.poll_effect() {
        match effect {
            Effect::HeldBack(held) => {
                stored.retain(|it: &HeldBack| it.key != held.key);
                stored.push(held);
            }
            Effect::LetGo(keys) => stored.retain(|it| !keys.contains(&it.key)),
            _ => {}
        }
    }
    stored
}

#[test]
fn quiet_hours_end_with_what_still_stands_before_what_is_over() {
    let mut story = evening(21 * 60 + 59, &["asha", "ben", "chi"], night());
    tell(&mut story, "chi");
    story.pass(minutes(1)).input(Input::MinuteOfDay(22 * 60)).note("it is ten");
    tell(&mut story, "asha");
    tell(&mut story, "ben");
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.pass(minutes(10)).sees("w1", [heartbeat(), messaged()]);
    story.message("deploy", "m1", "dee", "eli", "one").message("deploy", "m2", "dee", "eli", "two");
    story.pass(seconds(10)).fetched("deploy", "m1").fetched("deploy", "m2");
    story.note("the person answers ben after all").sees("ben", [idle()]);
    story.sees("w1", [declares("complete")]);
    story.pass(hours(9)).input(Input::MinuteOfDay(8 * 60)).note("it is eight");
    tell(&mut story, "ben");
    expect![[r#"
        00:00:00 chi: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   notify chi waits for your permission: Bash: git push · code/shop
        00:01:00 it is ten
        00:01:00 asha: idle → waiting for you (permission)
        00:01:00   alert 2 raised, NeedsYou: waiting
        00:01:00 ben: idle → waiting for you (permission)
        00:01:00   alert 3 raised, NeedsYou: waiting
        00:01:00 w1 is working
        00:06:00 w1: working → quiet
        00:06:00   alert 4 raised, NeedsYou: silent
        00:11:00 w1: quiet → working
        00:11:00   alert 4 ended, back after 5 min
        00:11:00   alert 5 raised, Notice: message
        00:11:00 message m1 from dee to eli
        00:11:00 message m2 from dee to eli
        00:11:10 message m1 was fetched
        00:11:10   alert 5 ended, read after 10 s
        00:11:10 message m2 was fetched
        00:11:10 the person answers ben after all
        00:11:10 ben: waiting for you (permission) → idle
        00:11:10   alert 3 ended, answered after 10 min
        00:11:10 w1: working → idle
        09:11:10   notify (digest) While you were away: 1 session waited, 1 silent, 2 messages: asha waits for your permission; worker has gone silent — back after 5 min; 2 new messages, dee wrote to eli — read after 10 s
        09:11:10 it is eight
        09:11:10 ben: idle → waiting for you (permission)
        09:11:10   alert 6 raised, NeedsYou: waiting
        09:11:10   notify ben waits for your permission: Bash: git push · code/shop
    "#]].assert_eq(&story.end());
}

#[test]
fn a_morning_without_news_brings_no_digest() {
    let mut story = evening(23 * 60, &["asha"], night());
    tell(&mut story, "asha");
    story.pass(minutes(1)).sees("asha", [idle()]);
    story.input(Input::MinuteOfDay(8 * 60));
    expect![[r#"
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:01:00 asha: waiting for you (permission) → idle
        00:01:00   alert 1 ended, answered after 1 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn the_desktops_own_do_not_disturb_holds_back_too() {
    let mut story = evening(12 * 60, &["asha", "ben"], night());
    story.input(Input::DoNotDisturb(true));
    tell(&mut story, "asha");
    tell(&mut story, "ben");
    story.pass(minutes(30)).input(Input::DoNotDisturb(false));
    expect![[r#"
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00 ben: idle → waiting for you (permission)
        00:00:00   alert 2 raised, NeedsYou: waiting
        00:30:00   notify (digest) While you were away: 2 sessions waited: asha waits for your permission; ben waits for your permission
    "#]].assert_eq(&story.end());
}

#[test]
fn a_worker_proven_gone_with_a_task_breaks_through_where_a_person_wants_that() {
    for break_through in [false, true] {
        let mut story = evening(23 * 60, &["asha", "ben"], Policy { break_through, ..night() });
        let has_one = [(WorkerId::new("asha"), 1)].into();
        story.input(Input::Entrusted(has_one));
        story.sees("asha", [process(Process::Absent)]);
        // One without a task waits for the morning.
        story.pass(seconds(1)).sees("ben", [busy(), thinking(), wrote()]).pass(minutes(1));
        story.sees("ben", [process(Process::Absent)]);
        let told = story.end();
        assert_eq!(told.contains("notify asha is gone"), break_through, "{told}");
        assert!(!told.contains("notify ben"), "{told}");
        assert_eq!(story.roster.paused().1, if break_through { 1 } else { 2 }, "{told}");
    }
}

#[test]
fn a_task_that_becomes_known_after_the_loss_breaks_through_then() {
    let mut story = evening(23 * 60, &["asha"], Policy { break_through: true, ..night() });
    story.sees("asha", [process(Process::Absent)]).note("its task becomes known");
    let has_one = [(WorkerId::new("asha"), 1)].into();
    story.input(Input::Entrusted(has_one));
    expect![[r#"
        00:00:00 asha: idle → gone
        00:00:00   alert 1 raised, Notice: gone
        00:00:00 its task becomes known
        00:00:00   notify asha is gone: Its process in code/shop died without an orderly end. It had a task in its hands.
    "#]].assert_eq(&story.end());
}

#[test]
fn a_mute_is_not_broken_through() {
    let mut story = evening(12 * 60, &["asha"], Policy { break_through: true, ..night() });
    let has_one = [(WorkerId::new("asha"), 1)].into();
    story.input(Input::Entrusted(has_one));
    story.person(Person::Mute(WorkerId::new("asha"), Some(Timestamp::FOREVER)));
    story.end();
    story.sees("asha", [process(Process::Absent)]);
    assert!(!story.end().contains("notify"));
}

#[test]
fn a_folder_is_muted_with_all_below_it() {
    let mut story = evening(12 * 60, &["asha", "ben"], Policy::default());
    story.sees("chi", [session_in("chi", "/home/kim/code/other"), listed(), alive(), idle()]);
    let until = story.until(minutes(15));
    story.end();
    story.person(Person::MuteFolder("/home/kim/code/shop".into(), Some(until)));
    for name in ["asha", "ben", "chi"] {
        tell(&mut story, name);
    }
    story.pass(minutes(15));
    expect![[r#"
        00:00:00 the person: mute /home/kim/code/shop until 00:15:00
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00 ben: idle → waiting for you (permission)
        00:00:00   alert 2 raised, NeedsYou: waiting
        00:00:00 chi: idle → waiting for you (permission)
        00:00:00   alert 3 raised, NeedsYou: waiting
        00:00:00   notify chi waits for your permission: Bash: git push · code/other
        00:15:00   notify (digest) While it was muted: 2 sessions waited: asha waits for your permission; ben waits for your permission
    "#]].assert_eq(&story.end());
}

#[test]
fn what_is_muted_for_good_is_told_when_unmuted_only_if_it_stands() {
    let mut story = evening(12 * 60, &["asha", "ben"], Policy::default());
    story.person(Person::MuteFolder("/home/kim".into(), Some(Timestamp::FOREVER)));
    tell(&mut story, "asha");
    story.sees("ben", [busy(), thinking(), wrote()]).pass(minutes(30)).sees("ben", [wrote(), idle()]);
    assert_eq!(story.roster.paused().1, 1, "ben was silent, and is back");
    story.end();
    story.person(Person::MuteFolder("/home/kim".into(), None));
    expect![[r#"
        00:30:00 the person: unmute /home/kim
        00:30:00   notify asha waits for your permission: Bash: git push · code/shop
    "#]]
    .assert_eq(&story.end());
}

/// Sessions whose terminals may be before the person's eyes.
fn at_terminals(names: &[&str]) -> Story {
    evening(12 * 60, names, Policy { ask_in_front: true, ..Policy::default() })
}

fn in_front(story: &mut Story, name: &str, is_in_front: bool) {
    story.note(if is_in_front { "yes" } else { "no" });
    story.input(Input::InFront(WorkerId::new(name), is_in_front));
}

#[test]
fn nobody_is_told_of_the_session_whose_terminal_is_in_front_while_it_is() {
    let mut story = at_terminals(&["asha", "ben"]);
    tell(&mut story, "asha");
    in_front(&mut story, "asha", true);
    tell(&mut story, "ben");
    in_front(&mut story, "ben", false);
    story.pass(minutes(2)).sees("ben", [idle()]).alerts();
    story.note("the person goes elsewhere, and asha still waits").pass(minutes(3));
    in_front(&mut story, "asha", false);
    expect![[r#"
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   is the terminal of asha in front?
        00:00:00 yes
        00:00:00 ben: idle → waiting for you (permission)
        00:00:00   alert 2 raised, NeedsYou: waiting
        00:00:00   is the terminal of ben in front?
        00:00:00 no
        00:00:00   notify ben waits for your permission: Bash: git push · code/shop
        00:02:00 ben: waiting for you (permission) → idle
        00:02:00   withdraw waiting 00.00.00 ben
        00:02:00   alert 2 ended, answered after 2 min
        00:02:00 alerts: [1 asha waits for your permission]
        00:02:00 the person goes elsewhere, and asha still waits
        00:05:00   is the terminal of asha in front?
        00:05:00 no
        00:05:00   notify asha waits for your permission: Bash: git push · code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn who_does_not_say_what_is_in_front_keeps_nothing_back_for_long() {
    let mut story = at_terminals(&["asha", "ben"]);
    tell(&mut story, "asha");
    tell(&mut story, "ben");
    story.pass(Duration::from_millis(100)).sees("ben", [idle()]).pass(seconds(2));
    in_front(&mut story, "asha", true);
    story.pass(seconds(1)).sees("asha", [idle()]);
    expect![[r#"
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   is the terminal of asha in front?
        00:00:00 ben: idle → waiting for you (permission)
        00:00:00   alert 2 raised, NeedsYou: waiting
        00:00:00   is the terminal of ben in front?
        00:00:00 ben: waiting for you (permission) → idle
        00:00:00   alert 2 ended, answered at once
        00:00:00   notify asha waits for your permission: Bash: git push · code/shop
        00:00:02 yes
        00:00:03 asha: waiting for you (permission) → idle
        00:00:03   withdraw waiting 00.00.00 asha
        00:00:03   alert 1 ended, answered after 3 s
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_pause_that_begins_while_it_is_asked_what_is_in_front_holds() {
    let mut story = at_terminals(&["asha"]);
    tell(&mut story, "asha");
    let until = story.until(minutes(15));
    story.person(Person::Pause(Some(until)));
    in_front(&mut story, "asha", false);
    story.pass(minutes(15));
    in_front(&mut story, "asha", false);
    expect![[r#"
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   is the terminal of asha in front?
        00:00:00 the person: pause until 00:15:00
        00:00:00 no
        00:15:00   is the terminal of asha in front?
        00:15:00 no
        00:15:00   notify asha waits for your permission: Bash: git push · code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn what_was_held_back_is_not_told_to_who_has_it_in_front() {
    let mut story = at_terminals(&["asha"]);
    let until = story.until(minutes(15));
    story.person(Person::Pause(Some(until)));
    tell(&mut story, "asha");
    story.pass(minutes(15));
    in_front(&mut story, "asha", true);
    story.pass(seconds(10)).sees("asha", [idle()]);
    expect![[r#"
        00:00:00 the person: pause until 00:15:00
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:15:00   is the terminal of asha in front?
        00:15:00 yes
        00:15:10 asha: waiting for you (permission) → idle
        00:15:10   alert 1 ended, answered after 15 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn who_looks_at_a_worker_in_the_window_need_not_be_told_of_it() {
    let mut story = evening(12 * 60, &["asha"], Policy::default());
    tell(&mut story, "asha");
    story.person(Person::LookingAt(Some(WorkerId::new("asha")))).alerts();
    story.person(Person::LookingAt(None)).pass(seconds(1)).sees("asha", [idle()]).pass(seconds(1));
    tell(&mut story, "asha");
    expect![[r#"
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   notify asha waits for your permission: Bash: git push · code/shop
        00:00:00 the person: looks at asha
        00:00:00   withdraw waiting 00.00.00 asha
        00:00:00 alerts: [1 asha waits for your permission]
        00:00:00 the person: looks away
        00:00:01 asha: waiting for you (permission) → idle
        00:00:01   alert 1 ended, answered after 1 s
        00:00:02 asha: idle → waiting for you (permission)
        00:00:02   alert 2 raised, NeedsYou: waiting
        00:00:02   notify asha waits for your permission: Bash: git push · code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_click_finds_the_alert_of_its_own_prompt_and_no_other() {
    let mut story = evening(12 * 60, &["asha"], Policy::default());
    let first = asks(&mut story, "asha").token.unwrap();
    assert!(story.roster.stands(first));
    story.pass(seconds(5)).sees("asha", [idle()]);
    assert!(!story.roster.stands(first), "answered in the terminal");
    story.pass(seconds(5));
    let second = asks(&mut story, "asha").token.unwrap();
    assert!(story.roster.stands(second) && !story.roster.stands(first), "the next prompt is another matter");
    // An earlier run's notification bears a number that this run may have given anew.
    let of_an_earlier_run = peerwatch_core::Token { since: Timestamp(1), ..second };
    assert!(!story.roster.stands(of_an_earlier_run));
    assert_ne!((first.alert, first.since), (second.alert, second.since));
    assert_eq!(second.alert, AlertId(2));
}

#[test]
fn what_was_held_back_survives_a_restart() {
    let mut story = evening(23 * 60, &["asha", "ben"], night());
    let talk = |story: &Story, id: &str| story.written("deploy", id, "dee", "eli", "hello");
    for message in ["m1", "m2"].map(|id| talk(&story, id)) {
        story.roster.handle(Input::Arrived(message), story.now());
    }
    for name in ["asha", "ben"] {
        asks_quietly(&mut story, name);
    }
    let (held, open) = (stored(&mut story.roster), causes(&story.roster));

    let mut next = Story::under(night());
    next.input(Input::MinuteOfDay(8 * 60 + 5));
    for cause in open {
        next.input(Input::Remembered(cause));
    }
    next.input(Input::NumberFrom(3)).input(Input::HeldBefore(held));
    next.note("the engine runs again, at five past eight");
    next.sees_from(seconds(0), "asha", [session("asha"), listed(), alive(), waiting("permission prompt")]);
    let third = talk(&next, "m3");
    next.input(Input::Arrived(third)).note("every source has been read").input(Input::Looked);
    assert_eq!(stored(&mut next.roster), []);
    expect![[r#"
        00:00:00 the engine runs again, at five past eight
        00:00:00 asha is waiting for you (permission)
        00:00:00   alert 4 raised, NeedsYou: waiting
        00:00:00   alert 5 raised, Notice: message
        00:00:00 message m3 from dee to eli
        00:00:00 every source has been read
        00:00:00   notify (digest) While you were away: 2 sessions waited, 3 messages: asha waits for your permission; dee wrote to eli; ben waits for your permission — over
    "#]].assert_eq(&next.end());
}

fn asks_quietly(story: &mut Story, name: &str) {
    let (worker, at) = (WorkerId::new(name), story.now());
    let seen = peerwatch_core::Observation { worker, at, fact: waiting("permission prompt") };
    story.roster.handle(Input::Observed(vec![seen]), at);
}

fn causes(roster: &Roster) -> Vec<String> {
    roster.alerts().map(|alert| alert.cause.key()).collect()
}

#[test]
fn a_thousand_things_in_a_second_are_counted_in_little_room() {
    let mut story = evening(23 * 60, &[], night());
    for number in 0..1_000 {
        let talk = format!("talk {number:04}");
        story.message(&talk, "m1", "dee", "eli", "one").message(&talk, "m2", "dee", "eli", "two");
        story.fetched(&talk, "m1").fetched(&talk, "m2");
    }
    assert!(story.roster.paused().1 <= 501, "{:?}", story.roster.paused());
    story.message("last", "m1", "dee", "eli", "still unread");
    story.end();
    story.input(Input::MinuteOfDay(8 * 60));
    expect![[r#"
        00:00:00   notify (digest) While you were away: 2001 messages: dee wrote to eli; 2 new messages, dee wrote to eli — read at once; 2 new messages, dee wrote to eli — read at once; 2 new messages, dee wrote to eli — read at once; 2 new messages, dee wrote to eli — read at once; and 494 more
    "#]].assert_eq(&story.end());
}

#[test]
fn what_only_shrinks_is_no_news() {
    let mut story = evening(12 * 60, &["asha", "ben", "chi", "dee"], Policy::default());
    for name in ["asha", "ben", "chi", "dee"] {
        asks_quietly(&mut story, name);
    }
    assert!(notices(&mut story.roster).iter().all(|notice| notice.news));
    let (worker, at) = (WorkerId::new("asha"), story.now().plus(seconds(1)));
    let seen = peerwatch_core::Observation { worker, at, fact: idle() };
    story.roster.handle(Input::Observed(vec![seen]), at);
    let smaller = notices(&mut story.roster);
    assert_eq!(smaller.len(), 1);
    assert!(!smaller[0].news && smaller[0].key == "group", "{smaller:?}");
}
