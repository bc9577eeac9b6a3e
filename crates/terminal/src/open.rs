//! Opens a new terminal that runs a command: the one that a person prefers, else the system's choice, else the first
//! known one that is installed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use thiserror::Error;

/// A terminal that was opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    /// The program that shows it.
    pub program: String,
    /// Its process. A terminal that hands the work to one that runs already has ended by now.
    pub pid: u32,
}

/// Why no terminal was opened.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum OpenError {
    /// None of those that are known is installed.
    #[error("no terminal program is known here; name one (a path, or a name in PATH)")]
    NoTerminal,
    /// The preferred one is not there.
    #[error("{0} is not installed")]
    Absent(String),
    /// It ended at once, with a failure.
    #[error("{0} did not open a window: {1}")]
    Failed(String, String),
}

/// A terminal program and what stands between its name and the command.
type Known = (&'static str, &'static [&'static str]);

/// The first is Debian's link to the person's own choice, the second that of the freedesktop proposal.
#[cfg(not(any(target_os = "macos", windows)))]
const KNOWN: &[Known] = &[
    ("xdg-terminal-exec", &[]),
    ("x-terminal-emulator", &["-e"]),
    ("gnome-terminal", &["--"]),
    ("kgx", &["--"]),
    ("ptyxis", &["--"]),
    ("konsole", &["-e"]),
    ("xfce4-terminal", &["-x"]),
    ("mate-terminal", &["-x"]),
    ("kitty", &[]),
    ("alacritty", &["-e"]),
    ("wezterm", &["start", "--"]),
    ("ghostty", &["-e"]),
    ("foot", &[]),
    ("terminator", &["-x"]),
    ("lxterminal", &["-e"]),
    ("qterminal", &["-e"]),
    ("xterm", &["-e"]),
    ("urxvt", &["-e"]),
    ("st", &["-e"]),
];
/// `open` gives Terminal.app, or whatever a person chose for such files, a file to run.
#[cfg(target_os = "macos")]
const KNOWN: &[Known] = &[];
#[cfg(windows)]
const KNOWN: &[Known] = &[("powershell.exe", &[])];

/// What a new terminal gets of our environment: it is the person's, not ours. Nothing of a terminal or a session that we
/// were started from.
const KEPT: &[&str] = &[
    "APPDATA",
    "CLAUDE_CONFIG_DIR",
    "COLORTERM",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LOCALAPPDATA",
    "LOGNAME",
    "PATH",
    "PATHEXT",
    "SHELL",
    "SSH_AUTH_SOCK",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_CURRENT_DESKTOP",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "XDG_STATE_HOME",
];

/// A terminal that can't open its window says so within this time.
const FIRST_WORDS: Duration = Duration::from_millis(700);

/// The names of those known terminals that are installed, in the order in which they would be taken.
#[must_use]
pub fn known_terminals() -> Vec<&'static str> {
    KNOWN.iter().map(|(name, _)| *name).filter(|name| in_path(name).is_some()).collect()
}

/// Opens a terminal in a folder that runs these words. `preferred` is a program's name or path; one that is not known is
/// given the command after `-e`, as most understand.
///
/// # Errors
/// When there is none, or none of those tried opens.
pub fn open_terminal(
    command: &[String],
    folder: &Path,
    preferred: Option<&str>,
    activation_token: Option<&str>,
) -> Result<Opened, OpenError> {
    let place = Place { command, folder, activation_token };
    if let Some(preferred) = preferred {
        let program = in_path(preferred).ok_or_else(|| OpenError::Absent(preferred.to_owned()))?;
        return place.open(&program, before_command(preferred));
    }
    if cfg!(target_os = "macos") {
        return place.open_on_macos();
    }
    let mut failed = OpenError::NoTerminal;
    for (name, words) in KNOWN {
        match in_path(name).map(|program| place.open(&program, words)) {
            Some(Ok(opened)) => return Ok(opened),
            Some(Err(error)) => failed = error,
            None => {}
        }
    }
    Err(failed)
}

fn before_command(preferred: &str) -> &'static [&'static str] {
    let name = Path::new(preferred).file_name().unwrap_or_default();
    KNOWN.iter().find(|(known, _)| OsStr::new(known) == name).map_or(&["-e"], |(_, words)| words)
}

/// A program by its path, or by its name in `PATH`.
fn in_path(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.components().count() > 1 {
        return path.is_file().then(|| path.to_owned());
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

struct Place<'a> {
    command: &'a [String],
    folder: &'a Path,
    activation_token: Option<&'a str>,
}

impl Place<'_> {
    fn open(&self, program: &Path, before: &[&str]) -> Result<Opened, OpenError> {
        let name = crate::machine::base(program);
        let failed = |why: String| OpenError::Failed(name.clone(), why);
        let mut command = self.within(program);
        // On Windows the command is itself what gets a window.
        match cfg!(windows) {
            true => command.args(self.command.iter().skip(1)),
            false => command.args(before).args(self.command),
        };
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let deadline = Instant::now() + FIRST_WORDS;
        while Instant::now() < deadline {
            match child.try_wait() {
                Ok(Some(status)) if !status.success() => return Err(failed(in_words(status))),
                Ok(Some(_)) => return Ok(Opened { program: name, pid: child.id() }),
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        let pid = child.id();
        // Somebody must take note of its end, or it stays in the list of processes.
        std::thread::spawn(move || child.wait());
        Ok(Opened { program: name, pid })
    }

    fn within(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs(std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LC_")));
        if let Some(token) = self.activation_token {
            command.env("XDG_ACTIVATION_TOKEN", token).env("DESKTOP_STARTUP_ID", token);
        }
        if self.folder.is_dir() {
            command.current_dir(self.folder);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        apart(&mut command);
        command
    }

    /// Terminal.app runs a file that ends with `.command` in a new window, and the file takes itself away.
    fn open_on_macos(&self) -> Result<Opened, OpenError> {
        let failed = |why: String| OpenError::Failed("Terminal".into(), why);
        let folder = std::env::temp_dir();
        let file = folder.join(format!("peerwatch-{}.command", std::process::id()));
        let words: Vec<String> =
            self.command.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
        let script = format!("#!/bin/sh\nrm -f -- \"$0\"\nexec {}\n", words.join(" "));
        write_private(&file, &script).map_err(|error| failed(error.to_string()))?;
        let mut command = self.within(Path::new("/usr/bin/open"));
        let child = command.arg(&file).spawn().map_err(|error| failed(error.to_string()))?;
        Ok(Opened { program: "Terminal".into(), pid: child.id() })
    }
}

fn in_words(status: ExitStatus) -> String {
    status.to_string()
}

/// It must not end with us, or with an interrupt that is meant for us.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

/// With a console of its own, which is the window.
#[cfg(windows)]
fn apart(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_CONSOLE: u32 = 0x10;
    command.creation_flags(CREATE_NEW_CONSOLE);
}

#[cfg(not(any(unix, windows)))]
fn apart(_command: &mut Command) {}

/// For the person alone, and never over a file that is there.
#[cfg(unix)]
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o700).open(file)?;
    made.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(file, text)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn terminal(folder: &Path, name: &str, script: &str) -> String {
        let path = folder.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn each_terminal_gets_the_command_in_its_own_way_and_in_the_folder() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().canonicalize().unwrap();
        let wanted =
            [("xterm", "-e"), ("gnome-terminal", "--"), ("my-own-one", "-e"), ("wezterm", "start --")];
        for (name, before) in wanted {
            let told = folder.join(format!("{name}.txt"));
            let script =
                format!("{{ pwd -P; echo \"$@\"; }} > '{0}.part'; mv '{0}.part' '{0}'", told.display());
            let program = terminal(&folder, name, &script);
            let opened = open_terminal(&words("claude --resume 7"), &folder, Some(&program), None).unwrap();
            assert_eq!(opened.program, name);
            let said = std::fs::read_to_string(&told).unwrap();
            assert_eq!(said, format!("{}\n{before} claude --resume 7\n", folder.display()));
        }
    }

    #[test]
    fn one_that_opens_nothing_says_so() {
        let scratch = tempfile::tempdir().unwrap();
        let program = terminal(scratch.path(), "xterm", "exit 1");
        let failed = open_terminal(&words("claude"), scratch.path(), Some(&program), None);
        assert_eq!(failed, Err(OpenError::Failed("xterm".into(), "exit status: 1".into())));
        let absent = open_terminal(&words("claude"), scratch.path(), Some("/no/such"), None);
        assert_eq!(absent, Err(OpenError::Absent("/no/such".into())));
    }

    #[test]
    fn a_new_terminal_knows_nothing_of_the_one_that_we_were_started_from() {
        for name in ["TMUX", "TMUX_PANE", "WINDOWID", "STY", "CLAUDECODE", "CARGO_MANIFEST_DIR"] {
            assert!(!KEPT.contains(&name));
        }
        let scratch = tempfile::tempdir().unwrap();
        let told = scratch.path().join("environment");
        let script = format!("env > '{}'", told.display());
        let program = terminal(scratch.path(), "xterm", &script);
        open_terminal(&words("claude"), scratch.path(), Some(&program), Some("token-9")).unwrap();
        let said = std::fs::read_to_string(told).unwrap();
        assert!(said.contains("XDG_ACTIVATION_TOKEN=token-9\n") && !said.contains("CARGO"), "{said}");
    }
}
