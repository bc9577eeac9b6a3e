//! Asks the person at the terminal before something is done.

use std::io::{IsTerminal as _, Write as _};

/// Whether somebody sits there who sees the question and can answer it.
pub(crate) fn can_be_asked() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Asks whether to go on; everything but yes is no.
pub(crate) fn go_on() -> anyhow::Result<bool> {
    let mut out = std::io::stdout();
    write!(out, "Go on? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
