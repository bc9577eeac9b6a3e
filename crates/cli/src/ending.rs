//! How a command ends: what its exit code says, and what is printed when it fails.

use std::fmt;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use crate::printable::line;

/// What a command found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// Nothing that needs a person.
    Fine,
    /// Something that needs a person.
    NeedsPerson,
}

/// The command line was used wrongly: a name that means nothing or too much.
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// A safe line that keeps its indentation.
fn indented(text: &str) -> String {
    let indent = text.len() - text.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(indent), line(text))
}

/// Prints what went wrong and says it in the exit code: 0 fine, 1 needs a person, 2 wrong use, 3 could not do it.
pub(crate) fn exit(ending: anyhow::Result<Ending>) -> ExitCode {
    let error = match ending {
        Ok(Ending::Fine) => return ExitCode::SUCCESS,
        Ok(Ending::NeedsPerson) => return ExitCode::from(1),
        Err(error) => error,
    };
    // Whoever read the output has had enough of it: `peerwatch | head`.
    if error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
    }) {
        return ExitCode::SUCCESS;
    }
    let wrong_use = error.downcast_ref::<WrongUse>().is_some();
    let said: Vec<String> = format!("{error:#}").lines().map(indented).collect();
    anstream::eprintln!("{}error:{:#} {}", crate::palette::ERROR, crate::palette::ERROR, said.join("\n"));
    ExitCode::from(if wrong_use { 2 } else { 3 })
}
