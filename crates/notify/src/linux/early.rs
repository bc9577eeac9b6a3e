//! What a server says about a number before it has told us that number.
//!
//! A click can overtake the answer to `Notify`: the two leave the server by different ways, and reach us by different ones.

use super::link::Signal;

/// More than a person can do while one notice is on its way.
const ROOM: usize = 32;

/// The signals that came too early.
#[derive(Debug, Default)]
pub(super) struct Early(Vec<(u32, Signal)>);

impl Early {
    /// Keeps a signal until its number is known.
    pub(super) fn keep(&mut self, id: u32, signal: Signal) {
        if self.0.len() < ROOM {
            self.0.push((id, signal));
        }
    }

    /// What was said about this number, in its order. What was said about others concerns no notice of ours.
    pub(super) fn take(&mut self, id: u32) -> Vec<Signal> {
        let kept = std::mem::take(&mut self.0);
        kept.into_iter().filter(|(known, _)| *known == id).map(|(_, signal)| signal).collect()
    }

    /// Forgets everything: no answer will come, or the server is another one.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_kept_for_its_own_number_and_for_one_answer() {
        let mut early = Early::default();
        early.keep(4, Signal::Token { id: 4, token: "t".into() });
        early.keep(9, Signal::Closed { id: 9, reason: 1 });
        early.keep(4, Signal::Action { id: 4, action: "open".into() });
        let taken = early.take(4);
        assert!(matches!(taken[..], [Signal::Token { .. }, Signal::Action { .. }]), "{taken:?}");
        assert!(early.take(9).is_empty(), "it belonged to another program's notification");
    }

    #[test]
    fn a_server_that_talks_of_strangers_without_end_fills_nothing() {
        let mut early = Early::default();
        for id in 0..1000 {
            early.keep(id, Signal::Closed { id, reason: 1 });
        }
        assert_eq!(early.0.len(), ROOM);
    }
}
