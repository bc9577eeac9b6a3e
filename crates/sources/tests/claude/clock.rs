//! The wall clock is set back by an hour in the middle of everything.

use std::time::Duration;

use peerwatch_core::{Children, Evidence, Fact};
use peerwatch_sources::process::Child;

use crate::home::*;

const W: &str = "claude:41:s41";
const HOUR: i64 = 3_600_000;
const TEXT: &str = r##"{"type":"assistant","uuid":"#","timestamp":"@","message":{"role":"assistant","content":[{"type":"text","text":"Next."}],"stop_reason":null}}"##;

/// A busy session in a call that began ten minutes ago, looked at.
fn in_a_call() -> Home {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(CALL)));
    home.poll();
    home.pass(Duration::from_secs(600));
    home
}

/// Awake time goes on.
fn set_back(home: &mut Home) {
    home.wall -= HOUR;
    home.asleep -= HOUR;
}

fn beats(home: &mut Home) -> usize {
    let seen = home.poll().observations;
    seen.iter().filter(|one| matches!(one.fact, Fact::Heartbeat(Evidence::Transcript))).count()
}

#[test]
fn the_child_of_a_call_is_still_its_child() {
    let mut home = in_a_call();
    let (age, cpu) = (Duration::from_secs(599), Duration::from_secs(500));
    let make = Child { pid: 50, parent: 41, age, cpu, command: "make".into() };
    home.processes.change(41, |one| one.children = vec![make]);
    let busy = Fact::Children(Children { count: 1, busy: true, command: Some("make".into()) });
    assert_eq!(Facts::of(&home.poll()).get(W, "Children"), Some(&busy));
    set_back(&mut home);
    home.pass(Duration::from_secs(5));
    home.processes.change(41, |one| {
        one.children[0].age += Duration::from_secs(5);
        one.children[0].cpu += Duration::from_secs(5);
    });
    assert_eq!(Facts::of(&home.poll()).get(W, "Children"), Some(&busy));
}

#[test]
fn what_is_written_after_it_is_a_sign_of_life_and_what_was_written_before_is_none() {
    let mut home = in_a_call();
    assert_eq!(beats(&mut home), 0);
    set_back(&mut home);
    assert_eq!(beats(&mut home), 0, "what was known seems to lie in the future");
    for _ in 0..3 {
        home.pass(Duration::from_secs(300));
        home.append(&transcript(), &home.record(TEXT));
        assert_eq!(beats(&mut home), 1);
        assert_eq!(beats(&mut home), 0);
    }
    home.pass(Duration::from_secs(7200));
    assert_eq!(beats(&mut home), 0, "nor when the clock comes to that time again");
}
