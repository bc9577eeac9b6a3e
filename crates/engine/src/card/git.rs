//! Asks git about a repository that nobody vouches for, and changes nothing in it.
//!
//! A repository's own configuration can name programs, and even `git status` runs some of them: `core.fsmonitor`, the filters of
//! files whose dates changed, whatever a partial clone fetches missing objects with. None of them runs here: the first is
//! switched off, filters are looked up and emptied one by one, and nothing is ever fetched. Hooks, pagers, signature
//! checks and external diffs are not reached by what is asked; submodules are not entered. Locks are not taken, so the index
//! is not written. (A filter could be added between the look-up and the question: by a program that runs as this user already.)

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// One question takes no longer.
const PATIENCE: Duration = Duration::from_secs(2);
/// No more is read of an answer.
const LONGEST: u64 = 256 * 1024;
/// A repository with more filters than this is not asked for its status.
const MOST_FILTERS: usize = 40;
/// How often an ending process is looked at.
const GLANCE: Duration = Duration::from_millis(2);

/// What git needs to know of the user; nothing else is passed on.
const PASSED: [&str; 9] =
    ["PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "SYSTEMROOT", "TEMP", "TMP"];

const SET: [(&str, &str); 5] = [
    ("LC_ALL", "C"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    // Since git 2.44, and in the security releases of older ones…
    ("GIT_NO_LAZY_FETCH", "1"),
    // …and for the others: no way to fetch anything from anywhere.
    ("GIT_ALLOW_PROTOCOL", "none"),
];

/// Empty values switch off in every version; to older ones `false` would be the name of a program.
const GUARDS: [&str; 4] = [
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    // A repository that lies within the files of another one is not believed.
    "safe.bareRepository=explicit",
    "core.quotePath=false",
];

/// Why git gave no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NoAnswer {
    /// There is no git.
    NoGit,
    /// It took too long.
    Late,
    /// It found nothing of what was asked for.
    Nothing,
    /// It refused, and its words.
    Refused(String),
}

impl NoAnswer {
    /// In words, of git as the subject.
    pub(super) fn words(&self) -> String {
        match self {
            NoAnswer::NoGit => "git is not installed".into(),
            NoAnswer::Late => "git did not answer in time".into(),
            NoAnswer::Nothing => "git found nothing".into(),
            NoAnswer::Refused(words) => format!("git says: {words}"),
        }
    }
}

/// What git said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    pub(super) text: String,
    /// Whether there was more than is read.
    pub(super) cut: bool,
}

/// git, for questions about one folder.
pub(super) struct Git<'a> {
    folder: &'a Path,
    /// What is known of the user.
    user: Vec<(&'static str, OsString)>,
    patience: Duration,
    filters: Vec<String>,
}

impl<'a> Git<'a> {
    /// The git that the `PATH` leads to, never one within the folder.
    pub(super) fn new(folder: &'a Path) -> Self {
        let user = PASSED.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))).collect();
        Self { folder, user, patience: PATIENCE, filters: Vec::new() }
    }

    /// For a user with this home and nothing else.
    #[cfg(test)]
    pub(super) fn at_home(mut self, home: &Path) -> Self {
        self.user.retain(|(name, _)| *name == "PATH");
        self.user.push(("HOME", home.into()));
        self
    }

    #[cfg(test)]
    pub(super) fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) fn folder(&self) -> &'a Path {
        self.folder
    }

    /// Empties the filters that any configuration names; only then may the contents of files be compared. Gives back whether
    /// there are any.
    pub(super) fn without_filters(&mut self) -> Result<bool, NoAnswer> {
        let names = match self.ask(&["config", "--null", "--name-only", "--get-regexp", r"^filter\."]) {
            Ok(names) => names,
            Err(NoAnswer::Nothing) => return Ok(false),
            Err(error) => return Err(error),
        };
        let mut drivers: Vec<&str> = names
            .text
            .split('\0')
            .filter_map(|key| Some(key.strip_prefix("filter.")?.rsplit_once('.')?.0))
            .collect();
        drivers.sort_unstable();
        drivers.dedup();
        // In `-c name=value` the first equals sign ends the name.
        if names.cut || drivers.len() > MOST_FILTERS || drivers.iter().any(|driver| driver.contains('=')) {
            return Err(NoAnswer::Refused("its configuration names filters that cannot be left out".into()));
        }
        let emptied = |driver: &&str| {
            ["clean=", "smudge=", "process=", "required=false"].map(|rest| format!("filter.{driver}.{rest}"))
        };
        self.filters = drivers.iter().flat_map(emptied).collect();
        Ok(!self.filters.is_empty())
    }

    /// Asks, and waits for a bounded time.
    pub(super) fn ask(&self, words: &[&str]) -> Result<Answer, NoAnswer> {
        let until = Instant::now() + self.patience;
        let mut child = self.command(words).spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => NoAnswer::NoGit,
            _ => NoAnswer::Refused(error.to_string()),
        })?;
        let (said, ear) = mpsc::channel();
        listen(child.stdout.take(), Pipe::Out, &said);
        listen(child.stderr.take(), Pipe::Error, &said);
        drop(said);
        let heard = hear(&ear, until).and_then(|heard| Some((heard, ended(&mut child, until)?)));
        let Some(([out, error], status)) = heard else {
            end(child);
            return Err(NoAnswer::Late);
        };
        let cut = out.len() as u64 >= LONGEST;
        // Who is no longer listened to ends by a signal.
        if status.success() || cut {
            return Ok(Answer { text: String::from_utf8_lossy(&out).into_owned(), cut });
        }
        if status.code() == Some(1) && error.is_empty() {
            return Err(NoAnswer::Nothing);
        }
        let error = String::from_utf8_lossy(&error);
        let line = error.lines().find(|line| line.starts_with("fatal: ")).or(error.lines().next());
        let line = line.map(|line| line.trim_start_matches("fatal: ").to_owned());
        Err(NoAnswer::Refused(line.unwrap_or_else(|| format!("nothing, and ended with {status}"))))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.env_clear().envs(SET).envs(self.user.iter().map(|(name, value)| (name, value)));
        // The working directory stays that of this process.
        command.args(["--no-optional-locks", "--no-pager", "-C"]).arg(self.folder);
        let guards = GUARDS.iter().map(OsString::from).chain(self.filters.iter().map(OsString::from));
        guards.for_each(|guard| {
            command.arg("-c").arg(guard);
        });
        command.args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // Without a console of its own.
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(&mut command, 0x0800_0000);
        command
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pipe {
    Out,
    Error,
}

/// Reads a pipe to its end, or as far as anybody wants to know.
fn listen(pipe: Option<impl Read + Send + 'static>, which: Pipe, said: &Sender<(Pipe, Vec<u8>)>) {
    let said = said.clone();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe
            && let Err(error) = pipe.take(LONGEST).read_to_end(&mut bytes)
        {
            tracing::debug!("git could not be heard to its end: {error}");
        }
        // Nobody waits for it any longer when it came too late.
        let _late = said.send((which, bytes));
    });
}

/// What both pipes said; `None` when that takes too long.
fn hear(ear: &mpsc::Receiver<(Pipe, Vec<u8>)>, until: Instant) -> Option<[Vec<u8>; 2]> {
    let (mut out, mut error) = (Vec::new(), Vec::new());
    loop {
        match ear.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok((Pipe::Out, bytes)) => out = bytes,
            Ok((Pipe::Error, bytes)) => error = bytes,
            Err(RecvTimeoutError::Disconnected) => return Some([out, error]),
            Err(RecvTimeoutError::Timeout) => return None,
        }
    }
}

fn ended(child: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(GLANCE),
            _ => return None,
        }
    }
}

/// Ends a process that took too long, and whatever it started.
fn end(mut child: Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw)
        && let Err(error) = rustix::process::kill_process_group(group, rustix::process::Signal::KILL)
    {
        tracing::debug!("git could not be ended: {error}");
    }
    if let Err(error) = child.kill() {
        tracing::debug!("git could not be ended: {error}");
    }
    // One that hangs in the system (a dead network folder) ends later or never; nobody waits for it here.
    thread::spawn(move || child.wait());
}
