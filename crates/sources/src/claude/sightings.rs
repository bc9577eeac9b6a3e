//! Which messages stand in a transcript, and for which sides of bridges its session spoke.

use std::path::Path;

use peerwatch_core::{Moment, Timestamp, WorkerId};

use super::mates;
use super::record::{Body, Claim, Origin, Record};
use super::transcript::Transcript;
use super::{ClaudeSource, is_live};
use crate::sighting::marked;
use crate::{Reading, SideSeen, Sighted, Sighting};

/// No sender's identity for a message is longer.
const LONGEST: usize = 200;

/// A message that a record shows, by its sender's identity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Glimpse {
    pub(super) uid: String,
    pub(super) how: Sighted,
    /// When the record was written, in milliseconds since the epoch.
    at: Option<i64>,
}

/// A call of a bridge's tool for a side, and when it was made, in milliseconds since the epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Spoke {
    tool: String,
    claim: Claim,
    at: i64,
}

impl Spoke {
    pub(super) fn new(tool: &str, claim: &Claim, at: i64) -> Self {
        Self { tool: tool.to_owned(), claim: claim.clone(), at }
    }

    /// Whether both are for the same side.
    pub(super) fn is_for(&self, claim: &Claim) -> bool {
        self.claim == *claim
    }
}

/// The messages that a record shows.
pub(super) fn of(record: &Record) -> Vec<Glimpse> {
    let (text, how, id) = match &record.body {
        _ if record.side => return Vec::new(),
        Body::Enqueued { text } => (text, Sighted::Queued, None),
        // What a person types is a quotation, whatever stands in it.
        Body::Prompt { origin, .. } if origin.kind.as_deref() == Some("human") => return Vec::new(),
        Body::Prompt { text, origin } | Body::Queued { text, origin } => {
            (text, Sighted::Read, sent_as(origin))
        }
        _ => return Vec::new(),
    };
    let mut uids: Vec<&str> = marked(text).chain(id).collect();
    uids.sort_unstable();
    uids.dedup();
    uids.into_iter().map(|uid| Glimpse { uid: uid.to_owned(), how, at: record.at }).collect()
}

fn sent_as(origin: &Origin) -> Option<&str> {
    let of_peer = origin.kind.as_deref() == Some("peer");
    origin.message.as_deref().filter(|id| of_peer && id.len() <= LONGEST)
}

/// Whose a transcript is.
struct Writer {
    session: String,
    worker: Option<WorkerId>,
}

impl Writer {
    fn report(&self, transcript: &mut Transcript, now: Moment, reading: &mut Reading) {
        let moment = |at: Option<i64>| now.back_to(Timestamp(at.unwrap_or(now.wall.0)));
        reading.sightings.extend(transcript.story.take_sighted().into_iter().map(|one| Sighting {
            uid: one.uid,
            session_id: self.session.clone(),
            worker: self.worker.clone(),
            how: one.how,
            at: moment(one.at),
        }));
        let spoken = transcript.story.take_spoken();
        let Some(worker) = &self.worker else { return };
        reading.sides.extend(spoken.into_iter().map(|one| SideSeen {
            worker: worker.clone(),
            conversation: one.claim.conversation,
            side: one.claim.side,
            database_tool: one.tool,
            at: moment(Some(one.at)),
        }));
    }
}

impl ClaudeSource {
    /// Reports what the transcripts showed since the look before.
    pub(super) fn report_sightings(&mut self, now: Moment, reading: &mut Reading) {
        let paths: Vec<_> = self.transcripts.keys().cloned().collect();
        for path in paths {
            let Some(session) = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned) else {
                continue;
            };
            let writer = Writer { session, worker: self.writer_of(&path) };
            if let Some(transcript) = self.transcripts.get_mut(&path) {
                writer.report(transcript, now, reading);
            }
        }
        let writers: Vec<Option<WorkerId>> = self
            .sessions
            .values()
            .map(|session| session.transcript.as_deref().and_then(|path| self.writer_of(path)))
            .collect();
        for (session, writer) in self.sessions.values_mut().zip(writers) {
            for agent in session.subagents.all_mut() {
                let Some(of) = agent.session().map(str::to_owned) else { continue };
                let mate = agent.mate().map(|(team, name)| mates::worker(team, name));
                let mate = mate.filter(|worker| self.mates.contains_key(worker));
                let writer = Writer { session: of, worker: mate.or_else(|| writer.clone()) };
                writer.report(&mut agent.transcript, now, reading);
            }
        }
    }

    /// Who writes a transcript, when that is one worker beyond doubt.
    fn writer_of(&self, path: &Path) -> Option<WorkerId> {
        let those = || self.sessions.values().filter(|one| one.transcript.as_deref() == Some(path));
        let mut live = those().filter(|one| is_live(one));
        let found = match (live.next(), live.next(), those().count()) {
            (Some(only), None, _) => Some(&only.worker),
            (None, _, 1) => those().next().map(|only| &only.worker),
            _ => None,
        };
        let mate = || self.mates.values().find(|mate| mate.transcript.as_deref() == Some(path));
        found.or_else(|| mate().map(|mate| &mate.worker)).cloned()
    }
}
