//! The original's result texts, to the letter.

use std::fmt::Write;

use crate::{Created, Letter};

/// A partner counts as alive for so long after its last heartbeat, in seconds.
const ALIVE_S: i64 = 120;

pub(super) fn created(created: &Created) -> String {
    format!(
        "✅ Secure conversation created!\n\nConversation ID: {}\n\nYour token (keep secret): {}\n\
         Partner token (share securely): {}\n\nExpires: {}\n\nIMPORTANT: Tokens are required for all operations. \
         Store your token securely.\nShare the conversation ID and partner token with your partner session via a \
         secure channel.",
        created.conversation, created.token_a, created.token_b, created.expires_at
    )
}

pub(super) fn sent(redacted: bool) -> String {
    let notice = if redacted { "\n⚠️  Secrets were redacted from your message" } else { "" };
    format!("📤 Message sent to partner session{notice}")
}

pub(super) fn messages(letters: &[Letter]) -> String {
    if letters.is_empty() {
        return "📭 No new messages".into();
    }
    let mut out = format!("📬 {} new message(s):\n\n", letters.len());
    for letter in letters {
        push_message(&mut out, letter);
    }
    out
}

fn push_message(out: &mut String, letter: &Letter) {
    let mut line = |text: std::fmt::Arguments<'_>| {
        let written = out.write_fmt(text);
        debug_assert!(written.is_ok(), "writing to a String does not fail");
    };
    line(format_args!("From: Session {}\nTime: {}\n", letter.from, letter.timestamp));
    if let Some(kind) = letter.kind.as_deref().filter(|kind| !kind.is_empty()) {
        line(format_args!("Type: {kind}\n"));
    }
    line(format_args!("\nMessage:\n{}\n", letter.text));
    if !letter.files.is_empty() {
        line(format_args!("\nFiles: {}\n", letter.files.join(", ")));
    }
    line(format_args!("\n{}\n\n", "=".repeat(60)));
}

/// How the partner fares. `heartbeat` is its text in the database and its age in seconds.
pub(super) fn partner(
    side: &str,
    status: &str,
    heartbeat: Option<(&str, Option<i64>)>,
    is_dead: bool,
) -> String {
    let age = heartbeat.and_then(|(_, age)| age);
    let alive = !is_dead && age.is_some_and(|age| age < ALIVE_S);
    format!(
        "{} Partner Session {}\n\nStatus: {status}\nLast heartbeat: {}\nAge: {}s\nAlive: {}",
        if alive { "🟢" } else { "🔴" },
        side.to_uppercase(),
        heartbeat.map_or("Never", |(at, _)| at),
        age.map_or("N/A".into(), |age| age.to_string()),
        if alive { "True" } else { "False" }
    )
}
