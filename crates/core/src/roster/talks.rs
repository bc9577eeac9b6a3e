//! Messages between workers: one alert for each conversation, from the first fresh one until all are read.

use std::collections::BTreeSet;

use super::Roster;
use crate::alert::{self, Ending, Severity, Wording};
use crate::cause::Cause;
use crate::desk::Wish;
use crate::effect::{Change, Effect};
use crate::{ConversationId, Message, MessageId, Moment, Receipt, SourceKind, WorkerId, excerpt};

/// Conversations that are known at a time.
const TALKS: usize = 1_000;
/// Unread messages that are known by name in one conversation.
const UNFETCHED: usize = 1_000;
/// Characters of its newest message that are kept of a conversation.
const LAST_TEXT: usize = 200;

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
    /// The newest, with the beginning of its text.
    pub last: Option<Message>,
}

impl Roster {
    pub(super) fn arrived(&mut self, message: Message, now: Moment) {
        let message = Message { sent: self.timeline.place(message.sent), ..message };
        let message = self.by_bearers(message);
        self.make_room(&message.conversation);
        let talk = self.talks.entry(message.conversation.clone()).or_default();
        talk.messages = talk.messages.saturating_add(1);
        if talk.last.as_ref().is_none_or(|last| last.sent <= message.sent) {
            talk.last = Some(Message { text: excerpt(&message.text, LAST_TEXT), ..message.clone() });
        }
        if !message.fresh {
            return;
        }
        // What its reader already has is no news for a person, nor is what the person wrote or has before them.
        let to_reader = message.to.worker.is_none() && self.desk.is_read(&message.conversation);
        if message.read != Some(true) && !message.by_person && !to_reader {
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
        let count = talk.fresh;
        let (title, body) = alert::messages(message, count);
        let wish = match self.wish(&cause, now) {
            Wish::Told if message.brought => Wish::Soon,
            wish => wish,
        };
        let reply_to = self.can_be_written_to(message.from.worker.as_ref());
        let severity = Severity::Notice;
        let wording = Wording { cause, severity, title, body, reply_to, pops: true, count };
        let conversation = Some(message.conversation.clone());
        self.desk.raise(wording, conversation, wish, now, &mut self.effects);
    }

    /// The person has a conversation before them: what was said to them there is read.
    pub(super) fn look_into(&mut self, conversation: ConversationId, now: Moment) {
        self.desk.look(None, Some(conversation.clone()), &mut self.effects);
        let last = self.talks.get(&conversation).and_then(|talk| talk.last.as_ref());
        if last.is_some_and(|last| last.to.worker.is_none() && !last.by_person) {
            self.desk.end(&Cause::Messages(conversation), Ending::Read, now, &mut self.effects);
        }
    }

    /// The worker, when it is a session: only such a one can be written to.
    fn can_be_written_to(&self, id: Option<&WorkerId>) -> Option<WorkerId> {
        let worker = self.workers.get(id?)?;
        let session = worker.identity().is_some_and(|it| it.source == SourceKind::Claude && it.pid.is_some());
        session.then(|| worker.id().clone())
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

    pub(super) fn receipt(
        &mut self,
        conversation: ConversationId,
        id: MessageId,
        receipt: Receipt,
        at: Moment,
        now: Moment,
    ) {
        if receipt.has_it()
            && let Some(talk) = self.talks.get_mut(&conversation)
            && talk.unfetched.remove(&id)
            && talk.unfetched.is_empty()
        {
            self.desk.end(&Cause::Messages(conversation.clone()), Ending::Read, now, &mut self.effects);
        }
        self.effects.push_back(Effect::Changed(Change::Receipt { conversation, id, receipt, at }));
    }

    /// Tells that messages wait that cannot be brought to their recipient, or that they can be again.
    pub(super) fn undelivered(
        &mut self,
        conversation: ConversationId,
        to: Option<&WorkerId>,
        why: Option<&str>,
        now: Moment,
    ) {
        let cause = Cause::Undelivered(conversation.clone());
        let Some(why) = why else {
            self.desk.end(&cause, Ending::Delivered, now, &mut self.effects);
            return;
        };
        let worker = to.and_then(|id| self.workers.get(id));
        let name = worker.map_or("a worker", |worker| worker.name());
        let (title, body) = alert::undelivered(name, why);
        let wish = self.wish(&cause, now);
        let (severity, reply_to) = (Severity::NeedsYou, None);
        let wording = Wording { cause, severity, title, body, reply_to, pops: true, count: 1 };
        self.desk.raise(wording, Some(conversation), wish, now, &mut self.effects);
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
