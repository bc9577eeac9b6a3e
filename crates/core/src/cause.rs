//! Why there is an alert; as a value, and as text for the store.

use crate::{ConversationId, Timestamp, WorkerId};

/// Why there is an alert. Equal causes are one alert, also over a restart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// A worker has been waiting for the person since then.
    Waiting(WorkerId, Timestamp),
    /// A worker that should be heard has not been since then.
    Silent(WorkerId, Timestamp),
    /// A worker's process died.
    Gone(WorkerId),
    /// A worker has been stopped by a limit since then.
    Limited(WorkerId, Timestamp),
    /// Messages arrived in a conversation.
    Messages(ConversationId),
    /// Messages of a conversation cannot be brought to their recipient.
    Undelivered(ConversationId),
}

impl Cause {
    /// The kind in one word, as the wire and the store name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Cause::Waiting(..) => "waiting",
            Cause::Silent(..) => "silent",
            Cause::Gone(_) => "gone",
            Cause::Limited(..) => "limited",
            Cause::Messages(_) => "message",
            Cause::Undelivered(_) => "undelivered",
        }
    }

    /// The cause as text, the same for equal causes, for the store.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Cause::Waiting(worker, since) | Cause::Silent(worker, since) | Cause::Limited(worker, since) => {
                format!("{}:{}:{worker}", self.kind(), since.0)
            }
            Cause::Gone(worker) => format!("gone:{worker}"),
            Cause::Messages(conversation) => format!("message:{conversation}"),
            Cause::Undelivered(conversation) => format!("undelivered:{conversation}"),
        }
    }

    /// The cause that [`Cause::key`] wrote.
    #[must_use]
    pub fn parse(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once(':')?;
        let since = || {
            let (since, worker) = rest.split_once(':')?;
            Some((WorkerId::new(worker), Timestamp(since.parse().ok()?)))
        };
        Some(match kind {
            "waiting" => since().map(|(worker, since)| Cause::Waiting(worker, since))?,
            "silent" => since().map(|(worker, since)| Cause::Silent(worker, since))?,
            "limited" => since().map(|(worker, since)| Cause::Limited(worker, since))?,
            "gone" => Cause::Gone(WorkerId::new(rest)),
            "message" => Cause::Messages(ConversationId::new(rest)),
            "undelivered" => Cause::Undelivered(ConversationId::new(rest)),
            _ => return None,
        })
    }

    /// The worker that it is about.
    #[must_use]
    pub fn worker(&self) -> Option<&WorkerId> {
        match self {
            Cause::Waiting(worker, _)
            | Cause::Silent(worker, _)
            | Cause::Gone(worker)
            | Cause::Limited(worker, _) => Some(worker),
            Cause::Messages(_) | Cause::Undelivered(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_read_back_as_it_was_written() {
        let (worker, talk) =
            (WorkerId::new("bridge:ab:deploy:worker"), ConversationId::new("bridge:ab:deploy"));
        let since = Timestamp(-5);
        let causes = [
            Cause::Waiting(worker.clone(), since),
            Cause::Silent(worker.clone(), since),
            Cause::Limited(worker.clone(), since),
            Cause::Gone(worker),
            Cause::Messages(talk.clone()),
            Cause::Undelivered(talk),
        ];
        for cause in causes {
            assert_eq!(Cause::parse(&cause.key()), Some(cause));
        }
        for other in ["message", "handover:7", "waiting:soon:asha", ""] {
            assert_eq!(Cause::parse(other), None, "{other}");
        }
    }
}
