//! A terminal at the other end of a connection: this machine can bring nothing there to the front.

use super::{Kind, Look};
use crate::table::{Line, Reach, Tried};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "ssh, mosh",
        reach: Reach::NotPossible,
        by: "the terminal is on another machine; panes of tmux, screen and Zellij are chosen all the same",
        tried: Tried::NotTried,
    },
    is: |one| one.is(&["sshd", "sshd-session", "mosh-server", "dropbear", "et", "etserver"]),
    look: |_| Look::Nothing("its terminal is on another machine".into()),
};
