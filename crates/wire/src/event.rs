//! What happens, one object each: the lines of `peerwatch watch --json`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{HandoverStep, Presence, Severity, WaitingFor};

/// Something that happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A worker's presence changed, or it was seen for the first time.
    Presence {
        /// When.
        at: String,
        /// The worker.
        worker: String,
        /// Its name.
        name: String,
        /// The verdict before; `null` the first time.
        before: Option<Presence>,
        /// The verdict now.
        presence: Presence,
        /// For what it waits.
        waiting_for: Option<WaitingFor>,
    },
    /// A message was written; each message once.
    Message {
        /// When it was written.
        at: String,
        /// The conversation.
        conversation: String,
        /// The message's identity in it.
        id: String,
        /// Who wrote it.
        from: String,
        /// To whom.
        to: String,
        /// The first 500 characters.
        text: String,
    },
    /// More is known of where a message stands.
    Receipt {
        /// When that was seen.
        at: String,
        /// The conversation.
        conversation: String,
        /// The message's identity in it.
        id: String,
        /// What is known now: `accepted`, `seen`, `acknowledged`; or what stands in the way: `held`, `denied`,
        /// `refused`, `expired`, `rate_limited`, `dropped`, `no_way`.
        receipt: String,
    },
    /// An alert was raised or ended.
    Alert {
        /// When.
        at: String,
        /// The alert's number.
        id: u64,
        /// Whether it was raised; else it ended.
        raised: bool,
        /// The cause's kind.
        kind: String,
        /// How loud it is.
        severity: Severity,
        /// The worker it is about.
        worker: Option<String>,
        /// Who and what.
        title: String,
        /// How it ended, in words.
        ending: Option<String>,
    },
    /// A handover was begun, went on or ended.
    Handover {
        /// When.
        at: String,
        /// Its number.
        handover: u64,
        /// The task.
        task: String,
        /// What the task is about.
        subject: String,
        /// Who had it.
        from: String,
        /// Who gets it, once that is known.
        to: Option<String>,
        /// How far it is.
        step: HandoverStep,
    },
    /// Something cannot be read, or can be read again.
    Problem {
        /// When.
        at: String,
        /// The source.
        source: String,
        /// What could not be read.
        subject: String,
        /// What is wrong; `null` when it is mended.
        what: Option<String>,
    },
}
