//! `peerwatch check`: what waits for a side of a conversation, whole, and not taken away by being looked at.

use peerwatch_sources::process;

use crate::args::Global;
use crate::ending::Ending;
use crate::palette::{DIM, STRONG};
use crate::printable::line;
use crate::seat::Seat;
use crate::shapes::MessageView;
use crate::ticket::Ticket;
use crate::{awake, databases, screen};

/// Show the messages that wait for your side of a bridge conversation
///
/// Shows each whole, with control characters made visible, and leaves it unread unless you say --mark-read. The token
/// tells which side is yours; it is checked.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  PEERWATCH_TOKEN=… peerwatch check --conversation-id conv_4f1d0c9ab8e27763
  peerwatch check --conversation-id conv_… --token-file ~/.secrets/bridge --mark-read
  peerwatch --db team.db check --conversation-id conv_… --token - --json < token

Exit 0 whether or not anything waits, 3 when the database or the token is not what it should be.")]
pub(crate) struct Args {
    #[command(flatten)]
    ticket: Ticket,

    /// Mark them as read, in one transaction, once they are printed whole
    #[arg(long)]
    mark_read: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let conversation = &args.ticket.conversation_id;
    let path = databases::holding(global, conversation)?;
    let mut seat = Seat::open(&path, conversation, args.ticket.token.find()?.as_deref(), awake::wall())?;
    seat.note();
    if !args.mark_read {
        let messages = seat.unread()?;
        return print(global, &messages, None);
    }
    let processes = process::system();
    let taken = seat.take(processes.as_ref(), awake::wall())?;
    match print(global, &taken.messages, Some(taken.messages.len())) {
        Ok(ending) => {
            seat.keep(&taken, awake::wall())?;
            Ok(ending)
        }
        Err(error) => {
            // What nobody could read was not read.
            seat.give_back(&taken, awake::wall())?;
            Err(error)
        }
    }
}

fn print(global: &Global, messages: &[MessageView], marked: Option<usize>) -> anyhow::Result<Ending> {
    if global.json {
        screen::print_json(&messages)?;
    } else {
        screen::print(&text(messages, marked))?;
    }
    Ok(Ending::Fine)
}

fn text(messages: &[MessageView], marked: Option<usize>) -> Vec<String> {
    if messages.is_empty() {
        return vec!["📭 No new messages".into()];
    }
    let mut out = vec![format!("📨 {} new message(s):", messages.len())];
    for message in messages {
        out.push(String::new());
        out.push(format!("  From: {STRONG}{}{STRONG:#} ({})", line(&message.from_role), line(&message.from)));
        if let Some(kind) = &message.kind {
            out.push(format!("  Type: {}", line(kind)));
        }
        out.push(format!("  Time: {}", line(message.at.as_deref().unwrap_or("unknown"))));
        if !message.files.is_empty() {
            out.push(format!("  Files: {}", line(&message.files.join(", "))));
        }
        if let Some(uid) = &message.uid {
            out.push(format!("  {DIM}Id: {}{DIM:#}", line(uid)));
        }
        out.push("  Content:".into());
        out.extend(message.text.trim_end().lines().map(|text| format!("    {}", indented(text))));
    }
    if let Some(marked) = marked {
        out.push(String::new());
        out.push(format!("✅ {marked} message(s) marked as read"));
    }
    out
}

/// A line that steers nothing and keeps its indentation.
fn indented(text: &str) -> String {
    let rest = text.trim_start();
    let indent = &text[..text.len() - rest.len()];
    let columns: usize = indent.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
    format!("{}{}", " ".repeat(columns), line(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_whole_and_steers_nothing() {
        let message = MessageView {
            id: 5,
            uid: None,
            conversation: "conv_1".into(),
            from: "a".into(),
            from_role: "lead\u{1b}[2J".into(),
            to: "b".into(),
            at: Some("2026-11-23T09:08:55Z".into()),
            kind: Some("info".into()),
            files: vec!["a.rs".into(), "b.rs".into()],
            reply_to: None,
            text: format!("{}\n\tfn x()\n\n[12:00:00] ✅ forged\u{1b}[2Jend", "x".repeat(300)),
        };
        let plain = anstream::adapter::strip_str(&text(&[message], Some(1)).join("\n")).to_string();
        let long = "x".repeat(300);
        assert_eq!(
            plain,
            format!(
                "📨 1 new message(s):\n\n  From: lead�[2J (a)\n  Type: info\n  Time: 2026-11-23T09:08:55Z\n  \
                 Files: a.rs, b.rs\n  Content:\n    {long}\n        fn x()\n    \n    [12:00:00] ✅ forged�[2Jend\n\n✅ 1 message(s) marked as read"
            )
        );
    }
}
