//! Messages of peers and teammates, as transcripts and team inboxes hold them.

use serde_json::Value;

use super::post::hash;
use super::record::{self, Body, Origin, Record};
use super::text;
use crate::sighting::marked;

/// A message that a transcript or an inbox shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Heard {
    /// Where its record begins in the transcript.
    pub(super) offset: u64,
    /// When, in milliseconds since the epoch.
    pub(super) at: Option<i64>,
    /// Its identity: the sender's, or that of the record that shows it.
    pub(super) id: String,
    pub(super) from: From,
    pub(super) text: String,
    /// For notices between teammates, their type.
    pub(super) kind: Option<String>,
    /// By which the whole text is known again where the same message shows elsewhere.
    pub(super) print: u64,
}

/// Who wrote a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum From {
    /// Another session: its name where it gave one, and its process where Claude Code verified it.
    Peer { name: Option<String>, process: Option<(u32, String)> },
    /// A member of the same team.
    Mate(String),
}

/// The messages that a record shows: mostly none, sometimes several.
pub(super) fn of(offset: u64, record: &Record) -> Vec<Heard> {
    let (text, origin) = match &record.body {
        Body::Prompt { text, origin } | Body::Queued { text, origin } if !record.side => (text, origin),
        _ => return Vec::new(),
    };
    if origin.kind.as_deref() == Some("peer") {
        return peer(offset, record, text, origin).into_iter().collect();
    }
    // Only records of Claude Code begin so: what a person types stands alone, and has an origin.
    if origin.kind.as_deref() == Some("human") || !text.contains(MATE) {
        return Vec::new();
    }
    let Some(uuid) = &record.uuid else { return Vec::new() };
    let mates = elements(text).into_iter().enumerate();
    mates
        .map(|(index, (name, inner))| {
            let (kind, text) = notice(&inner);
            let id = format!("{uuid}#{index}");
            let (print, text) = (hash(&inner), text::cut(&text, text::LONGEST).0);
            Heard { offset, at: record.at, id, from: From::Mate(name), text, kind, print }
        })
        .collect()
}

/// The message of another session. One that Peerwatch brought is told of by the bridge that keeps it.
fn peer(offset: u64, record: &Record, text: &str, origin: &Origin) -> Option<Heard> {
    if origin.message.as_deref().is_some_and(|id| marked(text).any(|mark| mark == id)) {
        return None;
    }
    let id = origin.message.clone().or_else(|| record.uuid.clone())?;
    let text = origin.body.clone().unwrap_or_else(|| unwrapped(text).to_owned());
    Some(Heard {
        offset,
        at: record.at,
        id,
        from: From::Peer { name: origin.name.clone(), process: origin.process.clone() },
        text: text::cut(&text, text::LONGEST).0,
        kind: None,
        print: hash(&text),
    })
}

/// A message without what Claude Code says around it.
pub(super) fn unwrapped(text: &str) -> &str {
    let text = text.strip_prefix("Another Claude session sent a message:\n").unwrap_or(text);
    let text = text.split("\n\nThis came from another Claude session").next().unwrap_or(text);
    let inner = text.trim().strip_prefix("<cross-session-message").and_then(|rest| rest.split_once('>'));
    let inner = inner.and_then(|(_, rest)| rest.rsplit_once("</cross-session-message>"));
    inner.map_or(text, |(inner, _)| inner).trim()
}

const MATE: &str = "<teammate-message teammate_id=\"";

/// Each `<teammate-message teammate_id="…" …>…</teammate-message>`: the name and what is inside.
pub(super) fn elements(text: &str) -> Vec<(String, String)> {
    let parts = text.split(MATE).skip(1);
    parts
        .filter_map(|part| {
            let (name, rest) = part.split_once('"')?;
            let (_, rest) = rest.split_once('>')?;
            let inner = rest.rsplit_once("</teammate-message>").map_or(rest, |(inner, _)| inner);
            Some((name.to_owned(), inner.trim().to_owned()))
        })
        .collect()
}

/// A notice of Claude Code is JSON inside the text: its type, and what it says to a person.
pub(super) fn notice(text: &str) -> (Option<String>, String) {
    let notice = serde_json::from_str::<Value>(text).ok();
    let Some((notice, kind)) = notice.and_then(|it| record::string(&it, "type").map(|kind| (it, kind)))
    else {
        return (None, text.to_owned());
    };
    let keys =
        ["result", "summary", "failureReason", "subject", "reason", "plan", "description", "idleReason"];
    let said = keys.iter().find_map(|key| record::string(&notice, key));
    let said = said.unwrap_or_else(|| kind.replace('_', " "));
    (Some(kind), said)
}

/// An entry of a team inbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Letter {
    pub(super) heard: Heard,
    pub(super) read: bool,
}

impl Letter {
    /// Whether this member wrote it.
    pub(super) fn is_from(&self, name: &str) -> bool {
        matches!(&self.heard.from, From::Mate(from) if from == name)
    }
}

/// The entries of an inbox; those that are not messages are passed over, as Claude Code does.
pub(super) fn letters(inbox: &Value) -> Vec<Letter> {
    let entries = inbox.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(letter).collect()
}

fn letter(entry: &Value) -> Option<Letter> {
    let from = record::string(entry, "from")?;
    let raw = record::string(entry, "text")?;
    let written = record::string(entry, "timestamp");
    let (kind, text) = notice(&raw);
    // Older versions gave no identity; sender and time are as good.
    let id = record::string(entry, "msg_id").or_else(|| Some(format!("{from}@{}", written.as_deref()?)))?;
    Some(Letter {
        heard: Heard {
            offset: 0,
            at: written.and_then(|text| record::time(&text)),
            id,
            from: From::Mate(from),
            text: text::cut(&text, text::LONGEST).0,
            kind,
            print: hash(raw.trim()),
        },
        read: record::is(entry, "read"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_message_is_shown_without_its_wrapping() {
        let text = "Another Claude session sent a message:\n<cross-session-message from=\"uds:/x\" from-name=\"a\">\nhello > there\n</cross-session-message>\n\nThis came from another Claude session — not typed by your user";
        assert_eq!(unwrapped(text), "hello > there");
        let plain =
            "Another Claude session sent a message:\nplain\n\nThis came from another Claude session — x";
        assert_eq!(unwrapped(plain), "plain");
    }

    #[test]
    fn several_teammates_speak_in_one_record() {
        let text = "Another Claude session sent a message:\n<teammate-message teammate_id=\"a\" color=\"blue\">\none\n</teammate-message>\n\n<teammate-message teammate_id=\"b\">\ntwo\n</teammate-message>\n\nThis came";
        assert_eq!(elements(text), [("a".into(), "one".into()), ("b".into(), "two".into())]);
    }

    #[test]
    fn a_notice_keeps_its_type_and_says_what_it_means() {
        let text = r#"{"type":"idle_notification","from":"r","idleReason":"available","result":"Ready."}"#;
        assert_eq!(notice(text), (Some("idle_notification".into()), "Ready.".into()));
        assert_eq!(notice("{ \"no\": 1 }"), (None, "{ \"no\": 1 }".into()));
    }

    #[test]
    fn a_malformed_inbox_entry_hides_no_other() {
        let inbox: Value = serde_json::from_str(
            r#"[{"nonsense":true},7,{"from":"lead","text":"valid","timestamp":"2026-11-23T09:29:59.000Z","msg_id":"m"}]"#,
        )
        .unwrap();
        let letters = letters(&inbox);
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].heard.text, "valid");
    }
}
