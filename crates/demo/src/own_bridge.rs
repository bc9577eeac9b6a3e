//! Peerwatch's own bridge, written as the programs write it that take part: the MCP servers of sessions, and the engine.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use peerwatch_bridge::{Bearer, Draft, Limits, Process, Sender, Store, TroubleKind};

use crate::error::{Result, kept};
use crate::session::Session;

/// The role of the person, who writes from the window.
pub(crate) const PERSON: &str = "you";
/// The bridge that sessions join when they name none.
pub(crate) const MAIN: &str = "main";

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It stands in the session's queue.
    Accepted,
    /// The model has read it.
    Seen,
    /// The worker said that it has it.
    Acknowledged,
    /// The session asks its person first.
    Held,
}

impl Fate {
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "accepts" => Self::Accepted,
            "sees" => Self::Seen,
            "acknowledges" => Self::Acknowledged,
            "holds" => Self::Held,
            _ => return None,
        })
    }
}

/// The bridge. Each step opens it anew, as different programs do.
pub(crate) struct OwnBridge {
    path: PathBuf,
}

impl OwnBridge {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// A session takes part under its own name. In a new process it takes up what it had, unread messages among it.
    pub(crate) fn join(&self, session: &Session, when: Timestamp) -> Result<()> {
        let (mut store, at) = (self.open()?, wall(when));
        let bridge = store.bridge(MAIN, at).map_err(kept)?;
        // Who had this name before plays no more, or it would not begin anew.
        store.join(&bridge, session.name(), &bearer(session), &|_| true, at).map_err(kept)?;
        Ok(())
    }

    /// A session writes to a role, or to the person.
    pub(crate) fn write(&self, from: &Session, to: &str, text: &str, when: Timestamp) -> Result<()> {
        let mut store = self.open()?;
        if to == PERSON {
            let (conversation, part) =
                store.with_person(&bearer(from), from.name(), wall(when)).map_err(kept)?;
            return send(&mut store, Sender { conversation, participant: part.participant }, "a", text, when);
        }
        let conversation = store.bridge(MAIN, wall(when)).map_err(kept)?;
        let parts = store.participants(&conversation).map_err(kept)?;
        let part = parts.iter().find(|part| part.role == from.name());
        let participant = part.map(|part| part.participant.clone()).unwrap_or_default();
        send(&mut store, Sender { conversation, participant }, to, text, when)
    }

    /// The person writes to a session.
    pub(crate) fn person_writes(&self, to: &Session, text: &str, when: Timestamp) -> Result<()> {
        let mut store = self.open()?;
        let (conversation, part) = store.with_person(&bearer(to), to.name(), wall(when)).map_err(kept)?;
        send(&mut store, Sender { conversation, participant: "a".into() }, &part.participant, text, when)
    }

    /// Something becomes of the oldest message to a session that has not come so far.
    pub(crate) fn becomes(&self, to: &Session, fate: Fate, when: Timestamp) -> Result<()> {
        let (mut store, at) = (self.open()?, wall(when));
        let by = format!("claude:{}:{}", to.pid(), to.process_start());
        for part in store.participations(&bearer(to)).map_err(kept)? {
            let letters = store.letters(&part.conversation, 0, 1_000).map_err(kept)?;
            let next = letters.iter().filter(|letter| letter.to == part.participant).find(|letter| {
                let receipt = &letter.receipt;
                match fate {
                    Fate::Accepted | Fate::Held => receipt.accepted.is_none() && receipt.trouble.is_none(),
                    Fate::Seen => receipt.seen.is_none(),
                    Fate::Acknowledged => receipt.acknowledged.is_none(),
                }
            });
            let Some(uid) = next.and_then(|letter| letter.uid.clone()) else { continue };
            match fate {
                Fate::Accepted => {
                    store.pushing(&uid, &by, at).map_err(kept)?;
                    store.accepted(&uid, &by, at).map_err(kept)?;
                }
                Fate::Seen => drop(store.seen(&uid, &by, at).map_err(kept)?),
                Fate::Acknowledged => {
                    let reader = Sender { conversation: part.conversation, participant: part.participant };
                    store.acknowledge(&reader, &[uid], at).map_err(kept)?;
                }
                Fate::Held => {
                    store.pushing(&uid, &by, at).map_err(kept)?;
                    store.troubled(&uid, TroubleKind::Held, "", at).map_err(kept)?;
                }
            }
            return Ok(());
        }
        Ok(())
    }

    pub(crate) fn open(&self) -> Result<Store> {
        Store::open(&self.path).map_err(kept)
    }
}

/// Where the bridge stands in Peerwatch's own folder.
pub(crate) fn place(folder: &Path) -> PathBuf {
    folder.join("bridge.db")
}

fn send(store: &mut Store, from: Sender, to: &str, text: &str, when: Timestamp) -> Result<()> {
    let draft = Draft { text: text.into(), ..Draft::default() };
    store.send(&from, &[to.into()], &draft, &Limits { per_minute: 0 }, wall(when)).map_err(kept)?;
    Ok(())
}

pub(crate) fn bearer(session: &Session) -> Bearer {
    Bearer {
        process: Some(Process { pid: session.pid(), start: session.process_start().into() }),
        session_id: Some(session.id.clone()),
        agent: String::new(),
        claude_config: None,
        cwd: Some(session.cwd.clone()),
    }
}

pub(crate) fn wall(when: Timestamp) -> peerwatch_core::Timestamp {
    peerwatch_core::Timestamp(when.as_millisecond())
}
