//! A week of sessions that come and go leaves no more behind than its last days: what is kept is measured by writing all of it
//! out.

use std::time::Duration;

use crate::home::{BUSY, Home, IDLE, PROMPT, SAID};

const SESSIONS: u32 = 40;
const MESSAGE: &str = r##"{"type":"user","uuid":"#","timestamp":"@","origin":{"kind":"peer","from":"api"},"message":{"role":"user","content":"[peerwatch message 0a1b2c3d-0000-4000-8000-000000000001] go on"}}"##;

fn session(number: u32) -> String {
    format!("11111111-2222-4333-8444-{number:012}")
}

fn transcript(number: u32) -> String {
    format!("projects/-home-dev-acme/{}.jsonl", session(number))
}

fn speak(home: &mut Home, number: u32) {
    for record in [PROMPT, MESSAGE, SAID] {
        home.append(&transcript(number), &home.record(record));
    }
    home.poll();
    home.pass(Duration::from_secs(10 * 60));
}

/// A session works and ends. One a day crashes and leaves its entry behind for ever; some take no place on the list at all, and
/// some who do are no sessions.
fn life(home: &mut Home, number: u32) {
    let pid = 1_000 + number;
    let entry = format!("sessions/{pid}.json");
    home.processes.live(pid, &format!("s{pid}"));
    if number % 4 == 3 {
        home.processes.change(pid, |one| one.executable = Some("/usr/bin/codex".into()));
    }
    if number % 4 != 2 {
        home.write(&entry, &home.entry(pid, &session(number), BUSY));
    }
    speak(home, number);
    if number % 4 != 2 {
        home.write(&entry, &home.entry(pid, &session(number), IDLE));
    }
    speak(home, number);
    if number % 4 != 2 && !number.is_multiple_of(SESSIONS) {
        home.remove(&entry);
    }
    home.processes.end(pid);
    home.poll();
    home.pass(Duration::from_secs(10 * 60));
    // Claude Code clears transcripts away in time.
    if let Some(old) = number.checked_sub(2 * SESSIONS) {
        home.remove(&transcript(old));
    }
}

#[test]
fn a_week_leaves_no_more_behind_than_its_last_days() {
    let mut home = Home::new();
    let known: Vec<usize> = (0..7)
        .map(|day| {
            (day * SESSIONS..(day + 1) * SESSIONS).for_each(|number| life(&mut home, number));
            // The rest of the day nobody works.
            home.pass(Duration::from_secs(4 * 3600));
            home.poll();
            format!("{:?}", home.source()).len()
        })
        .collect();
    // What it gains is the entries that lie there, and the numbers of its messages until there are too many of those.
    assert!(known[6] <= known[2] + known[2] / 4, "{known:?}");
}
