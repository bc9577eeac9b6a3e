//! What the handovers of a task, and the notes on it, tell of its owners.

use std::collections::BTreeMap;

use peerwatch_bridge::{Handover, HandoverStep, Note, NoteKind};
use peerwatch_core::Timestamp;

/// An owner of before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Attempt {
    /// Its role.
    pub(crate) by: String,
    /// When it lost the task, else when it was last heard on it.
    pub(crate) until: Option<Timestamp>,
    /// Why it lost the task.
    pub(crate) why: Option<String>,
    /// What it reported last; `None` when nothing is known.
    pub(crate) said: Option<String>,
    /// Whether that came after the task had been taken from it, and is kept for adoption.
    pub(crate) late: bool,
}

/// A report of the present owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Report {
    /// Its role.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) text: String,
}

/// The attempts before `epoch`, and the reports within it; both oldest first. What was taken back was no attempt.
pub(crate) fn history(handovers: &[Handover], notes: &[Note], epoch: i64) -> (Vec<Attempt>, Vec<Report>) {
    let mut attempts: BTreeMap<(i64, &str), Attempt> = BTreeMap::new();
    let moved = |it: &&Handover| it.step != HandoverStep::Undone && it.from_epoch < epoch;
    for Handover { from, from_epoch, at, reason, .. } in handovers.iter().filter(moved) {
        let role = from.role.as_str();
        let attempt = Attempt { until: Some(*at), why: Some(reason.clone()), ..Attempt::unheard(role) };
        attempts.insert((*from_epoch, role), attempt);
    }
    let mut notes: Vec<&Note> = notes.iter().collect();
    notes.sort_by_key(|note| (note.at, note.id));
    let mut reports = Vec::new();
    for Note { by, epoch: within, at, text, kind, .. } in notes {
        if *within >= epoch {
            reports.push(Report { by: by.clone(), at: *at, text: text.clone() });
            continue;
        }
        let attempt = attempts.entry((*within, by)).or_insert_with(|| Attempt::unheard(by));
        if attempt.why.is_none() {
            attempt.until = Some(*at);
        }
        attempt.said = Some(text.clone());
        attempt.late = matches!(kind, NoteKind::LateProgress | NoteKind::LateResult);
    }
    (attempts.into_values().collect(), reports)
}

impl Attempt {
    fn unheard(by: &str) -> Self {
        Self { by: by.to_owned(), until: None, why: None, said: None, late: false }
    }
}

#[cfg(test)]
mod tests {
    use peerwatch_bridge::{Actor, Bearer, Kind, Participant};

    use super::*;

    fn note(id: i64, by: &str, epoch: i64, kind: NoteKind, text: &str) -> Note {
        Note { id, kind, by: by.into(), epoch, at: Timestamp(id * 1000), text: text.into() }
    }

    fn handover(role: &str, from_epoch: i64, step: HandoverStep) -> Handover {
        let from = Participant {
            conversation: "conv_1".into(),
            bridge: Some("main".into()),
            participant: "a".into(),
            role: role.into(),
            kind: Kind::Session,
            bearer: Bearer::default(),
            joined: Timestamp(0),
            left: None,
        };
        Handover {
            id: from_epoch,
            task: 1,
            subject: "it".into(),
            conversation: "conv_1".into(),
            from,
            from_epoch,
            to: None,
            wanted: None,
            card: String::new(),
            step,
            reason: format!("{role} is gone"),
            actor: Actor::Person,
            confirmed: None,
            told: None,
            granted: None,
            at: Timestamp(from_epoch * 10_000),
            closed: None,
            updated: Timestamp(from_epoch * 10_000),
        }
    }

    #[test]
    fn each_owner_of_before_is_told_of_with_why_it_lost_the_task_and_what_it_said_last() {
        let handovers = [
            handover("ben", 3, HandoverStep::Begun),
            handover("taken back", 2, HandoverStep::Undone),
            handover("silent", 4, HandoverStep::Granted),
        ];
        let notes = [
            note(1, "asha", 1, NoteKind::Progress, "begun"),
            note(2, "asha", 1, NoteKind::Reason, "ran out of time"),
            note(3, "ben", 3, NoteKind::Progress, "half"),
            note(4, "chi", 5, NoteKind::Progress, "read it"),
            note(5, "ben", 3, NoteKind::LateResult, "all of it"),
            note(6, "chi", 5, NoteKind::Progress, "tests fail"),
        ];
        let (attempts, reports) = history(&handovers, &notes, 5);
        let told: Vec<_> = attempts
            .iter()
            .map(|one| {
                (one.by.as_str(), one.until.unwrap().0, one.why.as_deref(), one.said.as_deref(), one.late)
            })
            .collect();
        let expected = [
            ("asha", 2_000, None, Some("ran out of time"), false),
            ("ben", 30_000, Some("ben is gone"), Some("all of it"), true),
            ("silent", 40_000, Some("silent is gone"), None, false),
        ];
        assert_eq!(told, expected);
        let told: Vec<_> = reports.iter().map(|one| (one.by.as_str(), one.text.as_str())).collect();
        assert_eq!(told, [("chi", "read it"), ("chi", "tests fail")]);
    }
}
