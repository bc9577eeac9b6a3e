//! The state of everything as one picture and one sentence.

use peerwatch_sources::bridge::OWN;
use peerwatch_wire as wire;

/// What the tray's icon says.
pub(super) fn tray(
    workers: &[wire::WorkerView],
    paused: bool,
    connections: &[wire::ConnectionView],
    problems: &[wire::ProblemView],
) -> wire::TrayState {
    let in_need =
        |worker: &wire::WorkerView| matches!(worker.group, wire::Group::NeedsYou | wire::Group::Suspect);
    if paused {
        wire::TrayState::Paused
    } else if workers.iter().any(in_need) {
        wire::TrayState::NeedsYou
    } else if !problems.is_empty() && !connections.iter().any(sees) {
        wire::TrayState::CannotSee
    } else {
        wire::TrayState::Calm
    }
}

/// Whether workers are seen through it: that notifications work shows nothing, and our own bridge is always there.
fn sees(connection: &wire::ConnectionView) -> bool {
    connection.connected && connection.path.is_some() && connection.kind != OWN
}

/// The state of everything in a sentence.
pub(super) fn sentence(workers: &[wire::WorkerView]) -> String {
    let count = |group| workers.iter().filter(|worker| worker.group == group).count();
    let all = workers.iter().filter(|worker| worker.group != wire::Group::Ended).count();
    let (need, lost) = (count(wire::Group::NeedsYou), count(wire::Group::Suspect));
    let lost = match lost {
        0 => String::new(),
        1 => ", 1 is silent or gone".into(),
        many => format!(", {many} are silent or gone"),
    };
    match (all, need) {
        (0, _) => "No workers yet".into(),
        (1, 0) => format!("1 worker, nobody needs you{lost}"),
        (_, 0) => format!("{all} workers, nobody needs you{lost}"),
        (_, 1) => format!("1 of {all} needs you{lost}"),
        _ => format!("{need} of {all} need you{lost}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_nothing_but_our_own_bridge_cannot_see() {
        let connection = |kind: &str, connected| wire::ConnectionView {
            kind: kind.into(),
            path: Some("/home/kim/x".into()),
            connected,
            summary: String::new(),
            remedy: None,
        };
        let problem = wire::ProblemView {
            source: "claude".into(),
            subject: "sessions".into(),
            what: "permission denied".into(),
            remedy: None,
        };
        let state = |connections: &[wire::ConnectionView], problems: &[wire::ProblemView]| {
            tray(&[], false, connections, problems)
        };
        let own = connection(OWN, true);
        let other = connection("Bridge database", true);
        assert_eq!(
            state(std::slice::from_ref(&own), std::slice::from_ref(&problem)),
            wire::TrayState::CannotSee
        );
        assert_eq!(state(&[own.clone(), other], std::slice::from_ref(&problem)), wire::TrayState::Calm);
        assert_eq!(state(&[own], &[]), wire::TrayState::Calm, "there is nothing to see yet");
    }
}
