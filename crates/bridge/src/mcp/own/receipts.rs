//! Where the messages that the caller sent stand.

use std::collections::VecDeque;
use std::sync::Arc;

use peerwatch_core::Timestamp;
use serde_json::{Value, json};

use super::{Refusal, places};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{Letter, Participant, Receipt, Store};

/// So many of the last messages are told of when none is named.
const LAST: usize = 20;
/// So many are read from the store at once.
const PAGE: usize = 500;

/// A message and the name of its bridge.
type Posted = (String, Letter);

pub(super) async fn receipts(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let (posted, unknown) = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let places = places::mine(post, call, store)?;
            let named = call.texts("messages");
            if named.is_empty() {
                Ok((last(store, &places)?, Vec::new()))
            } else {
                by_uid(store, &places, named)
            }
        })
        .await??;
    let receipts: Vec<_> = posted.iter().map(described).collect();
    let structured = json!({"receipts": receipts, "unknown": unknown});
    Ok(Answer::structured(listing(&posted, &unknown), structured))
}

fn by_uid(
    store: &Store,
    places: &[Participant],
    uids: Vec<String>,
) -> Result<(Vec<Posted>, Vec<String>), Refusal> {
    let (mut posted, mut unknown) = (Vec::new(), Vec::new());
    for uid in uids {
        let letter = store.by_uid(&uid)?;
        match letter.and_then(|letter| Some((sender_of(&letter, places)?, letter))) {
            Some(found) => posted.push(found),
            None => unknown.push(uid),
        }
    }
    Ok((posted, unknown))
}

/// The name of the bridge where one of `places` sent this message.
fn sender_of(letter: &Letter, places: &[Participant]) -> Option<String> {
    let is_mine =
        |place: &&Participant| place.conversation == letter.conversation && place.participant == letter.from;
    places.iter().find(is_mine).map(|place| places::name(place).to_owned())
}

/// The last that were sent from any of `places`, oldest first.
fn last(store: &Store, places: &[Participant]) -> Result<Vec<Posted>, Refusal> {
    let mut last = Vec::new();
    for place in places {
        let of_place = last_of(store, place)?;
        last.extend(of_place.into_iter().map(|letter| (places::name(place).to_owned(), letter)));
    }
    last.sort_by_key(|(_, letter): &Posted| letter.id);
    Ok(last.split_off(last.len().saturating_sub(LAST)))
}

fn last_of(store: &Store, place: &Participant) -> Result<VecDeque<Letter>, Refusal> {
    let mut last = VecDeque::new();
    let mut after = 0;
    loop {
        let page = store.letters(&place.conversation, after, PAGE)?;
        let Some(newest) = page.last() else { return Ok(last) };
        after = newest.id;
        last.extend(page.into_iter().filter(|letter| letter.from == place.participant));
        last.drain(..last.len().saturating_sub(LAST));
    }
}

/// The furthest that a message is known to have come.
fn state(receipt: &Receipt) -> &'static str {
    match (receipt.acknowledged, receipt.seen, receipt.accepted) {
        (Some(_), ..) => "acknowledged",
        (None, Some(_), _) => "seen",
        (None, None, Some(_)) => "accepted",
        (None, None, None) => "sent",
    }
}

fn trouble(receipt: &Receipt) -> Option<String> {
    let trouble = receipt.trouble.as_ref()?;
    let kind = trouble.kind.word().replace('_', " ");
    Some(if trouble.detail.is_empty() { kind } else { format!("{kind}: {}", trouble.detail) })
}

fn described((bridge, letter): &Posted) -> Value {
    let receipt = &letter.receipt;
    json!({
        "uid": letter.uid, "bridge": bridge, "to": letter.to_role, "state": state(receipt),
        "sent": rfc3339(receipt.sent), "accepted": receipt.accepted.map(rfc3339),
        "seen": receipt.seen.map(rfc3339), "acknowledged": receipt.acknowledged.map(rfc3339),
        "trouble": trouble(receipt),
    })
}

fn listing(posted: &[Posted], unknown: &[String]) -> String {
    let mut lines: Vec<_> = posted.iter().map(line).collect();
    if !unknown.is_empty() {
        lines.push(format!("You sent no message with the id {}.", unknown.join(", ")));
    }
    if lines.is_empty() { "You have sent no messages yet.".into() } else { lines.join("\n") }
}

fn line((bridge, letter): &Posted) -> String {
    let uid = letter.uid.as_deref().unwrap_or("without id");
    let trouble = trouble(&letter.receipt).map(|trouble| format!(" ({trouble})")).unwrap_or_default();
    format!("- {uid} to {} in {bridge}: {}{trouble}", letter.to_role, state(&letter.receipt))
}

/// RFC 3339 in UTC.
pub(super) fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
