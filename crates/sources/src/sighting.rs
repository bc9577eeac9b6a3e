//! What a session's transcript proves of bridges: that a message stands in it, that it speaks for a side.

use peerwatch_core::{Moment, WorkerId};

/// How a message was found in a transcript. Of two findings the later one here counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sighted {
    /// It stands in the session's queue: Claude Code has taken it, the model has not.
    Queued,
    /// It stands before the model.
    Read,
}

/// A message of a peer was found in a session's transcript, by the identity that its sender gave it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Sighting {
    /// The identity: the `msg_id` it was pushed with, or what [`marker`] put into its text.
    pub uid: String,
    /// The session whose transcript it is; of a subagent's transcript, the session that started the subagent.
    pub session_id: String,
    /// Who writes that transcript; `None` while two living processes do.
    pub worker: Option<WorkerId>,
    /// How it was found.
    pub how: Sighted,
    /// When its record was written.
    pub at: Moment,
}

/// A session called a tool of the original bridge for a side of a conversation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct SideSeen {
    /// Who called.
    pub worker: WorkerId,
    /// The conversation as the bridge names it: `conv_…`.
    pub conversation: String,
    /// The side: `a` or `b`.
    pub side: char,
    /// The tool's whole name, `mcp__<server>__<tool>`: the server tells which database it was, to whoever knows its settings.
    pub database_tool: String,
    /// When.
    pub at: Moment,
}

const MARK: &str = "[peerwatch message ";

/// What stands in the text of a message that Peerwatch pushes, so that it is known again where only its text is kept:
/// `[peerwatch message <uuid>]`.
#[must_use]
pub fn marker(uid: &str) -> String {
    format!("{MARK}{uid}]")
}

/// Whether a text may hold a marker, told without looking at it closely.
pub(crate) fn is_marked(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, MARK.as_bytes()).is_some()
}

/// The identities in the markers of a text.
pub(crate) fn marked(text: &str) -> impl Iterator<Item = &str> {
    text.split(MARK).skip(1).filter_map(|rest| {
        let uid = rest.get(..36)?;
        (rest.as_bytes().get(36) == Some(&b']') && is_uuid(uid)).then_some(uid)
    })
}

/// What a message that Peerwatch pushed says to its reader: without its markers, and without what follows the last of them,
/// which tells how to answer. Any other text stays as it is.
pub(crate) fn unmarked(text: &str) -> String {
    let is_marker = |line: &&str| line.starts_with(MARK) && marked(line).next().is_some();
    let lines: Vec<&str> = text.lines().collect();
    let Some(last) = lines.iter().rposition(is_marker) else { return text.to_owned() };
    let said: Vec<&str> = lines.into_iter().take(last).filter(|line| !is_marker(line)).collect();
    said.join("\n").trim_end().to_owned()
}

/// Whether this is a UUID of version 4 as Peerwatch writes it, in lower case.
fn is_uuid(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        14 => byte == b'4',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "3c595e23-b554-42dd-8205-0e1698ae6635";

    #[test]
    fn a_marker_is_found_anywhere_and_as_often_as_it_stands_there() {
        let text = format!("<x>\nhello {}\n{}</x>", marker(UID), marker(UID));
        assert_eq!(marked(&text).collect::<Vec<_>>(), [UID, UID]);
        assert!(is_marked(text.as_bytes()));
    }

    #[test]
    fn a_person_reads_what_was_said_and_not_how_it_is_known_again() {
        let footer = "(Answer with peerwatch's tool `reply`, or confirm it with `acknowledge`.)";
        let one = format!("hello\nthere\n\n{}\n{footer}", marker(UID));
        assert_eq!(unmarked(&one), "hello\nthere");
        let two = format!("2 messages:\n\nFrom a:\none\n{0}\n\nFrom a:\ntwo\n{0}\n\n{footer}", marker(UID));
        assert_eq!(unmarked(&two), "2 messages:\n\nFrom a:\none\n\nFrom a:\ntwo");
        let quoted = format!("it said {} to me\n{footer}", marker(UID));
        assert_eq!(unmarked(&quoted), quoted);
    }

    #[test]
    fn what_only_looks_like_a_marker_is_none() {
        for text in [
            "[peerwatch message ]",
            "[peerwatch message 3c595e23-b554-42dd-8205-0e1698ae6635",
            "[peerwatch message 3C595E23-B554-42DD-8205-0E1698AE6635]",
            "[peerwatch message 3c595e23-b554-12dd-8205-0e1698ae6635]",
            "[peerwatch message ääääääääääääääääääääääääääääääääääää]",
        ] {
            assert_eq!(marked(text).count(), 0, "{text}");
        }
    }
}
