//! Large transcripts in bounded memory and little time.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use peerwatch_core::{ConversationId, Fact, Turn};
use peerwatch_sources::{Place, claude};

use crate::home::*;

const W: &str = "claude:41:s41";

/// Appends a record with so many bytes in it, in portions, and says when each is written.
fn grow(home: &mut Home, record: &str, size: usize, mut each: impl FnMut(&mut Home)) {
    let record = home.record(record);
    let (head, end) = record.split_once("BYTES").unwrap();
    home.append(&transcript(), head);
    let portion = "x".repeat(1_000_000);
    for _ in 0..size / portion.len() {
        home.append(&transcript(), &portion);
        each(home);
    }
    home.append(&transcript(), end);
}

const SHAPE: &str = r#"{"type":"api-request-shape","x":"BYTES"}"#;

#[test]
fn a_transcript_of_200_mb_with_lines_of_50_mb_is_followed_in_bounded_memory() {
    let result = RESULT.replace(r#""content":"ok""#, r#""content":"BYTES""#);
    let mut home = Home::new();
    home.register(41, BUSY);
    home.append(&transcript(), &home.record(PROMPT));
    for _ in 0..2 {
        home.append(&transcript(), &home.record(CALL));
        grow(&mut home, &result, 50_000_000, |_| {});
    }
    home.append(&transcript(), &home.record(CALL));
    grow(&mut home, SHAPE, 50_000_000, |_| {});
    let before = peak();
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    assert!(matches!(facts.get(W, "Turn"), Some(Fact::Turn(Turn::Tool { .. }))), "behind a line of 50 MB");
    let first = home.source().bytes_read();
    assert!(first < 110_000_000, "no more than the end is searched: {first}");

    // A line of 50 MB that grows while it is watched, and is dated by its end.
    home.pass(Duration::from_secs(60));
    grow(&mut home, &result, 50_000_000, |home| facts.learn(&home.hint(&[&transcript()])));
    facts.learn(&home.hint(&[&transcript()]));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
    assert!(facts.table(home.wall).contains("   0.0 s  Heartbeat(Transcript)"));
    let grown = home.source().bytes_read() - first;
    assert!((50_000_000..50_010_000).contains(&grown), "nothing is read twice: {grown}");

    let conversation = ConversationId::new(format!("claude:{SESSION}"));
    let page = claude::read_page(home.path(), &conversation, &Place::Newest, 3).unwrap();
    assert_eq!(page.entries.len(), 3);
    if let (Some(before), Some(after)) = (before, peak()) {
        assert!(after.saturating_sub(before) < 24_000, "{before} kB before, {after} kB after");
    }
}

/// The most memory that this process ever had, in kB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_cold_start_with_1000_transcripts_of_5_mb_reads_only_ends() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.pass(Duration::from_secs(3600));
    let folder = home.path().join("projects/-home-dev-acme");
    fs::create_dir_all(&folder).unwrap();
    let end: String =
        (0..100).map(|_| home.record(PROMPT) + &home.record(CALL) + &home.record(RESULT)).collect();
    let end = end
        + &home.record(SAID)
        + "{\"type\":\"last-prompt\",\"lastPrompt\":\"do it\"}\n{\"type\":\"cost-state\"}\n";
    for number in 0..1000 {
        let name = format!("{number:08}-2222-4333-8444-555555555555.jsonl");
        let mut file = File::create(folder.join(name)).unwrap();
        file.seek(SeekFrom::Start(5_000_000)).unwrap();
        file.write_all(end.as_bytes()).unwrap();
        let time =
            std::time::SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(home.wall).unwrap());
        file.set_modified(time).unwrap();
    }
    let time = std::time::SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(home.wall).unwrap());
    File::open(&folder).unwrap().set_modified(time).unwrap();
    home.pass(Duration::from_secs(3600));
    let begin = Instant::now();
    let reading = home.poll();
    let took = begin.elapsed();
    assert_eq!(Facts::of(&reading).workers().len(), 51, "the session, and the newest of the others");
    // Unoptimised code parses some ten times slower.
    let most = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
    assert!(took < most, "{took:?}");
    let begin = Instant::now();
    home.poll();
    let again = begin.elapsed();
    assert!(again < Duration::from_millis(100), "{again:?}");
    println!("cold start {took:?}, the poll after it {again:?}");
}
