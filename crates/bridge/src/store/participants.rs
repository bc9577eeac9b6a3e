//! Who takes part, as the tables have it.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::StoreError;
use super::tasks::changes;
use crate::participant::{Bearer, Kind, Participant, Process};
use crate::python;

const COLUMNS: &str =
    "p.conversation_id, n.name, p.participant, p.role, p.kind, p.pid, p.process_start, p.session_id,
    p.agent, p.claude_config, p.cwd, p.joined_ms, p.left_ms
    FROM peerwatch_participants p LEFT JOIN peerwatch_conversations n USING (conversation_id)";

fn participant(row: &Row<'_>) -> rusqlite::Result<Participant> {
    let kind: String = row.get(4)?;
    let (pid, start): (Option<u32>, Option<String>) = (row.get(5)?, row.get(6)?);
    Ok(Participant {
        conversation: row.get(0)?,
        bridge: row.get(1)?,
        participant: row.get(2)?,
        role: row.get(3)?,
        kind: Kind::of(&kind),
        bearer: Bearer {
            process: pid.zip(start).map(|(pid, start)| Process { pid, start }),
            session_id: row.get(7)?,
            agent: row.get(8)?,
            claude_config: row.get(9)?,
            cwd: row.get(10)?,
        },
        joined: Timestamp(row.get(11)?),
        left: row.get::<_, Option<i64>>(12)?.map(Timestamp),
    })
}

/// All who ever took part in a conversation, in the order of their letters. The two sides of a conversation that is
/// opened with tokens take part from the beginning.
pub(super) fn all(db: &Connection, conversation: &str) -> rusqlite::Result<Vec<Participant>> {
    let sql =
        format!("SELECT {COLUMNS} WHERE p.conversation_id = ? ORDER BY length(p.participant), p.participant");
    let mut statement = db.prepare_cached(&sql)?;
    let mut found =
        statement.query_map([conversation], participant)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut sides = token_sides(db, conversation)?;
    sides.retain(|side| found.iter().all(|known| known.participant != side.participant));
    sides.append(&mut found);
    sides.sort_by(|one, other| order(&one.participant).cmp(&order(&other.participant)));
    Ok(sides)
}

/// One participant.
pub(super) fn one(db: &Connection, conversation: &str, participant: &str) -> Result<Participant, StoreError> {
    let found = all(db, conversation)?.into_iter().find(|known| known.participant == participant);
    found.ok_or_else(|| StoreError::NoParticipant {
        conversation: conversation.into(),
        participant: participant.into(),
    })
}

/// The sides a and b of a conversation which is no named bridge.
fn token_sides(db: &Connection, conversation: &str) -> rusqlite::Result<Vec<Participant>> {
    let sql = "SELECT session_a_role, session_b_role, created_at FROM conversations c WHERE id = ?
        AND NOT EXISTS (SELECT 1 FROM peerwatch_conversations n WHERE n.conversation_id = c.id AND n.name IS NOT NULL)";
    let roles: Option<(String, String, String)> = db
        .prepare_cached(sql)?
        .query_row([conversation], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((role_a, role_b, created)) = roles else { return Ok(Vec::new()) };
    let joined = python::time(&created).unwrap_or_default();
    let side = |letter: &str, role: String| Participant {
        conversation: conversation.into(),
        bridge: None,
        participant: letter.into(),
        role,
        kind: Kind::Token,
        bearer: Bearer::default(),
        joined,
        left: None,
    };
    Ok(vec![side("a", role_a), side("b", role_b)])
}

/// Where a bearer takes part: by its process; by the id of its session where another process held the role before.
pub(super) fn of_bearer(db: &Connection, bearer: &Bearer) -> rusqlite::Result<Vec<Participant>> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE p.left_ms IS NULL AND p.kind = 'session' AND p.agent = ?1
           AND ((p.pid = ?2 AND p.process_start = ?3) OR p.session_id = ?4) ORDER BY p.joined_ms, p.conversation_id"
    );
    let (pid, start) = halves(bearer);
    let mut statement = db.prepare_cached(&sql)?;
    let mut found = statement
        .query_map(params![bearer.agent, pid, start, bearer.session_id], participant)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let own: Vec<String> = found
        .iter()
        .filter(|known| is_same_process(&known.bearer, bearer))
        .map(|known| known.conversation.clone())
        .collect();
    found.retain(|known| is_same_process(&known.bearer, bearer) || !own.contains(&known.conversation));
    Ok(found)
}

/// All roles that some process holds and nobody left, but for those in conversations that expired before `now` (naive UTC).
pub(super) fn held(db: &Connection, now: &str) -> rusqlite::Result<Vec<Participant>> {
    let sql = format!(
        "SELECT {COLUMNS} WHERE p.left_ms IS NULL AND p.kind = 'session' AND p.pid IS NOT NULL
           AND EXISTS (SELECT 1 FROM conversations c WHERE c.id = p.conversation_id AND c.expires_at > ?1)"
    );
    let mut statement = db.prepare_cached(&sql)?;
    statement.query_map([now], participant)?.collect()
}

/// Writes who holds a role. Whoever looks at tasks wants to know.
pub(super) fn put(db: &Connection, participant: &Participant) -> rusqlite::Result<()> {
    changes::count(db)?;
    let Participant { bearer, .. } = participant;
    let (pid, start) = halves(bearer);
    let sql = "INSERT OR REPLACE INTO peerwatch_participants VALUES (?,?,?,?,?,?,?,?,?,?,?,?)";
    db.prepare_cached(sql)?
        .execute(params![
            participant.conversation,
            participant.participant,
            participant.role,
            participant.kind.word(),
            pid,
            start,
            bearer.session_id,
            bearer.agent,
            bearer.claude_config,
            bearer.cwd,
            participant.joined.0,
            participant.left.map(|left| left.0),
        ])
        .map(drop)
}

/// Whether both are known to be one process, and the same one within it.
pub(super) fn is_same_process(one: &Bearer, other: &Bearer) -> bool {
    one.process.is_some() && one.process == other.process && one.agent == other.agent
}

/// Whether both are one session, whose process may have changed.
pub(super) fn is_same_session(one: &Bearer, other: &Bearer) -> bool {
    one.session_id.is_some() && one.session_id == other.session_id && one.agent == other.agent
}

/// The letter of the participant number `index`: a, …, z, aa, ab, …
pub(super) fn letter(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + u8::try_from(index % 26).unwrap_or(0)));
        if index < 26 {
            return letters.into_iter().rev().collect();
        }
        index = index / 26 - 1;
    }
}

fn order(letters: &str) -> (usize, &str) {
    (letters.len(), letters)
}

fn halves(bearer: &Bearer) -> (Option<u32>, Option<&str>) {
    (
        bearer.process.as_ref().map(|process| process.pid),
        bearer.process.as_ref().map(|process| process.start.as_str()),
    )
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn there_is_a_letter_for_everybody() {
        assert_eq!(
            [0, 1, 25, 26, 51, 52, 701, 702].map(letter),
            ["a", "b", "z", "aa", "az", "ba", "zz", "aaa"]
        );
    }
}
