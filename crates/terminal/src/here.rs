//! Which lines of the table apply here: the terminals that a session is in, and the desktop in use.

use crate::desktops;
use crate::find::DEEPEST;
use crate::machine::{Environment, Machine};
use crate::terminals::{self, Look};
use crate::trail::Trail;

/// The names in the table of the terminals that a process is in, the innermost first, and of the desktop that it is on.
/// Multiplexers are asked for the clients that show the process, so this may take as long as they do.
#[must_use]
pub fn lines_of(pid: u32, machine: &dyn Machine) -> Vec<&'static str> {
    let mut names = Vec::new();
    follow(pid, machine, 0, &mut names);
    names.extend(desktops::name_of(&machine.environment(pid), machine));
    names
}

/// The name in the table of the desktop that we are on ourselves.
#[must_use]
pub fn desktop_here(machine: &dyn Machine) -> Option<&'static str> {
    desktops::name_of(&Environment::default(), machine)
}

fn follow(pid: u32, machine: &dyn Machine, depth: usize, names: &mut Vec<&'static str>) {
    let Some((line, look)) = terminals::look(&Trail::of(pid, machine), machine) else { return };
    if !names.contains(&line.name) {
        names.push(line.name);
    }
    if let Look::Panes(clients) = look
        && depth < DEEPEST
    {
        for shown in clients {
            follow(shown.client, machine, depth + 1, names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    #[test]
    fn a_session_in_tmux_is_in_the_terminal_of_its_client_too() {
        let mut machine = Fake::default();
        machine
            .process(1, 0, "/sbin/init", "")
            .process(10, 1, "/usr/bin/xterm", "")
            .process(11, 10, "/usr/bin/tmux", "/dev/pts/1")
            .process(20, 1, "/usr/bin/tmux", "")
            .process(21, 20, "/bin/bash", "/dev/pts/2")
            .process(22, 21, "/usr/bin/claude", "/dev/pts/2")
            .variable(22, "TMUX", "/tmp/tmux-1000/default,20,0")
            .variable(22, "DISPLAY", ":0")
            .answer(
                "list-panes",
                "pane %0 21 /dev/pts/2 $0 @0 1 1\nclient 11 /dev/pts/1 $0 1700000000 0 %0\n",
            );
        let x11 = cfg!(target_os = "linux").then_some("X11 (any window manager with EWMH)");
        let wanted = ["tmux", "xterm, foot, and like them rxvt, st, Alacritty"];
        let names = lines_of(22, &machine);
        assert_eq!(names[..2], wanted);
        assert!(x11.is_none_or(|x11| names.contains(&x11)), "{names:?}");
        assert_eq!(lines_of(10, &machine).len(), usize::from(cfg!(any(target_os = "macos", windows))));
    }
}
