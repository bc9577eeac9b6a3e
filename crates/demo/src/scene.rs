//! Moments of the play to begin at, for pictures and tests.

use std::time::Duration;

use crate::crowd;
use crate::error::Result;
use crate::screenplay::{self, Cue};

const PLAY: &str = include_str!("play.txt");

/// How long the play is.
pub(crate) const LENGTH: Duration = Duration::from_secs(15 * 60);

/// A moment of the play, or of a variation of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scene {
    /// A few sessions; nobody needs anything.
    Calm,
    /// The whole cast, with somebody in almost every state.
    Busy,
    /// Fifty sessions at once.
    Fifty,
    /// A machine on which Claude Code has never run.
    Empty,
}

impl Scene {
    /// All scenes, with the names that they have on a command line.
    pub const ALL: [(&'static str, Scene); 4] =
        [("calm", Scene::Calm), ("busy", Scene::Busy), ("fifty", Scene::Fifty), ("empty", Scene::Empty)];

    /// How far into the play it is.
    #[must_use]
    pub fn offset(self) -> Duration {
        Duration::from_secs(match self {
            Scene::Calm => 50,
            Scene::Busy => 13 * 60 + 5,
            Scene::Fifty => 10 * 60,
            Scene::Empty => 0,
        })
    }

    pub(crate) fn cues(self) -> Result<Vec<Cue>> {
        match self {
            Scene::Calm => Ok(of(&play()?, &["api", "web", "docs", "data"])),
            Scene::Busy => play(),
            Scene::Fifty => screenplay::read(&crowd::fifty()),
            Scene::Empty => Ok(Vec::new()),
        }
    }
}

/// The whole play.
pub(crate) fn play() -> Result<Vec<Cue>> {
    screenplay::read(PLAY)
}

fn of(cues: &[Cue], cast: &[&str]) -> Vec<Cue> {
    cues.iter().filter(|cue| cast.contains(&cue.who.as_str())).cloned().collect()
}
