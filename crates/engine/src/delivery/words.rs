//! What is in the way of a message, as a person is told.

use peerwatch_deliver::plan::{Trouble, Why};

/// Why a conversation stands still.
pub(super) const BRAKED: &str = "Two workers have answered each other many times without a word from you. Deliveries go on after a pause, or when you let them.";

/// Why a message waits, where a person should know; `None` where it is as it should be.
pub(super) fn of(why: Why) -> Option<&'static str> {
    match why {
        // Who denied it knows.
        Why::Trouble(Trouble::Denied) => None,
        Why::Trouble(trouble) => Some(in_the_way(trouble)),
        Why::NoInbox => {
            Some("The session takes no messages of other sessions; it will find this one at its next check.")
        }
        Why::Bypassing => Some(
            "The session asks for no permissions, so Claude Code would put this message before you in a dialog. A setting allows that.",
        ),
        Why::Unanswered => {
            Some("It was handed in several times, and nothing shows that the session took it.")
        }
        // That it came is told as news of its conversation.
        Why::TellMe | Why::Gone | Why::AtItsPrompt | Why::Queued | Why::Unclear => None,
    }
}

fn in_the_way(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Held => "It waits there in a dialog: the session asks its person whether it may have it.",
        Trouble::Denied => "The session's person denied it.",
        Trouble::Expired => "Nobody answered the session's dialog in time.",
        Trouble::Refused => "A setting of the session refuses messages of other sessions.",
        Trouble::TooLarge => "It is longer than a session takes; it will be found at the next check.",
        Trouble::Unreachable => "Nobody listens at the session's inbox.",
    }
}
