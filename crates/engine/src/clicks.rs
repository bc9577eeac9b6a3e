//! What a click on a notification means: remembered for as long as somebody may click.

use std::collections::BTreeMap;

use peerwatch_core::{Token, WorkerId};

use crate::engine::Open;

/// Notifications whose click is remembered: the newest.
const REMEMBERED: usize = 256;

/// What stands behind a notification.
#[derive(Clone)]
pub(crate) struct Behind {
    /// What a click opens.
    pub(crate) open: Open,
    /// The alert as it stood then, unless it stands for several.
    pub(crate) token: Option<Token>,
    /// The session that an answer goes to.
    pub(crate) reply_to: Option<WorkerId>,
    /// The handover that can be taken back.
    pub(crate) handover: Option<i64>,
}

/// What stands behind the notification of each key.
#[derive(Default)]
pub(crate) struct Clicks {
    behind: BTreeMap<String, (u64, Behind)>,
    next: u64,
}

impl Clicks {
    /// What a click on this notification means from now on.
    pub(crate) fn remember(&mut self, key: String, behind: Behind) {
        self.next += 1;
        self.behind.insert(key, (self.next, behind));
        if self.behind.len() > REMEMBERED
            && let Some(oldest) = self.behind.iter().min_by_key(|(_, (number, _))| *number)
        {
            let oldest = oldest.0.clone();
            self.behind.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Behind> {
        self.behind.get(key).map(|(_, behind)| behind)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Behind> {
        self.behind.get_mut(key).map(|(_, behind)| behind)
    }

    /// The notification is gone; `false` when it was not known.
    pub(crate) fn forget(&mut self, key: &str) -> bool {
        self.behind.remove(key).is_some()
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.behind.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(worker: usize) -> Behind {
        let open = Open { worker: Some(worker.to_string()), ..Open::default() };
        Behind { open, token: None, reply_to: None, handover: None }
    }

    #[test]
    fn the_oldest_is_forgotten_first_whatever_its_name() {
        let mut clicks = Clicks::default();
        let key = |number: usize| format!("waiting:{}", 1_000 - number);
        (0..REMEMBERED).for_each(|number| clicks.remember(key(number), behind(number)));
        // Shown anew, it is new.
        clicks.remember(key(0), behind(0));
        clicks.remember(key(REMEMBERED), behind(REMEMBERED));
        assert!(clicks.get(&key(0)).is_some() && clicks.get(&key(REMEMBERED)).is_some());
        assert!(clicks.get(&key(1)).is_none() && clicks.get(&key(2)).is_some());
        assert_eq!(clicks.keys().count(), REMEMBERED);
    }
}
