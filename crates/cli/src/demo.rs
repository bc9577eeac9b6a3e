//! `peerwatch demo`: Peerwatch at work on an invented machine.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use peerwatch_demo::{Demo, DemoError, Scene};
use peerwatch_engine::{Folders, Notifications, Options};

use crate::args::Global;
use crate::ending::Ending;
use crate::follow::{self, Update};
use crate::palette::{DIM, STRONG};
use crate::{screen, watch};

/// See Peerwatch at work without any session of your own
///
/// Plays a quarter of an hour on an invented machine: sessions that work, wait, fall silent and come back, messages
/// that arrive. The files and processes are real, live in a folder of their own and end with the demonstration.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch demo
  peerwatch demo --speed 30 --for 30
  peerwatch demo --play-only --dir /tmp/acme      then, in another terminal:
  peerwatch --claude-config /tmp/acme/claude --db /tmp/acme/bridge.db watch")]
pub(crate) struct Args {
    /// How many times as fast as life
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = speed)]
    speed: f64,

    /// Begin at a scene and stay there: calm, busy, fifty or empty
    #[arg(long, value_name = "SCENE", value_parser = scene)]
    scene: Option<Scene>,

    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,

    /// Play in this folder, which stays, instead of one that is removed at the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// Play without watching: for another terminal, the tray application or a trial
    #[arg(long)]
    play_only: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let scratch = tempfile::Builder::new().prefix("peerwatch-demo-").tempdir()?;
    let dir = args.dir.clone().unwrap_or_else(|| scratch.path().to_path_buf());
    if has_files(&dir) {
        return Err(
            crate::ending::WrongUse(format!("{} is not empty; name a new folder", dir.display())).into()
        );
    }
    let player = std::env::current_exe().context("cannot find this program's own file")?;
    let demo = prepare(&dir, player, args)?;
    let options = options(&demo);
    let until = args.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    if args.play_only {
        announce(&demo);
        return play_only(demo, args, until);
    }
    let began = Instant::now();
    let followed = follow::alone(options)?;
    follow::on_signal(&followed.sender)?;
    // A terminal stays at the end of the play, a pipe ends with it.
    let at_end = (!screen::is_terminal()).then(|| followed.sender.clone());
    let playing = play(demo, args, at_end);
    let ending = watch::show(&followed, global.json, until, &|_| Some(footer(began, args)));
    drop(playing.stop);
    playing.thread.join().map_err(|_| anyhow::anyhow!("the play came to a bad end"))??;
    ending
}

fn prepare(dir: &Path, player: PathBuf, args: &Args) -> Result<Demo, DemoError> {
    if let Some(scene) = args.scene {
        return Demo::still(dir, scene, Some(player));
    }
    let mut demo = Demo::played_by(dir, player)?;
    demo.begin(args.speed)?;
    Ok(demo)
}

struct Playing {
    stop: Sender<()>,
    thread: JoinHandle<Result<(), DemoError>>,
}

fn play(mut demo: Demo, args: &Args, at_end: Option<Sender<Update>>) -> Playing {
    let (stop, stopped) = mpsc::channel();
    let (speed, still) = (args.speed, args.scene.is_some());
    let thread = thread::spawn(move || {
        if still {
            wait(&stopped);
            return Ok(());
        }
        demo.play(speed, &stopped)?;
        match at_end {
            Some(sender) => drop(sender.send(Update::Stop)),
            None => wait(&stopped),
        }
        Ok(())
    });
    Playing { stop, thread }
}

/// The processes of the play live until somebody stops it.
fn wait(stopped: &Receiver<()>) {
    let _ = stopped.recv();
}

fn play_only(mut demo: Demo, args: &Args, until: Option<Instant>) -> anyhow::Result<Ending> {
    let (sender, updates) = mpsc::channel();
    follow::on_signal(&sender)?;
    let (stop, stopped) = mpsc::channel::<()>();
    let (speed, still) = (args.speed, args.scene.is_some());
    let player = thread::spawn(move || {
        if !still {
            demo.play(speed, &stopped)?;
        }
        wait(&stopped);
        Ok::<_, DemoError>(())
    });
    let _ = match until {
        Some(until) => updates.recv_timeout(until.saturating_duration_since(Instant::now())).ok(),
        None => updates.recv().ok(),
    };
    drop(stop);
    player.join().map_err(|_| anyhow::anyhow!("the play came to a bad end"))??;
    Ok(Ending::Fine)
}

/// An engine that sees the invented machine and nothing of the real one.
fn options(demo: &Demo) -> Options {
    Options {
        config: Some(demo.config().into()),
        claude_config: vec![demo.claude_config().into()],
        databases: vec![demo.database().into(), demo.bridge()],
        only_these: true,
        folders: Some(Folders::below(demo.folder())),
        notifications: Notifications::Off,
        ..Options::default()
    }
}

fn announce(demo: &Demo) {
    let place = format!(
        "peerwatch --config {} --claude-config {} --db {}",
        demo.config().display(),
        demo.claude_config().display(),
        demo.database().display()
    );
    screen::say(&format!("The play goes on until Ctrl-C. Watch it from another terminal:\n  {place} watch"));
}

fn footer(began: Instant, args: &Args) -> String {
    if args.scene.is_some() {
        return format!("{STRONG}Demonstration{STRONG:#}  {DIM}q ends{DIM:#}");
    }
    let speed = args.speed;
    let played = began.elapsed().mul_f64(speed).min(Demo::length());
    let clock = |span: Duration| format!("{}:{:02}", span.as_secs() / 60, span.as_secs() % 60);
    let end = if played == Demo::length() { "the end" } else { &format!("{speed} times as fast as life") };
    format!(
        "{STRONG}Demonstration{STRONG:#}  {DIM}{} of {}, {end} · q ends{DIM:#}",
        clock(played),
        clock(Demo::length())
    )
}

fn has_files(dir: &Path) -> bool {
    dir.read_dir().is_ok_and(|mut entries| entries.next().is_some())
}

fn scene(text: &str) -> Result<Scene, String> {
    let known = Scene::ALL.into_iter().find(|(name, _)| *name == text);
    known.map(|(_, scene)| scene).ok_or_else(|| "one of calm, busy, fifty and empty".into())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.1..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.1 to 1000".into()),
    }
}
