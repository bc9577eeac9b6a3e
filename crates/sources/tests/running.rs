//! The runner with a source that does what the test says.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failing helper is a failing test

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use peerwatch_core::{Moment, SourceId};
use peerwatch_sources::{Bell, Connection, Hint, Lookout, Reading, Source, Watch, runner};

const SOON: Duration = Duration::from_secs(10);
const NEVER: Duration = Duration::from_secs(3_600);

/// Tells each hint, and answers what it is given.
struct Scripted {
    folder: PathBuf,
    hints: Sender<Hint>,
    answers: Receiver<Answer>,
}

enum Answer {
    Read(Reading),
    Panic,
}

impl Source for Scripted {
    fn id(&self) -> SourceId {
        SourceId::new("scripted")
    }

    fn watches(&self) -> Vec<Watch> {
        vec![Watch { folder: self.folder.clone(), deep: false }]
    }

    fn look(&mut self, _now: Moment, hint: &Hint) -> Reading {
        let _ = self.hints.send(hint.clone());
        match self.answers.recv_timeout(SOON) {
            Ok(Answer::Read(reading)) => reading,
            Ok(Answer::Panic) => panic!("the source stumbled"),
            // The test is over.
            Err(_) => Reading::default(),
        }
    }

    fn connections(&self) -> Vec<Connection> {
        Vec::new()
    }

    fn cursor(&self) -> Option<String> {
        Some("here".into())
    }
}

struct Stage {
    folder: tempfile::TempDir,
    bell: Bell,
    hints: Receiver<Hint>,
    answers: Sender<Answer>,
    readings: Receiver<(Reading, Option<String>)>,
    thread: Option<JoinHandle<()>>,
}

impl Stage {
    fn new(slow_poll: Duration) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        let (bell, (hints, heard), (answers, given)) = (Bell::new(), channel(), channel());
        let (read, readings) = channel();
        let source = Scripted { folder: folder.path().to_owned(), hints, answers: given };
        let thread = thread::spawn({
            let bell = bell.clone();
            move || {
                let lookout = Lookout::new();
                let tell = |_, reading, _, cursor| drop(read.send((reading, cursor)));
                runner::run(Box::new(source), Moment::default, &bell, &lookout, slow_poll, tell);
            }
        });
        Stage { folder, bell, hints: heard, answers, readings, thread: Some(thread) }
    }

    /// Waits for a look, and answers it.
    fn look(&self, answer: Answer) -> (Hint, Reading) {
        let hint = self.hints.recv_timeout(SOON).unwrap();
        self.answers.send(answer).unwrap();
        (hint, self.readings.recv_timeout(SOON).unwrap().0)
    }

    fn calm(&self) -> Hint {
        self.look(Answer::Read(Reading::default())).0
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.bell.stop();
        // Ends a look that waits for its answer.
        self.answers = channel().0;
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            ended.unwrap().unwrap();
        }
    }
}

#[test]
fn it_looks_at_once_and_then_when_something_changes() {
    let stage = Stage::new(NEVER);
    assert_eq!(stage.calm(), Hint::Everything);
    fs::write(stage.folder.path().join("file"), "x").unwrap();
    assert!(matches!(stage.calm(), Hint::Paths(paths) if paths == [stage.folder.path().join("file")]));
}

#[test]
fn hints_that_come_during_a_look_lead_to_one_more() {
    let stage = Stage::new(NEVER);
    stage.hints.recv_timeout(SOON).unwrap();
    for number in 0..100 {
        stage.bell.ring(Hint::Paths(vec![format!("p{number:02}").into()]));
    }
    stage.answers.send(Answer::Read(Reading::default())).unwrap();
    let Hint::Paths(paths) = stage.calm() else { panic!("not the paths") };
    assert_eq!(paths.len(), 100);
    assert!(stage.hints.recv_timeout(Duration::from_millis(100)).is_err());
}

#[test]
fn nothing_happening_is_looked_at_by_the_slow_poll_alone() {
    let stage = Stage::new(Duration::from_millis(200));
    stage.calm();
    let began = Instant::now();
    assert_eq!(stage.calm(), Hint::Everything);
    assert!(began.elapsed() > Duration::from_millis(100), "{:?}", began.elapsed());
}

#[test]
fn a_source_that_expects_more_is_asked_sooner() {
    let stage = Stage::new(NEVER);
    let expecting = Reading { again: Some(Duration::from_millis(5)), ..Reading::default() };
    stage.look(Answer::Read(expecting));
    assert_eq!(stage.calm(), Hint::Everything);
}

#[test]
fn a_stream_of_hints_does_not_put_off_the_slow_poll() {
    let stage = Stage::new(Duration::from_millis(100));
    let until = Instant::now() + SOON;
    stage.calm();
    loop {
        stage.bell.ring(Hint::Paths(vec!["busy".into()]));
        thread::sleep(Duration::from_millis(5));
        if stage.calm() == Hint::Everything {
            return;
        }
        assert!(Instant::now() < until, "the slow poll never came");
    }
}

#[test]
fn a_source_that_panics_is_a_trouble_and_is_stopped_in_order() {
    let stage = Stage::new(NEVER);
    let (_, reading) = stage.look(Answer::Panic);
    assert_eq!(reading.troubles[0].what, "Reading failed unexpectedly: the source stumbled");
    stage.bell.ring(Hint::Everything);
    assert!(stage.hints.recv_timeout(Duration::from_millis(200)).is_err(), "it is left alone for a while");
}
