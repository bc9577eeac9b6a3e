//! Sessions that are over: transcripts without a process.

use std::collections::{BTreeMap, BTreeSet};

use peerwatch_core::{
    ConversationId, Evidence, Fact, Identity, Listing, Moment, Observation, SourceKind, WorkerId,
};

use super::projects::{Found, Projects};
use super::said::{Said, Voice};
use super::text;
use super::transcript::Transcript;

/// How much of the end is searched for a name and the last turn.
const BUDGET: u64 = 512 * 1024;
/// A transcript that ends without a farewell may still be written by a session that no list shows (an older version,
/// or one that has just begun): it is over when it has rested so many milliseconds.
const REST: i64 = 60_000;

/// The ended sessions that are shown.
#[derive(Debug, Default)]
pub(super) struct Ended {
    shown: BTreeMap<String, Shown>,
    /// For which list of transcripts, and for how many sessions shown otherwise.
    looked: Option<(u64, usize)>,
}

#[derive(Debug)]
struct Shown {
    found: Found,
    said: Said,
    /// It rests for certain; otherwise it is looked at again.
    over: bool,
}

impl Ended {
    /// Tells of the newest transcripts that no worker is known for: so many at most, written at that time or later.
    pub(super) fn look(
        &mut self,
        projects: &Projects,
        taken: &BTreeSet<String>,
        limits: (usize, i64),
        now: Moment,
        out: &mut Vec<Observation>,
    ) {
        // Everything is listed anew now and then, so that what merely grew is seen too.
        let looked = (projects.listed(), taken.len());
        if self.looked.replace(looked) == Some(looked) {
            return;
        }
        let (most, oldest) = limits;
        let mut newest: BTreeMap<String, Found> = BTreeMap::new();
        for found in projects.all().filter(|it| it.modified >= oldest && !taken.contains(&it.session)) {
            let known = newest.get(&found.session);
            if known.is_none_or(|known| known.modified < found.modified) {
                newest.insert(found.session.clone(), found);
            }
        }
        let mut newest: Vec<Found> = newest.into_values().collect();
        newest.sort_by_key(|found| std::cmp::Reverse(found.modified));
        newest.truncate(most);
        self.forget(taken, now, out);
        self.shown.retain(|_, shown| shown.found.modified >= oldest);
        for found in newest {
            if self.shown.get(&found.session).is_none_or(|shown| !shown.over || shown.found != found) {
                self.tell(found, now, out);
            }
        }
    }

    /// A session that was over was taken up again: it is shown under its process now.
    fn forget(&mut self, taken: &BTreeSet<String>, now: Moment, out: &mut Vec<Observation>) {
        self.shown.retain(|session, shown| {
            let stays = !taken.contains(session);
            if !stays && shown.over {
                let worker = worker(session);
                Voice { worker: &worker, now, said: &mut shown.said, out }
                    .now(Fact::Listing(Listing::Removed));
            }
            stays
        });
    }

    fn tell(&mut self, found: Found, now: Moment, out: &mut Vec<Observation>) {
        let mut transcript = Transcript::new(found.path.clone(), false);
        if let Err(error) = transcript.follow(BUDGET, None) {
            tracing::debug!(%error, "an ended session's transcript cannot be read");
        }
        let story = &transcript.story;
        let said = self.shown.remove(&found.session).map(|shown| shown.said).unwrap_or_default();
        let over = story.closed || now.wall.0.saturating_sub(found.modified) > REST;
        let worker = worker(&found.session);
        let mut shown = Shown { said, over, found };
        if over {
            let mut voice = Voice { worker: &worker, now, said: &mut shown.said, out };
            voice.dated(Fact::Identity(identity(&shown.found, &transcript)), shown.found.modified);
            voice.dated(Fact::Listing(Listing::Over), shown.found.modified);
            if let Some((turn, at)) = story.turn() {
                voice.dated(Fact::Turn(turn), at);
            }
            if let Some(at) = story.worked {
                voice.dated(Fact::Heartbeat(Evidence::Transcript), at);
            }
        }
        self.shown.insert(shown.found.session.clone(), shown);
    }
}

fn worker(session: &str) -> WorkerId {
    WorkerId::new(format!("claude:ended:{session}"))
}

fn identity(found: &Found, transcript: &Transcript) -> Identity {
    let story = &transcript.story;
    let name = story
        .agent
        .as_deref()
        .or(story.name())
        .map(|name| text::line(name, 60))
        .filter(|name| !name.is_empty());
    Identity {
        source: SourceKind::Claude,
        name: name.unwrap_or_else(|| found.session.clone()),
        cwd: story.cwd.clone(),
        pid: None,
        session_id: Some(found.session.clone()),
        conversation: Some(ConversationId::new(format!("claude:{}", found.session))),
        role: None,
        partner: None,
        version: story.version.clone(),
        started: None,
    }
}
