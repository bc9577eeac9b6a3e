//! Texts that are given on the command line, in a file, or on standard input.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use anyhow::Context as _;

use crate::printable::line;
use crate::screen;

/// The text itself, or with `-` what stands on standard input; `what` says what to write there.
pub(crate) fn text(given: &str, what: &str) -> anyhow::Result<String> {
    if given == "-" { standard_input(what) } else { Ok(given.to_owned()) }
}

/// The text of a file, or with `-` what stands on standard input.
pub(crate) fn file(path: &Path, what: &str) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return standard_input(what);
    }
    let shown = line(&path.to_string_lossy());
    let bytes = std::fs::read(path).with_context(|| format!("{shown} cannot be read"))?;
    String::from_utf8(bytes).with_context(|| format!("{shown} is not text in UTF-8"))
}

fn standard_input(what: &str) -> anyhow::Result<String> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        screen::say(&format!("Write {what}, then Ctrl-D:"));
    }
    let mut text = String::new();
    input.read_to_string(&mut text).context("standard input cannot be read as text")?;
    Ok(text)
}
