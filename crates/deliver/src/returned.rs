//! What comes back to the address that messages were sent from.

/// Something that came back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Returned {
    /// What became of a message.
    Receipt(Receipt),
    /// A session wrote to the address itself, instead of through the bridge.
    Letter(Letter),
}

/// What became of a message that was not simply taken. For one that was, Claude Code sends nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The message.
    pub uid: String,
    /// Its fate.
    pub verdict: Verdict,
    /// Why, in Claude Code's words.
    pub reason: String,
}

/// The fate of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// A person is asked whether the session may have it.
    Held,
    /// The person said no.
    Denied,
    /// The person said yes.
    Delivered,
    /// Nobody answered in time.
    Expired,
    /// A setting there refuses messages of other sessions.
    Refused,
}

/// What a session wrote to our address. Claude Code tells a model to answer a peer's message so, and some models do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// The box that it was put into.
    pub to: String,
    /// Its identity, when it has one.
    pub id: Option<String>,
    /// The address of the session that wrote it, as it says: `uds:<its inbox>`.
    pub from: Option<String>,
    /// The text, without the form around it.
    pub text: String,
}
