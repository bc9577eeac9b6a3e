//! Ghostty: on macOS its AppleScript chooses the terminal with our device (from 1.4 on); elsewhere its window alone.

use super::terminal_app::{Script, device};
use super::{At, Kind, Look, Part};
use crate::table::{Line, Reach, Tried};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "Ghostty",
        reach: Reach::WindowOnly,
        by: "the window; on macOS AppleScript chooses the terminal by its device where Ghostty tells it",
        tried: Tried::NotTried,
    },
    is: |one| one.is(&["ghostty"]),
    look,
};

fn look(at: &At) -> Look {
    let unknown = || Part::Unknown("Ghostty lets nobody outside choose a tab".into());
    if cfg!(not(target_os = "macos")) {
        return Look::hosted("Ghostty", at, unknown());
    }
    match device(at) {
        Ok(tty) => {
            let script = Script { what: "its terminal of Ghostty", text: script(&tty) };
            Look::hosted("Ghostty", at, Part::Raised(Box::new(script)))
        }
        Err(_) => Look::hosted("Ghostty", at, unknown()),
    }
}

/// A Ghostty that does not tell devices comes to the front as it is, and the script fails after that.
fn script(tty: &str) -> String {
    format!(
        r#"tell application "Ghostty"
  activate
  repeat with t in terminals
    if tty of t is "{tty}" then
      focus t
      return "found"
    end if
  end repeat
end tell"#
    )
}
