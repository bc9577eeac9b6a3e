//! A store in memory, with a task and its people, that can be put back to any state it was in.

use std::cell::RefCell;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::PathBuf;
use std::rc::Rc;

use peerwatch_core::Timestamp;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::actors::Mind;
use crate::store::files::Files;
use crate::store::opening::Absence;
use crate::store::schema::{ORIGINAL, OWN, TASKS};
use crate::store::{Held, Store};
use crate::{Actor, Bearer, NewTask, Process};

pub(super) const NOW: Timestamp = Timestamp(1_795_406_400_000);
/// The task that all is about.
pub(super) const TASK: i64 = 1;

/// The tables that change. What messages say is no part of a state: it follows from the rest.
const TABLES: [&str; 8] = [
    "peerwatch_tasks",
    "peerwatch_task_notes",
    "peerwatch_task_owners",
    "peerwatch_handovers",
    "peerwatch_messages",
    "peerwatch_participants",
    "sqlite_sequence",
    MESSAGES,
];
const MESSAGES: &str = "messages";

type Rows = Vec<Vec<Value>>;

/// All that stands in the tables at one moment: to be put back, and to be told from other moments.
#[derive(Clone)]
pub(super) struct Snapshot {
    tables: Rc<Vec<Rows>>,
    pub(super) tasks: Rc<Vec<TaskRow>>,
    pub(super) handovers: Rc<Vec<HandoverRow>>,
    pub(super) results: Rc<Vec<String>>,
    key: u64,
}

/// What the rules ask of a task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct TaskRow {
    pub(super) id: i64,
    pub(super) state: String,
    pub(super) owner: Option<String>,
    pub(super) epoch: i64,
}

/// What the rules ask of a handover that is under way.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct HandoverRow {
    pub(super) task: i64,
    pub(super) step: String,
    pub(super) heir: Option<String>,
}

pub(super) struct Bench {
    pub(super) store: Store,
    /// What stands in the tables, and how many rows had been written when that was so.
    now: Option<(Rc<Vec<Rows>>, u64)>,
}

impl Bench {
    /// `api` (`a`), `web` (`b`) and `docs` (`c`), and one task.
    pub(super) fn new(begun_by: Option<&str>) -> Bench {
        let mut store = in_memory();
        let main = store.bridge("main", NOW).unwrap();
        for (pid, role) in (1..).zip(["api", "web", "docs"]) {
            let process = Some(Process { pid, start: "then".into() });
            let bearer = Bearer { process, ..Bearer::default() };
            store.join(&main, role, &bearer, &|_| false, NOW).unwrap();
        }
        let what = NewTask { subject: "build".into(), ..NewTask::default() };
        store.create_task(&main, &what, &Actor::Person, NOW).unwrap();
        if let Some(letter) = begun_by {
            store.claim_task(TASK, letter, NOW).unwrap();
        }
        Bench { store, now: None }
    }

    /// How all stands after a step from `before`; most steps that are refused write nothing.
    pub(super) fn look_again(&mut self, before: &Snapshot) -> Snapshot {
        let written = self.store.held.borrow().db.total_changes();
        match &self.now {
            Some((now, then)) if *then == written && Rc::ptr_eq(now, &before.tables) => before.clone(),
            _ => self.look(),
        }
    }

    pub(super) fn look(&mut self) -> Snapshot {
        let held = self.store.held.borrow();
        let db = &held.db;
        let tables: Vec<Rows> =
            TABLES.iter().map(|table| rows(db, &format!("SELECT * FROM {table}"))).collect();
        let key = key(&tables);
        let tables = Rc::new(tables);
        self.now = Some((Rc::clone(&tables), db.total_changes()));
        Snapshot {
            tables,
            tasks: Rc::new(tasks(db)),
            handovers: Rc::new(handovers(db)),
            results: Rc::new(results(db)),
            key,
        }
    }

    /// Tells states apart: what is stored, and what the actors have in mind.
    pub(super) fn key(&self, here: &Snapshot, mind: &Mind) -> u64 {
        let mut hasher = DefaultHasher::new();
        here.key.hash(&mut hasher);
        mind.hash(&mut hasher);
        hasher.finish()
    }

    /// Puts everything back to what it was.
    pub(super) fn restore(&mut self, to: &Snapshot) {
        let held = self.store.held.borrow();
        let db = &held.db;
        let now = self.now.take().filter(|(_, then)| *then == db.total_changes()).map(|(now, _)| now);
        if now.as_ref().is_none_or(|now| !Rc::ptr_eq(now, &to.tables)) {
            db.execute_batch("BEGIN").unwrap();
            for (index, table) in TABLES.iter().enumerate() {
                put_back(db, table, &to.tables[index]);
            }
            db.prepare_cached("DELETE FROM audit_log").unwrap().execute([]).unwrap();
            db.execute_batch("COMMIT").unwrap();
        }
        self.now = Some((Rc::clone(&to.tables), db.total_changes()));
    }
}

fn put_back(db: &Connection, table: &str, wanted: &Rows) {
    if rows(db, &format!("SELECT * FROM {table}")) == *wanted {
        return;
    }
    db.prepare_cached(&format!("DELETE FROM {table}")).unwrap().execute([]).unwrap();
    for row in wanted {
        let places = vec!["?"; row.len()].join(",");
        let sql = format!("INSERT INTO {table} VALUES ({places})");
        db.prepare_cached(&sql).unwrap().execute(rusqlite::params_from_iter(row)).unwrap();
    }
}

fn in_memory() -> Store {
    let db = Connection::open_in_memory().unwrap();
    db.set_prepared_statement_cache_capacity(256);
    for tables in [ORIGINAL, OWN, TASKS] {
        db.execute_batch(tables).unwrap();
    }
    // No file stands there, now and later.
    let path = PathBuf::from("/nowhere/bridge.db");
    let held = RefCell::new(Held { db, files: Files::of(&path) });
    Store { path, absence: Absence::Refuse, held }
}

/// Tells what is stored from what is stored elsewhere. The ids of messages are drawn by lot: one stands for the place at which it
/// comes first.
fn key(tables: &[Rows]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut ids: Vec<&str> = Vec::new();
    let is_id = |text: &str| text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    let state = TABLES.iter().zip(tables).filter(|(table, _)| **table != MESSAGES);
    for value in state.flat_map(|(_, rows)| rows.iter().flatten()) {
        match value {
            Value::Text(text) if is_id(text) => {
                let known = ids.iter().position(|id| id == text);
                known.unwrap_or(ids.len()).hash(&mut hasher);
                if known.is_none() {
                    ids.push(text);
                }
            }
            Value::Text(text) => text.hash(&mut hasher),
            Value::Integer(number) => number.hash(&mut hasher),
            other => format!("{other:?}").hash(&mut hasher),
        }
    }
    hasher.finish()
}

fn rows(db: &Connection, sql: &str) -> Rows {
    let mut statement = db.prepare_cached(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        found.push((0..columns).map(|column| row.get(column).unwrap()).collect());
    }
    found
}

fn tasks(db: &Connection) -> Vec<TaskRow> {
    let sql = "SELECT task_id, state, owner, epoch FROM peerwatch_tasks";
    let mut statement = db.prepare_cached(sql).unwrap();
    let found = statement.query_map([], |row| {
        Ok(TaskRow { id: row.get(0)?, state: row.get(1)?, owner: row.get(2)?, epoch: row.get(3)? })
    });
    found.unwrap().map(Result::unwrap).collect()
}

fn handovers(db: &Connection) -> Vec<HandoverRow> {
    let sql = "SELECT task_id, step, new_owner FROM peerwatch_handovers WHERE ended = 0";
    let mut statement = db.prepare_cached(sql).unwrap();
    let found = statement
        .query_map([], |row| Ok(HandoverRow { task: row.get(0)?, step: row.get(1)?, heir: row.get(2)? }));
    found.unwrap().map(Result::unwrap).collect()
}

/// What was handed in as a result, in time or late.
fn results(db: &Connection) -> Vec<String> {
    let sql = "SELECT text FROM peerwatch_task_notes WHERE kind IN ('result', 'late_result')";
    let mut statement = db.prepare_cached(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
