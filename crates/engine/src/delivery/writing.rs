//! What comes in by other ways than the bridge's tools: the person writes, or a session answers to a sender's address.

use peerwatch_bridge::{Draft, Limits, Participant, SendError, Sender, Store};
use peerwatch_core::{Moment, WorkerId};
use peerwatch_wire::Reply;

use super::addresses;
use super::living::Living;
use super::post::Post;

impl Post {
    /// The person writes to a session.
    pub(super) fn write(&mut self, to: &WorkerId, text: String, now: Moment) -> Result<Reply, String> {
        let Some(session) = self.living.iter().find(|session| session.worker == *to).cloned() else {
            return Err(format!("no living session has the id {to}; `peerwatch status` lists them"));
        };
        let own = self.own.clone();
        let bridge = self
            .bridges
            .at(&own)
            .ok_or("Peerwatch's own bridge cannot be opened; `peerwatch doctor` says why")?;
        let (conversation, participant) = bridge
            .store
            .with_person(&session.bearer(), &session.name, now.wall)
            .map_err(|error| error.to_string())?;
        let person = Sender { conversation, participant: "a".into() };
        let draft = Draft { text, kind: None, files: Vec::new(), reply_to: None };
        let sent = bridge
            .store
            .send(&person, &[participant.participant], &draft, &Limits { per_minute: 0 }, now.wall)
            .map_err(|error| error.to_string())?;
        let id = sent.first().map(|sent| sent.id.to_string()).unwrap_or_default();
        Ok(Reply::Sent { conversation: bridge.named(&person.conversation).to_string(), message: id })
    }

    /// A session wrote to the address that a message came from, instead of through the bridge: an answer to its sender.
    pub(super) fn answered(&mut self, letter: &peerwatch_deliver::Letter, now: Moment) {
        let pid = letter.from.as_deref().and_then(pid_of);
        let Some(session) = self.living.iter().find(|one| Some(one.process.pid) == pid).cloned() else {
            return tracing::warn!("somebody unknown wrote to an address of Peerwatch");
        };
        for bridge in self.bridges.all() {
            match answer(&mut bridge.store, &session, letter, now) {
                Ok(false) => {}
                Ok(true) => return,
                Err(error) => tracing::warn!("an answer could not be stored: {error}"),
            }
        }
    }
}

/// The pid in the address of a session's inbox, `uds:<folder>/<pid>.sock`.
fn pid_of(address: &str) -> Option<u32> {
    std::path::Path::new(address.strip_prefix("uds:")?).file_stem()?.to_str()?.parse().ok()
}

/// Stores what a session wrote to the address of one who had written to it; `false` when that is nobody of this bridge.
fn answer(
    store: &mut Store,
    session: &Living,
    letter: &peerwatch_deliver::Letter,
    now: Moment,
) -> Result<bool, SendError> {
    for place in store.participations(&session.bearer())? {
        let others = store.participants(&place.conversation)?;
        let meant = |one: &&Participant| addresses::name(&one.conversation, &one.participant) == letter.to;
        let Some(to) = others.iter().find(meant).filter(|to| to.participant != place.participant) else {
            continue;
        };
        let from = Sender { conversation: place.conversation, participant: place.participant };
        let draft = Draft { text: letter.text.clone(), ..Draft::default() };
        store.send(
            &from,
            std::slice::from_ref(&to.participant),
            &draft,
            &Limits { per_minute: 0 },
            now.wall,
        )?;
        return Ok(true);
    }
    Ok(false)
}
