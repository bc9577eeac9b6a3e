//! Reads tasks, so many at once with so few questions.

use std::collections::BTreeMap;

use peerwatch_core::Timestamp;
use rusqlite::{Connection, Params, Row};

use crate::store::participants;
use crate::task::error::TaskError;
use crate::{Actor, NewTask, Note, NoteKind, Participant, Task, TaskState};

/// Tasks that are over and still listed.
const OVER: &str = "50";

/// What a [`Task`] is read from; a condition follows. The report that counts is the newest result, else the newest report.
const TASKS: &str = "SELECT t.task_id, t.conversation_id, n.name, t.subject, t.description, t.priority, t.folder,
      t.deadline_ms, t.state, t.owner, t.epoch, t.lease_ms, t.attempts, t.created_by, t.created_ms, t.updated_ms,
      t.revoked_ms, t.over_ms IS NULL AND EXISTS (SELECT 1 FROM peerwatch_task_needs d JOIN peerwatch_tasks b
        ON b.task_id = d.needs WHERE d.task_id = t.task_id AND b.over_ms IS NULL),
      (SELECT handover_id FROM peerwatch_handovers h WHERE h.task_id = t.task_id AND h.ended = 0),
      coalesce((SELECT note_id FROM peerwatch_task_notes s WHERE s.task_id = t.task_id AND s.kind = 'result'
          ORDER BY counts_ms DESC, note_id DESC LIMIT 1),
        (SELECT note_id FROM peerwatch_task_notes s WHERE s.task_id = t.task_id AND s.kind = 'progress'
          ORDER BY counts_ms DESC, note_id DESC LIMIT 1))
    FROM peerwatch_tasks t LEFT JOIN peerwatch_conversations n USING (conversation_id) ";
const NOTES: &str = "SELECT s.note_id, s.task_id, s.kind, s.author, s.epoch, s.at_ms, s.text
    FROM peerwatch_task_notes s ";

/// A task whose people, needs and notes are still to be looked up.
struct Found {
    task: Task,
    owner: Option<String>,
    report: Option<i64>,
}

struct FoundNote {
    task: i64,
    author: Actor,
    note: Note,
}

/// Everybody in some conversations, each of which is asked once.
#[derive(Default)]
pub(in crate::store) struct People(BTreeMap<String, Vec<Participant>>);

impl People {
    pub(in crate::store) fn find(
        &mut self,
        db: &Connection,
        conversation: &str,
        letter: &str,
    ) -> rusqlite::Result<Option<&Participant>> {
        if !self.0.contains_key(conversation) {
            self.0.insert(conversation.to_owned(), participants::all(db, conversation)?);
        }
        let known = self.0.get(conversation);
        Ok(known.into_iter().flatten().find(|one| one.participant == letter))
    }

    fn name(&mut self, db: &Connection, conversation: &str, who: &Actor) -> rusqlite::Result<String> {
        Ok(match who {
            Actor::Person => "you".into(),
            Actor::Peerwatch => "Peerwatch".into(),
            Actor::Participant(letter) => {
                self.find(db, conversation, letter)?.map_or_else(|| letter.clone(), |one| one.role.clone())
            }
        })
    }
}

/// One task that must be there.
pub(super) fn one(db: &Connection, id: i64) -> Result<Task, TaskError> {
    of(db, id)?.ok_or(TaskError::NoTask { task: id })
}

pub(super) fn of(db: &Connection, id: i64) -> rusqlite::Result<Option<Task>> {
    Ok(select(db, "WHERE t.task_id = ?", [id])?.pop())
}

pub(super) fn listed(db: &Connection, conversation: Option<&str>) -> rusqlite::Result<Vec<Task>> {
    let open = "WHERE t.over_ms IS NULL AND (?1 IS NULL OR t.conversation_id = ?1)
        ORDER BY t.priority DESC, t.task_id";
    let mut tasks = select(db, open, [conversation])?;
    let over = format!(
        "WHERE t.over_ms IS NOT NULL AND (?1 IS NULL OR t.conversation_id = ?1)
         ORDER BY t.over_ms DESC, t.task_id DESC LIMIT {OVER}"
    );
    tasks.append(&mut select(db, &over, [conversation])?);
    Ok(tasks)
}

fn select(db: &Connection, rest: &str, values: impl Params) -> rusqlite::Result<Vec<Task>> {
    let mut statement = db.prepare_cached(&format!("{TASKS}{rest}"))?;
    let mut found = statement.query_map(values, read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let ids = list(found.iter().map(|one| one.task.id));
    let mut needs = needs(db, &ids)?;
    let reports = list(found.iter().filter_map(|one| one.report));
    let mut reports =
        by_task(select_notes(db, "WHERE s.note_id IN (SELECT value FROM json_each(?))", &reports)?);
    let rest = "WHERE s.task_id IN (SELECT value FROM json_each(?))
        AND s.kind IN ('late_progress', 'late_result') ORDER BY s.note_id";
    let mut late = by_task(select_notes(db, rest, &ids)?);
    let mut declined = declined(db, &ids)?;
    let mut people = People::default();
    for Found { task, owner, .. } in &mut found {
        let place = task.conversation.clone();
        if let Some(letter) = owner {
            task.owner = people.find(db, &place, letter)?.cloned();
        }
        task.what.needs = needs.remove(&task.id).unwrap_or_default();
        let report = reports.remove(&task.id).and_then(|mut notes| notes.pop());
        task.progress = report.map(|note| note.signed(db, &place, &mut people)).transpose()?;
        for note in late.remove(&task.id).unwrap_or_default() {
            task.late.push(note.signed(db, &place, &mut people)?);
        }
        for letter in declined.remove(&task.id).unwrap_or_default() {
            task.declined.extend(people.find(db, &place, &letter)?.cloned());
        }
    }
    Ok(found.into_iter().map(|one| one.task).collect())
}

pub(super) fn notes(db: &Connection, task: i64) -> rusqlite::Result<Vec<Note>> {
    let sql = "SELECT conversation_id FROM peerwatch_tasks WHERE task_id = ?";
    let mut statement = db.prepare_cached(sql)?;
    let Some(place) = statement.query_map([task], |row| row.get::<_, String>(0))?.next().transpose()? else {
        return Ok(Vec::new());
    };
    let rest = "WHERE s.task_id IN (SELECT value FROM json_each(?)) ORDER BY s.note_id";
    let found = select_notes(db, rest, &list([task]))?;
    let mut people = People::default();
    found.into_iter().map(|note| note.signed(db, &place, &mut people)).collect()
}

fn select_notes(db: &Connection, rest: &str, ids: &str) -> rusqlite::Result<Vec<FoundNote>> {
    let mut statement = db.prepare_cached(&format!("{NOTES}{rest}"))?;
    let rows = statement.query_map([ids], |row| {
        let (kind, author): (String, String) = (row.get(2)?, row.get(3)?);
        let note = Note {
            id: row.get(0)?,
            kind: NoteKind::of(&kind).unwrap_or(NoteKind::Reason),
            by: String::new(),
            epoch: row.get(4)?,
            at: Timestamp(row.get(5)?),
            text: row.get(6)?,
        };
        Ok(FoundNote { task: row.get(1)?, author: Actor::of(&author), note })
    })?;
    rows.collect()
}

impl FoundNote {
    fn signed(self, db: &Connection, place: &str, people: &mut People) -> rusqlite::Result<Note> {
        Ok(Note { by: people.name(db, place, &self.author)?, ..self.note })
    }
}

fn by_task(notes: Vec<FoundNote>) -> BTreeMap<i64, Vec<FoundNote>> {
    let mut sorted: BTreeMap<i64, Vec<FoundNote>> = BTreeMap::new();
    for note in notes {
        sorted.entry(note.task).or_default().push(note);
    }
    sorted
}

fn needs(db: &Connection, ids: &str) -> rusqlite::Result<BTreeMap<i64, Vec<i64>>> {
    let sql =
        "SELECT task_id, needs FROM peerwatch_task_needs WHERE task_id IN (SELECT value FROM json_each(?))
        ORDER BY task_id, needs";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([ids])?;
    let mut sorted: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        sorted.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(sorted)
}

/// Who gave each task back: each release leaves its reason, signed.
fn declined(db: &Connection, ids: &str) -> rusqlite::Result<BTreeMap<i64, Vec<String>>> {
    let sql = "SELECT DISTINCT task_id, author FROM peerwatch_task_notes
        WHERE task_id IN (SELECT value FROM json_each(?)) AND kind = 'reason' ORDER BY task_id, length(author), author";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([ids])?;
    let mut sorted: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        sorted.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(sorted)
}

/// Numbers as SQLite's `json_each` takes them.
fn list(ids: impl IntoIterator<Item = i64>) -> String {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    format!("[{}]", ids.join(","))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Found> {
    let time = |column| row.get::<_, Option<i64>>(column).map(|time| time.map(Timestamp));
    let (state, created_by): (String, String) = (row.get(8)?, row.get(13)?);
    let task = Task {
        id: row.get(0)?,
        conversation: row.get(1)?,
        bridge: row.get(2)?,
        what: NewTask {
            subject: row.get(3)?,
            description: row.get(4)?,
            priority: row.get(5)?,
            needs: Vec::new(),
            folder: row.get(6)?,
            deadline: time(7)?,
        },
        state: TaskState::of(&state).unwrap_or(TaskState::Open),
        owner: None,
        epoch: row.get(10)?,
        lease: time(11)?,
        blocked: row.get(17)?,
        attempts: u32::try_from(row.get::<_, i64>(12)?).unwrap_or(0),
        created_by: Actor::of(&created_by),
        created: Timestamp(row.get(14)?),
        updated: Timestamp(row.get(15)?),
        revoked: time(16)?,
        progress: None,
        late: Vec::new(),
        declined: Vec::new(),
        handover: row.get(18)?,
    };
    Ok(Found { task, owner: row.get(9)?, report: row.get(19)? })
}
