//! `peerwatch watchdog`: says once when somebody on a bridge falls silent, and once when they are back.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use peerwatch_core::Moment;
use peerwatch_engine::rfc3339;

use crate::args::Global;
use crate::awake::{self, Awake};
use crate::ending::Ending;
use crate::follow::{self, Update};
use crate::printable::line;
use crate::shapes::{SilentView, WatchdogView, Why};
use crate::silence::{Finding, Sign, Silences};
use crate::span::seconds;
use crate::words::span;
use crate::{databases, reassign, screen, signs, tables};

/// Say when somebody on a bridge falls silent, and when they are back
///
/// Silent is whoever stopped sending heartbeats, was never heard although messages wait for them, or whose heartbeat
/// has a time that cannot be right. Whoever declared their work complete, or whose conversation has expired, is not.
/// One alert for each silence, one line for its end. Only awake time counts: neither a closed laptop nor a late
/// watchdog makes anybody silent. What cannot be read is an error, never health.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch --db team.db watchdog
  peerwatch watchdog --interval 60 --threshold 300 --json | jq -c 'select(.event == \"silent\")'
  peerwatch --db team.db watchdog --once || notify-team     exit 1 when somebody is silent

Exit 1 with --once when somebody is silent, 3 when a database cannot be looked at.")]
pub(crate) struct Args {
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    interval: Duration,

    /// Seconds without a heartbeat after which somebody is silent
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    threshold: Duration,

    /// Look once, then end
    #[arg(long)]
    once: bool,

    /// Report what each of them still owes, and record the silence in the audit log, as `peerwatch reassign` does
    #[arg(long)]
    reassign: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let paths = databases::all(global)?;
    let record = awake::record();
    let awake = Awake::begin(record.as_deref(), args.interval);
    let mut watchdog = Watchdog {
        paths,
        awake,
        silences: Silences::new(args.threshold),
        troubles: Vec::new(),
        json: global.json,
        reassign: args.reassign,
        owing: Vec::new(),
        healthy: false,
    };
    if args.once { watchdog.once() } else { watchdog.keep_watch(args.interval) }
}

struct Watchdog {
    paths: Vec<PathBuf>,
    awake: Awake,
    silences: Silences,
    /// What is wrong with which database, as it was said last.
    troubles: Vec<(PathBuf, String)>,
    json: bool,
    reassign: bool,
    /// Silences that are still to be recorded.
    owing: Vec<SilentView>,
    /// Whether it was said that all are healthy, and still holds.
    healthy: bool,
}

impl Watchdog {
    fn once(&mut self) -> anyhow::Result<Ending> {
        let now = self.awake.now();
        let mut findings = Vec::new();
        for path in self.paths.clone() {
            findings.extend(self.look(&path, now)?);
        }
        let silent: Vec<SilentView> = findings.iter().filter_map(|finding| silent(finding, now)).collect();
        if self.json {
            screen::print_json(&silent)?;
        } else if silent.is_empty() {
            screen::print(&[format!("[{}] ✅ All workers healthy", rfc3339(now.wall))])?;
        } else {
            screen::print(&silent.iter().map(alert).collect::<Vec<_>>())?;
        }
        if self.reassign {
            let owed = reassign::owed(&silent, awake::wall())?;
            if !self.json {
                screen::print(&reassign::text(&owed))?;
            }
        }
        Ok(if silent.is_empty() { Ending::Fine } else { Ending::NeedsPerson })
    }

    fn keep_watch(&mut self, interval: Duration) -> anyhow::Result<Ending> {
        let (sender, updates) = mpsc::channel();
        follow::on_signal(&sender)?;
        // A database that cannot be looked at now is most likely a wrong path.
        for path in self.paths.clone() {
            signs::read(&path, awake::wall())?;
        }
        loop {
            let now = self.awake.now();
            for path in self.paths.clone() {
                match self.look(&path, now) {
                    Ok(findings) => self.tell(&path, &findings, now)?,
                    Err(error) => self.trouble(&path, Some(format!("{error:#}")), now)?,
                }
            }
            self.tell_health(now)?;
            if self.rest(interval, &updates) {
                return Ok(Ending::Fine);
            }
        }
    }

    /// Waits for the next look, reading the clocks meanwhile; whether the person wants to stop.
    fn rest(&mut self, interval: Duration, updates: &Receiver<Update>) -> bool {
        let until = self.awake.now().tick.plus(interval);
        loop {
            let left = until.since(self.awake.now().tick);
            if left.is_zero() {
                return false;
            }
            match updates.recv_timeout(left.min(awake::beat(interval))) {
                Ok(Update::Stop) | Err(RecvTimeoutError::Disconnected) => return true,
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn look(&mut self, path: &Path, now: Moment) -> anyhow::Result<Vec<Finding>> {
        let signs = signs::read(path, now.wall)?;
        Ok(self.silences.look(&path.to_string_lossy(), signs, self.awake.floor(), now))
    }

    fn tell(&mut self, path: &Path, findings: &[Finding], now: Moment) -> anyhow::Result<()> {
        self.trouble(path, None, now)?;
        for finding in findings {
            self.healthy = false;
            self.say(&view(finding, now))?;
        }
        if self.reassign {
            self.owing.extend(findings.iter().filter_map(|one| silent(one, now)));
            self.settle(path, now)?;
        }
        Ok(())
    }

    /// Records the silences of a database; what cannot be recorded now is tried again at the next look.
    fn settle(&mut self, path: &Path, now: Moment) -> anyhow::Result<()> {
        let is_here = |one: &SilentView| one.database == path.to_string_lossy();
        let here: Vec<SilentView> = self.owing.iter().filter(|one| is_here(one)).cloned().collect();
        match reassign::owed(&here, now.wall) {
            Ok(owed) => {
                self.owing.retain(|one| !is_here(one));
                // With --json the lines of the watchdog stay what they are.
                if self.json { Ok(()) } else { screen::print(&reassign::text(&owed)) }
            }
            Err(error) => self.trouble(path, Some(format!("{error:#}")), now),
        }
    }

    fn tell_health(&mut self, now: Moment) -> anyhow::Result<()> {
        let healthy = !self.silences.is_anybody_silent() && self.troubles.is_empty();
        if healthy && !self.healthy {
            self.say(&WatchdogView::Healthy { at: rfc3339(now.wall) })?;
        }
        self.healthy = healthy;
        Ok(())
    }

    /// Says what is wrong with a database, or that it can be read again, when that is news.
    fn trouble(&mut self, path: &Path, what: Option<String>, now: Moment) -> anyhow::Result<()> {
        let known = self.troubles.iter().position(|(of, _)| of == path);
        if known.map(|at| &self.troubles[at].1) == what.as_ref() {
            return Ok(());
        }
        if let Some(at) = known {
            self.troubles.remove(at);
        }
        self.troubles.extend(what.clone().map(|what| (path.to_owned(), what)));
        let database = path.to_string_lossy().into_owned();
        self.say(&WatchdogView::Problem { at: rfc3339(now.wall), database, what })
    }

    fn say(&self, view: &WatchdogView) -> anyhow::Result<()> {
        if self.json { screen::print_json_line(view) } else { screen::print(&[said(view)]) }
    }
}

/// What a look finds of everybody who is silent now, for commands that look once.
pub(crate) fn look_once(paths: &[PathBuf], threshold: Duration) -> anyhow::Result<Vec<SilentView>> {
    let mut awake = Awake::begin(awake::record().as_deref(), threshold);
    let (mut silences, now) = (Silences::new(threshold), awake.now());
    let mut found = Vec::new();
    for path in paths {
        let signs = signs::read(path, now.wall)?;
        let findings = silences.look(&path.to_string_lossy(), signs, awake.floor(), now);
        found.extend(findings.iter().filter_map(|finding| silent(finding, now)));
    }
    Ok(found)
}

fn silent(finding: &Finding, now: Moment) -> Option<SilentView> {
    match finding {
        Finding::Silent(sign, span) => Some(shown(sign, *span, now)),
        Finding::Back(..) | Finding::Over(_) => None,
    }
}

fn shown(sign: &Sign, silent: Duration, now: Moment) -> SilentView {
    let Sign { key, role, status, heartbeat, why, .. } = sign.clone();
    SilentView {
        at: rfc3339(now.wall),
        database: key.database,
        conversation: key.conversation,
        participant: key.participant,
        role,
        status,
        last_heartbeat: heartbeat,
        silent_s: silent.as_secs(),
        why,
    }
}

fn view(finding: &Finding, now: Moment) -> WatchdogView {
    let at = rfc3339(now.wall);
    match finding {
        Finding::Back(Sign { key, role, .. }, after) => WatchdogView::Back {
            at,
            database: key.database.clone(),
            conversation: key.conversation.clone(),
            participant: key.participant.clone(),
            role: role.clone(),
            after_s: after.as_secs(),
        },
        Finding::Over(Sign { key, role, .. }) => WatchdogView::Over {
            at,
            database: key.database.clone(),
            conversation: key.conversation.clone(),
            participant: key.participant.clone(),
            role: role.clone(),
        },
        Finding::Silent(sign, silent) => WatchdogView::Silent(shown(sign, *silent, now)),
    }
}

fn said(view: &WatchdogView) -> String {
    let whose = |role: &str, side: &str, conversation: &str| {
        format!("{} ({}) of {}", line(role), line(side), line(conversation))
    };
    match view {
        WatchdogView::Silent(silent) => alert(silent),
        WatchdogView::Back { at, conversation, participant, role, after_s, .. } => {
            format!("[{at}] ✅ {} is back after {}", whose(role, participant, conversation), span(*after_s))
        }
        WatchdogView::Over { at, conversation, participant, role, .. } => {
            let who = whose(role, participant, conversation);
            format!("[{at}] ✅ {who} need not be heard any more: complete, expired or removed")
        }
        WatchdogView::Healthy { at } => format!("[{at}] ✅ All workers healthy"),
        WatchdogView::Problem { at, database, what: Some(what) } => {
            format!("[{at}] ❌ {} cannot be looked at: {}", line(database), line(what))
        }
        WatchdogView::Problem { at, database, what: None } => {
            format!("[{at}] ✅ {} can be looked at again", line(database))
        }
    }
}

/// The alert about one silence.
fn alert(silent: &SilentView) -> String {
    let written = silent.last_heartbeat.as_deref().unwrap_or("never");
    let heartbeat = tables::time(written).map_or_else(|| line(written), rfc3339);
    let reason = match silent.why {
        Why::Heartbeat => format!("no heartbeat for {}, the last at {heartbeat}", span(silent.silent_s)),
        Why::NeverHeard => "never heard, though messages wait".into(),
        Why::Unreadable => format!("its heartbeat has a time that cannot be read: {heartbeat}"),
        Why::Future => format!("its heartbeat lies in the future, at {heartbeat}: some clock is wrong"),
    };
    let status =
        silent.status.as_deref().map(|status| format!(", status {}", line(status))).unwrap_or_default();
    format!(
        "[{}] 🚨 ALERT: {} ({}) of {} is silent: {reason}{status}",
        silent.at,
        line(&silent.role),
        line(&silent.participant),
        line(&silent.conversation)
    )
}
