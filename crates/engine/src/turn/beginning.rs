//! What the loop begins with: its store, and the policy that settings amount to.

use std::time::Duration;

use peerwatch_core::{Policy, Problem, QuietHours};
use peerwatch_wire::Settings;

use crate::folders::Folders;
use crate::store::Store;

pub(super) fn open_store(folders: &Folders, is_the_engine: bool, problems: &mut Vec<Problem>) -> Store {
    if is_the_engine {
        match Store::open(&folders.store) {
            Ok(store) => return store,
            Err(error) => problems.push(Problem {
                subject: folders.store.display().to_string(),
                what: format!(
                    "Peerwatch's own store cannot be used, nothing is remembered over a restart: {error}"
                ),
                remedy: Some("Move the file away; a new one is made at the next start.".into()),
            }),
        }
    }
    #[expect(
        clippy::expect_used,
        reason = "an empty database in memory fails only where nothing else would work either"
    )]
    Store::in_memory().expect("a database in memory")
}

pub(crate) fn policy(settings: &Settings) -> Policy {
    Policy {
        bridge_silence: Duration::from_secs(settings.bridge_silence_s),
        session_silence: settings.session_silence_s.map(Duration::from_secs),
        notify_waiting: settings.notify_waiting,
        notify_silent: settings.notify_silent,
        notify_messages: settings.notify_messages,
        quiet_hours: settings.quiet_hours.as_deref().and_then(QuietHours::parse),
        break_through: settings.urgent_breaks_through,
        ask_in_front: false,
    }
}
