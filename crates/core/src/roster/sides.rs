//! Sides of a bridge and the sessions that hold them: with proof, the two are one worker.

use std::collections::BTreeMap;

use super::Roster;
use crate::{ConversationId, Message, Party, SourceKind, Worker, WorkerId};

/// Who is in a conversation.
#[derive(Clone, Default, Debug)]
pub struct Room<'a> {
    /// Its workers, each under the identity that it is drawn by.
    pub workers: Vec<&'a Worker>,
    /// What they are called in it.
    pub names: Vec<&'a str>,
    /// Messages that its workers have not fetched, where the medium says.
    pub unread: Option<u32>,
}

impl Roster {
    /// The session that holds this side, when it is known; `None` for whoever stands for itself.
    #[must_use]
    pub fn bearer_of(&self, side: &Worker) -> Option<&Worker> {
        let bearer = self.workers.get(side.facts().bearer()?)?;
        (bearer.identity().is_some() && bearer.id() != side.id()).then_some(bearer)
    }

    /// The sides of bridges that a session holds.
    pub fn sides<'a>(&'a self, session: &'a WorkerId) -> impl Iterator<Item = &'a Worker> {
        let held = move |side: &&Worker| {
            side.facts().bearer() == Some(session) && side.id() != session && side.identity().is_some()
        };
        self.workers.values().filter(held)
    }

    /// The side of a bridge whose identity ends like this: `:<conversation>:<side>`. `None` when two databases have such a one.
    #[must_use]
    pub fn side_ending(&self, end: &str) -> Option<&Worker> {
        let mut found = self.workers.values().filter(|side| {
            let identity = side.identity();
            identity.is_some_and(|it| it.source == SourceKind::Bridge) && side.id().as_str().ends_with(end)
        });
        found.next().filter(|_| found.next().is_none())
    }

    /// Messages that wait for a worker unread: its own, and those of the sides that it holds.
    #[must_use]
    pub fn unread_of(&self, worker: &Worker) -> Option<u32> {
        let sides = self.sides(worker.id()).filter_map(|side| side.facts().unread());
        worker.facts().unread().into_iter().chain(sides).reduce(u32::saturating_add)
    }

    /// The workers of a conversation, each under the identity that it is drawn by.
    #[must_use]
    pub fn in_conversation(&self, conversation: &ConversationId) -> Vec<&Worker> {
        self.members(conversation).map(|worker| self.bearer_of(worker).unwrap_or(worker)).collect()
    }

    /// Who is in each conversation: to be asked once where all conversations are drawn.
    #[must_use]
    pub fn rooms(&self) -> BTreeMap<&ConversationId, Room<'_>> {
        let mut rooms: BTreeMap<&ConversationId, Room<'_>> = BTreeMap::new();
        for worker in self.workers.values() {
            let Some(identity) = worker.identity() else { continue };
            let Some(id) = &identity.conversation else { continue };
            let room = rooms.entry(id).or_default();
            room.unread = room.unread.into_iter().chain(worker.facts().unread()).reduce(u32::saturating_add);
            if !worker.retired {
                room.workers.push(self.bearer_of(worker).unwrap_or(worker));
                room.names.push(identity.role.as_deref().unwrap_or(worker.name()));
            }
        }
        rooms
    }

    fn members<'a>(&'a self, conversation: &ConversationId) -> impl Iterator<Item = &'a Worker> {
        self.workers.values().filter(move |worker| {
            let identity = worker.identity().filter(|_| !worker.retired);
            identity.and_then(|identity| identity.conversation.as_ref()) == Some(conversation)
        })
    }

    /// The message with the sessions that hold the sides in their place; the names stay those of the conversation.
    pub(super) fn by_bearers(&self, message: Message) -> Message {
        let party = |party: Party| {
            let bearer = party.worker.as_ref().and_then(|id| self.bearer_of(self.workers.get(id)?));
            Party { worker: bearer.map(|bearer| bearer.id().clone()).or(party.worker), name: party.name }
        };
        Message { from: party(message.from), to: party(message.to), ..message }
    }
}
