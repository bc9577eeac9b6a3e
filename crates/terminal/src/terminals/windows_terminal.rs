//! Windows Terminal and the classic console: the window of the process.

use super::{Kind, Look, Part};
use crate::table::{Line, Reach, Tried};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "Windows Terminal",
        reach: Reach::WindowOnly,
        by: "the window; nothing tells from outside which tab a process is in",
        tried: Tried::NotTried,
    },
    is: |one| one.is(&["windowsterminal", "openconsole", "conhost"]),
    look: |at| {
        let why = "Windows Terminal tells nobody which tab a process is in".to_owned();
        Look::hosted("Windows Terminal", at, Part::Unknown(why))
    },
};
