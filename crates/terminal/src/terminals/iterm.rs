//! iTerm2: the session with our terminal's device, by AppleScript.

use super::terminal_app::{Script, device};
use super::{At, Kind, Look, Part};
use crate::table::{Line, Reach, Tried};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "iTerm2",
        reach: Reach::ExactPane,
        by: "AppleScript, by the device; macOS asks once whether Peerwatch may control iTerm2",
        tried: Tried::NotTried,
    },
    // Its terminals are children of a server of its own, so that they survive it.
    is: |one| one.begins("iterm"),
    look,
};

fn look(at: &At) -> Look {
    match device(at) {
        Ok(tty) => {
            let script = Script { what: "its session of iTerm2", text: script(&tty) };
            Look::hosted("iTerm2", at, Part::Raised(Box::new(script)))
        }
        Err(why) => Look::hosted("iTerm2", at, Part::Unknown(why)),
    }
}

fn script(tty: &str) -> String {
    format!(
        r#"tell application "iTerm2"
  repeat with w in windows
    repeat with t in tabs of w
      repeat with s in sessions of t
        if tty of s is "{tty}" then
          select w
          tell t to select
          tell s to select
          activate
          return "found"
        end if
      end repeat
    end repeat
  end repeat
end tell"#
    )
}
