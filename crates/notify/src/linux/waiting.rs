//! What is still to be asked of the server: one step per key, the newest wins.

use std::collections::VecDeque;

use crate::Notice;

/// More than this is of no use to anybody; the oldest gives way.
const ROOM: usize = 64;

/// One thing to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Show(Notice),
    Withdraw(String),
}

impl Step {
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Show(notice) => &notice.key,
            Self::Withdraw(key) => key,
        }
    }
}

/// The steps that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<Step>);

impl Waiting {
    /// Takes a step in; gives back a notice that had to make room for it.
    pub(super) fn push(&mut self, step: Step) -> Option<Notice> {
        self.0.retain(|waiting| waiting.key() != step.key());
        let crowded = self.0.len() >= ROOM;
        let dropped = if crowded { self.0.pop_front() } else { None };
        self.0.push_back(step);
        match dropped {
            Some(Step::Show(notice)) => Some(notice),
            _ => None,
        }
    }

    /// Puts a step back that has to be tried again, unless something newer has come for its key.
    pub(super) fn put_back(&mut self, step: Step) {
        if !self.0.iter().any(|waiting| waiting.key() == step.key()) {
            self.0.push_front(step);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Step> {
        self.0.pop_front()
    }

    pub(super) fn has_notice(&self) -> bool {
        self.0.iter().any(|step| matches!(step, Step::Show(_)))
    }

    /// Empties it; the keys of the notices that will not be shown.
    pub(super) fn give_up(&mut self) -> Vec<String> {
        let shows = |step| if let Step::Show(notice) = step { Some(notice.key) } else { None };
        self.0.drain(..).filter_map(shows).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(key: &str, title: &str) -> Step {
        Step::Show(Notice { key: key.into(), title: title.into(), ..Notice::default() })
    }

    #[test]
    fn the_newest_word_about_a_key_is_the_one_that_counts() {
        let mut waiting = Waiting::default();
        waiting.push(show("a", "old"));
        waiting.push(show("b", "other"));
        waiting.push(show("a", "new"));
        waiting.push(Step::Withdraw("b".into()));
        waiting.put_back(show("a", "even older"));
        assert_eq!(waiting.pop(), Some(show("a", "new")));
        assert_eq!(waiting.pop(), Some(Step::Withdraw("b".into())));
        assert_eq!(waiting.pop(), None);
    }

    #[test]
    fn a_crowd_pushes_out_the_oldest_and_says_so() {
        let mut waiting = Waiting::default();
        let dropped: Vec<String> = (0..ROOM + 2)
            .filter_map(|n| waiting.push(show(&n.to_string(), "")).map(|notice| notice.key))
            .collect();
        assert_eq!(dropped, ["0", "1"]);
        assert_eq!(waiting.give_up().len(), ROOM);
    }
}
