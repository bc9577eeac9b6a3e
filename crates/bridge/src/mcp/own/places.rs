//! Where the caller takes part, and how it gets there by itself.

use super::Refusal;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{JoinError, Participant, Process, Store};

/// The bridge one is in who names none.
pub(super) const MAIN: &str = "main";
/// What to do in a database where one takes part by token.
pub(super) const TOKEN_FIRST: &str =
    "you hold no side of such a conversation here; call check_messages once with its id and your token";
/// So many sessions of one name find a role each.
const NAMESAKES: usize = 50;

/// Where the caller takes part. Whoever was resumed in a new process has its places back.
pub(super) fn mine(post: &Post, call: &Call, store: &mut Store) -> Result<Vec<Participant>, Refusal> {
    let mut places = Vec::new();
    for place in store.participations(&call.caller.bearer)? {
        places.extend(renewed(post, call, store, place)?);
    }
    Ok(places)
}

/// A place with its present bearer; `None` while another process is not proven to have left it.
fn renewed(
    post: &Post,
    call: &Call,
    store: &mut Store,
    place: Participant,
) -> Result<Option<Participant>, Refusal> {
    let bearer = &call.caller.bearer;
    if place.bearer == *bearer {
        return Ok(Some(place));
    }
    if place.bridge.is_some() {
        return match join_as(post, call, store, &place.conversation, &place.role) {
            Ok(place) => Ok(Some(place)),
            Err(JoinError::Held { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        };
    }
    let is_free =
        |process: &Process| Some(process) == bearer.process.as_ref() || post.surroundings.is_dead(process);
    if !place.bearer.process.as_ref().is_none_or(is_free) {
        return Ok(None);
    }
    post.bind(store, call, &place.conversation, &place.participant)?;
    Ok(Some(Participant { bearer: bearer.clone(), ..place }))
}

/// The caller's place in the bridge called `bridge`, else in the one that it means; it joins there if it must.
pub(super) fn place(
    post: &Post,
    call: &Call,
    store: &mut Store,
    bridge: Option<&str>,
) -> Result<Participant, Refusal> {
    let places = mine(post, call, store)?;
    let joins = post.options.own;
    let found = match bridge {
        Some(name) => places.iter().find(|place| is_called(place, name)),
        None => meant(&places, joins)?,
    };
    match (found, joins) {
        (Some(place), _) => Ok(place.clone()),
        (None, true) => join_by_name(post, call, store, bridge.unwrap_or(MAIN)),
        (None, false) => Err(Refusal(TOKEN_FIRST.into())),
    }
}

/// Whether a place is in the bridge with this name, or in the conversation with this id.
pub(super) fn is_called(place: &Participant, name: &str) -> bool {
    place.bridge.as_deref() == Some(name) || place.conversation == name
}

/// How a place is called to the model.
pub(super) fn name(place: &Participant) -> &str {
    place.bridge.as_deref().unwrap_or(&place.conversation)
}

/// Of several places the one that is meant when none is named.
pub(super) fn meant(places: &[Participant], own: bool) -> Result<Option<&Participant>, Refusal> {
    let candidates: Vec<_> = places.iter().filter(|place| place.bridge.is_some() || !own).collect();
    if let [] | [_] = candidates[..] {
        return Ok(candidates.first().copied());
    }
    if let Some(main) = candidates.iter().find(|place| is_called(place, MAIN)) {
        return Ok(Some(main));
    }
    let mut names: Vec<_> = candidates.iter().map(|place| name(place)).collect();
    names.sort_unstable();
    Err(Refusal(format!("you take part in several bridges ({}); name one as `bridge`", names.join(", "))))
}

/// Joins under a role of the caller's choice.
pub(super) fn join_as(
    post: &Post,
    call: &Call,
    store: &mut Store,
    conversation: &str,
    role: &str,
) -> Result<Participant, JoinError> {
    let is_dead = |process: &Process| post.surroundings.is_dead(process);
    store.join(conversation, role, &call.caller.bearer, &is_dead, post.surroundings.now())
}

/// Joins under the session's name, with a number behind it where a living one has that role.
fn join_by_name(post: &Post, call: &Call, store: &mut Store, bridge: &str) -> Result<Participant, Refusal> {
    let conversation = store.bridge(bridge, post.surroundings.now())?;
    let base = role_of(call);
    let mut role = base.clone();
    for number in 2..=NAMESAKES {
        match join_as(post, call, store, &conversation, &role) {
            Err(JoinError::Held { .. }) => role = format!("{base}-{number}"),
            joined => return Ok(joined?),
        }
    }
    Err(Refusal(format!("too many are called {base}; `join` with a role of your own")))
}

/// The caller's name as a role, which has 3 to 100 characters.
fn role_of(call: &Call) -> String {
    let bearer = &call.caller.bearer;
    let name: String = call
        .caller
        .name
        .as_deref()
        .unwrap_or_default()
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(90)
        .collect();
    let short = |id: &String| id.chars().take(8).collect::<String>();
    match (name.chars().count(), &bearer.session_id, &bearer.process) {
        (3.., ..) if name != "all" => name,
        (0, Some(session), _) => format!("session-{}", short(session)),
        (0, None, Some(process)) => format!("session-{}", process.pid),
        (0, None, None) => "session".into(),
        _ => format!("session {name}"),
    }
}
