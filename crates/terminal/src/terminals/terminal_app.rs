//! Terminal.app: the tab with our terminal's device, by AppleScript.

use super::{At, Kind, Look, Part};
use crate::call::Call;
use crate::machine::Machine;
use crate::table::{Line, Reach, Tried};
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "Terminal.app",
        reach: Reach::ExactPane,
        by: "AppleScript, by the device; macOS asks once whether Peerwatch may control Terminal",
        tried: Tried::NotTried,
    },
    is: |one| one.is(&["terminal"]) && one.is_in("Terminal.app"),
    look,
};

fn look(at: &At) -> Look {
    match device(at) {
        Ok(tty) => {
            let script = Script { what: "its tab of Terminal", text: script(&tty) };
            Look::hosted("Terminal", at, Part::Raised(Box::new(script)))
        }
        Err(why) => Look::hosted("Terminal", at, Part::Unknown(why)),
    }
}

fn script(tty: &str) -> String {
    format!(
        r#"tell application "Terminal"
  repeat with w in windows
    repeat with t in tabs of w
      if tty of t is "{tty}" then
        set selected of t to true
        set index of w to 1
        activate
        return "found"
      end if
    end repeat
  end repeat
end tell"#
    )
}

/// The device of the terminal, which stands between quotes in a script.
pub(super) fn device(at: &At) -> Result<String, String> {
    let tty = at.trail.tty.clone().ok_or("it has no terminal")?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '/';
    if tty.chars().all(is_plain) { Ok(tty) } else { Err("the name of its terminal is odd".into()) }
}

/// An AppleScript that says `found` when it has brought something to the front.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) what: &'static str,
    pub(super) text: String,
}

impl Step for Script {
    fn what(&self) -> String {
        self.what.to_owned()
    }

    fn take(&self, machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        let call = Call::new("/usr/bin/osascript").with(["-e", &self.text]);
        let said = machine.run(&call).map_err(|error| error.to_string())?;
        if said.trim() == "found" { Ok(Seen::InFront) } else { Err("it is not there any more".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;
    use crate::find::{find, focus};
    use crate::way::Capability;

    #[test]
    fn a_tab_is_chosen_by_its_whole_device() {
        let mut machine = Fake::default();
        machine.process(20, 1, "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal", "");
        machine.process(21, 20, "/usr/bin/login", "/dev/ttys001").process(22, 21, "/bin/zsh", "/dev/ttys001");
        machine.process(23, 22, "/opt/homebrew/bin/claude", "/dev/ttys001");
        machine.answer("osascript", "found\n").windows(20, 1);
        let way = find(23, &machine);
        assert_eq!(
            (way.capability(), way.sentence()),
            (&Capability::ExactPane, "jumps to its tab of Terminal")
        );
        assert_eq!(focus(&way, &machine, None).map(|done| done.seen), Ok(Seen::InFront));
        assert!(machine.asked().contains(r#"tty of t is "/dev/ttys001""#));
    }
}
