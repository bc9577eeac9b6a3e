//! Whether notifications can be shown here, in words that `doctor` can print.

use std::fmt;

/// The program that shows notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Its name, such as `dunst`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// It tells of clicks and shows buttons.
    pub actions: bool,
    /// It has a field to answer in.
    pub inline_reply: bool,
    /// It reads the body as markup.
    pub markup: bool,
    /// It keeps notifications until somebody deals with them.
    pub persistence: bool,
    /// The person has told the desktop not to disturb: what is shown now is kept from the screen, or dropped. `None` where
    /// that can't be read.
    pub do_not_disturb: Option<bool>,
}

/// The state of the place where notices are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifierState {
    /// Notices are shown.
    Ready(Server),
    /// No program shows notifications at the moment.
    Absent {
        /// The desktop starts one when there is something to show.
        starts_on_demand: bool,
    },
    /// The program that shows notifications doesn't answer.
    NotAnswering,
    /// The desktop's message bus can't be reached.
    NoBus {
        /// What the attempt ended with.
        error: String,
    },
    /// The operating system shows notices by itself.
    Native {
        /// A shown notice can be taken back.
        withdraws: bool,
    },
    /// Notices are written to the log only.
    LogOnly,
}

impl NotifierState {
    /// The person has told the desktop not to disturb; `None` where that can't be read.
    pub fn do_not_disturb(&self) -> Option<bool> {
        match self {
            Self::Ready(server) => server.do_not_disturb,
            _ => None,
        }
    }
}

impl fmt::Display for NotifierState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(server) => {
                write!(f, "shown by {} {}", server.name, server.version)?;
                if !server.actions {
                    f.write_str(", which doesn't tell of clicks")?;
                }
                if server.do_not_disturb == Some(true) {
                    f.write_str("; it doesn't disturb at the moment")?;
                }
                Ok(())
            }
            Self::Absent { starts_on_demand: true } => {
                f.write_str("the desktop starts its notification program when there is something to show")
            }
            Self::Absent { starts_on_demand: false } => {
                f.write_str("no program shows notifications; install one, such as dunst")
            }
            Self::NotAnswering => f.write_str("the program that shows notifications doesn't answer"),
            Self::NoBus { error } => write!(f, "the desktop's session bus can't be reached: {error}"),
            Self::Native { .. } => f.write_str("shown by the operating system"),
            Self::LogOnly => f.write_str("written to the log; this machine has no desktop"),
        }
    }
}

/// Why a notice wasn't shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The message bus can't be reached.
    #[error("the desktop's session bus can't be reached: {0}")]
    NoBus(String),
    /// Nobody shows notifications.
    #[error("no program shows notifications")]
    Absent,
    /// No answer in time.
    #[error("the program that shows notifications doesn't answer")]
    NotAnswering,
    /// It said no.
    #[error("the notification was refused: {0}")]
    Refused(String),
    /// Too many were waiting to be shown.
    #[error("too many notifications were waiting to be shown")]
    Crowded,
}
