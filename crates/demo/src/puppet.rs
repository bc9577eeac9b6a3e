//! A real, harmless process that stands for a session, and what the system says of it.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::error::{DemoError, Result};
use crate::worker;

/// The program that plays sessions.
#[derive(Clone, Debug)]
pub(crate) enum Player {
    /// The system's shell, which waits for its input to end. It is on every machine, but shows less of tools.
    Shell,
    /// A program whose `main` calls [`worker::take_over`].
    Program(PathBuf),
}

/// A running player. It ends when this is dropped, and by itself when the demonstration is killed.
pub(crate) struct Puppet {
    child: Child,
    /// The start of the process as Claude Code writes it into its registry.
    pub(crate) start: String,
}

impl Puppet {
    pub(crate) fn start(player: &Player, who: &str) -> Result<Self> {
        let failed = |source| DemoError::Process { who: who.into(), source };
        let mut command = command(player);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut puppet = Self { child, start: String::new() };
        puppet.start = process_start(puppet.pid()).map_err(failed)?;
        Ok(puppet)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Lets it run a child that looks like `command`.
    pub(crate) fn run(&mut self, command: &str) {
        self.say(&format!("tool {}\n", command.replace('\n', " ")));
    }

    /// Ends that child.
    pub(crate) fn rest(&mut self) {
        self.say("rest\n");
    }

    fn say(&mut self, line: &str) {
        if let Some(input) = &mut self.child.stdin {
            // A player that died early is seen by its absence.
            let _ = input.write_all(line.as_bytes());
        }
    }

    /// Ends it at once and without a word, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.pid()).ok().and_then(rustix::process::Pid::from_raw) {
            // Its tool goes with it.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        self.end();
    }
}

fn command(player: &Player) -> Command {
    match player {
        Player::Program(path) => {
            let mut command = Command::new(path);
            command.env(worker::PART, worker::SESSION);
            #[cfg(unix)]
            std::os::unix::process::CommandExt::arg0(&mut command, "claude");
            command
        }
        Player::Shell => {
            let (shell, words): (&str, [OsString; 2]) = if cfg!(windows) {
                ("cmd", ["/c".into(), "set /p line=".into()])
            } else {
                ("sh", ["-c".into(), SHELL_PLAYER.into()])
            };
            let mut command = Command::new(shell);
            command.args(words);
            command
        }
    }
}

/// The player of [`worker`], in the shell's words.
const SHELL_PLAYER: &str = r#"
while read -r word rest; do
  [ -n "$tool" ] && kill "$tool"; tool=
  [ "$word" = tool ] && { sleep 86400 & tool=$!; }
done
[ -n "$tool" ] && kill "$tool"
"#;

/// The start of a process in the registry's form: ticks on Linux, a date on macOS, a file time on Windows.
#[cfg(target_os = "linux")]
fn process_start(pid: u32) -> io::Result<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_whitespace().nth(19).map(String::from).ok_or_else(|| io::Error::other("no start time"))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn process_start(pid: u32) -> io::Result<String> {
    said_by(Command::new("ps").env("LC_ALL", "C").args(["-o", "lstart=", "-p", &pid.to_string()]))
}

#[cfg(windows)]
fn process_start(pid: u32) -> io::Result<String> {
    let question = format!("(Get-Process -Id {pid}).StartTime.ToFileTimeUtc()");
    said_by(Command::new("powershell").args(["-NoProfile", "-Command", &question]))
}

#[cfg(not(target_os = "linux"))]
fn said_by(command: &mut Command) -> io::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_string();
    if said.is_empty() { Err(io::Error::other("no start time")) } else { Ok(said) }
}

/// The registry's word for where a pid means something.
pub(crate) fn pid_domain() -> String {
    #[cfg(target_os = "linux")]
    {
        let machine = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
        let space = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        format!("linux:{}:{}", machine.trim(), space.display())
    }
    #[cfg(target_os = "macos")]
    {
        "darwin".into()
    }
    #[cfg(windows)]
    {
        format!("win32:{}", std::env::var("COMPUTERNAME").unwrap_or_default().to_lowercase())
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
    {
        String::new()
    }
}
