//! `peerwatch watchdog`: says once when somebody on a bridge falls silent, and once when they are back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::bail;
use peerwatch_core::Moment;
use peerwatch_engine::rfc3339;
use peerwatch_wire::HandoverStep;

use crate::args::Global;
use crate::awake::{self, Awake};
use crate::ending::Ending;
use crate::follow::{self, Update};
use crate::printable::line;
use crate::reassign::owed;
use crate::rescue::Rescue;
use crate::shapes::{SilentView, WatchdogView, Why};
use crate::silence::{Finding, Sign, Silences};
use crate::span::seconds;
use crate::words::span;
use crate::{databases, screen, signs, tables};

/// Say when somebody on a bridge falls silent, and when they are back
///
/// Silent is whoever stopped sending heartbeats, was never heard although messages wait for them, or whose heartbeat
/// has a time that cannot be right. Whoever declared their work complete, or whose conversation has expired, is not.
/// One alert for each silence, one line for its end. Only awake time counts: neither a closed laptop nor a late
/// watchdog makes anybody silent. What cannot be read is an error, never health.
///
/// With --reassign the tasks of lost workers go to others by themselves: of those whose process is proven dead, and of
/// those without a known process whose silence passed the threshold. Never of one whose process lives. One task a
/// minute, none twice within five minutes, and after three times a person must decide.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch --db team.db watchdog
  peerwatch watchdog --interval 60 --threshold 300 --json | jq -c 'select(.event == \"silent\")'
  peerwatch --db team.db watchdog --once || notify-team     exit 1 when somebody is silent
  peerwatch watchdog --reassign                             hands tasks of lost workers over

Exit 1 with --once when somebody is silent or a task stays with a lost worker, 3 when a database cannot
be looked at.")]
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

    /// Record each silence in the audit log, report what is owed, and hand the tasks of lost workers over
    #[arg(long)]
    reassign: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let (paths, rescue) = if args.reassign {
        let found = databases::found(global)?;
        let rescue = Rescue::new(global, found.with_tasks(), args.once);
        (found.databases, Some(rescue))
    } else {
        (databases::all(global)?, None)
    };
    let record = awake::record();
    let awake = Awake::begin(record.as_deref(), args.interval);
    let mut watchdog = Watchdog {
        paths,
        awake,
        silences: Silences::new(args.threshold),
        troubles: Vec::new(),
        json: global.json,
        rescue,
        owing: Vec::new(),
        healthy: false,
    };
    if args.once { watchdog.once() } else { watchdog.keep_watch(args.interval) }
}

struct Watchdog {
    paths: Vec<PathBuf>,
    awake: Awake,
    silences: Silences,
    /// What is wrong with which database, and whether that is about its tasks, as it was said last.
    troubles: Vec<(PathBuf, bool, String)>,
    json: bool,
    /// What hands tasks over, when that is wanted.
    rescue: Option<Rescue>,
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
        let mut stays = false;
        if let Some(rescue) = &mut self.rescue {
            let owed = owed::owed(&silent, awake::wall())?;
            if !self.json {
                screen::print(&owed::text(&owed))?;
            }
            let looked = rescue.look(&self.silences.silent(), now);
            if let Some((path, what)) = looked.troubles.first() {
                bail!("{}: {what}", path.display());
            }
            let said = handed_over(&looked.news);
            // With --json the array is of the silent, and nothing else.
            if self.json {
                said.iter().for_each(|line| screen::say(line));
            } else {
                screen::print(&said)?;
            }
            stays = !looked.news.iter().all(is_handed_over);
        }
        Ok(if silent.is_empty() && !stays { Ending::Fine } else { Ending::NeedsPerson })
    }

    /// Hands over the tasks of lost workers, and tells of it.
    fn rescue(&mut self, now: Moment) -> anyhow::Result<()> {
        let silent = self.silences.silent();
        let Some(rescue) = &mut self.rescue else { return Ok(()) };
        let looked = rescue.look(&silent, now);
        if self.json {
            looked.news.iter().try_for_each(screen::print_json_line)?;
        } else {
            screen::print(&handed_over(&looked.news))?;
        }
        let mut troubles = looked.troubles;
        // What keeps a database from being looked at at all is said already.
        troubles.retain(|(path, _)| !self.troubles.iter().any(|(of, tasks, _)| of == path && !tasks));
        for path in rescue_paths(&self.troubles, &troubles) {
            let what = troubles.iter().find(|(of, _)| *of == path).map(|(_, what)| what.clone());
            self.trouble(&path, true, what, now)?;
        }
        Ok(())
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
                    Err(error) => self.trouble(&path, false, Some(format!("{error:#}")), now)?,
                }
            }
            self.rescue(now)?;
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
        self.trouble(path, false, None, now)?;
        for finding in findings {
            self.healthy = false;
            self.say(&view(finding, now))?;
        }
        if self.rescue.is_some() {
            self.owing.extend(findings.iter().filter_map(|one| silent(one, now)));
            self.settle(path, now)?;
        }
        Ok(())
    }

    /// Records the silences of a database; what cannot be recorded now is tried again at the next look.
    fn settle(&mut self, path: &Path, now: Moment) -> anyhow::Result<()> {
        let is_here = |one: &SilentView| one.database == path.to_string_lossy();
        let here: Vec<SilentView> = self.owing.iter().filter(|one| is_here(one)).cloned().collect();
        match owed::owed(&here, now.wall) {
            Ok(owed) => {
                self.owing.retain(|one| !is_here(one));
                // With --json the lines of the watchdog stay what they are.
                if self.json { Ok(()) } else { screen::print(&owed::text(&owed)) }
            }
            Err(error) => self.trouble(path, false, Some(format!("{error:#}")), now),
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
    fn trouble(&mut self, path: &Path, tasks: bool, what: Option<String>, now: Moment) -> anyhow::Result<()> {
        let known = self.troubles.iter().position(|(of, about, _)| of == path && *about == tasks);
        if known.map(|at| &self.troubles[at].2) == what.as_ref() {
            return Ok(());
        }
        if let Some(at) = known {
            self.troubles.remove(at);
        }
        self.troubles.extend(what.clone().map(|what| (path.to_owned(), tasks, what)));
        let database = path.to_string_lossy().into_owned();
        self.say(&WatchdogView::Problem { at: rfc3339(now.wall), database, what })
    }

    fn say(&self, view: &WatchdogView) -> anyhow::Result<()> {
        if self.json { screen::print_json_line(view) } else { screen::print(&[said(view)]) }
    }
}

/// The databases of whose tasks there was or is trouble.
fn rescue_paths(before: &[(PathBuf, bool, String)], now: &[(PathBuf, String)]) -> BTreeSet<PathBuf> {
    let before = before.iter().filter(|(_, tasks, _)| *tasks).map(|(path, ..)| path);
    before.chain(now.iter().map(|(path, _)| path)).cloned().collect()
}

/// What became of the tasks of lost workers, in words.
fn handed_over(news: &[WatchdogView]) -> Vec<String> {
    let Some(WatchdogView::Handover { at, .. }) = news.first() else { return Vec::new() };
    let begin = format!("[{at}] 🔄 Triggering task reassignment...");
    std::iter::once(begin).chain(news.iter().map(said)).collect()
}

/// Whether a task has its new owner.
fn is_handed_over(news: &WatchdogView) -> bool {
    matches!(news, WatchdogView::Handover { step: Some(HandoverStep::Granted | HandoverStep::Begun), .. })
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
        WatchdogView::Handover { at, task, subject, from, to, step, reason, .. } => {
            let what = format!("task {task} ({})", line(subject));
            let (from, reason) = (line(from), line(reason));
            match (to, step) {
                (Some(to), Some(_)) => {
                    format!("[{at}] ✅ {what} went from {from} to {}: {reason}", line(to))
                }
                (_, Some(_)) => {
                    format!("[{at}] ✅ {what} was taken from {from}, nobody has it yet: {reason}")
                }
                (_, None) => format!("[{at}] ⚠️  {what} stays with {from}: {reason}"),
            }
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
        Why::Gone => "its process has ended".into(),
        Why::Left => "it left".into(),
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
