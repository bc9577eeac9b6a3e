//! Messages of peers: each once, and history told from news, also over a restart.

use std::time::Duration;

use crate::home::*;

const PEER: &str = r##"{"type":"user","isMeta":true,"uuid":"#","timestamp":"@","origin":{"kind":"peer","verifiedPeerPid":42,"verifiedPeerProcStart":"s42","msg_id":"m#","body":"TEXT"},"message":{"role":"user","content":"x"}}"##;
const QUEUED: &str = r##"{"isSidechain":false,"attachment":{"type":"queued_command","prompt":"<cross-session-message from-name=\"b\">\nTEXT\n</cross-session-message>","origin":{"kind":"peer","msg_id":"m#","name":"b"}},"type":"attachment","uuid":"#","timestamp":"@"}"##;

fn say(home: &Home, record: &str, text: &str) {
    home.append(&transcript(), &home.record(&record.replace("TEXT", text)));
}

fn texts(reading: &peerwatch_sources::Reading) -> Vec<(String, bool)> {
    reading.messages.iter().map(|message| (message.text.clone(), message.fresh)).collect()
}

fn second(home: &mut Home) {
    home.pass(Duration::from_secs(1));
}

#[test]
fn a_verified_sender_is_a_worker_and_goes_by_its_name() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.processes.live(42, "s42");
    home.write("sessions/42.json", &home.entry(42, "other", IDLE));
    home.poll();
    second(&mut home);
    say(&home, PEER, "hello");
    let told = letters(&home.poll().messages);
    assert_eq!(
        told,
        format!("new acme-42[claude:42:s42] -> acme-41[claude:41:s41] in claude:{SESSION} -: \"hello\"\n")
    );
}

#[test]
fn a_message_in_the_middle_of_a_turn_is_an_attachment_and_a_message_all_the_same() {
    let mut home = Home::new();
    home.register(41, BUSY);
    say(&home, PROMPT, "");
    home.poll();
    second(&mut home);
    say(&home, QUEUED, "during a tool");
    assert_eq!(texts(&home.hint(&[&transcript()])), [("during a tool".to_owned(), true)]);
}

#[test]
fn what_was_there_before_the_first_look_is_history() {
    let mut home = Home::new();
    home.register(41, IDLE);
    say(&home, PEER, "old");
    assert_eq!(texts(&home.poll()), [("old".to_owned(), false)]);
    second(&mut home);
    say(&home, PEER, "new");
    assert_eq!(texts(&home.poll()), [("new".to_owned(), true)]);
}

#[test]
fn what_came_while_nobody_looked_is_news_after_a_restart() {
    let mut home = Home::new();
    home.register(41, IDLE);
    say(&home, PEER, "old");
    home.poll();
    home.restart();
    home.pass(Duration::from_secs(3600));
    // Far more than the end that is read at first.
    for count in 0..200 {
        say(&home, PEER, &format!("{count} {}", "x".repeat(1000)));
    }
    let (old, new): (Vec<_>, Vec<_>) = texts(&home.poll()).into_iter().partition(|(_, fresh)| !fresh);
    assert_eq!((old.len(), new.len()), (0, 200));
    home.restart();
    assert!(texts(&home.poll()).iter().all(|(_, fresh)| !fresh), "and not a second time");
}

#[test]
fn a_session_that_began_while_nobody_looked_brings_news_too() {
    let mut home = Home::new();
    home.poll();
    home.restart();
    second(&mut home);
    home.register(41, IDLE);
    say(&home, PEER, "first");
    second(&mut home);
    assert_eq!(texts(&home.poll()), [("first".to_owned(), true)]);
}

#[test]
fn a_message_survives_a_transcript_written_anew_without_being_told_again() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.poll();
    second(&mut home);
    let message = home.record(&PEER.replace("TEXT", "once"));
    home.append(&transcript(), &message);
    assert_eq!(home.poll().messages.len(), 1);
    second(&mut home);
    home.write(&transcript(), &(home.record(PROMPT) + &message));
    assert_eq!(home.poll().messages.len(), 0);
}

#[test]
fn what_a_person_quotes_is_no_message() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.poll();
    second(&mut home);
    say(&home, &PROMPT.replace("do it", r#"<teammate-message teammate_id=\"a\">x</teammate-message>"#), "");
    assert_eq!(home.poll().messages.len(), 0);
}
