//! Sending to roles, and answering.

use std::sync::Arc;

use serde_json::json;

use super::{Refusal, losses, places};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{Draft, Letter, Limits, Participant, Process, Sender, Sent, Store};

/// What was sent: from where, and to whom.
struct Done {
    from: Participant,
    sent: Vec<Sent>,
}

pub(super) async fn send(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let done = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let from = places::place(post, call, store, call.text("bridge"))?;
            let draft = Draft {
                text: call.needed("text").to_owned(),
                kind: call.text("kind").map(str::to_owned),
                files: call.texts("files"),
                reply_to: call.text("reply_to").map(str::to_owned),
            };
            let to = call.texts("to");
            bring_in(post, store, &from, &to)?;
            deliver(post, store, from, &to, &draft)
        })
        .await??;
    Ok(told(&done))
}

/// Living sessions that are named and take no part yet get the role of their name: they need not have asked for it to be
/// written to.
pub(super) fn bring_in(
    post: &Post,
    store: &mut Store,
    from: &Participant,
    to: &[String],
) -> Result<(), Refusal> {
    if from.bridge.is_none() {
        return Ok(());
    }
    let known = store.participants(&from.conversation)?;
    let is_known = |name: &&String| {
        name.as_str() == "all" || known.iter().any(|one| one.role == **name || one.participant == **name)
    };
    let strangers: Vec<&String> = to.iter().filter(|name| !is_known(name)).collect();
    if strangers.is_empty() {
        return Ok(());
    }
    let sessions = post.surroundings.sessions();
    for name in strangers {
        let mut called = sessions.iter().filter(|one| one.name.as_deref() == Some(name.as_str()));
        let (Some(session), None) = (called.next(), called.next()) else { continue };
        let takes_part = store.participations(&session.bearer)?;
        if takes_part.iter().any(|place| place.conversation == from.conversation) {
            continue;
        }
        let is_dead = |process: &Process| post.surroundings.is_dead(process);
        let now = post.surroundings.now();
        if let Err(error) = store.join(&from.conversation, name, &session.bearer, &is_dead, now) {
            tracing::debug!(%error, "a session could not be brought in");
        }
    }
    Ok(())
}

pub(super) async fn reply(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let done = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let uid = call.needed("message");
            let Some((letter, me)) = addressed_to_me(post, call, store, uid)? else {
                return Err(Refusal(format!("no message {uid} was sent to you")));
            };
            let draft = Draft {
                text: call.needed("text").to_owned(),
                kind: None,
                files: Vec::new(),
                reply_to: Some(uid.to_owned()),
            };
            let answering = sender(&me);
            let done = deliver(post, store, me, std::slice::from_ref(&letter.from), &draft)?;
            let now = post.surroundings.now();
            store.acknowledge(&answering, &[uid.to_owned()], now)?;
            losses::acknowledged(store, &letter, now)?;
            Ok::<_, Refusal>(done)
        })
        .await??;
    Ok(told(&done))
}

/// The message with this id, and the caller's place that it is addressed to.
pub(super) fn addressed_to_me(
    post: &Post,
    call: &Call,
    store: &mut Store,
    uid: &str,
) -> Result<Option<(Letter, Participant)>, Refusal> {
    let Some(letter) = store.by_uid(uid)? else { return Ok(None) };
    let is_meant =
        |place: &Participant| place.conversation == letter.conversation && place.participant == letter.to;
    let me = places::mine(post, call, store)?.into_iter().find(is_meant);
    Ok(me.map(|me| (letter, me)))
}

fn deliver(
    post: &Post,
    store: &mut Store,
    from: Participant,
    to: &[String],
    draft: &Draft,
) -> Result<Done, Refusal> {
    let limits = Limits { per_minute: post.options.per_minute };
    let sent = store.send(&sender(&from), to, draft, &limits, post.surroundings.now())?;
    Ok(Done { from, sent })
}

fn sender(place: &Participant) -> Sender {
    Sender { conversation: place.conversation.clone(), participant: place.participant.clone() }
}

fn told(done: &Done) -> Answer {
    let redacted = done.sent.iter().any(|sent| sent.redacted);
    let lines: Vec<_> = done.sent.iter().map(|sent| format!("- to {}: {}", sent.to_role, sent.uid)).collect();
    let mut text =
        format!("Sent as {} in {}:\n{}", done.from.role, places::name(&done.from), lines.join("\n"));
    if redacted {
        text.push_str("\nSecrets in the text were replaced.");
    }
    let sent: Vec<_> = done.sent.iter().map(|sent| json!({"to": sent.to_role, "uid": sent.uid})).collect();
    let structured = json!({
        "bridge": places::name(&done.from), "from": done.from.role, "sent": sent, "redacted": redacted,
    });
    Answer::structured(text, structured)
}
