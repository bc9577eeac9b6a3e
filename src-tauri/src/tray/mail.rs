//! What the menu says of messages: those that cannot be brought to their session, and those that wait because nobody wakes
//! one for them. One line for each kind, however many there are; what arrives by itself has none.

use peerwatch_wire::{AlertView, ConversationView, DeliverMode, View, WorkerView};

use super::menu::{Act, Entry, button};

/// The line for deliveries that are stuck and the one for messages that wait to be asked for.
pub(super) fn lines(view: &View) -> [Entry; 2] {
    [stuck(view), waiting(view)]
}

fn stuck(view: &View) -> Entry {
    let stuck: Vec<&AlertView> = view.alerts.iter().filter(|alert| alert.kind == "undelivered").collect();
    match stuck.as_slice() {
        [] => Entry::Hidden,
        [one] => button(&title(view, one), act(one.conversation.as_ref())),
        many => button(&format!("Messages of {} conversations are stuck", many.len()), act(None)),
    }
}

fn title(view: &View, alert: &AlertView) -> String {
    let conversation = view.conversations.iter().find(|it| Some(&it.id) == alert.conversation.as_ref());
    match conversation.filter(|it| it.braked.is_some()) {
        Some(braked) => format!("Deliveries stand still: {}", braked.title),
        None => alert.title.clone(),
    }
}

/// Messages that are put into sessions at once need no line: they are there before it is read, or stuck.
fn waiting(view: &View) -> Entry {
    let is_left = |it: &&ConversationView| {
        it.unread.is_some_and(|unread| unread > 0) && it.deliver.is_some_and(|mode| mode != DeliverMode::Wake)
    };
    let left: Vec<&ConversationView> = view.conversations.iter().filter(is_left).collect();
    let has_mail = |worker: &&WorkerView| {
        worker.unread.is_some_and(|unread| unread > 0)
            && left.iter().any(|it| it.workers.contains(&worker.id))
    };
    let readers: Vec<&WorkerView> = view.workers.iter().filter(has_mail).collect();
    let count = readers.iter().filter_map(|worker| worker.unread).fold(0, u32::saturating_add);
    let whom = match readers.as_slice() {
        [] => return Entry::Hidden,
        [one] => one.name.clone(),
        many => format!("{} workers", many.len()),
    };
    let only = match left.as_slice() {
        [only] => Some(&only.id),
        _ => None,
    };
    match count {
        1 => button(&format!("1 message waits for {whom}"), act(only)),
        many => button(&format!("{many} messages wait for {whom}"), act(only)),
    }
}

fn act(conversation: Option<&String>) -> Act {
    conversation.map_or(Act::OpenConversations, |id| Act::OpenConversation(id.clone()))
}
