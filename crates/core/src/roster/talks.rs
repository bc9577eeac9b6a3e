//! Messages between workers: one alert for each conversation, from the first fresh one until all are read.

use std::collections::BTreeSet;

use super::Roster;
use crate::alert::{self, Cause, Ending, Severity, Wording};
use crate::effect::{Change, Effect};
use crate::{ConversationId, Message, MessageId, Moment, SourceKind, WorkerId};

/// Conversations that are known at a time.
const TALKS: usize = 1_000;
/// Unread messages that are known by name in one conversation.
const UNFETCHED: usize = 1_000;

/// A conversation between workers, as far as its messages were seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Talk {
    /// Messages seen.
    pub messages: u32,
    /// Fresh ones that the alert speaks of.
    fresh: u32,
    /// Those of them that nobody is known to have fetched.
    unfetched: BTreeSet<MessageId>,
    /// When the newest of them was sent.
    unfetched_since: Option<Moment>,
    /// The newest.
    pub last: Option<Message>,
}

impl Roster {
    pub(super) fn arrived(&mut self, message: Message, now: Moment) {
        let message = Message { sent: self.timeline.place(message.sent), ..message };
        self.make_room(&message.conversation);
        let talk = self.talks.entry(message.conversation.clone()).or_default();
        talk.messages = talk.messages.saturating_add(1);
        if talk.last.as_ref().is_none_or(|last| last.sent <= message.sent) {
            talk.last = Some(message.clone());
        }
        if !message.fresh {
            return;
        }
        // What its reader already has is no news for a person.
        if message.read != Some(true) {
            self.tell_of(&message, now);
        }
        self.effects.push_back(Effect::Changed(Change::Message(message)));
    }

    fn tell_of(&mut self, message: &Message, now: Moment) {
        let cause = Cause::Messages(message.conversation.clone());
        let Some(talk) = self.talks.get_mut(&message.conversation) else { return };
        if self.desk.standing(&cause).is_none() {
            talk.fresh = 0;
            talk.unfetched.clear();
        }
        talk.fresh = talk.fresh.saturating_add(1);
        talk.unfetched.insert(message.id.clone());
        if talk.unfetched.len() > UNFETCHED {
            talk.unfetched.pop_first();
        }
        talk.unfetched_since = talk.unfetched_since.max(Some(message.sent));
        let (title, body) = alert::messages(message, talk.fresh);
        let wish = self.wish(&cause, now);
        let wording = Wording { cause, severity: Severity::Notice, title, body, pops: true };
        let conversation = Some(message.conversation.clone());
        self.desk.raise(wording, conversation, wish, now, &mut self.effects);
    }

    /// Forgets the conversation that has been still for longest when there are too many.
    fn make_room(&mut self, newcomer: &ConversationId) {
        if self.talks.len() < TALKS || self.talks.contains_key(newcomer) {
            return;
        }
        let still = |(id, _): &(&ConversationId, &Talk)| {
            self.desk.standing(&Cause::Messages((*id).clone())).is_none()
        };
        let last = |(_, talk): &(&ConversationId, &Talk)| talk.last.as_ref().map(|last| last.sent);
        if let Some(id) = self.talks.iter().filter(still).min_by_key(last).map(|(id, _)| id.clone()) {
            self.talks.remove(&id);
        }
    }

    pub(super) fn fetched(&mut self, conversation: ConversationId, id: MessageId, at: Moment, now: Moment) {
        if let Some(talk) = self.talks.get_mut(&conversation)
            && talk.unfetched.remove(&id)
            && talk.unfetched.is_empty()
        {
            self.desk.end(&Cause::Messages(conversation.clone()), Ending::Read, now, &mut self.effects);
        }
        self.effects.push_back(Effect::Changed(Change::Fetched { conversation, id, at }));
    }

    /// Ends the alert of a conversation whose workers have fetched everything.
    pub(super) fn settle_messages(&mut self, id: &WorkerId, now: Moment) {
        let Some(worker) = self.workers.get(id) else { return };
        let Some(identity) = worker.identity().filter(|identity| identity.source == SourceKind::Bridge)
        else {
            return;
        };
        let Some(conversation) = identity.conversation.clone() else { return };
        // A count from before the message says nothing about it.
        let counted = worker.facts().unread.as_ref().map(|seen| seen.at);
        let since = self.talks.get(&conversation).and_then(|talk| talk.unfetched_since);
        if counted > since && self.unread(&conversation) == Some(0) {
            self.desk.end(&Cause::Messages(conversation), Ending::Read, now, &mut self.effects);
        }
    }

    /// Messages that the workers of a conversation have not fetched, where the medium says.
    #[must_use]
    pub fn unread(&self, conversation: &ConversationId) -> Option<u32> {
        self.workers
            .values()
            .filter(|worker| {
                worker.identity().and_then(|identity| identity.conversation.as_ref()) == Some(conversation)
            })
            .filter_map(|worker| worker.facts().unread())
            .reduce(u32::saturating_add)
    }
}
