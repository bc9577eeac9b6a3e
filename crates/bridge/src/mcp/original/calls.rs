//! What the original's tools do. Errors are texts like results, as the original has it; where it is at fault, ours is
//! right instead: messages survive the expiry, a fetch that was lost is repeated, the limit is per participant.

use std::sync::Arc;

use super::{Original, texts};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{Draft, Limits, Refused, SendError, Sender, Store, StoreError};

/// Does what `tool` is for.
pub(in crate::mcp) async fn call(tool: Original, post: &Arc<Post>, call: &Arc<Call>) -> Answer {
    let done = post
        .store(call, move |post, call, store| match tool {
            Original::CreateConversation => create(post, call, store),
            Original::SendToPartner => send(post, call, store),
            Original::CheckMessages => check(post, call, store),
            Original::UpdateMyStatus => update(post, call, store),
            Original::CheckPartnerStatus => partner(post, call, store),
        })
        .await;
    Answer::text(match done {
        Ok(Ok(text)) => text,
        Ok(Err(Fault::Unauthenticated)) => "🔒 Authentication failed: Invalid session token".into(),
        Ok(Err(Fault::Other(message))) => format!("❌ Error: {message}"),
        Err(lost) => format!("❌ Error: {lost}"),
    })
}

/// Why a call failed.
enum Fault {
    Unauthenticated,
    Other(String),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Other(error.to_string())
    }
}

impl From<SendError> for Fault {
    fn from(error: SendError) -> Fault {
        Fault::Other(match error {
            SendError::RateLimited { limit, retry_after_s } => format!(
                "Rate limit exceeded: Rate limit: {limit} req/min exceeded (resets in {retry_after_s}s)"
            ),
            other => other.to_string(),
        })
    }
}

fn create(post: &Post, call: &Call, store: &mut Store) -> Result<String, Fault> {
    let created = store.create_conversation(
        call.needed("my_role"),
        call.needed("partner_role"),
        post.surroundings.now(),
    )?;
    post.bind(store, call, &created.conversation, "a")?;
    Ok(texts::created(&created))
}

/// Checks the token; after that it is known which session holds this side, and that its earlier fetches arrived.
fn enter(post: &Post, call: &Call, store: &mut Store) -> Result<(), Fault> {
    let (conversation, side) = (call.needed("conversation_id"), call.needed("session_id"));
    let now = post.surroundings.now();
    match store.authenticate(conversation, side, call.needed("token"), now) {
        Ok(_) => {}
        Err(Refused::Token) => return Err(Fault::Unauthenticated),
        Err(Refused::Store(error)) => return Err(error.into()),
    }
    post.bind(store, call, conversation, side)?;
    Ok(post.confirm_earlier(store, call)?)
}

fn send(post: &Post, call: &Call, store: &mut Store) -> Result<String, Fault> {
    enter(post, call, store)?;
    let side = call.needed("session_id");
    let from =
        Sender { conversation: call.needed("conversation_id").to_owned(), participant: side.to_owned() };
    let draft = Draft {
        text: call.needed("message").to_owned(),
        kind: Some(call.text("action_type").unwrap_or("info").to_owned()),
        files: call.texts("files_involved"),
        reply_to: None,
    };
    let limits = Limits { per_minute: post.options.per_minute };
    let sent = store.send(&from, &[other(side).to_owned()], &draft, &limits, post.surroundings.now())?;
    Ok(texts::sent(sent.iter().any(|sent| sent.redacted)))
}

fn check(post: &Post, call: &Call, store: &mut Store) -> Result<String, Fault> {
    enter(post, call, store)?;
    let letters = post.fetch(store, call, call.needed("conversation_id"), call.needed("session_id"))?;
    Ok(texts::messages(&letters))
}

fn update(post: &Post, call: &Call, store: &mut Store) -> Result<String, Fault> {
    enter(post, call, store)?;
    let status = call.needed("status");
    let now = post.surroundings.now();
    store.set_status(call.needed("conversation_id"), call.needed("session_id"), status, now)?;
    Ok(format!("✅ Status updated: {status}"))
}

fn partner(post: &Post, call: &Call, store: &mut Store) -> Result<String, Fault> {
    enter(post, call, store)?;
    let conversation = call.needed("conversation_id");
    let side = other(call.needed("session_id"));
    let participants = store.participants(conversation)?;
    let process =
        participants.iter().find(|one| one.participant == side).and_then(|one| one.bearer.process.as_ref());
    let is_dead = process.is_some_and(|process| post.surroundings.is_dead(process));
    let status = store.status(conversation, side, post.surroundings.now())?;
    Ok(match &status {
        Some(known) => {
            texts::partner(side, &known.status, Some((&known.last_heartbeat, known.age_s)), is_dead)
        }
        None => texts::partner(side, "unknown", None, is_dead),
    })
}

fn other(side: &str) -> &'static str {
    if side == "a" { "b" } else { "a" }
}
