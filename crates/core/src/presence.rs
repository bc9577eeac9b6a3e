//! The verdict: what Peerwatch concludes about a worker, and on what evidence.
//!
//! A pure function of the facts, the learned rhythm, the policy and the awake time. The rules:
//! death needs proof; whoever waits for a person is never silent; a running tool vetoes suspicion; no suspicion on one
//! witness alone; what is not known is said to be unknown.

use std::time::Duration;

use crate::facts::Facts;
use crate::rhythm::{self, Rhythm};
use crate::{Activity, Listing, Moment, Process, SourceKind, StatusWord, Tick, Turn, Witness, witness};

/// What is concluded about a worker.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Presence {
    /// In a turn, and heard of.
    Working,
    /// Cannot go on without the person.
    WaitingForYou(Waiting),
    /// At its prompt.
    Idle,
    /// Its turn is over, work that it started goes on.
    Background,
    /// Stopped by a limit that no waiting worker can lift.
    Limited(Limit),
    /// Not heard for longer than usual; one witness.
    Quiet,
    /// Not heard for longer than usual, and more than one witness says that this is wrong.
    Suspect,
    /// Its process is proven dead, without an orderly end.
    Gone,
    /// Over, in an orderly way.
    Ended,
    /// Not known, and not guessed.
    Unknown,
}

/// For what a worker waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Waiting {
    /// Leave to use a tool.
    Permission,
    /// An answer.
    Question,
    /// Approval of a plan.
    Plan,
    /// Some other dialog.
    Dialog,
}

/// What limits a worker.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Limit {
    /// A usage or spending limit.
    Usage,
    /// It is not logged in.
    Login,
    /// The model's service is overloaded or failing.
    Overload,
}

/// The thresholds in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Silence of a bridge side of which only heartbeats are known.
    pub bridge_silence: Duration,
    /// A fixed silence for sessions; `None` learns each worker's rhythm.
    pub session_silence: Option<Duration>,
    /// Notify when a worker waits for the person or is limited.
    pub notify_waiting: bool,
    /// Notify when a worker is silent or gone.
    pub notify_silent: bool,
    /// Notify of messages.
    pub notify_messages: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            bridge_silence: Duration::from_secs(300),
            session_silence: None,
            notify_waiting: true,
            notify_silent: true,
            notify_messages: true,
        }
    }
}

/// A learned silence is never shorter than this; while nothing is learned it is twice this.
const FLOOR: Duration = Duration::from_secs(5 * 60);
/// A silence is never longer than this; longer than any call of a model, its retries leave traces before.
const CAP: Duration = Duration::from_secs(60 * 60);
/// Between the orderly removal of an entry and the end of its process.
const ENDING: Duration = Duration::from_secs(10);
/// Fewer attempts than this are everyday hiccups of a network.
const MANY_ATTEMPTS: u32 = 5;
/// A bridge side not heard for this long is over, whatever its database still says.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);

/// What is concluded about a worker at one instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The conclusion.
    pub presence: Presence,
    /// Since when it holds, as far as the facts tell.
    pub since: Moment,
    /// What it rests on, newest first.
    pub witnesses: Vec<Witness>,
    /// For a worker that should be heard: how long it has not been, in awake time.
    pub silence: Option<Duration>,
    /// The silence that would be remarked.
    pub threshold: Option<Duration>,
    /// When the same facts would give another verdict.
    pub next: Option<Tick>,
}

/// Judges one worker. `settled` is the tick since when everybody could be heard without a gap.
pub(crate) fn judge(facts: &Facts, rhythm: &Rhythm, policy: &Policy, settled: Tick, now: Tick) -> Verdict {
    let mut bench = Bench { facts, rhythm, policy, settled, now, extra: Vec::new() };
    let mut verdict = bench.verdict();
    verdict.witnesses = witness::of(facts);
    verdict.witnesses.extend(bench.extra);
    verdict
}

/// Everything that a judgement needs.
struct Bench<'a> {
    facts: &'a Facts,
    rhythm: &'a Rhythm,
    policy: &'a Policy,
    settled: Tick,
    now: Tick,
    extra: Vec<Witness>,
}

impl Bench<'_> {
    fn verdict(&mut self) -> Verdict {
        if let Some(over) = self.over() {
            return over;
        }
        match self.facts.identity().map(|identity| identity.source) {
            Some(SourceKind::Bridge) => self.bridge_side(),
            Some(SourceKind::Claude | SourceKind::Team) => self.session(),
            None => self.plain(Presence::Unknown, self.latest()),
        }
    }

    /// The end of a worker, by proof.
    fn over(&self) -> Option<Verdict> {
        let dead = self.facts.process.as_ref().filter(|seen| seen.is.is_dead());
        let listing = self.facts.listing.as_ref()?;
        match (listing.is, dead) {
            (Listing::Over, _) => Some(self.plain(Presence::Ended, listing.at)),
            // A dead process's leftover that somebody cleared long after the death was no orderly end.
            (Listing::Removed, Some(dead)) if listing.at.tick.since(dead.at.tick) > ENDING => {
                Some(self.plain(Presence::Gone, dead.at))
            }
            (Listing::Removed, Some(_)) => Some(self.plain(Presence::Ended, listing.at)),
            (Listing::Removed, None) => {
                let alive = self.facts.process.as_ref().is_some_and(|seen| seen.is != Process::Unknowable);
                let late = listing.at.tick.plus(ENDING);
                if alive && self.now >= late {
                    return Some(self.plain(Presence::Unknown, listing.at));
                }
                let next = alive.then_some(late);
                Some(Verdict { next, ..self.plain(Presence::Ended, listing.at) })
            }
            (Listing::Listed, Some(dead)) => Some(self.plain(Presence::Gone, dead.at)),
            (Listing::Listed, None) => None,
        }
    }

    fn session(&mut self) -> Verdict {
        let turn = self.facts.turn.as_ref();
        let Some(status) = &self.facts.status else { return self.by_turn() };
        let running = self.facts.background.as_ref().map(|seen| seen.is).unwrap_or_default();
        match &status.is.word {
            StatusWord::Waiting => {
                let waiting = waiting_for(status.is.waiting_for.as_deref(), turn.map(|seen| &seen.is));
                self.plain(Presence::WaitingForYou(waiting), status.at)
            }
            StatusWord::Shell => self.plain(Presence::Background, status.at),
            StatusWord::Idle => match turn.map(|seen| &seen.is) {
                Some(Turn::Failed { error, .. }) => self.plain(failed(error), status.at),
                _ if running.subagents + running.teammates > 0 => self.plain(Presence::Background, status.at),
                _ => self.plain(Presence::Idle, status.at),
            },
            StatusWord::Busy => {
                let over = turn
                    .filter(|seen| seen.at.tick >= status.at.tick && rhythm::activity(&seen.is).is_none());
                match over {
                    Some(over) if running.subagents + running.teammates > 0 => {
                        self.plain(Presence::Background, over.at)
                    }
                    Some(over) if running.teammate_panes > 0 => self.plain(Presence::Idle, over.at),
                    _ => self.in_turn(),
                }
            }
            StatusWord::Absent => self.by_turn(),
            StatusWord::Unknown(_) => self.plain(Presence::Unknown, status.at),
        }
    }

    /// Of a worker that declares no status, its transcript's end tells.
    fn by_turn(&mut self) -> Verdict {
        let Some(turn) = &self.facts.turn else { return self.plain(Presence::Unknown, self.latest()) };
        match &turn.is {
            Turn::NotBegun => self.plain(Presence::Unknown, turn.at),
            Turn::Over | Turn::Interrupted => self.plain(Presence::Idle, turn.at),
            Turn::Failed { error, .. } => self.plain(failed(error), turn.at),
            Turn::Thinking | Turn::Tool { .. } | Turn::Retrying { .. } => self.in_turn(),
        }
    }

    /// A session in a turn should be heard, unless something excuses it.
    fn in_turn(&mut self) -> Verdict {
        let turn = self.facts.turn.as_ref();
        let activity = turn.and_then(|seen| rhythm::activity(&seen.is)).unwrap_or(Activity::Model);
        if let Some(Turn::Retrying { attempts }) = turn.map(|seen| &seen.is)
            && *attempts >= MANY_ATTEMPTS
        {
            return self.plain(Presence::Limited(Limit::Overload), self.latest());
        }
        let heard = self.facts.last_heard().map(|(_, at)| at);
        let status_since = self.facts.status.as_ref().map(|seen| seen.at);
        let since = heard.into_iter().chain(status_since).max().unwrap_or_else(|| self.latest());
        let threshold = self.threshold(activity);
        let silence = self.now.since(since.tick.max(self.settled));
        let stopped = self.facts.process.as_ref().is_some_and(|seen| seen.is == Process::Stopped);
        let child = self.tool_child();

        let mut verdict = self.plain(Presence::Working, since);
        verdict.silence = Some(silence);
        verdict.threshold = Some(threshold);
        let due = since.tick.max(self.settled).plus(threshold);
        let capped = since.tick.max(self.settled).plus(CAP);
        verdict.presence = match child {
            Child::Busy => Presence::Working,
            Child::Idle if silence >= CAP => Presence::Quiet,
            Child::Idle => {
                verdict.next = Some(capped);
                Presence::Working
            }
            Child::None if silence < threshold => {
                verdict.next = Some(due);
                if stopped { Presence::Quiet } else { Presence::Working }
            }
            Child::None if stopped || self.second_witness(activity, silence) => Presence::Suspect,
            Child::None => {
                verdict.next = Some(capped).filter(|tick| *tick > self.now);
                Presence::Quiet
            }
        };
        if verdict.presence == Presence::Working {
            verdict.since = status_since.unwrap_or(since);
        }
        verdict
    }

    /// Whether something besides the silent transcript says that this is wrong.
    fn second_witness(&mut self, activity: Activity, silence: Duration) -> bool {
        let no_child = self.facts.children.as_ref().filter(|seen| seen.is.count == 0);
        match (activity, no_child) {
            (Activity::Tool, Some(_)) => true,
            // A call of a model ends, fails or is tried again well within the cap, and each leaves a trace.
            (Activity::Model, _) if silence >= CAP => {
                let what = "no call of a model lasts this long without a trace".into();
                self.extra.push(Witness { what, at: self.now });
                true
            }
            _ => false,
        }
    }

    fn tool_child(&self) -> Child {
        let called = self.facts.turn.as_ref().map(|seen| seen.at.tick);
        let in_tool = matches!(self.facts.turn.as_ref().map(|seen| &seen.is), Some(Turn::Tool { .. }));
        match self.facts.children.as_ref() {
            Some(seen) if in_tool && seen.is.count > 0 && Some(seen.at.tick) >= called => {
                if seen.is.busy {
                    Child::Busy
                } else {
                    Child::Idle
                }
            }
            _ => Child::None,
        }
    }

    /// A side of a bridge: its own heartbeats and its messages are all there is.
    fn bridge_side(&mut self) -> Verdict {
        let Some((_, heard)) = self.facts.last_heard() else {
            self.extra.push(Witness { what: "it has never been heard".into(), at: self.now });
            return self.plain(Presence::Unknown, self.latest());
        };
        let threshold = self.policy.bridge_silence;
        let silence = self.now.since(heard.tick.max(self.settled));
        let declared = match self.facts.declared() {
            Some("complete") => return self.plain(Presence::Idle, heard),
            Some("waiting") => Presence::Idle,
            _ => Presence::Working,
        };
        if self.now.since(heard.tick) >= FORGOTTEN {
            return self.plain(Presence::Ended, heard);
        }
        let mut verdict = self.plain(declared, heard);
        verdict.silence = Some(silence);
        verdict.threshold = Some(threshold);
        if silence < threshold {
            verdict.next = Some(heard.tick.max(self.settled).plus(threshold));
            return verdict;
        }
        let unread = self.facts.unread().unwrap_or(0) > 0;
        verdict.presence = if unread { Presence::Suspect } else { Presence::Quiet };
        verdict.next = Some(heard.tick.plus(FORGOTTEN));
        verdict
    }

    fn threshold(&self, activity: Activity) -> Duration {
        if let Some(fixed) = self.policy.session_silence {
            return fixed;
        }
        self.rhythm.usual_gap(activity).map_or(FLOOR * 2, |gap| (gap * 2).clamp(FLOOR, CAP))
    }

    fn plain(&self, presence: Presence, since: Moment) -> Verdict {
        Verdict { presence, since, witnesses: Vec::new(), silence: None, threshold: None, next: None }
    }

    /// The newest moment of any fact: when nothing better is known.
    fn latest(&self) -> Moment {
        let facts = self.facts;
        [
            facts.identity.as_ref().map(|seen| seen.at),
            facts.turn.as_ref().map(|seen| seen.at),
            facts.status.as_ref().map(|seen| seen.at),
            facts.last_heard().map(|(_, at)| at),
        ]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or_default()
    }
}

enum Child {
    None,
    Idle,
    Busy,
}

fn waiting_for(registry: Option<&str>, turn: Option<&Turn>) -> Waiting {
    if let Some(Turn::Tool { name, .. }) = turn {
        match name.as_str() {
            "ExitPlanMode" => return Waiting::Plan,
            "AskUserQuestion" => return Waiting::Question,
            _ => {}
        }
    }
    match registry {
        Some("permission prompt" | "sandbox request" | "worker request") => Waiting::Permission,
        Some("input needed") => Waiting::Question,
        Some(words) if words.starts_with("approve ") => Waiting::Permission,
        _ => Waiting::Dialog,
    }
}

/// A turn that ended on an error: limited where only somebody else can mend it, else idle at its prompt.
fn failed(error: &str) -> Presence {
    match error {
        "rate_limit" | "billing_error" => Presence::Limited(Limit::Usage),
        "authentication_failed" | "oauth_org_not_allowed" => Presence::Limited(Limit::Login),
        "server_error" | "overloaded" => Presence::Limited(Limit::Overload),
        _ => Presence::Idle,
    }
}
