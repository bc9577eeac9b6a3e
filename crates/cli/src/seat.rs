//! A side of a conversation, opened with its token: what waits for it, and its heartbeat.

use std::path::Path;

use peerwatch_bridge::{Coordinator, Fetcher, Letter, Process, Refused, Schema, Store, schema_of};
use peerwatch_core::Timestamp;
use peerwatch_engine::rfc3339;
use peerwatch_sources::process::Processes;

use crate::ending::WrongUse;
use crate::printable::line;
use crate::shapes::MessageView;
use crate::turnstile::{self, Turnstile};
use crate::{screen, tables};

/// The side of the coordinator schema that has a worker.
const WORKER: &str = "b";

/// A side of a conversation. Nothing stays open when it is dropped.
pub(crate) struct Seat {
    conversation: String,
    participant: String,
    expired: bool,
    table: Table,
}

enum Table {
    Original(Store),
    /// The coordinator schema knows neither tokens nor an expiry.
    Coordinator(Coordinator),
}

/// Why a side was not opened.
#[derive(Debug)]
pub(crate) enum SeatError {
    /// The token opens nothing, or the conversation is not there.
    Refused(String),
    /// The database cannot be used.
    Unusable(anyhow::Error),
}

impl From<SeatError> for anyhow::Error {
    fn from(error: SeatError) -> Self {
        match error {
            SeatError::Refused(why) => anyhow::anyhow!(why),
            SeatError::Unusable(error) => error,
        }
    }
}

/// Messages that were marked as read, and by whom.
pub(crate) struct Taken {
    pub(crate) messages: Vec<MessageView>,
    fetcher: Fetcher,
    /// Keeps other readers waiting where the schema itself does not know who reads.
    _turn: Option<Turnstile>,
}

impl Taken {
    fn ids(&self) -> Vec<i64> {
        self.messages.iter().map(|message| message.id).collect()
    }
}

impl Seat {
    /// Opens the side that the token opens.
    ///
    /// # Errors
    /// When the database cannot be used, the conversation is not in it, or the token is wrong.
    pub(crate) fn open(
        path: &Path,
        conversation: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, SeatError> {
        match schema_of(path).map_err(unusable)? {
            Schema::Original => original(path, conversation, token, now),
            Schema::Coordinator => {
                let coordinator = Coordinator::open_existing(path).map_err(unusable)?;
                Ok(Self {
                    conversation: conversation.into(),
                    participant: WORKER.into(),
                    expired: false,
                    table: Table::Coordinator(coordinator),
                })
            }
        }
    }

    /// The side's letter.
    pub(crate) fn participant(&self) -> &str {
        &self.participant
    }

    /// Whether the conversation has expired: then it can be read, not written to.
    pub(crate) fn is_expired(&self) -> bool {
        self.expired
    }

    /// Says what a person should know before anything is done.
    pub(crate) fn note(&self) {
        match &self.table {
            Table::Coordinator(_) => screen::say(
                "This database has the coordinator schema, which knows no tokens: whoever can write the file is side b.",
            ),
            Table::Original(_) if self.expired => {
                screen::say("The conversation has expired; what was sent in time can still be read.");
            }
            Table::Original(_) => {}
        }
    }

    /// What waits for this side. Nothing is taken away.
    pub(crate) fn unread(&self) -> anyhow::Result<Vec<MessageView>> {
        match &self.table {
            Table::Original(store) => {
                Ok(store.peek(&self.conversation, &self.participant)?.iter().map(message).collect())
            }
            Table::Coordinator(coordinator) => {
                let waiting = coordinator.unread(&self.conversation)?;
                Ok(waiting.into_iter().map(|letter| foreign(&self.conversation, letter)).collect())
            }
        }
    }

    /// Takes what waits for this side, so that no other reader gets it, until it is kept or given back. What a reader
    /// took that died before it showed it comes again.
    pub(crate) fn take(&mut self, processes: &dyn Processes, now: Timestamp) -> anyhow::Result<Taken> {
        let pid = std::process::id();
        let process = processes.start(pid).map(|start| Process { pid, start });
        let fetcher = Fetcher { process, call: None };
        let (conversation, participant) = (self.conversation.clone(), self.participant.clone());
        match &mut self.table {
            Table::Original(store) => {
                let was_lost = |by: &Fetcher| by.process.as_ref().is_some_and(|by| is_dead(processes, by));
                let letters = store.fetch(&conversation, &participant, &fetcher, &was_lost, now)?;
                Ok(Taken { messages: letters.iter().map(message).collect(), fetcher, _turn: None })
            }
            Table::Coordinator(coordinator) => {
                let turn = turnstile::queue(coordinator.path(), &conversation, &participant)?;
                let letters = coordinator.unread(&conversation)?;
                let messages = letters.into_iter().map(|letter| foreign(&conversation, letter)).collect();
                Ok(Taken { messages, fetcher, _turn: Some(turn) })
            }
        }
    }

    /// What was taken has been shown.
    pub(crate) fn keep(&mut self, taken: &Taken, now: Timestamp) -> anyhow::Result<()> {
        match &mut self.table {
            Table::Original(store) => {
                store.confirm(&self.conversation, &self.participant, &taken.fetcher, now)?;
            }
            Table::Coordinator(coordinator) => {
                coordinator.mark_read(&self.conversation, &taken.ids())?;
            }
        }
        Ok(())
    }

    /// What was taken could not be shown: it waits again.
    pub(crate) fn give_back(&mut self, taken: &Taken, now: Timestamp) -> anyhow::Result<()> {
        if let Table::Original(store) = &mut self.table {
            store.undo_fetch(&taken.ids(), now)?;
        }
        Ok(())
    }

    /// Notes that this side is proven alive. What it declared stays.
    pub(crate) fn beat(&mut self, evidence: &str, now: Timestamp) -> anyhow::Result<()> {
        match &mut self.table {
            Table::Original(store) => store.beat(&self.conversation, &self.participant, evidence, now)?,
            Table::Coordinator(coordinator) => coordinator.beat(&self.conversation, now)?,
        }
        Ok(())
    }

    /// Whether the message with this number is for this side; `None` when it is not there.
    pub(crate) fn is_mine(&self, id: i64) -> anyhow::Result<Option<bool>> {
        match &self.table {
            Table::Original(store) => {
                let found = store.letters(&self.conversation, id.saturating_sub(1), 1)?;
                let letter = found.first().filter(|letter| letter.id == id);
                Ok(letter.map(|letter| letter.to == self.participant))
            }
            // Without tokens there is no side to tell apart.
            Table::Coordinator(_) => Ok(Some(true)),
        }
    }
}

fn original(path: &Path, conversation: &str, token: Option<&str>, now: Timestamp) -> Result<Seat, SeatError> {
    let token = token.ok_or_else(|| {
        let why = "this needs your side's token: set PEERWATCH_TOKEN, or give --token-file F, or --token - for standard input";
        SeatError::Unusable(WrongUse(why.into()).into())
    })?;
    let mut store = Store::open_existing(path).map_err(unusable)?;
    // A token that opens neither side is refused, and audited, as one of the worker's side.
    let side = tables::side_of(path, conversation, token).map_err(SeatError::Unusable)?.unwrap_or(WORKER);
    match store.authenticate(conversation, side, token, now) {
        Ok(access) => Ok(Seat {
            conversation: conversation.into(),
            participant: access.participant,
            expired: access.expired,
            table: Table::Original(store),
        }),
        Err(Refused::Token) => Err(SeatError::Refused(format!(
            "Invalid session token: {} has no conversation {} that it opens; ask whoever made the conversation \
             for your side's token",
            line(&path.to_string_lossy()),
            line(conversation)
        ))),
        Err(Refused::Store(error)) => Err(unusable(error)),
    }
}

fn unusable(error: impl Into<anyhow::Error>) -> SeatError {
    SeatError::Unusable(error.into())
}

fn is_dead(processes: &dyn Processes, process: &Process) -> bool {
    use peerwatch_core::Process as Seen;
    let seen = processes.look(process.pid, Some(&process.start));
    matches!(seen, Seen::Absent | Seen::Replaced | Seen::Zombie)
}

/// A message of the store, as it is printed.
pub(crate) fn message(letter: &Letter) -> MessageView {
    MessageView {
        id: letter.id,
        uid: letter.uid.clone(),
        conversation: letter.conversation.clone(),
        from: letter.from.clone(),
        from_role: letter.from_role.clone(),
        to: letter.to.clone(),
        at: tables::time(&letter.timestamp).map(rfc3339),
        kind: letter.kind.clone(),
        files: letter.files.clone(),
        reply_to: letter.reply_to.clone(),
        text: letter.text.clone(),
    }
}

/// A message of the coordinator schema, as it is printed.
pub(crate) fn foreign(conversation: &str, letter: peerwatch_bridge::CoordinatorLetter) -> MessageView {
    MessageView {
        id: letter.id,
        uid: None,
        conversation: conversation.into(),
        from: letter.sender.clone(),
        from_role: letter.sender,
        to: WORKER.into(),
        at: tables::time(&letter.created_at).map(rfc3339),
        kind: letter.kind,
        files: Vec::new(),
        reply_to: None,
        text: letter.text,
    }
}
