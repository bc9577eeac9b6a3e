//! What is shown, and what becomes of it.

use crate::{Failure, NotifierState};

/// How much a notice insists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Urgency {
    /// May be missed.
    Low,
    /// Shown for as long as the desktop shows things.
    #[default]
    Normal,
    /// Stays until somebody deals with it.
    Critical,
}

/// A button of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Comes back in [`Happening::Activated`].
    pub key: String,
    /// What the button says.
    pub label: String,
}

/// A field in which a person answers without leaving the notification, where the desktop has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyField {
    /// What the button says.
    pub label: String,
    /// What stands in the field before anything is typed.
    pub placeholder: String,
}

/// One notification. Its texts may come from anywhere: they are cleaned and bounded before they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// The cause; one notice per cause is on the screen at a time.
    pub key: String,
    /// One line.
    pub title: String,
    /// A few lines.
    pub body: String,
    /// How much it insists.
    pub urgency: Urgency,
    /// A category of the desktop notifications specification (`im.received`), or empty.
    pub category: String,
    /// Whether the desktop may make a sound for it.
    pub sound: bool,
    /// The buttons. A click on the body needs none: it is [`DEFAULT_ACTION`](crate::DEFAULT_ACTION).
    pub actions: Vec<Action>,
    /// The field to answer in; what is typed comes back in [`Happening::Replied`]. Left out where the desktop has none:
    /// [`Server::inline_reply`](crate::Server) says so.
    pub reply: Option<ReplyField>,
}

/// What became of a notice, or of the place where notices are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The desktop has taken the notice, or a digest that stands for it and others.
    Shown {
        /// The notice's key.
        key: String,
    },
    /// A person clicked.
    Activated {
        /// The notice's key. A click on a digest means the newest notice in it.
        key: String,
        /// The action's key.
        action: String,
        /// Lets the window that opens now take the focus, where the desktop hands out such tokens.
        activation_token: Option<String>,
    },
    /// A person answered in the notification itself. Whether it then leaves the screen is the desktop's choice.
    Replied {
        /// The notice's key.
        key: String,
        /// What was typed, without the blanks around it; never empty.
        text: String,
        /// Lets a window that opens now take the focus, where the desktop hands out such tokens.
        activation_token: Option<String>,
    },
    /// The notice is no longer on the screen.
    Closed {
        /// The notice's key.
        key: String,
        /// Why.
        reason: CloseReason,
    },
    /// The notice wasn't shown. Where nobody was there to show it, it is shown when somebody comes, unless it is withdrawn.
    Failed {
        /// The notice's key.
        key: String,
        /// Why.
        error: Failure,
    },
    /// The place where notices are shown has changed.
    State(NotifierState),
}

/// Why a notice left the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Its time was over.
    Expired,
    /// A person dismissed it.
    Dismissed,
    /// It was withdrawn.
    Withdrawn,
    /// The program that showed it went away.
    ServerGone,
    /// The desktop doesn't say.
    Unknown,
}
