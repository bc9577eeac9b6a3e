//! A watched database on its own thread, with the watcher alone: the slow poll never comes.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use peerwatch_core::Message;
use peerwatch_sources::bridge::holding;
use peerwatch_sources::{Bell, Lookout, Reading, runner};
use serde_json::{Value, json};

use crate::world::{CONVERSATION, Writer, now, watch};

const NEVER: Duration = Duration::from_secs(3_600);
const SOON: Duration = Duration::from_secs(10);

/// A source on its thread.
struct Live {
    folder: tempfile::TempDir,
    path: PathBuf,
    bell: Bell,
    readings: Receiver<Reading>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    fn new() -> Live {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bridge.db");
        let (bell, (tell, readings)) = (Bell::new(), channel());
        let thread = thread::spawn({
            let (bell, source) = (bell.clone(), watch(&path, None));
            move || {
                let lookout = Lookout::new();
                runner::run(Box::new(source), now, &bell, &lookout, NEVER, move |_, reading, _, _| {
                    let _ = tell.send(reading);
                });
            }
        });
        let live = Live { folder, path, bell, readings, thread: Some(thread) };
        live.readings.recv_timeout(SOON).unwrap();
        live
    }

    fn command(&self, name: &str, rest: &[&str]) -> Value {
        let mut whole = vec![json!(name), json!(self.path.to_str().unwrap())];
        whole.extend(rest.iter().map(|word| json!(word)));
        Value::Array(whole)
    }

    /// Reads until a message with this text has come.
    fn until(&self, text: &str, told: &mut Vec<Message>) {
        let end = Instant::now() + SOON;
        while !told.iter().any(|message| message.text == text) {
            let left = end.saturating_duration_since(Instant::now());
            let reading =
                self.readings.recv_timeout(left).unwrap_or_else(|_| panic!("{text} was never noticed"));
            told.extend(reading.messages);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bell.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How the other processes behave.
struct Setting {
    keeps: bool,
    held: bool,
}

fn each_once(setting: &Setting, between: impl Fn(&Live, &mut Writer, usize, &mut Vec<Message>)) {
    let (Some(mut writer), Some(mut holder)) = (Writer::start(), Writer::start()) else { return };
    let live = Live::new();
    writer.tell(live.command("create", &[CONVERSATION]));
    if setting.held {
        holder.tell(json!(["hold", "held", live.path.to_str().unwrap()]));
    }
    if setting.keeps {
        writer.tell(json!(["hold", "keep", live.path.to_str().unwrap()]));
    }
    let mut told = Vec::new();
    for number in 0..40 {
        let text = format!("m{number}");
        writer.tell(live.command("send", &[CONVERSATION, "a", &text]));
        if number % 4 == 0 {
            live.until(&text, &mut told);
        }
        between(&live, &mut writer, number, &mut told);
    }
    live.until("m39", &mut told);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    told.iter().for_each(|message| *counts.entry(&message.text).or_default() += 1);
    assert_eq!(counts.len(), 40);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    assert!(told.iter().all(|message| message.fresh));
}

#[test]
fn every_message_is_noticed_once_when_each_has_a_connection_of_its_own() {
    each_once(&Setting { keeps: false, held: false }, |_, _, _, _| {});
}

#[test]
fn every_message_is_noticed_once_while_another_holds_the_database() {
    each_once(&Setting { keeps: false, held: true }, |_, _, _, _| {});
}

#[test]
fn b4_the_event_comes_before_the_row_of_a_writer_that_keeps_its_connection() {
    each_once(&Setting { keeps: true, held: false }, |live, _, number, _| {
        assert!(number < 39 || fs::metadata(live.path.with_extension("db-wal")).unwrap().len() > 0);
    });
}

#[test]
fn b4_the_event_comes_before_the_row_while_another_holds_the_database() {
    each_once(&Setting { keeps: true, held: true }, |_, _, _, _| {});
}

#[test]
fn every_message_is_noticed_once_while_this_very_process_holds_the_database_and_writes_too() {
    let Some(mut writer) = Writer::start() else { return };
    let live = Live::new();
    let held = holding(&live.path);
    writer.tell(live.command("create", &[CONVERSATION]));
    let own = rusqlite::Connection::open(&live.path).unwrap();
    own.busy_timeout(SOON).unwrap();
    let insert = format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp) \
         VALUES ('{CONVERSATION}', 'b', 'a', ?1, '2026-01-01T00:00:00')"
    );
    let mut told = Vec::new();
    for number in 0..40 {
        let (theirs, ours) = (format!("theirs {number}"), format!("ours {number}"));
        writer.tell(live.command("send", &[CONVERSATION, "a", &theirs]));
        if number % 2 == 0 {
            live.until(&theirs, &mut told);
        }
        own.execute(&insert, [&ours]).unwrap();
        if number % 3 == 0 {
            live.until(&ours, &mut told);
        }
    }
    live.until("ours 39", &mut told);
    let texts: std::collections::BTreeSet<_> = told.iter().map(|message| &message.text).collect();
    assert_eq!((told.len(), texts.len()), (80, 80));
    assert_eq!(writer.tell(live.command("count", &[])), json!(80), "nothing of ours was lost for others");
    drop((own, held));
}

#[test]
fn every_message_is_noticed_once_with_vacuum_and_replacement_between() {
    each_once(&Setting { keeps: false, held: false }, |live, writer, number, _| match number % 10 {
        3 => {
            writer.tell(live.command("sql", &["VACUUM"]));
        }
        6 => {
            writer.tell(live.command("replace", &[]));
        }
        _ => {}
    });
}

#[test]
fn every_message_is_noticed_once_when_the_file_is_renamed_away_and_made_anew() {
    each_once(&Setting { keeps: false, held: false }, |live, writer, number, told| {
        if number % 10 == 8 {
            // What nobody has read when the file goes away goes with it.
            live.until(&format!("m{number}"), told);
            fs::rename(&live.path, live.folder.path().join(format!("old{number}"))).unwrap();
            writer.tell(live.command("create", &[CONVERSATION]));
        }
    });
}

#[test]
fn a_burst_of_messages_is_told_whole_and_in_order() {
    let Some(mut writer) = Writer::start() else { return };
    let live = Live::new();
    writer.tell(live.command("create", &[CONVERSATION]));
    let mut flood = live.command("flood", &[CONVERSATION]);
    flood.as_array_mut().unwrap().push(json!(1_000));
    writer.tell(flood);
    let mut told = Vec::new();
    live.until("m999", &mut told);
    let texts: Vec<_> = told.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, (0..1_000).map(|number| format!("m{number}")).collect::<Vec<_>>());
}

#[test]
fn a_database_that_comes_is_noticed_and_nothing_rings_while_it_rests() {
    let Some(mut writer) = Writer::start() else { return };
    let live = Live::new();
    writer.tell(live.command("create", &[CONVERSATION]));
    writer.tell(live.command("send", &[CONVERSATION, "a", "first"]));
    let mut told = Vec::new();
    live.until("first", &mut told);
    // What the writer did after its commit may still ring.
    while live.readings.recv_timeout(Duration::from_millis(300)).is_ok() {}
    assert!(
        live.readings.recv_timeout(Duration::from_secs(1)).is_err(),
        "our own looks must not wake us (B7)"
    );
}
