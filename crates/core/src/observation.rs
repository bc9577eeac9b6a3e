//! What a source can see of a worker: facts, each with the moment from which it is true.

use crate::{ConversationId, Moment, Timestamp, WorkerId};

/// A fact that a source saw, with its time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Observation {
    /// Whom it is about.
    pub worker: WorkerId,
    /// From when it is true, as far as the source knows; never later than the look that found it.
    pub at: Moment,
    /// What was seen.
    pub fact: Fact,
}

/// One thing seen. Of each kind the newest counts, so the order of arrival is of no matter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fact {
    /// Who the worker is.
    Identity(Identity),
    /// Whether its process lives. Only this proves a death.
    Process(Process),
    /// Whether the worker's own program lists it as present.
    Listing(Listing),
    /// The state that the worker's own program declares.
    Status(Status),
    /// What the end of its transcript says.
    Turn(Turn),
    /// Proof of life, and by what evidence.
    Heartbeat(Evidence),
    /// Work that goes on after the turn is over.
    Background(Background),
    /// What its child processes do.
    Children(Children),
    /// The status that a bridge side declared with its heartbeat.
    Declared(Declared),
    /// How many messages wait for it, unread.
    Unread(u32),
    /// The session that holds this side of a bridge, by proof; `None` when nobody holds it any more.
    Bearer(Option<WorkerId>),
}

/// Which kind of program a worker was found through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceKind {
    /// A Claude Code session.
    Claude,
    /// A teammate of an agent team.
    Team,
    /// One side of a bridge conversation.
    Bridge,
}

/// Who a worker is. Absent facts are `None`, never guessed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Identity {
    /// The kind of source that found it.
    pub source: SourceKind,
    /// The name a person knows it by.
    pub name: String,
    /// The folder it works in.
    pub cwd: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// The Claude Code session id, which changes on `/clear`.
    pub session_id: Option<String>,
    /// The conversation that a person would open to read it.
    pub conversation: Option<ConversationId>,
    /// Its role: `interactive`, `bg`, `sdk-cli`, a teammate's type, or the role it has in a bridge conversation.
    pub role: Option<String>,
    /// The worker that leads it or faces it: a teammate's lead, a bridge side's partner.
    pub partner: Option<WorkerId>,
    /// The version of the program it runs.
    pub version: Option<String>,
    /// When its process started.
    pub started: Option<Timestamp>,
}

/// The state of a worker's process, by pid and process start. Of two seen at the same moment the later one here counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Process {
    /// The system would not say.
    Unknowable,
    /// It runs, and it is the same process.
    Alive,
    /// It is stopped by a signal (`SIGSTOP`) or a debugger.
    Stopped,
    /// No process has this pid.
    Absent,
    /// Another process has this pid now.
    Replaced,
    /// It has died and waits to be reaped.
    Zombie,
}

impl Process {
    /// Whether this is proof of death.
    #[must_use]
    pub fn is_dead(self) -> bool {
        matches!(self, Process::Absent | Process::Replaced | Process::Zombie)
    }
}

/// Whether the worker's own program lists it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Listing {
    /// It is listed as present.
    Listed,
    /// It was taken off the list, as an orderly end does.
    Removed,
    /// It is over by its own rules: an expired bridge conversation, a transcript without a process.
    Over,
}

/// The state that Claude Code's registry declares for a session.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Status {
    /// The declared word.
    pub word: StatusWord,
    /// The registry's words for what it waits for; only meaningful while `word` is `Waiting`.
    pub waiting_for: Option<String>,
}

/// A registry status. Unknown words are kept, never guessed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StatusWord {
    /// The entry has no status (an older version, or the first instant of a session).
    Absent,
    /// In a turn.
    Busy,
    /// At its prompt.
    Idle,
    /// Waits for the person.
    Waiting,
    /// Turn over, a background shell lives.
    Shell,
    /// A word that this version of Peerwatch does not know.
    Unknown(String),
}

/// What the end of a transcript says about the turn.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// There is no transcript yet.
    NotBegun,
    /// The model has the floor.
    Thinking,
    /// A tool was called and has not answered: it runs, or waits for a permission.
    Tool {
        /// The tool's name.
        name: String,
        /// What it was asked to do, in a few words: a command, a path.
        detail: Option<String>,
    },
    /// The turn ended.
    Over,
    /// A person interrupted it.
    Interrupted,
    /// Calls to the model fail and are tried again.
    Retrying {
        /// Attempts seen since the last output.
        attempts: u32,
    },
    /// The turn ended on an error.
    Failed {
        /// The error's kind as Claude Code names it: `rate_limit`, `authentication_failed`, `server_error`…
        error: String,
        /// What was shown to the person.
        text: String,
    },
}

/// What proved that a worker lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Evidence {
    /// Its transcript grew with work (not with retries).
    Transcript,
    /// A transcript of one of its subagents grew.
    Subagent,
    /// Its declared status changed.
    StatusChange,
    /// It wrote a heartbeat into a bridge.
    Bridge,
    /// It sent or fetched messages.
    Messages,
}

/// What a worker was doing between two heartbeats; rhythms are learned for each apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Activity {
    /// The model has the floor.
    Model,
    /// A tool runs.
    Tool,
    /// Only heartbeats are known.
    Heartbeats,
}

/// Work that goes on after the turn is over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Background {
    /// Subagents that have not finished.
    pub subagents: u32,
    /// Teammates that are active.
    pub teammates: u32,
    /// Teammates with panes of their own: while any exists, Claude Code keeps the lead's status at `busy`.
    pub teammate_panes: u32,
}

/// What a session's child processes do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Children {
    /// Those that a tool started (not MCP servers, which live as long as the session).
    pub count: u32,
    /// Whether any of them used processor time since the look before.
    pub busy: bool,
    /// The command of the youngest, in a few words.
    pub command: Option<String>,
}

/// The status that a bridge side declared: `working`, `waiting`, `blocked`, `complete`, or another word.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Declared(pub String);
