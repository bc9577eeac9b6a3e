//! Joining, leaving, and who else is there.

use std::sync::Arc;

use peerwatch_core::Timestamp;
use serde_json::{Value, json};

use super::{Refusal, places};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{Kind, Participant, Process, Store};

/// A heartbeat younger than this proves life, in seconds: as the original has it.
const ALIVE_S: i64 = 120;
/// The role under which the store tells participants of tasks.
const PEERWATCH: &str = "peerwatch";

pub(super) async fn join(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let joined = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let bridge = call.text("bridge").unwrap_or(places::MAIN);
            let conversation = store.bridge(bridge, post.surroundings.now())?;
            let joined = places::join_as(post, call, store, &conversation, call.needed("role"))?;
            let waiting = store.peek(&conversation, &joined.participant)?.len();
            Ok::<_, Refusal>((joined, waiting))
        })
        .await??;
    let (place, waiting) = joined;
    let mut text = format!("You are {} in the bridge {}.", place.role, places::name(&place));
    match waiting {
        0 => {}
        1 => text.push_str(" 1 message waits for you: call wait."),
        n => text.push_str(&format!(" {n} messages wait for you: call wait.")),
    }
    Ok(Answer::structured(text, membership(&place)))
}

pub(super) async fn leave(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let place = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let mut places = places::mine(post, call, store)?;
            places.retain(|place| place.bridge.is_some());
            let named = call.text("bridge").unwrap_or(places::MAIN);
            let alone = call.text("bridge").is_none() && places.len() == 1;
            let Some(place) = places.into_iter().find(|place| alone || places::is_called(place, named))
            else {
                return Err(Refusal(format!("you take no part in the bridge {named}")));
            };
            store.leave(&place.conversation, &place.participant, post.surroundings.now())?;
            Ok(place)
        })
        .await??;
    let text = format!("You have left the bridge {}; the role {} is free.", places::name(&place), place.role);
    Ok(Answer::structured(text, membership(&place)))
}

fn membership(place: &Participant) -> Value {
    json!({"bridge": places::name(place), "role": place.role, "participant": place.participant})
}

/// Somebody in a bridge, with what is known of how it fares.
struct Peer {
    participant: Participant,
    presence: String,
    summary: String,
    me: bool,
}

pub(super) async fn peers(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let (bridge, peers, others) = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let (bridge, conversation, me) = looked_at(post, call, store)?;
            let mut peers = Vec::new();
            let there = conversation.map(|it| store.participants(&it)).transpose()?;
            for participant in there.unwrap_or_default().into_iter().filter(|one| !is_peerwatch(one)) {
                let me = me.as_ref() == Some(&participant.participant);
                let (presence, summary) = presence(post, store, &participant)?;
                peers.push(Peer { participant, presence, summary, me });
            }
            let others = others(post, call, &peers);
            Ok::<_, Refusal>((bridge, peers, others))
        })
        .await??;
    let listed: Vec<_> = peers.iter().map(described).collect();
    let mut text = listing(&bridge, &peers);
    if !others.is_empty() {
        let names = others.join(", ");
        text.push_str(&format!("\nOther sessions here, which can be sent to by name: {names}"));
    }
    Ok(Answer::structured(text, json!({"bridge": bridge, "peers": listed, "others": others})))
}

/// Peerwatch itself, as which it tells of tasks: nobody has anything to send to it.
pub(super) fn is_peerwatch(one: &Participant) -> bool {
    one.kind == Kind::Person && one.role == PEERWATCH
}

/// The names of living sessions that take no part.
fn others(post: &Post, call: &Call, peers: &[Peer]) -> Vec<String> {
    let takes_part = |process: &Process| {
        let own = call.caller.bearer.process.as_ref();
        peers
            .iter()
            .map(|peer| peer.participant.bearer.process.as_ref())
            .chain([own])
            .any(|it| it == Some(process))
    };
    let sessions = post.surroundings.sessions().into_iter();
    let strangers = sessions.filter(|one| !one.bearer.process.as_ref().is_some_and(takes_part));
    let mut names: Vec<String> = strangers.filter_map(|one| one.name).collect();
    names.sort();
    names.dedup();
    names
}

/// The bridge that is asked for, its conversation once somebody made it, and the caller's letter in it. Looking joins
/// nothing.
pub(super) fn looked_at(
    post: &Post,
    call: &Call,
    store: &mut Store,
) -> Result<(String, Option<String>, Option<String>), Refusal> {
    let places = places::mine(post, call, store)?;
    let found = match call.text("bridge") {
        Some(name) => places.iter().find(|place| places::is_called(place, name)),
        None => places::meant(&places, post.options.own)?,
    };
    if let Some(place) = found {
        let (name, conversation) = (places::name(place).to_owned(), place.conversation.clone());
        return Ok((name, Some(conversation), Some(place.participant.clone())));
    }
    let name = call.text("bridge").unwrap_or(places::MAIN);
    let there = store.conversations()?.into_iter().find(|it| it.name.as_deref() == Some(name));
    match there {
        None if !post.options.own => Err(Refusal(places::TOKEN_FIRST.into())),
        there => Ok((name.to_owned(), there.map(|it| it.id), None)),
    }
}

/// What Peerwatch concludes; without a running engine what the process and the heartbeats tell.
fn presence(post: &Post, store: &Store, of: &Participant) -> Result<(String, String), Refusal> {
    if of.left.is_some() {
        return Ok(("left".into(), "messages wait for whoever takes the role".into()));
    }
    if let Some(process) = &of.bearer.process
        && post.surroundings.is_dead(process)
    {
        return Ok(("gone".into(), "its process has ended; messages wait for whoever takes the role".into()));
    }
    if of.kind == Kind::Session
        && let Some(concluded) = post.surroundings.presence(&of.bearer)
    {
        return Ok(concluded);
    }
    let now = post.surroundings.now();
    let declared = store.status(&of.conversation, &of.participant, now)?;
    let beat = store.heartbeat(&of.conversation, &of.participant)?;
    Ok(match (declared, beat) {
        (Some(status), beat) if status.age_s.is_some_and(|age| age < ALIVE_S) => {
            let evidence = beat.map(|(_, evidence)| format!("; {evidence}")).unwrap_or_default();
            ("alive".into(), format!("{}, heard {}{evidence}", status.status, ago(status.age_s)))
        }
        (Some(status), _) => {
            ("unknown".into(), format!("{} when last heard, {}", status.status, ago(status.age_s)))
        }
        (None, _) => ("unknown".into(), format!("joined {}", since(of.joined, now))),
    })
}

fn ago(age_s: Option<i64>) -> String {
    match age_s.and_then(|age| u64::try_from(age).ok()) {
        Some(age) => before(age),
        None => "at a time that cannot be read".into(),
    }
}

fn since(at: Timestamp, now: Timestamp) -> String {
    before(u64::try_from((now.0 - at.0) / 1000).unwrap_or(0))
}

fn before(seconds: u64) -> String {
    match seconds {
        0 => "just now".into(),
        _ => format!("{} ago", peerwatch_core::in_words(std::time::Duration::from_secs(seconds))),
    }
}

fn described(peer: &Peer) -> Value {
    let Peer { participant, presence, summary, me } = peer;
    let kind = match participant.kind {
        Kind::Session => "session",
        Kind::Person => "person",
        Kind::Token => "token",
    };
    json!({
        "role": participant.role, "participant": participant.participant, "kind": kind,
        "presence": presence, "summary": summary, "me": me,
    })
}

fn listing(bridge: &str, peers: &[Peer]) -> String {
    if peers.is_empty() {
        return format!("Nobody takes part in the bridge {bridge} yet.");
    }
    let lines = peers.iter().map(|peer| {
        let me = if peer.me { " (you)" } else { "" };
        format!("- {}{me}: {}; {}", peer.participant.role, peer.presence, peer.summary)
    });
    let lines: Vec<_> = lines.collect();
    format!("In the bridge {bridge}:\n{}", lines.join("\n"))
}
