//! Waiting for messages.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::receipts::rfc3339;
use super::{LONGEST_WAIT_S, Refusal, WAIT_S, places};
use crate::mcp::answer::Answer;
use crate::mcp::arrivals::Arrivals;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{Letter, Participant, Store};

/// How often the client hears that the waiting goes on, about.
const PROGRESS: Duration = Duration::from_secs(10);
/// A fetch of another process can turn out to be lost without any commit, so now and then is looked without one.
const LOOK: Duration = Duration::from_secs(2);

/// A message and the name of the bridge that it came in.
type Handed = (String, Letter);

/// What a look found.
#[derive(Default)]
struct Found {
    handed: Vec<Handed>,
    /// Messages that lie in the session's own queue, which shows them after the result of this call.
    coming: usize,
}

pub(super) async fn wait(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let patience = call.seconds("timeout_s").unwrap_or(Duration::from_secs(WAIT_S));
    let patience = patience.min(Duration::from_secs(LONGEST_WAIT_S));
    post.store(call, enter).await??;
    // Watching begins before the first look, so that nothing falls between the two.
    let path = post.path().to_owned();
    let mut arrivals = tokio::task::spawn_blocking(move || Arrivals::watch(&path)).await?;
    let (begun, progress) = (Instant::now(), call.progress());
    let mut told = None;
    loop {
        let found = post.store(call, look).await??;
        let waited = begun.elapsed();
        let is_over = waited >= patience || call.is_cancelled();
        if !found.handed.is_empty() || found.coming > 0 || is_over {
            return Ok(answer(&found, waited));
        }
        if told.is_none_or(|told: Instant| told.elapsed() >= PROGRESS)
            && let Some(progress) = &progress
        {
            told = Some(Instant::now());
            // Once the client is gone nobody takes the notification any more, nor answers.
            tokio::select! {
                () = progress.tell(waited, patience, "waiting for a message".into()) => {}
                () = post.ended() => return Ok(answer(&found, waited)),
            }
        }
        let pause = LOOK.min(patience - waited);
        tokio::select! {
            _ = arrivals.next(pause) => {}
            () = call.cancelled() => return Ok(answer(&found, waited)),
            () = post.ended() => return Ok(answer(&found, waited)),
        }
    }
}

/// Makes sure that there is a place to wait at.
fn enter(post: &Post, call: &Call, store: &mut Store) -> Result<(), Refusal> {
    post.confirm_earlier(store, call)?;
    let bridge = call.text("bridge");
    let is_bridge = |place: &Participant| place.bridge.is_some() || !post.options.own;
    if bridge.is_some() || !places::mine(post, call, store)?.iter().any(is_bridge) {
        places::place(post, call, store, bridge)?;
    }
    Ok(())
}

/// Hands out what is there for the caller.
fn look(post: &Post, call: &Call, store: &mut Store) -> Result<Found, Refusal> {
    let mut found = Found::default();
    let is_meant =
        |place: &Participant| call.text("bridge").is_none_or(|name| places::is_called(place, name));
    if call.is_cancelled() {
        return Ok(found);
    }
    for place in places::mine(post, call, store)?.into_iter().filter(is_meant) {
        let letters = post.fetch(store, call, &place.conversation, &place.participant)?;
        found.handed.extend(letters.into_iter().map(|letter| (places::name(&place).to_owned(), letter)));
        found.coming += post.coming(store, &place.conversation, &place.participant)?;
    }
    found.handed.sort_by_key(|(_, letter)| letter.id);
    Ok(found)
}

fn answer(found: &Found, waited: Duration) -> Answer {
    let Found { handed, coming } = found;
    let messages: Vec<_> = handed.iter().map(|(bridge, letter)| described(bridge, letter)).collect();
    let mut parts: Vec<_> = handed.iter().map(written).collect();
    match handed.len() {
        0 if *coming == 0 => {
            parts.push(format!("No message in {} s. Call wait again to go on waiting.", waited.as_secs()));
        }
        0 => {}
        1 => parts.insert(0, "1 message:".into()),
        n => parts.insert(0, format!("{n} messages:")),
    }
    match coming {
        0 => {}
        1 => parts.push("1 message is about to be shown in your conversation by itself.".into()),
        n => parts.push(format!("{n} messages are about to be shown in your conversation by themselves.")),
    }
    let timed_out = handed.is_empty() && *coming == 0;
    let structured = json!({"messages": messages, "coming": coming, "timed_out": timed_out});
    Answer::structured(parts.join("\n\n"), structured)
}

fn described(bridge: &str, letter: &Letter) -> Value {
    json!({
        "uid": letter.uid, "bridge": bridge, "from": letter.from_role, "kind": letter.kind,
        "reply_to": letter.reply_to, "text": letter.text, "files": letter.files, "sent": rfc3339(letter.sent),
    })
}

fn written((bridge, letter): &Handed) -> String {
    let mut head = format!("From {} in {bridge}, {}", letter.from_role, rfc3339(letter.sent));
    if let Some(kind) = &letter.kind {
        head.push_str(&format!(", {kind}"));
    }
    if let Some(uid) = &letter.uid {
        head.push_str(&format!("\nId: {uid}"));
    }
    if let Some(answered) = &letter.reply_to {
        head.push_str(&format!("\nIn reply to: {answered}"));
    }
    if !letter.files.is_empty() {
        head.push_str(&format!("\nFiles: {}", letter.files.join(", ")));
    }
    format!("{head}\n{}", letter.text)
}
