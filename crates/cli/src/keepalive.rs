//! `peerwatch keepalive`: heartbeats for one side of a conversation, as long as its worker is proven alive.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::bail;
use peerwatch_core::Timestamp;
use peerwatch_engine::{client, rfc3339};
use peerwatch_sources::bridge;
use peerwatch_wire::{Command, Reply};

use crate::args::Global;
use crate::ending::Ending;
use crate::follow::{self, Update};
use crate::life::{self, Life, Pulse};
use crate::printable::line;
use crate::seat::{Seat, SeatError};
use crate::shapes::PulseView;
use crate::span::seconds;
use crate::ticket::Ticket;
use crate::{awake, databases, reach, screen, turnstile};

/// Write heartbeats for your side of a bridge conversation while its worker lives
///
/// The worker is the process named with --pid; else the Claude Code session that this command was started in; else the
/// process that started it, shells left out. Heartbeats end with it, so that a partner never takes the dead for
/// living. The declared status stays as it is. Where an engine runs and knows the worker, it does this by itself.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  PEERWATCH_TOKEN=… peerwatch keepalive --conversation-id conv_4f1d0c9ab8e27763 &
  peerwatch keepalive --conversation-id conv_… --token-file ~/.secrets/bridge --pid 4711
  peerwatch keepalive --conversation-id conv_… --once        one heartbeat, for cron

Exit 1 when the worker has ended or the conversation has expired; 3 when the database or the token
is not what it should be, or another keepalive beats for this side.")]
pub(crate) struct Args {
    #[command(flatten)]
    ticket: Ticket,

    /// The worker's process, instead of whoever started this
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,

    /// Seconds between two heartbeats
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    interval: Duration,

    /// One heartbeat, then end
    #[arg(long)]
    once: bool,

    /// Print nothing but what goes wrong
    #[arg(long, short)]
    quiet: bool,
}

/// How soon a worker's end is noticed.
const GLANCE: Duration = Duration::from_secs(1);

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let conversation = args.ticket.conversation_id.clone();
    let path = databases::holding(global, &conversation)?;
    let token = args.ticket.token.find()?;
    let seat = Seat::open(&path, &conversation, token.as_deref(), awake::wall())?;
    seat.note();
    let participant = seat.participant().to_owned();
    // Between beats nothing stays open on a file of others.
    drop(seat);
    let life = life::choose(global, args.pid)?;
    let _turnstile = turnstile::enter(&path, &conversation, &participant)?;
    let side = format!("side {} of {}", line(&participant), line(&conversation));
    if !args.quiet {
        screen::say(&format!("Heartbeats for {side}, while {} lives.", life.who));
    }
    if engine_beats(global, &path, &conversation) {
        screen::say(
            "The engine that runs beats for proven workers of this conversation as well; it needs no keepalive.",
        );
    }
    let (sender, updates) = mpsc::channel();
    follow::on_signal(&sender)?;
    let speech = Speech { json: global.json, quiet: args.quiet, conversation, participant };
    Heart { path, token, life, speech, unread: 0 }.beat_on(args.interval, args.once, &updates)
}

/// Whether a running engine writes heartbeats in this conversation.
fn engine_beats(global: &Global, path: &Path, conversation: &str) -> bool {
    if global.no_engine {
        return false;
    }
    let Ok(mut client) = client::connect(&reach::options(global)) else { return false };
    let Ok(Reply::View { view }) = client.command(&Command::View) else { return false };
    let id = bridge::named(path, conversation);
    let known = view.conversations.iter().find(|known| known.id == id.as_str());
    let is_set = view.settings.conversations.get(id.as_str()).is_some_and(|set| set.heartbeats);
    is_set || known.is_some_and(|known| known.own || known.heartbeats)
}

/// What is needed for a heartbeat, and what the last one found.
struct Heart {
    path: PathBuf,
    token: Option<String>,
    life: Life,
    speech: Speech,
    unread: usize,
}

/// What became of one heartbeat.
enum Beat {
    Written,
    /// Not this time, and why.
    Skipped(String),
    /// There are no more.
    Last(Ending),
}

impl Heart {
    fn beat_on(
        mut self,
        interval: Duration,
        once: bool,
        updates: &Receiver<Update>,
    ) -> anyhow::Result<Ending> {
        loop {
            let began = (Instant::now(), awake::wall());
            match self.beat()? {
                Beat::Last(ending) => return Ok(ending),
                Beat::Written if once => return Ok(Ending::Fine),
                Beat::Skipped(why) if once => bail!("no heartbeat was written: {why}"),
                Beat::Written => {}
                Beat::Skipped(why) => self.speech.skipped(&why),
            }
            while !is_due(began, interval) {
                match updates.recv_timeout(GLANCE.min(interval)) {
                    Ok(Update::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(Ending::Fine),
                    Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                }
                if self.life.pulse() == Pulse::Over {
                    return Ok(self.worker_ended());
                }
            }
        }
    }

    /// One heartbeat, if the worker lives.
    fn beat(&mut self) -> anyhow::Result<Beat> {
        match self.life.pulse() {
            Pulse::Over => return Ok(Beat::Last(self.worker_ended())),
            Pulse::Unknown => {
                let why = format!("the system does not tell whether {} lives", self.life.who);
                return Ok(Beat::Skipped(why));
            }
            Pulse::Alive => {}
        }
        let now = awake::wall();
        let conversation = self.speech.conversation.clone();
        let mut seat = match Seat::open(&self.path, &conversation, self.token.as_deref(), now) {
            Ok(seat) if seat.is_expired() => {
                self.speech
                    .end("the conversation has expired; make a new one, and start this with its token");
                return Ok(Beat::Last(Ending::NeedsPerson));
            }
            Ok(seat) => seat,
            Err(SeatError::Unusable(error)) => return Ok(Beat::Skipped(format!("{error:#}"))),
            Err(refused) => return Err(refused.into()),
        };
        let evidence = self.life.evidence();
        Ok(match seat.beat(&evidence, now).and_then(|()| seat.unread()) {
            Ok(unread) => {
                self.speech.heartbeat(now, unread.len(), self.unread, evidence);
                self.unread = unread.len();
                Beat::Written
            }
            Err(error) => Beat::Skipped(format!("{error:#}")),
        })
    }

    fn worker_ended(&mut self) -> Ending {
        let why = format!("{} has ended, so there are no more heartbeats", self.life.who);
        self.speech.end(&why);
        Ending::NeedsPerson
    }
}

/// Whether it is time again, by the steady clock or by the wall clock: the first may stand still in sleep, the second
/// may be set.
fn is_due((steady, wall): (Instant, Timestamp), interval: Duration) -> bool {
    let passed = u64::try_from(awake::wall().0.saturating_sub(wall.0)).unwrap_or(0);
    steady.elapsed() >= interval || Duration::from_millis(passed) >= interval
}

/// What is said of heartbeats.
struct Speech {
    json: bool,
    quiet: bool,
    conversation: String,
    participant: String,
}

impl Speech {
    fn heartbeat(&mut self, now: Timestamp, unread: usize, before: usize, evidence: String) {
        let at = rfc3339(now);
        if self.quiet {
            return;
        }
        if self.json {
            let (conversation, participant) = (self.conversation.clone(), self.participant.clone());
            return self.print(&PulseView::Heartbeat { at, conversation, participant, unread, evidence });
        }
        let mut out = vec![format!("[{at}] ✅ Heartbeat updated | Unread messages: {unread}")];
        if unread > before {
            let new = unread - before;
            out.push(format!("[{at}] 📨 {new} new message(s) available - worker should check"));
        }
        // A closed pipe ends the lines, not the heartbeats.
        self.quiet = screen::print(&out).is_err();
    }

    fn skipped(&mut self, why: &str) {
        let at = rfc3339(awake::wall());
        if self.json {
            let (conversation, participant) = (self.conversation.clone(), self.participant.clone());
            return self.print(&PulseView::Skipped { at, conversation, participant, why: why.into() });
        }
        screen::say(&format!("[{at}] ⚠️  No heartbeat this time: {}", line(why)));
    }

    fn end(&mut self, why: &str) {
        let at = rfc3339(awake::wall());
        if self.json {
            let (conversation, participant) = (self.conversation.clone(), self.participant.clone());
            return self.print(&PulseView::End { at, conversation, participant, why: why.into() });
        }
        screen::say(&format!("[{at}] Keepalive ends: {}.", line(why)));
    }

    fn print(&mut self, view: &PulseView) {
        if !self.quiet || !matches!(view, PulseView::Heartbeat { .. }) {
            self.quiet = screen::print_json_line(view).is_err() || self.quiet;
        }
    }
}
