//! One session: started, typed to, watched through its registry entry, ended.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Claude, Entry, MODEL};
use crate::ledger::eventually;
use crate::process::{Stray, descendants, send};

const PATIENCE: Duration = Duration::from_secs(30);
/// A start takes about three seconds.
const START: Duration = Duration::from_secs(20);

/// How a session is started.
#[derive(Debug)]
#[must_use]
pub struct Start<'c> {
    claude: &'c Claude,
    name: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl<'c> Start<'c> {
    pub(super) fn new(claude: &'c Claude, name: &str) -> Self {
        let arguments = ["--model", MODEL, "--permission-mode", "default"].map(str::to_owned).to_vec();
        Self { claude, name: name.to_owned(), arguments, environment: Vec::new() }
    }

    /// With further arguments.
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Going on with an earlier session.
    pub fn resuming(self, session_id: &str) -> Self {
        self.with(&["--resume", session_id])
    }

    /// With agent teams switched on, and the task tools with them.
    pub fn with_teams(mut self) -> Self {
        for name in ["CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS", "CLAUDE_CODE_ENABLE_TODO_TOOLS"] {
            self.environment.push((name.to_owned(), "1".to_owned()));
        }
        self
    }

    /// With one more variable in the environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until the registry says that it is idle.
    ///
    /// # Panics
    /// When it does not become idle in time; with what its screen shows.
    pub fn start(self) -> Session<'c> {
        self.until_idle(|start, folder, words| {
            // A second session in the same project needs a terminal of its own.
            let terminal = format!("{}-{}", start.name, start.claude.strays.borrow().len());
            let (pane, pid) = start.claude.tmux.open(&terminal, folder, &start.environment, words);
            (Some(pane), pid)
        })
    }

    /// The same in another terminal than the World's tmux: `open` has it run what it is given, and says which process the
    /// terminal is. Keys are typed there by a keyboard only.
    pub fn start_in(self, mut open: impl FnMut(Terminal<'_>) -> u32) -> Session<'c> {
        self.until_idle(|start, folder, words| {
            let environment = [start.claude.tmux.environment(), &start.environment].concat();
            let terminal = open(Terminal { folder, environment, words });
            let program = fs::canonicalize(&start.claude.cli.program).expect("the client's program");
            let is_it = |stray: &Stray| {
                fs::read_link(format!("/proc/{}/exe", stray.pid)).is_ok_and(|exe| exe == program)
            };
            let client = eventually("the client in its terminal", PATIENCE, || {
                descendants(terminal).into_iter().find(is_it)
            });
            (None, client.pid)
        })
    }

    fn until_idle(
        &self,
        mut open: impl FnMut(&Self, &Path, &[String]) -> (Option<String>, u32),
    ) -> Session<'c> {
        // On a busy machine the client itself stands still at its start now and then, with an empty screen. That is no
        // part of what is tested, so it is ended without a trace and started anew.
        for _ in 0..2 {
            let session = self.open(&mut open);
            if session.becomes_idle_within(START) {
                return session;
            }
            session.discard();
        }
        let session = self.open(&mut open);
        session.await_status("idle");
        session
    }

    fn open(&self, open: &mut impl FnMut(&Self, &Path, &[String]) -> (Option<String>, u32)) -> Session<'c> {
        let folder = self.claude.projects().join(&self.name);
        fs::create_dir_all(&folder).expect("the project's folder");
        let mut words = vec![self.claude.cli.program.to_string_lossy().into_owned()];
        words.extend(self.arguments.iter().cloned());
        let (pane, pid) = open(self, &folder, &words);
        let process = Stray::of(pid).expect("the client runs");
        self.claude.remember(vec![process.clone()]);
        let name = self.name.clone();
        Session { claude: self.claude, name, pane, folder, process, last: RefCell::default() }
    }
}

/// What a terminal of a test's own has to run.
#[derive(Debug)]
pub struct Terminal<'s> {
    /// Where.
    pub folder: &'s Path,
    /// With what in the environment, besides what the terminal itself needs.
    pub environment: Vec<(String, String)>,
    /// What.
    pub words: &'s [String],
}

/// A running (or killed) session.
#[derive(Debug)]
pub struct Session<'c> {
    claude: &'c Claude,
    name: String,
    pane: Option<String>,
    folder: PathBuf,
    process: Stray,
    last: RefCell<Option<Entry>>,
}

impl Session<'_> {
    /// The client's process.
    pub fn pid(&self) -> u32 {
        self.process.pid
    }

    /// The session id as it is now.
    pub fn id(&self) -> String {
        self.entry().map(|entry| entry.session_id).unwrap_or_default()
    }

    /// The folder it works in.
    pub fn folder(&self) -> PathBuf {
        self.folder.clone()
    }

    /// The file of its registry entry.
    pub fn registry_path(&self) -> PathBuf {
        self.claude.config().join(format!("sessions/{}.json", self.pid()))
    }

    /// Its registry entry, or the last one that could be read while the file is being written.
    pub fn entry(&self) -> Option<Entry> {
        if let Some(entry) = Entry::read(&self.registry_path()) {
            *self.last.borrow_mut() = Some(entry);
        }
        self.last.borrow().clone()
    }

    /// Its transcript's file.
    pub fn transcript_path(&self) -> PathBuf {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let project: String = self.folder.to_string_lossy().chars().map(plain).collect();
        self.claude.config().join("projects").join(project).join(format!("{}.jsonl", self.id()))
    }

    /// Its pane in the World's tmux, by the id that it keeps.
    ///
    /// # Panics
    /// When its terminal is another one.
    pub fn pane(&self) -> &str {
        self.pane.as_deref().unwrap_or_else(|| panic!("{} is not in the World's tmux", self.name))
    }

    /// What its terminal shows; empty when that is not the World's tmux.
    pub fn screen(&self) -> String {
        self.pane.as_deref().map(|pane| self.claude.tmux.screen(pane)).unwrap_or_default()
    }

    /// Types keys by their tmux names (`Enter`, `Escape`, `Down`).
    pub fn keys(&self, keys: &[&str]) {
        self.claude.tmux.keys(self.pane(), keys);
    }

    /// Types a prompt and sends it off.
    pub fn prompt(&self, text: &str) {
        self.claude.tmux.text(self.pane(), text);
        self.keys(&["Enter"]);
    }

    fn becomes_idle_within(&self, span: Duration) -> bool {
        let deadline = Instant::now() + span;
        while Instant::now() < deadline {
            if self.entry().is_some_and(|entry| entry.status.as_deref() == Some("idle")) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// Ends it and takes its entry away.
    fn discard(&self) {
        println!("{} stood still at its start, and is started anew", self.name);
        send(self.pid(), Signal::KILL);
        eventually("the end of a session that stood still", PATIENCE, || {
            (!self.process.is_alive()).then_some(())
        });
        // It may not have come as far as making one.
        let _ = fs::remove_file(self.registry_path());
    }

    /// Waits until the registry says `status`.
    pub fn await_status(&self, status: &str) -> Entry {
        self.await_entry(status, |entry| entry.status.as_deref() == Some(status))
    }

    /// Waits until the registry entry fits.
    pub fn await_entry(&self, what: &str, fits: impl Fn(&Entry) -> bool) -> Entry {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let entry = self.entry();
            match entry {
                Some(entry) if fits(&entry) => return entry,
                entry if Instant::now() > deadline => {
                    panic!("{}: not {what}, but {entry:?}; it shows:\n{}", self.name, self.screen())
                }
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// Waits until the screen shows a text.
    pub fn await_screen(&self, text: &str) {
        eventually(&format!("{} shows {text}", self.name), PATIENCE, || {
            self.screen().contains(text).then_some(())
        });
    }

    /// Chooses the first answer of the open dialog: permission granted, first option taken.
    pub fn approve(&self) {
        self.answer_dialog("Enter");
    }

    /// Leaves the open dialog, or interrupts the turn; waits until it is over, for a key typed right after the escape
    /// key would be taken for a combination with it.
    pub fn interrupt(&self) {
        if self.entry().is_some_and(|entry| entry.status.as_deref() == Some("waiting")) {
            self.answer_dialog("Escape");
        } else {
            self.keys(&["Escape"]);
        }
        self.await_entry("interrupted", |entry| !matches!(entry.status.as_deref(), Some("busy" | "waiting")));
    }

    /// Takes back the text in the composer, where an early interrupt leaves the prompt.
    pub fn clear_composer(&self) {
        self.keys(&["C-u"]);
    }

    /// Starts over with `/clear`; returns the new session id.
    pub fn clear(&self) -> String {
        let before = self.id();
        self.prompt("/clear");
        self.await_entry("under a new session id", |entry| entry.session_id != before).session_id
    }

    /// Kills it with -9, as a crash would; what it started is ended with the World.
    pub fn kill(&self) {
        self.claude.remember(descendants(self.pid()));
        send(self.pid(), Signal::KILL);
        eventually("the client is dead", PATIENCE, || (!self.process.is_alive()).then_some(()));
    }

    /// Ends it properly with `/exit`.
    pub fn exit(&self) {
        self.claude.remember(descendants(self.pid()));
        self.prompt("/exit");
        eventually("the client has ended", PATIENCE, || (!self.process.is_alive()).then_some(()));
    }

    /// Waits for the dialog about a held message, and until it listens: keys that are typed too soon it takes for meant for
    /// what was there before, and goes back to its first choice. Nothing tells when that is over.
    pub fn await_held_dialog(&self) {
        self.await_status("waiting");
        self.await_screen("❯ Deny");
        std::thread::sleep(Duration::from_millis(1500));
    }

    /// A dialog is drawn half a second after the registry knows of it, and is deaf at first: so the key is typed again
    /// until the session waits no longer.
    fn answer_dialog(&self, key: &str) {
        let asked = self.await_status("waiting");
        self.await_screen("❯ 1.");
        let still = |entry: &Entry| {
            entry.status.as_deref() == Some("waiting") && entry.status_updated_at == asked.status_updated_at
        };
        for _ in 0..8 {
            self.keys(&[key]);
            let patience = Instant::now() + Duration::from_millis(700);
            while Instant::now() < patience {
                if self.entry().is_some_and(|entry| !still(&entry)) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        panic!("{}: the dialog does not take {key}; it shows:\n{}", self.name, self.screen());
    }
}
