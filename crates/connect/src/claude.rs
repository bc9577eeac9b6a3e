//! The program `claude`: where it is, how old it is, and its own commands for plugins.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::place::Environment;
use crate::{Error, Place};

/// The first with an inbox for messages; hooks without a shell (`args`) came with 2.1.139.
const OLDEST: Version = Version([2, 1, 224]);
/// A command took 0.2 s with 2.1.330.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a command says is shown to a person.
const LONGEST_ANSWER: u64 = 4_000;

/// A `claude` that was found and is new enough.
#[derive(Clone, Debug)]
pub(crate) struct Claude {
    program: PathBuf,
    config: Option<PathBuf>,
    environment: Environment,
    folder: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Version([u32; 3]);

impl Claude {
    /// The one given, else that on the `PATH`, else where Claude Code's installer puts it.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(place: &Place) -> Result<Self, Error> {
        let program = program(place)?;
        let config = (place.config != place.home.join(".claude")).then(|| place.config.clone());
        // Not the home folder: there, the user's settings are a project's settings too.
        let folder = place.own.clone();
        Ok(Self { program, config, environment: place.environment.clone(), folder })
    }

    /// Its version.
    ///
    /// # Errors
    /// When it does not say it, or is too old.
    pub(crate) fn is_new_enough(&self) -> Result<(), Error> {
        let said = self.run(&["--version"])?;
        match Version::read(&said) {
            Some(version) if version >= OLDEST => Ok(()),
            Some(version) => Err(Error::TooOld { found: version.to_string(), needed: OLDEST.to_string() }),
            None => Err(Error::Command { command: shown(&["--version"]), said }),
        }
    }

    /// Runs a command to its end; returns what it said.
    ///
    /// # Errors
    /// When it cannot be started, fails, or takes longer than a minute.
    pub(crate) fn run(&self, words: &[&str]) -> Result<String, Error> {
        let failed = |said: String| Error::Command { command: shown(words), said };
        let (success, said) = self.output(words).map_err(|error| failed(error.to_string()))?;
        if success { Ok(said) } else { Err(failed(said)) }
    }

    fn output(&self, words: &[&str]) -> std::io::Result<(bool, String)> {
        let mut command = self.command();
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let answers = [listen(child.stdout.take()), listen(child.stderr.take())];
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                return Ok((false, format!("it had not ended after {} s", PATIENCE.as_secs())));
            }
            thread::sleep(Duration::from_millis(10));
        };
        let said = answers.map(|answer| answer.join().unwrap_or_default());
        Ok((status.success(), said.join("\n").trim().to_owned()))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Environment::Only(variables) = &self.environment {
            command.env_clear().envs(variables.iter().cloned());
        }
        match &self.config {
            Some(config) => command.env("CLAUDE_CONFIG_DIR", config),
            None => command.env_remove("CLAUDE_CONFIG_DIR"),
        };
        // Peerwatch may have been started by a session.
        command.env_remove("CLAUDECODE");
        if self.folder.is_dir() {
            command.current_dir(&self.folder);
        }
        command
    }
}

/// A command as one would type it.
pub(crate) fn shown(words: &[&str]) -> String {
    format!("claude {}", words.join(" "))
}

fn program(place: &Place) -> Result<PathBuf, Error> {
    let not_found = |looked: String| Error::NoClaude { looked };
    if let Some(given) = &place.claude {
        let found = given.is_file().then(|| given.clone());
        return found.ok_or_else(|| not_found(format!("{} is no file", given.display())));
    }
    let path = place.environment.get("PATH").unwrap_or_default();
    let usual = [".local/bin", ".claude/local"].map(|folder| place.home.join(folder));
    let found = std::env::split_paths(&path).chain(usual).find_map(|folder| program_in(&folder));
    found.ok_or_else(|| not_found("neither on the PATH nor in ~/.local/bin".to_owned()))
}

#[cfg(unix)]
fn program_in(folder: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("claude");
    let found = path.metadata().ok()?;
    (folder.is_absolute() && found.is_file() && found.permissions().mode() & 0o111 != 0).then_some(path)
}

#[cfg(not(unix))]
fn program_in(folder: &Path) -> Option<PathBuf> {
    ["claude.exe", "claude.cmd"].iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn listen(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What goes beyond is read too, or the command would stand still.
            let _ = pipe.by_ref().take(LONGEST_ANSWER).read_to_end(&mut bytes);
            let _ = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        String::from_utf8_lossy(&bytes).trim().to_owned()
    })
}

impl Version {
    /// Reads `2.1.330 (Claude Code)`.
    fn read(said: &str) -> Option<Self> {
        let mut parts = said.split_whitespace().next()?.split('.').map(|part| {
            let digits = part.split(|letter: char| !letter.is_ascii_digit()).next()?;
            digits.parse().ok()
        });
        Some(Self([parts.next()??, parts.next()??, parts.next()??]))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(out, "{major}.{minor}.{patch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_ordered() {
        let read = |said| Version::read(said).unwrap();
        assert_eq!(read("2.1.330 (Claude Code)").to_string(), "2.1.330");
        assert!(read("2.1.330") > OLDEST && read("2.1.99") < OLDEST && read("3.0.0-beta.1") > OLDEST);
        assert_eq!(Version::read("command not found"), None);
        assert_eq!(Version::read(""), None);
    }
}
