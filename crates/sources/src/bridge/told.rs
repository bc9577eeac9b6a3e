//! What has been told of one conversation and of those who take part in it, so that only changes are told again.

use std::collections::BTreeMap;

use peerwatch_core::{
    Fact, Identity, Listing, Moment, Observation, SourceKind, Timestamp, WorkerId, excerpt,
};

use super::names::{Names, Side};
use super::rows::{ConversationRow, SideRow};
use super::times::{dated, parse};
use crate::Reading;

/// One conversation, as it was told.
pub(super) struct Told {
    pub(super) row: ConversationRow,
    expires: Option<Timestamp>,
    /// Those who take part and are workers.
    pub(super) sides: BTreeMap<Side, SideTold>,
}

/// One side, as it was told.
#[derive(Default)]
pub(super) struct SideTold {
    pub(super) status: Option<String>,
    pub(super) heartbeat: Option<String>,
    pub(super) spoke: Option<Timestamp>,
    pub(super) unread: Option<u32>,
    identity: Option<Identity>,
    bearer: Option<WorkerId>,
    listing: Option<Listing>,
}

impl Told {
    /// A conversation of which nothing has been told.
    pub(super) fn new(row: ConversationRow) -> Told {
        Told { row, expires: None, sides: BTreeMap::new() }
    }

    /// Takes a row in, and tells who came, who went, and who holds which side.
    pub(super) fn take(
        &mut self,
        names: &Names,
        row: &ConversationRow,
        expires: Option<Timestamp>,
        now: Moment,
        reading: &mut Reading,
    ) {
        self.row = row.clone();
        self.expires = expires;
        let id = row.id.as_str();
        let mut tell = |side: &Side, at: Moment, fact: Fact| {
            reading.observations.push(Observation { worker: names.worker(id, side), at, fact });
        };
        self.sides.retain(|side, _| {
            let stays = row.has(side);
            if !stays {
                tell(side, now, Fact::Listing(Listing::Removed));
            }
            stays
        });
        for known in &row.sides {
            let told = self.sides.entry(known.side.clone()).or_default();
            let identity = identity(names, row, known);
            if told.identity.as_ref() != Some(&identity) {
                // Of two facts of one moment the wrong one might count: what has changed is true from now on.
                let at = if told.identity.is_some() { now } else { beginning(row, known, now) };
                tell(&known.side, at, Fact::Identity(identity.clone()));
                told.identity = Some(identity);
            }
            if told.bearer != known.bearer {
                tell(&known.side, now, Fact::Bearer(known.bearer.clone()));
                told.bearer.clone_from(&known.bearer);
            }
        }
    }

    /// Tells whether it is over, as far as time alone has changed that.
    pub(super) fn expire(&mut self, names: &Names, now: Moment, reading: &mut Reading) {
        let expired = self.expires.filter(|expires| *expires <= now.wall);
        let listing = if expired.is_some() { Listing::Over } else { Listing::Listed };
        for (side, told) in &mut self.sides {
            let before = told.listing.replace(listing);
            if before == Some(listing) {
                continue;
            }
            let at = match (expired, before) {
                (Some(expires), _) => dated(now, expires),
                (None, Some(_)) => now,
                (None, None) => self
                    .row
                    .sides
                    .iter()
                    .find(|it| it.side == *side)
                    .map_or(now, |it| beginning(&self.row, it, now)),
            };
            let worker = names.worker(&self.row.id, side);
            reading.observations.push(Observation { worker, at, fact: Fact::Listing(listing) });
        }
    }

    /// Whether it was told that it is over.
    pub(super) fn is_over(&self) -> bool {
        self.sides.values().any(|told| told.listing == Some(Listing::Over))
    }

    /// What a side is called, for a person.
    pub(super) fn role(&self, side: &str) -> String {
        let known = Side::of(side).and_then(|side| self.row.roles.get(&side));
        excerpt(known.map_or(side, String::as_str), 80)
    }

    /// Tells that it was deleted.
    pub(super) fn remove(self, names: &Names, now: Moment, reading: &mut Reading) {
        for side in self.sides.keys() {
            let worker = names.worker(&self.row.id, side);
            let fact = Fact::Listing(Listing::Removed);
            reading.observations.push(Observation { worker, at: now, fact });
        }
    }
}

/// From when on a side takes part.
fn beginning(row: &ConversationRow, side: &SideRow, now: Moment) -> Moment {
    let created = || row.created.as_deref().and_then(parse);
    side.joined.map(Timestamp).or_else(created).map_or(now, |at| dated(now, at))
}

fn identity(names: &Names, row: &ConversationRow, side: &SideRow) -> Identity {
    let role = row.roles.get(&side.side).cloned().unwrap_or_default();
    let others = || row.sides.iter().filter(|other| other.side != side.side);
    let partner = others().next().filter(|_| others().count() == 1);
    Identity {
        source: SourceKind::Bridge,
        name: role.clone(),
        cwd: None,
        pid: None,
        session_id: None,
        conversation: Some(names.conversation(&row.id)),
        role: Some(role),
        partner: partner.map(|other| names.worker(&row.id, &other.side)),
        version: None,
        started: row.created.as_deref().and_then(parse),
    }
}
