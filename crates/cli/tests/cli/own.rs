//! Peerwatch's own bridge in a home, and workers in it whose processes are real.

use std::path::PathBuf;

use peerwatch_bridge::{Actor, Bearer, NewTask, Process, Store};
use peerwatch_core::Timestamp;
use peerwatch_sources::process;
use serde_json::Value;

use crate::bridge::Worker;
use crate::home::{Home, Said};

/// The bridge called main.
pub(crate) struct Own {
    path: PathBuf,
    pub(crate) conversation: String,
}

impl Own {
    pub(crate) fn new(home: &Home) -> Own {
        let path = home.path().join(".local/share/peerwatch/bridge.db");
        let conversation = Store::open(&path).unwrap().bridge("main", now()).unwrap();
        Own { path, conversation }
    }

    /// The store, to be dropped before anybody else in this process opens it.
    pub(crate) fn store(&self) -> Store {
        Store::open_existing(&self.path).unwrap()
    }

    /// A worker that takes part under a role; its letter.
    pub(crate) fn join(&self, role: &str, worker: &Worker) -> String {
        let pid: u32 = worker.pid().parse().unwrap();
        self.join_as(role, pid, process::system().start(pid).unwrap())
    }

    /// A process that takes part under a role; its letter.
    pub(crate) fn join_as(&self, role: &str, pid: u32, start: String) -> String {
        let bearer = Bearer { process: Some(Process { pid, start }), ..Bearer::default() };
        self.store().join(&self.conversation, role, &bearer, &|_| false, now()).unwrap().participant
    }

    /// A task that a worker has begun; its number.
    pub(crate) fn begun(&self, subject: &str, letter: &str) -> i64 {
        let what = NewTask { subject: subject.into(), ..NewTask::default() };
        let mut store = self.store();
        let task = store.create_task(&self.conversation, &what, &Actor::Person, now()).unwrap();
        store.claim_task(task.id, letter, now()).unwrap().id
    }

    /// The texts that wait for somebody.
    pub(crate) fn inbox(&self, letter: &str) -> Vec<String> {
        let waiting = self.store().peek(&self.conversation, letter).unwrap();
        waiting.into_iter().map(|one| one.text).collect()
    }

    /// What was done to handovers, oldest first.
    pub(crate) fn steps(&self) -> Vec<String> {
        let mut rows = self.store().audit(None, 1_000).unwrap();
        rows.reverse();
        rows.into_iter().map(|row| row.action).filter(|action| action.starts_with("handover_")).collect()
    }
}

/// The JSON that a command printed.
pub(crate) fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err))
}

/// Wall time.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}
