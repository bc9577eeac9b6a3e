//! `--demo`: an invented machine in a scratch folder, for newcomers and pictures. Nothing of this machine is watched.

use std::{
    env,
    sync::mpsc::{self, Sender},
    thread::{self, JoinHandle},
};

use anyhow::Context as _;
use peerwatch_demo::Demo;
use peerwatch_engine::{Folders, Options};
use tempfile::TempDir;

/// The play goes on for as long as this lives; its processes and files go with it.
pub(crate) struct Play {
    over: Option<Sender<()>>,
    stage: Option<JoinHandle<()>>,
    _folder: TempDir,
}

/// Raises the curtain; the options watch nothing but the stage.
pub(crate) fn begin(speed: f64) -> anyhow::Result<(Play, Options)> {
    let folder = tempfile::Builder::new().prefix("peerwatch-demo-").tempdir()?;
    let mut demo = Demo::played_by(&folder.path().join("machine"), env::current_exe()?)
        .context("the demonstration could not be prepared")?;
    let options = Options {
        config: Some(demo.config().to_owned()),
        claude_config: vec![demo.claude_config().to_owned()],
        databases: vec![demo.database().to_owned()],
        only_these: true,
        folders: Some(Folders::below(demo.folder())),
        ..Options::default()
    };
    let (over, ends) = mpsc::channel();
    let stage = thread::Builder::new().name("demo".into()).spawn(move || {
        if let Err(error) = demo.play(speed, &ends) {
            tracing::error!("the demonstration stopped: {error}");
        }
        // The last scene stays on the stage until somebody leaves.
        let _left = ends.recv();
        drop(demo);
    })?;
    Ok((Play { over: Some(over), stage: Some(stage), _folder: folder }, options))
}

impl Drop for Play {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(stage) = self.stage.take()
            && stage.join().is_err()
        {
            tracing::error!("the demonstration ended in a panic");
        }
    }
}
