//! Running other programs: failures say what was run and how it ended.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

/// Runs `command` to its end; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({})", shown(command), ending(status));
    }
    Ok(())
}

/// What `command` prints, whatever its exit code; `None` when it cannot be started.
pub(crate) fn text_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command`, passes every line it prints on at once, and shows each to `look` as well.
pub(crate) fn watch(command: &mut Command, look: impl FnMut(&str) + Send) -> Result<ExitStatus> {
    each_line_of(command, true, look)
}

/// As [`watch`], but standard output is only looked at: it is meant for programs.
pub(crate) fn listen(command: &mut Command, look: impl FnMut(&str) + Send) -> Result<ExitStatus> {
    each_line_of(command, false, look)
}

fn each_line_of(command: &mut Command, echo: bool, look: impl FnMut(&str) + Send) -> Result<ExitStatus> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        bail!("{} has no output", shown(command));
    };
    let look = Mutex::new(look);
    std::thread::scope(|scope| {
        scope.spawn(|| pass_on(stderr, &mut std::io::stderr(), true, &look));
        pass_on(stdout, &mut std::io::stdout(), echo, &look);
    });
    child.wait().with_context(|| format!("lost {}", shown(command)))
}

fn pass_on(from: impl Read, to: &mut impl Write, echo: bool, look: &Mutex<impl FnMut(&str)>) {
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r');
        if echo {
            // Whoever reads this may have gone away (`| head`): the tests go on to their end all the same.
            let _ = writeln!(to, "{line}");
            let _ = to.flush();
        }
        if let Ok(mut look) = look.lock() {
            look(line);
        }
    }
}

/// Becomes `command`: its signals, its terminal and its exit code are this program's from here on.
#[cfg(unix)]
pub(crate) fn become_it(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", shown(command)))
}

/// Runs `command` to its end and passes its exit code on. The console sends Ctrl-C to both.
#[cfg(not(unix))]
pub(crate) fn become_it(command: &mut Command) -> Result<ExitCode> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Where the program `name` lies, if it can be called by name.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let suffixes: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    std::env::split_paths(&path)
        .flat_map(|folder| suffixes.iter().map(move |suffix| folder.join(format!("{name}{suffix}"))))
        .find(|file| file.is_file())
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let mut words = vec![program.file_stem().unwrap_or_default().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(OsStr::to_string_lossy).map(String::from));
    format!("`{}`", words.join(" "))
}

/// How a program ended, in words.
pub(crate) fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failure_says_what_was_run_and_how_it_ended() {
        let error = run(&mut sh("exit 7")).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 7` failed (exit code 7)");
    }

    #[test]
    fn lines_of_both_streams_are_looked_at() {
        let mut lines = Vec::new();
        let status =
            watch(&mut sh("echo one; echo two >&2; exit 3"), |line| lines.push(line.to_owned())).unwrap();
        lines.sort();
        assert_eq!((lines, status.code()), (vec!["one".to_owned(), "two".to_owned()], Some(3)));
    }

    #[test]
    fn a_last_line_without_its_end_is_a_line() {
        let mut lines = Vec::new();
        listen(&mut sh("printf 'a\\nb'"), |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["a", "b"]);
    }
}
