//! The verdict: what Peerwatch concludes about a worker, and on what evidence.
//!
//! A pure function of the facts, the learned rhythm, the policy and the awake time. The rules:
//! death needs proof; whoever waits for a person is never silent; a running tool vetoes suspicion; no suspicion on one
//! witness alone; what is not known is said to be unknown.

use std::time::Duration;

use crate::facts::Facts;
use crate::rhythm::{self, Rhythm};
use crate::{
    Activity, Background, Evidence, Limit, Listing, Moment, Policy, Presence, Process, SourceKind,
    StatusWord, Tick, Turn, Verdict, Waiting, Witness, in_words, witness,
};

/// A learned silence is never shorter than this; while nothing is learned it is twice this.
const FLOOR: Duration = Duration::from_secs(5 * 60);
/// A silence is never longer than this; longer than any call of a model, its retries leave traces before.
const CAP: Duration = Duration::from_secs(60 * 60);
/// Between the orderly removal of an entry and the end of its process.
const ENDING: Duration = Duration::from_secs(10);
/// Fewer attempts than this are everyday hiccups of a network.
const MANY_ATTEMPTS: u32 = 5;
/// A learned silence of a bridge side is never shorter than three heartbeats of a program that beats so often,
const BEAT: Duration = Duration::from_secs(30);
/// and the time in which a heartbeat is found by a slow poll alone.
const FOUND: Duration = Duration::from_secs(10);
/// The tools that run a process of their own.
const COMMANDS: [&str; 2] = ["Bash", "PowerShell"];
/// A bridge side not heard for this long is over, whatever its database still says.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);

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
        let dead = dead.map(|seen| self.facts.died.unwrap_or(seen.at));
        let Some(listing) = &self.facts.listing else { return dead.map(|at| self.plain(Presence::Gone, at)) };
        match (listing.is, dead) {
            (Listing::Over, _) => Some(self.plain(Presence::Ended, listing.at)),
            // A dead process's leftover that somebody cleared long after the death was no orderly end.
            (Listing::Removed, Some(died)) if listing.at.tick.since(died.tick) > ENDING => {
                Some(self.plain(Presence::Gone, died))
            }
            (Listing::Removed, Some(_)) => Some(self.plain(Presence::Ended, listing.at)),
            (Listing::Removed, None) => Some(self.leaving(listing.at)),
            (Listing::Listed, Some(died)) => Some(self.plain(Presence::Gone, died)),
            (Listing::Listed, None) => None,
        }
    }

    /// Taken off the list, and no proof yet that its process has ended.
    fn leaving(&self, removed: Moment) -> Verdict {
        let lives = self.facts.process.as_ref().is_some_and(|seen| seen.is != Process::Unknowable);
        let late = removed.tick.plus(ENDING);
        match lives {
            true if self.now >= late => self.plain(Presence::Unknown, removed),
            true => Verdict { next: Some(late), ..self.plain(Presence::Ended, removed) },
            false => self.plain(Presence::Ended, removed),
        }
    }

    fn session(&mut self) -> Verdict {
        let turn = self.facts.turn.as_ref();
        let Some(status) = &self.facts.status else { return self.by_turn() };
        let running = self.facts.background.as_ref().map(|seen| seen.is).unwrap_or_default();
        let at_rest = |turn: Option<&Turn>| match turn {
            Some(Turn::Failed { error, .. }) if failed(error) != Presence::Idle => failed(error),
            _ if running.subagents + running.teammates > 0 => Presence::Background,
            _ => Presence::Idle,
        };
        match &status.is.word {
            StatusWord::Waiting => {
                let waiting = waiting_for(status.is.waiting_for.as_deref(), turn.map(|seen| &seen.is));
                self.plain(Presence::WaitingForYou(waiting), status.at)
            }
            StatusWord::Shell => self.plain(Presence::Background, status.at),
            StatusWord::Idle => self.plain(at_rest(turn.map(|seen| &seen.is)), status.at),
            // Work in the background, and teammates in panes of their own, keep the word at busy when the turn is over.
            StatusWord::Busy => match turn.filter(|seen| {
                running != Background::default()
                    && seen.at.tick >= status.at.tick
                    && rhythm::activity(&seen.is).is_none()
            }) {
                Some(over) => self.plain(at_rest(Some(&over.is)), over.at),
                None => self.in_turn(),
            },
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
            // These tools do nothing but wait for the person.
            Turn::Tool { name, .. } if matches!(name.as_str(), "AskUserQuestion" | "ExitPlanMode") => {
                self.plain(Presence::WaitingForYou(waiting_for(None, Some(&turn.is))), turn.at)
            }
            Turn::Thinking | Turn::Tool { .. } | Turn::Retrying { .. } => self.in_turn(),
        }
    }

    /// A session in a turn should be heard, unless something excuses it.
    fn in_turn(&mut self) -> Verdict {
        let turn = self.facts.turn.as_ref().map(|seen| &seen.is);
        let activity = turn.and_then(rhythm::activity);
        let heard = self.facts.sign_of_life().unwrap_or_else(|| self.latest());
        if let Some(Turn::Retrying { attempts }) = turn
            && *attempts >= MANY_ATTEMPTS
        {
            return self.plain(Presence::Limited(Limit::Overload), heard);
        }
        let from = heard.tick.max(self.settled);
        let silence = self.now.since(from);
        let threshold = self.session_threshold(activity.unwrap_or(Activity::Model));
        let stopped = self.facts.process.as_ref().is_some_and(|seen| seen.is == Process::Stopped);
        let alone_from = if stopped { from } else { from.max(self.child_seen()) };
        let alone = self.now.since(alone_from);
        let (presence, next) = match self.tool_child(stopped) {
            Child::Busy => (Presence::Working, None),
            Child::Idle if silence >= CAP => (Presence::Quiet, None),
            Child::Idle => (Presence::Working, Some(from.plus(CAP))),
            Child::None if alone < threshold => {
                (if stopped { Presence::Quiet } else { Presence::Working }, Some(alone_from.plus(threshold)))
            }
            Child::None if stopped || self.second_witness(activity, alone) => (Presence::Suspect, None),
            Child::None => (Presence::Quiet, Some(alone_from.plus(CAP)).filter(|at| *at > self.now)),
        };
        let since = if presence == Presence::Working { self.began(heard) } else { heard };
        let verdict = self.plain(presence, since);
        Verdict { silence: Some(silence), threshold: Some(threshold), next, ..verdict }
    }

    /// When the turn that goes on began, as far as the facts tell.
    fn began(&self, heard: Moment) -> Moment {
        let busy = self.facts.status.as_ref().filter(|seen| seen.is.word == StatusWord::Busy);
        busy.map(|seen| seen.at).or_else(|| self.rhythm.turn_since()).unwrap_or(heard)
    }

    /// Whether something besides the silent transcript says that this is wrong.
    fn second_witness(&mut self, activity: Option<Activity>, silence: Duration) -> bool {
        // Seen since the call: before it, there was nothing to see.
        let called = self.facts.turn.as_ref().map(|seen| seen.at.tick);
        let looked = self.facts.children.as_ref().filter(|seen| Some(seen.at.tick) >= called);
        let no_child = looked.is_some_and(|seen| seen.is.count == 0);
        let busy = self.facts.status.as_ref().is_some_and(|seen| seen.is.word == StatusWord::Busy);
        match activity {
            // Of a worker that declares no status it may be a permission that nobody has given yet. Only a command must
            // have a process: another call may wait inside the session or in a server, for a message or a deploy.
            Some(Activity::Tool) => no_child && busy && (self.in_command() || silence >= CAP),
            // A call of a model ends, fails or is tried again well within the cap, and each leaves a trace.
            Some(Activity::Model) if silence >= CAP => {
                let what = "no call of a model lasts this long without a trace".into();
                self.extra.push(Witness { what, at: self.now });
                true
            }
            _ => false,
        }
    }

    /// Until when the open call had a child. Between the end of the child and its result there is a moment without both.
    fn child_seen(&self) -> Tick {
        let called = self.facts.turn.as_ref().filter(|seen| matches!(seen.is, Turn::Tool { .. }));
        let seen = self.facts.child_at.zip(called).filter(|(seen, called)| seen.tick >= called.at.tick);
        seen.map_or(Tick(i64::MIN), |(seen, _)| seen.tick)
    }

    fn in_command(&self) -> bool {
        let turn = self.facts.turn.as_ref().map(|seen| &seen.is);
        matches!(turn, Some(Turn::Tool { name, .. }) if COMMANDS.contains(&name.as_str()))
    }

    fn tool_child(&self, stopped: bool) -> Child {
        let Some(turn) = self.facts.turn.as_ref().filter(|seen| matches!(seen.is, Turn::Tool { .. })) else {
            return Child::None;
        };
        match self.facts.children.as_ref().filter(|seen| seen.is.count > 0 && seen.at.tick >= turn.at.tick) {
            Some(seen) if seen.is.busy => Child::Busy,
            // Stopped together with its worker.
            Some(_) if stopped => Child::None,
            Some(_) => Child::Idle,
            None => Child::None,
        }
    }

    /// A side of a bridge: its own heartbeats and its messages are all there is.
    fn bridge_side(&mut self) -> Verdict {
        let Some((_, heard)) = self.facts.last_heard() else {
            self.extra.push(Witness { what: "it has never been heard".into(), at: self.now });
            return self.plain(Presence::Unknown, self.latest());
        };
        let forgotten = heard.tick.plus(FORGOTTEN);
        if self.now >= forgotten {
            return self.plain(Presence::Ended, heard);
        }
        let declared = declared(self.facts.declared());
        if declared == Presence::Idle && !self.is_kept_alive() {
            return Verdict { next: Some(forgotten), ..self.plain(declared, heard) };
        }
        let threshold = self.bridge_threshold();
        if !self.facts.heartbeats.contains_key(&Evidence::Bridge) {
            return self.by_messages(heard, threshold);
        }
        let from = heard.tick.max(self.settled);
        let silence = self.now.since(from);
        let unread = self.facts.unread().unwrap_or(0) > 0;
        let verdict = match declared {
            _ if silence >= threshold && unread => self.plain(Presence::Suspect, heard),
            _ if silence >= threshold => self.plain(Presence::Quiet, heard),
            _ => self.plain(declared, self.rhythm.heard_since(threshold).unwrap_or(heard)),
        };
        let next = if silence < threshold { from.plus(threshold).min(forgotten) } else { forgotten };
        Verdict { silence: Some(silence), threshold: Some(threshold), next: Some(next), ..verdict }
    }

    /// Whether a program says that it lives, whatever it waits for: when that program falls silent, nobody waits there any more.
    fn is_kept_alive(&self) -> bool {
        self.facts.declared() != Some("complete") && self.rhythm.steady_beat().is_some()
    }

    /// A side that never sent a heartbeat promised none: when it is not heard, nothing is known of it.
    fn by_messages(&self, heard: Moment, while_fresh: Duration) -> Verdict {
        let forgotten = heard.tick.plus(FORGOTTEN);
        let stale = heard.tick.plus(while_fresh).min(forgotten);
        if self.now < stale {
            let since = self.rhythm.heard_since(while_fresh).unwrap_or(heard);
            return Verdict { next: Some(stale), ..self.plain(Presence::Working, since) };
        }
        Verdict { next: Some(forgotten), ..self.plain(Presence::Unknown, heard) }
    }

    /// The silence of a session that is remarked.
    fn session_threshold(&mut self, activity: Activity) -> Duration {
        let learned = || self.rhythm.usual_gap(activity).map_or(FLOOR * 2, |gap| (gap * 2).clamp(FLOOR, CAP));
        let usual = self.policy.session_silence.unwrap_or_else(learned);
        self.or_fine(usual, activity)
    }

    /// The silence of a bridge side that is remarked. A side whose heartbeats a program sends is missed after three of
    /// them, unless a person chose a silence.
    fn bridge_threshold(&mut self) -> Duration {
        let usual = self.policy.bridge_silence;
        let chosen = usual != Policy::default().bridge_silence;
        let steady = self.rhythm.steady_beat().filter(|_| !chosen);
        let usual = steady.map_or(usual, |beat| (beat.max(BEAT) * 3 + FOUND).min(usual));
        self.or_fine(usual, Activity::Heartbeats)
    }

    /// What a person called fine is remarked only when it lasts half as long again.
    fn or_fine(&mut self, usual: Duration, activity: Activity) -> Duration {
        let Some(fine) = self.rhythm.fine(activity) else { return usual };
        let allowed = (fine.pause * 3 / 2).min(CAP);
        if allowed <= usual {
            return usual;
        }
        let what = format!("silence up to {} was fine before", in_words(fine.pause));
        self.extra.push(Witness { what, at: fine.said });
        allowed
    }

    fn plain(&self, presence: Presence, since: Moment) -> Verdict {
        Verdict { presence, since, witnesses: Vec::new(), silence: None, threshold: None, next: None }
    }

    /// The newest moment of any fact: when nothing better is known.
    fn latest(&self) -> Moment {
        let facts = self.facts;
        [
            facts.met,
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

/// What the worker's silence is judged as: what it does, by the last that is known.
pub(crate) fn judged_as(facts: &Facts) -> Activity {
    match facts.identity().map(|identity| identity.source) {
        Some(SourceKind::Bridge) => Activity::Heartbeats,
        _ => facts.turn.as_ref().and_then(|seen| rhythm::activity(&seen.is)).unwrap_or(Activity::Model),
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

/// What a bridge side says of itself. One that waits for its partner, or is blocked, is at rest like one that is done.
fn declared(word: Option<&str>) -> Presence {
    match word {
        Some("waiting" | "blocked" | "complete") => Presence::Idle,
        // `active` is what the original's keep-alive writes.
        Some("working" | "active") | None => Presence::Working,
        Some(_) => Presence::Unknown,
    }
}
