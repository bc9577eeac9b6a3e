//! What still has to reach a session, and how far each attempt came. For the engine, which alone pushes.

use std::collections::BTreeMap;

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};

use super::{Store, StoreError, fetching, letters, participants};
use crate::letter::{Letter, TroubleKind};
use crate::participant::{Bearer, Kind, Participant};

/// A message on its way to a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending {
    /// The message; it has a uid.
    pub letter: Letter,
    /// Who holds the recipient's role.
    pub bearer: Option<Bearer>,
    /// Whether the person wrote it.
    pub by_person: bool,
}

/// Messages that another program read: nothing more happens to them.
const READ_ELSEWHERE: &str = "settled = 0 AND fetched_ms IS NULL
    AND coalesce((SELECT read FROM messages WHERE id = message_id), 1) <> 0";

impl Store {
    /// All that was neither seen nor acknowledged nor fetched, for recipients that are sessions, oldest first. What a
    /// session accepted and has not shown yet is among them. Gives messages of other programs a uid.
    pub fn undelivered(&mut self, _now: Timestamp) -> Result<Vec<Pending>, StoreError> {
        let has_news = self.read::<_, StoreError>(|db| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM peerwatch_messages WHERE {READ_ELSEWHERE})");
            let elsewhere: bool = db.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
            Ok(elsewhere || letters::has_strangers(db)?)
        })?;
        if has_news {
            self.write::<_, StoreError>(|db| {
                letters::adopt(db)?;
                let sql = format!("UPDATE peerwatch_messages SET settled = 1 WHERE {READ_ELSEWHERE}");
                db.prepare_cached(&sql)?.execute([])?;
                Ok(())
            })?;
        }
        self.read(|db| Ok(pending(db)?))
    }

    /// Claims a message for a push into this session: the attempt is counted, and fetches leave the message alone for some
    /// seconds. `false` when it was fetched or seen meanwhile; then it must not be pushed.
    pub fn pushing(&mut self, uid: &str, session_id: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.change(
            "UPDATE peerwatch_messages SET attempts = attempts + 1, pushed_ms = ?2, pushed_to = ?3, accepted_ms = NULL,
               accepted_by = NULL, trouble = NULL, trouble_detail = NULL
             WHERE uid = ?1 AND settled = 0 AND fetched_ms IS NULL
               AND (SELECT read FROM messages WHERE id = message_id) = 0",
            params![uid, now.0, session_id],
        )
    }

    /// The session's transcript shows the message in its queue. `false` when that was known, or it was seen.
    pub fn accepted(&mut self, uid: &str, by: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.change(
            "UPDATE peerwatch_messages SET accepted_ms = ?2, accepted_by = ?3, trouble = NULL, trouble_detail = NULL
             WHERE uid = ?1 AND accepted_ms IS NULL AND settled = 0",
            params![uid, now.0, by],
        )
    }

    /// The session's transcript shows that the model saw the message. `false` when that was known.
    pub fn seen(&mut self, uid: &str, by: &str, now: Timestamp) -> Result<bool, StoreError> {
        self.write(|db| {
            let sql = "UPDATE peerwatch_messages SET seen_ms = ?2, seen_by = ?3, trouble = NULL, trouble_detail = NULL,
                settled = 1 WHERE uid = ?1 AND seen_ms IS NULL";
            let is_new = db.prepare_cached(sql)?.execute(params![uid, now.0, by])? > 0;
            if is_new {
                fetching::mark_read(db, uid)?;
            }
            Ok(is_new)
        })
    }

    /// The session that had accepted the message is gone, or threw it away: it waits again.
    pub fn unaccepted(&mut self, uid: &str) -> Result<bool, StoreError> {
        self.change(
            "UPDATE peerwatch_messages SET accepted_ms = NULL, accepted_by = NULL, pushed_ms = NULL, pushed_to = NULL
             WHERE uid = ?1 AND settled = 0",
            params![uid],
        )
    }

    /// Something stands in the message's way. It can be fetched all the same.
    pub fn troubled(
        &mut self,
        uid: &str,
        kind: TroubleKind,
        detail: &str,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql =
            "UPDATE peerwatch_messages SET trouble = ?2, trouble_detail = ?3 WHERE uid = ?1 AND settled = 0
            AND (trouble IS NOT ?2 OR trouble_detail IS NOT ?3)";
        self.change(sql, params![uid, kind.word(), detail]).map(drop)
    }

    /// Nothing stands in its way any more.
    pub fn untroubled(&mut self, uid: &str) -> Result<(), StoreError> {
        let sql = "UPDATE peerwatch_messages SET trouble = NULL, trouble_detail = NULL WHERE uid = ?1 AND trouble IS NOT NULL";
        self.change(sql, params![uid]).map(drop)
    }

    fn change(&self, sql: &str, values: impl rusqlite::Params) -> Result<bool, StoreError> {
        self.write(|db| Ok(db.prepare_cached(sql)?.execute(values)? > 0))
    }
}

fn pending(db: &Connection) -> rusqlite::Result<Vec<Pending>> {
    let rest = "WHERE m.id IN (SELECT p.message_id FROM peerwatch_messages p JOIN peerwatch_participants r
          ON r.conversation_id = p.conversation_id AND r.participant = p.recipient
        WHERE p.settled = 0 AND p.fetched_ms IS NULL AND r.kind = 'session' AND r.left_ms IS NULL)
      AND m.read = 0 ORDER BY m.id";
    let mut known: BTreeMap<String, Vec<Participant>> = BTreeMap::new();
    let mut waiting = Vec::new();
    for letters::Found { letter, .. } in letters::select(db, rest, [])? {
        if !known.contains_key(&letter.conversation) {
            known.insert(letter.conversation.clone(), participants::all(db, &letter.conversation)?);
        }
        let there = known.get(&letter.conversation).into_iter().flatten();
        let bearer = there.clone().find(|one| one.participant == letter.to).map(|one| one.bearer.clone());
        let by_person =
            there.filter(|one| one.participant == letter.from).any(|one| one.kind == Kind::Person);
        waiting.push(Pending { letter, bearer, by_person });
    }
    Ok(waiting)
}
