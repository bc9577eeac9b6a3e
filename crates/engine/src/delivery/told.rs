//! What a person was told of deliveries, so that each thing is told once, and taken back when it is over.

use std::collections::BTreeMap;

use peerwatch_core::{ConversationId, WorkerId};
use tokio::sync::mpsc::UnboundedSender;

use super::Finding;

/// Messages that wait, by conversation: for whom, and why.
pub(super) type Waiting = BTreeMap<ConversationId, (Option<WorkerId>, String)>;

/// What stands told.
pub(super) struct Told {
    waiting: Waiting,
    braked: BTreeMap<ConversationId, String>,
    out: UnboundedSender<Finding>,
}

impl Told {
    pub(super) fn new(out: UnboundedSender<Finding>) -> Self {
        Self { waiting: Waiting::new(), braked: BTreeMap::new(), out }
    }

    /// Messages that wait for something now.
    pub(super) fn undelivered(&mut self, waiting: Waiting) {
        let before = std::mem::replace(&mut self.waiting, waiting);
        for (conversation, (to, why)) in &self.waiting {
            if before.get(conversation).is_none_or(|(_, told)| told != why) {
                let (conversation, to, why) = (conversation.clone(), to.clone(), Some(why.clone()));
                self.say(Finding::Undelivered { conversation, to, why });
            }
        }
        for conversation in before.into_keys().filter(|it| !self.waiting.contains_key(it)) {
            self.say(Finding::Undelivered { conversation, to: None, why: None });
        }
    }

    /// Conversations that are braked now.
    pub(super) fn braked(&mut self, braked: BTreeMap<ConversationId, String>) {
        let before = std::mem::replace(&mut self.braked, braked);
        for (conversation, why) in &self.braked {
            if !before.contains_key(conversation) {
                self.say(Finding::Braked { conversation: conversation.clone(), why: Some(why.clone()) });
            }
        }
        for conversation in before.into_keys().filter(|it| !self.braked.contains_key(it)) {
            self.say(Finding::Braked { conversation, why: None });
        }
    }

    pub(super) fn say(&self, finding: Finding) {
        // The loop may have ended just before.
        let _ended = self.out.send(finding);
    }
}
