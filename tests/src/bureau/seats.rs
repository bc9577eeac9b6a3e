//! Sessions that ask when a test wants them to, and a person who answers them on the keyboard.

use std::time::{Duration, Instant};

use super::{Bureau, SOON, Window};
use crate::claude::Session;
use crate::model::{bash, say};

/// A session in a terminal on the bureau's desktop.
#[derive(Debug)]
pub struct Seat<'b> {
    /// The session.
    pub session: Session<'b>,
    /// Its window, where it has one of its own; else it is in a pane of the World's tmux.
    pub window: Option<Window>,
    bureau: &'b Bureau,
}

impl Bureau {
    /// A session in a pane of tmux.
    pub fn seat(&self, name: &str) -> Seat<'_> {
        Seat { session: self.claude.session(name).start(), window: None, bureau: self }
    }
}

impl<'b> Seat<'b> {
    pub(super) fn in_window(bureau: &'b Bureau, session: Session<'b>, window: Window) -> Self {
        Self { session, window: Some(window), bureau }
    }

    /// The session is told to ask for a permission; its model thinks until [`Seat::asks`]. Each question of a test has a number
    /// of its own.
    pub fn will_ask(&self, question: usize) {
        let (bureau, keyword) = (self.bureau, keyword(question));
        let ask = bash(&format!("touch {}", proof(question))).when_released();
        bureau.model.when(&keyword, [ask, say("Done.")]);
        match self.window {
            None => self.session.prompt(&keyword),
            Some(window) => {
                bureau.turn_to(window);
                bureau.desk.desktop.screen.type_text(&keyword);
                bureau.desk.desktop.screen.key("Return");
            }
        }
        bureau.model.await_asked(&keyword, 0);
    }

    /// The session asks now.
    pub fn asks(&self, question: usize) {
        self.bureau.model.release(&keyword(question));
    }

    /// The person answers with yes on the keyboard, which goes to whatever has the focus. A dialog is deaf for a moment, so the key
    /// is pressed again.
    ///
    /// # Panics
    /// When the keys don't reach the session, or it was another question.
    pub fn answer(&self, question: usize) {
        let waits = || self.session.entry().and_then(|entry| entry.status).as_deref() == Some("waiting");
        let deadline = Instant::now() + SOON;
        self.session.await_status("waiting");
        while waits() {
            assert!(Instant::now() < deadline, "no key reaches the dialog");
            self.bureau.desk.desktop.screen.key("Return");
            let patience = Instant::now() + Duration::from_millis(300);
            while waits() && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        self.session.await_status("idle");
        assert!(self.session.folder().join(proof(question)).is_file(), "a yes to this question");
    }
}

fn keyword(question: usize) -> String {
    format!("question {question:02}")
}

/// The file that is there once it was answered with yes.
fn proof(question: usize) -> String {
    format!("proof-{question:02}")
}
