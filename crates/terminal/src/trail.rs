//! Who started a process, up to the program that shows its terminal.

use std::path::PathBuf;

use crate::machine::{Environment, Machine, base};

/// No chain of parents is longer.
const LONGEST: usize = 64;

/// A process with the names by which a terminal is recognised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ancestor {
    pub(crate) pid: u32,
    /// The file that it runs.
    pub(crate) program: PathBuf,
    /// The names of that file and of the process, in small letters.
    names: [String; 2],
}

impl Ancestor {
    pub(crate) fn of(pid: u32, machine: &dyn Machine) -> Self {
        Self::known(pid, machine).unwrap_or(Self { pid, program: PathBuf::new(), names: Default::default() })
    }

    /// `None` for a process that is not there.
    fn known(pid: u32, machine: &dyn Machine) -> Option<Self> {
        let (file, name) = (machine.program(pid), machine.name(pid));
        if file.is_none() && name.is_none() {
            return None;
        }
        let program = file.unwrap_or_default();
        let plain = |name: String| {
            // A process chooses its name itself.
            let name = crate::call::printable(&name).to_lowercase();
            name.strip_suffix(".exe").map_or(name.clone(), str::to_owned)
        };
        let names = [plain(base(&program)), plain(name.unwrap_or_default())];
        Some(Self { pid, program, names })
    }

    /// Whether it has one of these names.
    pub(crate) fn is(&self, names: &[&str]) -> bool {
        self.names.iter().any(|own| names.contains(&own.as_str()))
    }

    /// Whether one of its names begins so.
    pub(crate) fn begins(&self, start: &str) -> bool {
        self.names.iter().any(|own| own.starts_with(start))
    }

    /// Whether its program lies in a folder of this name, as an application of macOS does.
    pub(crate) fn is_in(&self, folder: &str) -> bool {
        self.program.components().any(|part| part.as_os_str() == folder)
    }

    /// How a person calls it.
    pub(crate) fn called(&self) -> &str {
        let [file, name] = &self.names;
        // What runs a script is not what a person started.
        let runs_scripts = ["python", "perl", "ruby", "node"].iter().any(|one| file.starts_with(one));
        if file.is_empty() || runs_scripts { name } else { file }
    }
}

/// A process, the one that started it, and so on.
#[derive(Debug)]
pub(crate) struct Trail {
    /// The process itself first; the first of all processes is left out.
    pub(crate) ancestors: Vec<Ancestor>,
    /// The device of its terminal.
    pub(crate) tty: Option<String>,
}

impl Trail {
    pub(crate) fn of(pid: u32, machine: &dyn Machine) -> Self {
        let mut ancestors: Vec<Ancestor> = Vec::new();
        let mut next = Some(pid);
        while let Some(pid) = next.filter(|pid| *pid > 1 && ancestors.len() < LONGEST) {
            if ancestors.iter().any(|known| known.pid == pid) {
                break;
            }
            let Some(one) = Ancestor::known(pid, machine) else { break };
            ancestors.push(one);
            next = machine.parent(pid);
        }
        Self { ancestors, tty: machine.terminal(pid) }
    }

    /// Whether this process is on it.
    pub(crate) fn leads_to(&self, pid: u32) -> bool {
        self.ancestors.iter().any(|one| one.pid == pid)
    }

    /// What a variable is for those below `host`, nearest to the process first.
    pub(crate) fn variable<T>(
        &self,
        host: Option<u32>,
        machine: &dyn Machine,
        read: impl Fn(&Environment) -> Option<T>,
    ) -> Option<T> {
        let below = self.ancestors.iter().take_while(|one| Some(one.pid) != host);
        below.map(|one| machine.environment(one.pid)).find_map(|environment| read(&environment))
    }
}
