//! A machine on paper: processes in a table, programs that answer what they are told to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::call::{Call, CallError};
use crate::desktops::{Desktop, Found, Owner, Window};
use crate::machine::{Environment, Machine, base};
use crate::way::Seen;

#[derive(Clone, Debug, Default)]
struct Process {
    parent: u32,
    program: PathBuf,
    terminal: String,
    arguments: Vec<String>,
    open: Vec<String>,
    variables: BTreeMap<String, String>,
}

/// The machine.
#[derive(Debug, Default)]
pub(crate) struct Fake {
    processes: BTreeMap<u32, Process>,
    /// Programs by name, and what they print.
    answers: Vec<(String, String)>,
    /// Processes with a window, and how many.
    windows: BTreeMap<u32, usize>,
    calls: Mutex<Vec<String>>,
}

impl Fake {
    pub(crate) fn process(&mut self, pid: u32, parent: u32, program: &str, terminal: &str) -> &mut Self {
        let process = Process {
            parent,
            program: program.into(),
            terminal: terminal.into(),
            arguments: vec![program.into()],
            ..Process::default()
        };
        self.processes.insert(pid, process);
        self
    }

    pub(crate) fn variable(&mut self, pid: u32, name: &str, value: &str) -> &mut Self {
        let process = self.processes.get_mut(&pid).unwrap();
        process.variables.insert(name.into(), value.into());
        self
    }

    pub(crate) fn arguments(&mut self, pid: u32, words: &str) -> &mut Self {
        self.processes.get_mut(&pid).unwrap().arguments = words.split(' ').map(str::to_owned).collect();
        self
    }

    pub(crate) fn draws_on(&mut self, pid: u32, terminal: &str) -> &mut Self {
        self.processes.get_mut(&pid).unwrap().open.push(terminal.into());
        self
    }

    /// What a call whose words contain `words` prints; the last that fits answers.
    pub(crate) fn answer(&mut self, words: &str, text: &str) -> &mut Self {
        self.answers.push((words.into(), text.into()));
        self
    }

    pub(crate) fn windows(&mut self, pid: u32, count: usize) -> &mut Self {
        self.windows.insert(pid, count);
        self
    }

    /// Every call so far, a line each.
    pub(crate) fn asked(&self) -> String {
        self.calls.lock().unwrap().join("\n")
    }
}

impl Machine for Fake {
    fn parent(&self, pid: u32) -> Option<u32> {
        self.processes.get(&pid).map(|process| process.parent)
    }

    fn children(&self, pid: u32) -> Vec<u32> {
        self.processes.iter().filter(|(_, process)| process.parent == pid).map(|(pid, _)| *pid).collect()
    }

    fn all(&self) -> Vec<u32> {
        self.processes.keys().copied().collect()
    }

    fn program(&self, pid: u32) -> Option<PathBuf> {
        self.processes.get(&pid).map(|process| process.program.clone())
    }

    fn name(&self, pid: u32) -> Option<String> {
        self.processes.get(&pid).map(|process| base(Path::new(&process.arguments[0])))
    }

    fn arguments(&self, pid: u32) -> Vec<String> {
        self.processes.get(&pid).map(|process| process.arguments.clone()).unwrap_or_default()
    }

    fn environment(&self, pid: u32) -> Environment {
        self.processes
            .get(&pid)
            .map(|process| process.variables.clone().into_iter().collect())
            .unwrap_or_default()
    }

    fn terminal(&self, pid: u32) -> Option<String> {
        self.processes.get(&pid).map(|process| process.terminal.clone()).filter(|name| !name.is_empty())
    }

    fn open_terminals(&self, pid: u32) -> Vec<String> {
        self.processes.get(&pid).map(|process| process.open.clone()).unwrap_or_default()
    }

    fn own(&self, _name: &str) -> Option<String> {
        None
    }

    fn run(&self, call: &Call) -> Result<String, CallError> {
        let words = call.arguments.iter().map(|word| word.to_string_lossy().into_owned());
        let line: Vec<String> = std::iter::once(base(&call.program)).chain(words).collect();
        let line = line.join(" ");
        self.calls.lock().unwrap().push(line.clone());
        let answer = self.answers.iter().rev().find(|(words, _)| line.contains(words.as_str()));
        answer.map(|(_, text)| text.clone()).ok_or_else(|| CallError::Absent(base(&call.program)))
    }

    fn desktops(&self, _environment: &Environment) -> Vec<Box<dyn Desktop>> {
        if self.windows.is_empty() { Vec::new() } else { vec![Box::new(Screen(self.windows.clone()))] }
    }
}

#[derive(Debug)]
struct Screen(BTreeMap<u32, usize>);

impl Desktop for Screen {
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        let count = self.0.get(&owner.pid).ok_or("it has no window on this display")?;
        let is_doubtful = *count > 1 && owner.window_id.is_none();
        Ok(Found { window: Window { id: owner.pid.to_string() }, is_doubtful })
    }

    fn raise(&self, _window: &Window, _token: Option<&str>) -> Result<Seen, String> {
        Ok(Seen::InFront)
    }
}
