//! What has been reported already, so that nothing is reported twice and nothing is skipped, whatever happens to the
//! file: restarts, vacuum, restore, replacement.

use std::collections::VecDeque;

use peerwatch_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::file::FileIdentity;
use super::rows::{MessageRow, Rows};

/// Messages that are remembered one by one.
const REMEMBERED: usize = 1_024;
/// Of these, how many survive a restart.
const KEPT: usize = 32;

/// Where reading begins in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// Nothing is known of any earlier look: what is there is history.
    First,
    /// The file goes on where reading stopped.
    After(i64),
    /// Another file has taken the place of the known one.
    Another,
}

/// The memory of one database.
#[derive(Default)]
pub(super) struct Memory {
    file: Option<FileIdentity>,
    last: i64,
    seen: VecDeque<Seen>,
    /// The last row of the audit log that was read.
    pub(super) audit: Option<i64>,
    /// Where a file has no message in common with what is known, messages older than this are history.
    known_until: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    row: i64,
    print: u64,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    file: Option<FileIdentity>,
    last: i64,
    audit: Option<i64>,
    until: i64,
    seen: Vec<Seen>,
}

impl Memory {
    /// Goes on from a cursor of an earlier run; one that cannot be understood is no cursor.
    pub(super) fn from_cursor(cursor: Option<&str>) -> Memory {
        let Some(cursor) = cursor.and_then(|text| serde_json::from_str::<Cursor>(text).ok()) else {
            return Memory::default();
        };
        Memory {
            file: cursor.file,
            last: cursor.last,
            seen: cursor.seen.into(),
            audit: cursor.audit,
            known_until: Some(Timestamp(cursor.until)),
        }
    }

    pub(super) fn cursor(&self) -> Option<String> {
        let kept = self.seen.len().saturating_sub(KEPT);
        serde_json::to_string(&Cursor {
            file: self.file,
            last: self.last,
            audit: self.audit,
            until: self.known_until?.0,
            seen: self.seen.iter().skip(kept).cloned().collect(),
        })
        .ok()
    }

    /// Nothing is at the path: whatever is written there from now on is news.
    pub(super) fn nothing_there(&mut self, now: Timestamp) {
        self.known_until.get_or_insert(now);
    }

    /// Whether this is the file that was read last.
    pub(super) fn knows(&self, file: FileIdentity) -> bool {
        self.file == Some(file)
    }

    /// Finds where to go on in the file behind `rows`.
    pub(super) fn start(&self, file: FileIdentity, rows: &Rows<'_>) -> rusqlite::Result<Start> {
        if self.known_until.is_none() {
            return Ok(Start::First);
        }
        let mut common = None;
        for seen in self.seen.iter().rev() {
            if rows.message(seen.row)?.is_some_and(|found| fingerprint(&found) == seen.print) {
                common = Some(seen.row);
                break;
            }
        }
        if self.knows(file)
            && (common.is_some() || rows.last_ever()? >= self.last)
            && self.last_stands(rows)?
        {
            return Ok(Start::After(self.last));
        }
        Ok(common.map_or(Start::Another, Start::After))
    }

    /// Whether the last reported row is what it was, or was deleted.
    fn last_stands(&self, rows: &Rows<'_>) -> rusqlite::Result<bool> {
        let Some(last) = self.seen.back().filter(|seen| seen.row == self.last) else {
            return Ok(true);
        };
        Ok(rows.message(self.last)?.is_none_or(|found| fingerprint(&found) == last.print))
    }

    /// Whether a message has been reported before.
    pub(super) fn has(&self, message: &MessageRow) -> bool {
        let print = fingerprint(message);
        self.seen.iter().rev().any(|seen| seen.print == print)
    }

    /// Whether another message has been reported under this row number.
    pub(super) fn is_renumbered(&self, message: &MessageRow) -> bool {
        self.seen.iter().rev().any(|seen| seen.row == message.row)
    }

    /// Whether a message that is new in `start` is news, or history.
    pub(super) fn is_fresh(&self, start: Start, sent: Option<Timestamp>) -> bool {
        /// Writers date a message before they store it.
        const SLACK: i64 = 2_000;
        match (start, self.known_until, sent) {
            (Start::First, ..) => false,
            (Start::After(_), ..) => true,
            (Start::Another, Some(until), Some(sent)) => sent.0 >= until.0 - SLACK,
            (Start::Another, ..) => true,
        }
    }

    /// Remembers a reported message.
    pub(super) fn remember(&mut self, message: &MessageRow) {
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(Seen { row: message.row, print: fingerprint(message) });
    }

    /// Everything up to `last` in `file` has been read at `now`.
    pub(super) fn read_until(&mut self, file: FileIdentity, last: i64, now: Timestamp) {
        self.file = Some(file);
        self.last = last;
        self.known_until = Some(now);
    }
}

/// A number that is the same for the same message in any copy of a database.
fn fingerprint(message: &MessageRow) -> u64 {
    let mut hash = Fnv::default();
    for part in [&message.conversation, &message.from, &message.at, &message.text] {
        hash.add(part.as_bytes());
        hash.add(&[0]);
    }
    hash.0
}

/// A hash that stays the same over versions and platforms.
pub(super) struct Fnv(pub(super) u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
