//! The demonstration: its folder, its clock and its progress.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::error::{Result, at};
use crate::own_bridge;
use crate::puppet::Player;
use crate::scene::{self, Scene};
use crate::screenplay::Cue;
use crate::stage::Stage;

/// A play in a scratch folder. Its processes end when it is dropped; its files stay.
pub struct Demo {
    stage: Stage,
    cues: std::collections::VecDeque<Cue>,
    config: PathBuf,
    folder: PathBuf,
    position: Duration,
    last: Timestamp,
}

impl Demo {
    /// Prepares a play in `dir`, which should be empty. Sessions are played by the system's shell.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(dir: &Path) -> Result<Self> {
        Self::with(dir, scene::play()?, Player::Shell)
    }

    /// The same with sessions played by `program`, whose `main` must begin with [`crate::worker::take_over`]: then
    /// tools have processes that look like them.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn played_by(dir: &Path, program: PathBuf) -> Result<Self> {
        Self::with(dir, scene::play()?, Player::Program(program))
    }

    /// Prepares a scene and jumps to it: everything before it has happened, and is dated back.
    ///
    /// # Errors
    /// When a file cannot be written or a process cannot be started.
    pub fn still(dir: &Path, scene: Scene, program: Option<PathBuf>) -> Result<Self> {
        let mut demo = Self::with(dir, scene.cues()?, program.map_or(Player::Shell, Player::Program))?;
        demo.advance_to(scene.offset())?;
        Ok(demo)
    }

    fn with(dir: &Path, cues: Vec<Cue>, player: Player) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(at(dir))?;
        let dir = dir.canonicalize().map_err(at(dir))?;
        let folder = dir.join("peerwatch");
        std::fs::create_dir_all(&folder).map_err(at(&folder))?;
        let stage = Stage::new(dir.join("claude"), dir.join("bridge.db"), &folder, player);
        let demo = Self {
            stage,
            folder,
            cues: cues.into(),
            config: dir.join("config.toml"),
            position: Duration::ZERO,
            last: Timestamp::MIN,
        };
        demo.set_silences(1.0)?;
        Ok(demo)
    }

    /// The Claude configuration folder of the invented machine.
    #[must_use]
    pub fn claude_config(&self) -> &Path {
        &self.stage.home
    }

    /// The bridge database of the invented machine.
    #[must_use]
    pub fn database(&self) -> &Path {
        &self.stage.database
    }

    /// Peerwatch's own bridge on the invented machine, in which its sessions and the person write to each other.
    #[must_use]
    pub fn bridge(&self) -> PathBuf {
        own_bridge::place(&self.folder)
    }

    /// The folder for Peerwatch's own things on the invented machine.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Settings for whoever watches: silences as fast as the play.
    #[must_use]
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// How long the play is.
    #[must_use]
    pub fn length() -> Duration {
        scene::LENGTH
    }

    /// How far it has come.
    #[must_use]
    pub fn position(&self) -> Duration {
        self.position
    }

    /// The processes that play sessions at present, by the session's name.
    #[must_use]
    pub fn pids(&self) -> BTreeMap<String, u32> {
        self.stage.pids()
    }

    /// Raises the curtain for a play `speed` times as fast as life: everybody is on stage, nobody has spoken yet.
    ///
    /// # Errors
    /// When a file cannot be written or a process cannot be started.
    pub fn begin(&mut self, speed: f64) -> Result<()> {
        self.set_silences(speed)?;
        self.advance_to(self.position)
    }

    /// Lets everything happen up to `offset`, at once. What it passes over is dated back, as if it had been played
    /// at its own speed and had arrived at `offset` now.
    ///
    /// # Errors
    /// When a file cannot be written or a process cannot be started.
    pub fn advance_to(&mut self, offset: Duration) -> Result<()> {
        let now = Timestamp::now();
        while let Some(cue) = self.cues.pop_front_if(|cue| cue.at_s <= seconds(offset)) {
            let when = now - SignedDuration::from_secs(seconds(offset) - cue.at_s);
            self.happen(&cue, when)?;
        }
        self.position = self.position.max(offset);
        Ok(())
    }

    /// Plays on from where it is, `speed` times as fast as life, until the end or until `stop` says so or is dropped.
    ///
    /// # Errors
    /// When a file cannot be written or a process cannot be started.
    pub fn play(&mut self, speed: f64, stop: &Receiver<()>) -> Result<()> {
        let speed = speed.clamp(0.1, 1000.0);
        self.begin(speed)?;
        let (began, from) = (Instant::now(), self.position);
        while let Some(next) = self.cues.front() {
            let due = Duration::from_secs(u64::try_from(next.at_s).unwrap_or(0));
            let wait = (due.saturating_sub(from)).div_f64(speed).saturating_sub(began.elapsed());
            if stop.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                return Ok(());
            }
            self.position = due;
            while let Some(cue) = self.cues.pop_front_if(|cue| cue.at_s <= seconds(due)) {
                self.happen(&cue, Timestamp::now())?;
            }
        }
        self.position = scene::LENGTH;
        Ok(())
    }

    fn happen(&mut self, cue: &Cue, when: Timestamp) -> Result<()> {
        // Time never runs backwards, however the play was cut into pieces.
        self.last = self.last.max(when);
        self.stage.perform(&cue.who, &cue.act, self.last)
    }

    /// A fast play needs silences that are as much shorter; at its own speed the usual ones hold.
    fn set_silences(&self, speed: f64) -> Result<()> {
        let fast = |seconds: u64| Duration::from_secs(seconds).div_f64(speed).as_secs().max(5);
        let mut text = String::from("# Written for a demonstration.\n");
        if speed > 1.0 {
            text.push_str(&format!("session_silence_s = {}\n", fast(480)));
        }
        text.push_str(&format!("bridge_silence_s = {}\n", fast(300)));
        std::fs::write(&self.config, text).map_err(at(&self.config))
    }
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}
