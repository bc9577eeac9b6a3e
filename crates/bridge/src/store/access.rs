//! Tokens and expiry. A conversation lives as long as it is used, and what was sent in time can always be read.

use std::time::Duration;

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{Store, StoreError};
use crate::python;

/// How long a conversation lives after its last use.
pub(super) const LIFETIME: Duration = Duration::from_secs(3 * 3600);
/// An expiry is written anew only when that gains so much; else each look at an empty inbox would write.
const STEP: Duration = Duration::from_secs(60);

/// What a token opens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    /// The side, `a` or `b`.
    pub participant: String,
    /// Whether the conversation has expired: then it can be read, not written to.
    pub expired: bool,
}

/// Why a token opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The token is not that side's, or there is no such conversation. Which of the two is not told.
    #[error("Invalid session token")]
    Token,
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The side that a token opens. While the conversation is valid each call gives it three more hours, to the minute.
    /// Refused logins are audited.
    pub fn authenticate(
        &mut self,
        conversation: &str,
        side: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Access, Refused> {
        let known = self.read::<_, StoreError>(|db| Ok(secrets(db, conversation)?))?;
        let own = known.as_ref().and_then(|known| match side {
            "a" => Some(&known.token_a),
            "b" => Some(&known.token_b),
            _ => None,
        });
        let is_right = own.is_some_and(|own| is_equal(own.as_bytes(), token.as_bytes()));
        let Some(known) = known.filter(|_| is_right) else {
            let details = json!({ "reason": "invalid token" });
            self.record(Some(conversation), Some(side), "login_refused", &details, now)?;
            return Err(Refused::Token);
        };
        let expired = known.expires.is_none_or(|expires| expires <= now);
        let renewed = now.plus(LIFETIME);
        if !expired && known.expires.is_some_and(|expires| expires.plus(STEP) <= renewed) {
            self.write::<_, StoreError>(|db| Ok(renew(db, conversation, renewed)?))?;
        }
        Ok(Access { participant: side.into(), expired })
    }
}

/// When a conversation ends, as far as that can be read.
pub(super) fn expiry(db: &Connection, conversation: &str) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT expires_at FROM conversations WHERE id = ?";
    let found: Option<String> =
        db.prepare_cached(sql)?.query_row([conversation], |row| row.get(0)).optional()?;
    let found = found.ok_or_else(|| StoreError::NoConversation { conversation: conversation.into() })?;
    Ok(python::time(&found))
}

/// Never shortens: two processes may renew at once.
fn renew(db: &Connection, conversation: &str, until: Timestamp) -> rusqlite::Result<()> {
    let sql = "UPDATE conversations SET expires_at = ?2 WHERE id = ?1 AND expires_at < ?2";
    db.execute(sql, params![conversation, python::stamp(until)]).map(drop)
}

struct Secrets {
    token_a: String,
    token_b: String,
    expires: Option<Timestamp>,
}

fn secrets(db: &Connection, conversation: &str) -> rusqlite::Result<Option<Secrets>> {
    let sql = "SELECT session_a_token, session_b_token, expires_at FROM conversations WHERE id = ?";
    let found = db.prepare_cached(sql)?.query_row([conversation], |row| {
        let expires: String = row.get(2)?;
        Ok(Secrets { token_a: row.get(0)?, token_b: row.get(1)?, expires: python::time(&expires) })
    });
    found.optional()
}

/// Compares in a time that does not depend on where two texts differ. An empty token opens nothing.
fn is_equal(own: &[u8], shown: &[u8]) -> bool {
    let same_length = own.len() == shown.len() && !own.is_empty();
    same_length && own.iter().zip(shown).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}

#[cfg(test)]
mod tests {
    use super::is_equal;

    #[test]
    fn only_the_same_token_is_equal() {
        assert!(is_equal(b"abc", b"abc"));
        for shown in ["abd", "ab", "abcd", "", "Abc"] {
            assert!(!is_equal(b"abc", shown.as_bytes()), "{shown}");
        }
        assert!(!is_equal(b"", b""));
    }
}
