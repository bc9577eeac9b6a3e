//! The facts that stories are made of, in few words.

use peerwatch_core::{
    Background, Children, ConversationId, Declared, Evidence, Fact, Identity, Listing, Process, SourceKind,
    Status, StatusWord, Turn, WorkerId,
};

/// Who a Claude session is.
pub(crate) fn session(name: &str) -> Fact {
    Fact::Identity(Identity {
        source: SourceKind::Claude,
        name: name.into(),
        cwd: Some("/home/kim/code/shop".into()),
        pid: Some(4121),
        session_id: Some(format!("session-of-{name}")),
        conversation: Some(ConversationId::new(format!("transcript-of-{name}"))),
        role: Some("interactive".into()),
        partner: None,
        version: Some("2.1.330".into()),
        started: None,
    })
}

/// A session that works in this folder.
pub(crate) fn session_in(name: &str, folder: &str) -> Fact {
    let Fact::Identity(identity) = self::session(name) else { unreachable!() };
    Fact::Identity(Identity { cwd: Some(folder.into()), ..identity })
}

/// The same session in another process.
pub(crate) fn session_of(name: &str, session: &str) -> Fact {
    let Fact::Identity(identity) = self::session(name) else { unreachable!() };
    Fact::Identity(Identity { session_id: Some(session.into()), ..identity })
}

/// Who one side of a bridge conversation is.
pub(crate) fn side(name: &str, conversation: &str) -> Fact {
    Fact::Identity(Identity {
        source: SourceKind::Bridge,
        name: name.into(),
        cwd: None,
        pid: None,
        session_id: None,
        conversation: Some(ConversationId::new(conversation)),
        role: Some("worker".into()),
        partner: None,
        version: None,
        started: None,
    })
}

pub(crate) fn listed() -> Fact {
    Fact::Listing(Listing::Listed)
}

pub(crate) fn removed() -> Fact {
    Fact::Listing(Listing::Removed)
}

pub(crate) fn alive() -> Fact {
    Fact::Process(Process::Alive)
}

pub(crate) fn process(process: Process) -> Fact {
    Fact::Process(process)
}

fn status(word: StatusWord, waiting_for: Option<&str>) -> Fact {
    Fact::Status(Status { word, waiting_for: waiting_for.map(Into::into) })
}

pub(crate) fn busy() -> Fact {
    status(StatusWord::Busy, None)
}

pub(crate) fn idle() -> Fact {
    status(StatusWord::Idle, None)
}

pub(crate) fn shell() -> Fact {
    status(StatusWord::Shell, None)
}

pub(crate) fn no_status() -> Fact {
    status(StatusWord::Absent, None)
}

pub(crate) fn waiting(what: &str) -> Fact {
    status(StatusWord::Waiting, Some(what))
}

pub(crate) fn says(word: &str) -> Fact {
    status(StatusWord::Unknown(word.into()), None)
}

pub(crate) fn thinking() -> Fact {
    Fact::Turn(Turn::Thinking)
}

pub(crate) fn tool(name: &str, detail: &str) -> Fact {
    Fact::Turn(Turn::Tool { name: name.into(), detail: Some(detail.into()) })
}

pub(crate) fn over() -> Fact {
    Fact::Turn(Turn::Over)
}

pub(crate) fn turn(turn: Turn) -> Fact {
    Fact::Turn(turn)
}

pub(crate) fn failed(error: &str, text: &str) -> Fact {
    Fact::Turn(Turn::Failed { error: error.into(), text: text.into() })
}

pub(crate) fn retrying(attempts: u32) -> Fact {
    Fact::Turn(Turn::Retrying { attempts })
}

/// Its transcript grew.
pub(crate) fn wrote() -> Fact {
    Fact::Heartbeat(Evidence::Transcript)
}

/// A subagent's transcript grew.
pub(crate) fn subagent_wrote() -> Fact {
    Fact::Heartbeat(Evidence::Subagent)
}

/// A heartbeat in a bridge.
pub(crate) fn heartbeat() -> Fact {
    Fact::Heartbeat(Evidence::Bridge)
}

/// It sent or fetched messages in a bridge.
pub(crate) fn messaged() -> Fact {
    Fact::Heartbeat(Evidence::Messages)
}

pub(crate) fn declares(word: &str) -> Fact {
    Fact::Declared(Declared(word.into()))
}

pub(crate) fn unread(count: u32) -> Fact {
    Fact::Unread(count)
}

pub(crate) fn held_by(session: &str) -> Fact {
    Fact::Bearer(Some(WorkerId::new(session)))
}

pub(crate) fn no_child() -> Fact {
    Fact::Children(Children { count: 0, busy: false, command: None })
}

pub(crate) fn child(command: &str, busy: bool) -> Fact {
    Fact::Children(Children { count: 1, busy, command: Some(command.into()) })
}

pub(crate) fn subagents(subagents: u32) -> Fact {
    Fact::Background(Background { subagents, ..Background::default() })
}

pub(crate) fn panes(teammates: u32, teammate_panes: u32) -> Fact {
    Fact::Background(Background { teammates, teammate_panes, ..Background::default() })
}
