//! Learns of the death of a watched process at once where the system tells, so that nobody has to ask every second.
//!
//! It only says "look again": the verdict stays with the source, which checks pid and process start. Where the system
//! does not tell, the slow poll finds out.

use std::collections::BTreeMap;

use peerwatch_core::{Presence, Roster};
use tokio::task::JoinHandle;

use crate::looking::Looking;

/// The processes that are waited for.
#[derive(Debug, Default)]
pub(crate) struct Deaths {
    waiting: BTreeMap<u32, JoinHandle<()>>,
}

impl Deaths {
    /// Waits for the processes of the workers that live, and for no others.
    pub(crate) fn follow(&mut self, roster: &Roster, looking: &Looking) {
        let is_over = |presence| matches!(presence, Presence::Gone | Presence::Ended);
        let living: Vec<u32> = roster
            .workers()
            .filter(|worker| !is_over(worker.verdict().presence))
            .filter_map(|worker| worker.identity()?.pid)
            .collect();
        self.waiting.retain(|pid, task| {
            let keep = living.contains(pid);
            if !keep {
                task.abort();
            }
            keep
        });
        for pid in living {
            if !self.waiting.contains_key(&pid)
                && let Some(task) = wait_for(pid, looking)
            {
                self.waiting.insert(pid, task);
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn wait_for(pid: u32, looking: &Looking) -> Option<JoinHandle<()>> {
    let end = peerwatch_sources::process::death_watch(pid).ok()?;
    let interest = tokio::io::Interest::READABLE;
    // SAFETY: the `OwnedFd` is moved in, nobody replaces or closes it before the `AsyncFd` is dropped.
    #[expect(unsafe_code, reason = "tokio asks its caller to vouch for the descriptor")]
    let end = unsafe { tokio::io::unix::AsyncFd::register_with_interest(end, interest) }.ok()?;
    let again = looking.again();
    Some(tokio::spawn(async move {
        if end.readable().await.is_ok() {
            again();
        }
    }))
}

#[cfg(not(target_os = "linux"))]
fn wait_for(_pid: u32, _looking: &Looking) -> Option<JoinHandle<()>> {
    None
}
