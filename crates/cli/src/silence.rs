//! Who has fallen silent and who is back: one finding for each silence and one for its end, counted in awake time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use peerwatch_core::{Moment, Tick, Timestamp};

use crate::shapes::Why;

/// Whose silence it is: database, conversation, side.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    pub(crate) database: String,
    pub(crate) conversation: String,
    pub(crate) participant: String,
}

/// What one look found of somebody who should be heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sign {
    pub(crate) key: Key,
    pub(crate) role: String,
    pub(crate) status: Option<String>,
    /// The last heartbeat as it is written, where there is one.
    pub(crate) heartbeat: Option<String>,
    /// When they were heard last, to the second; `None` where that cannot be told.
    pub(crate) since: Option<Timestamp>,
    /// Why it would count as silent.
    pub(crate) why: Why,
}

/// News about somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Finding {
    /// A silence was found, this long so far.
    Silent(Sign, Duration),
    /// It was heard again after so long.
    Back(Sign, Duration),
    /// It need not be heard any more: its work is complete, its conversation over.
    Over(Sign),
}

/// What is remembered from look to look.
pub(crate) struct Silences {
    threshold: Duration,
    /// When the heartbeat that is known was found, in awake time.
    heard: BTreeMap<Key, (Sign, Tick)>,
    told: BTreeMap<Key, (Sign, Tick)>,
}

impl Silences {
    /// Nobody is known yet.
    pub(crate) fn new(threshold: Duration) -> Self {
        Self { threshold, heard: BTreeMap::new(), told: BTreeMap::new() }
    }

    /// Takes in one look at `database` and tells what is new. Silence before `floor` is not counted.
    pub(crate) fn look(
        &mut self,
        database: &str,
        signs: Vec<Sign>,
        floor: Tick,
        now: Moment,
    ) -> Vec<Finding> {
        let here: BTreeSet<Key> = signs.iter().map(|sign| sign.key.clone()).collect();
        let mut findings = Vec::new();
        for sign in signs {
            findings.extend(self.sign(sign, floor, now));
        }
        let is_gone = |key: &Key| key.database == database && !here.contains(key);
        self.heard.retain(|key, _| !is_gone(key));
        let gone: Vec<Key> = self.told.keys().filter(|key| is_gone(key)).cloned().collect();
        findings
            .extend(gone.iter().filter_map(|key| self.told.remove(key)).map(|(sign, _)| Finding::Over(sign)));
        findings
    }

    /// All whose silence was told and has not ended.
    pub(crate) fn silent(&self) -> BTreeSet<Key> {
        self.told.keys().cloned().collect()
    }

    /// Everybody whose silence was told and has not ended.
    pub(crate) fn is_anybody_silent(&self) -> bool {
        !self.told.is_empty()
    }

    fn sign(&mut self, sign: Sign, floor: Tick, now: Moment) -> Option<Finding> {
        let key = sign.key.clone();
        let heard = match self.heard.get(&key).filter(|(known, _)| !is_newer(&sign, known)) {
            Some((_, heard)) => *heard,
            None => sign.since.map_or(now.tick, |since| now.back_to(since).tick),
        };
        self.heard.insert(key.clone(), (sign.clone(), heard));
        // What cannot be right at all needs no patience.
        let at_once = matches!(sign.why, Why::Unreadable | Why::Future);
        let silent = now.tick.since(heard.max(floor));
        if at_once || silent >= self.threshold {
            let known = self.told.contains_key(&key);
            self.told.entry(key).or_insert_with(|| (sign.clone(), heard.max(floor)));
            return (!known).then_some(Finding::Silent(sign, silent));
        }
        // After a sleep counting begins anew; only a new heartbeat is a return.
        let is_back = self.told.get(&key).is_some_and(|(told, _)| is_newer(&sign, told));
        let (_, since) = if is_back { self.told.remove(&key)? } else { return None };
        Some(Finding::Back(sign, now.tick.since(since)))
    }
}

/// Signs are told to the second.
const ROUNDING: i64 = 1_500;

/// Whether somebody was heard again since another sign of theirs.
fn is_newer(sign: &Sign, known: &Sign) -> bool {
    let later = match (sign.since, known.since) {
        (Some(now), Some(before)) => now.0.saturating_sub(before.0) > ROUNDING,
        (now, before) => now.is_some() != before.is_some(),
    };
    later || sign.heartbeat != known.heartbeat
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: Tick = Tick(i64::MIN);

    /// A machine that has been awake for `seconds`, and whose wall clock shows `slept` more.
    fn at(seconds: i64, slept: i64) -> Moment {
        Moment { tick: Tick(seconds * 1000), wall: Timestamp((seconds + slept) * 1000) }
    }

    /// Somebody who was heard at this second of the wall clock.
    fn heard(stamp: &str, second: i64) -> Sign {
        Sign {
            key: Key { database: "db".into(), conversation: "conv".into(), participant: "b".into() },
            role: "tester".into(),
            status: Some("working".into()),
            heartbeat: Some(stamp.into()),
            since: Some(Timestamp(second * 1000)),
            why: Why::Heartbeat,
        }
    }

    fn said(findings: &[Finding]) -> Vec<String> {
        findings
            .iter()
            .map(|finding| match finding {
                Finding::Silent(_, span) => format!("silent for {} s", span.as_secs()),
                Finding::Back(_, span) => format!("back after {} s", span.as_secs()),
                Finding::Over(_) => "over".into(),
            })
            .collect()
    }

    #[test]
    fn one_finding_for_each_silence_and_one_for_its_end() {
        let mut silences = Silences::new(Duration::from_secs(300));
        let mut told = Vec::new();
        for minute in 0..10 {
            let now = at(1_000 + minute * 60, 0);
            told.extend(said(&silences.look("db", vec![heard("09:00", 1_000)], NEVER, now)));
        }
        told.extend(said(&silences.look("db", vec![heard("09:10", 1_599)], NEVER, at(1_600, 0))));
        assert_eq!(told, ["silent for 300 s", "back after 600 s"]);
    }

    #[test]
    fn nine_hours_of_sleep_make_nobody_silent_and_bring_nobody_back() {
        let mut silences = Silences::new(Duration::from_secs(300));
        let once = || vec![heard("09:00", 990)];
        assert!(silences.look("db", once(), NEVER, at(1_000, 0)).is_empty());
        let nine = 9 * 3_600;
        let woken = at(1_005, nine);
        assert!(silences.look("db", once(), woken.tick, woken).is_empty());
        assert_eq!(said(&silences.look("db", once(), woken.tick, at(1_305, nine))), ["silent for 300 s"]);
        let again = at(1_400, nine * 2);
        assert!(silences.look("db", once(), again.tick, again).is_empty());
    }

    #[test]
    fn whoever_was_silent_before_we_looked_is_said_at_once() {
        let mut silences = Silences::new(Duration::from_secs(300));
        let first = silences.look("db", vec![heard("09:00", 999_105)], NEVER, at(5, 1_000_000));
        assert_eq!(said(&first), ["silent for 900 s"]);
    }

    #[test]
    fn who_sends_a_message_is_heard_without_a_heartbeat() {
        let mut silences = Silences::new(Duration::from_secs(300));
        silences.look("db", vec![heard("09:00", 600)], NEVER, at(1_000, 0));
        let spoke = silences.look("db", vec![heard("09:00", 1_050)], NEVER, at(1_060, 0));
        assert_eq!(said(&spoke), ["back after 460 s"]);
    }

    #[test]
    fn a_clock_that_is_set_makes_nobody_silent() {
        let mut silences = Silences::new(Duration::from_secs(300));
        silences.look("db", vec![heard("09:00", 990)], NEVER, at(1_000, 0));
        assert!(silences.look("db", vec![heard("09:00", 990)], NEVER, at(1_060, 86_400)).is_empty());
    }

    #[test]
    fn a_time_that_cannot_be_right_is_said_without_patience_and_once() {
        for why in [Why::Unreadable, Why::Future] {
            let mut silences = Silences::new(Duration::from_secs(300));
            let odd = || vec![Sign { why, since: None, ..heard("tomorrow", 0) }];
            assert_eq!(silences.look("db", odd(), NEVER, at(1_000, 0)).len(), 1, "{why:?}");
            assert!(silences.look("db", odd(), NEVER, at(1_060, 0)).is_empty(), "{why:?}");
        }
    }

    #[test]
    fn a_conversation_that_is_over_ends_its_silence() {
        let mut silences = Silences::new(Duration::from_secs(300));
        silences.look("db", vec![heard("09:00", 600)], NEVER, at(1_000, 0));
        assert!(silences.is_anybody_silent());
        assert!(silences.look("another", Vec::new(), NEVER, at(1_030, 0)).is_empty());
        assert_eq!(said(&silences.look("db", Vec::new(), NEVER, at(1_060, 0))), ["over"]);
        assert!(!silences.is_anybody_silent());
    }
}
