//! The roster as lines of text: the sentence, the workers by need, and what cannot be read.

use peerwatch_wire::{Group, MachineState, Presence, View, WorkerView};

use crate::palette::{CARE, DIM, STRONG};
use crate::printable::{line, wrapped};
use crate::table::{Cell, Table};
use crate::words::{counted, since, span, verdict};
use crate::{palette, words};

/// So many ended workers are listed unless all are asked for.
const ENDED: usize = 5;

/// Below this many columns words are saved.
const NARROW: usize = 100;

/// Draws a view into lines of at most `width` columns.
pub(crate) fn lines(view: &View, width: usize, all: bool) -> Vec<String> {
    let mut out = vec![format!("{STRONG}{}{STRONG:#}", crate::printable::fit(&line(&view.sentence), width))];
    if view.machine == MachineState::Settling {
        out.push(format!("{DIM}The machine has just woken; nobody is judged yet.{DIM:#}"));
    }
    out.extend(pause(view));
    if view.workers.is_empty() && view.revision > 0 {
        out.extend(nobody(width));
    }
    out.extend(workers(view, width, all));
    out.extend(problems(view, width));
    out
}

/// An empty list says what would fill it.
fn nobody(width: usize) -> Vec<String> {
    let text = "Start Claude Code anywhere on this machine: it appears here by itself. `peerwatch demo` shows \
                Peerwatch at work, `peerwatch doctor` says where it looked.";
    wrapped(text, width.min(80)).into_iter().map(|text| format!("{DIM}{text}{DIM:#}")).collect()
}

fn workers(view: &View, width: usize, all: bool) -> Vec<String> {
    let ended = view.workers.iter().filter(|worker| worker.group == Group::Ended).count();
    let hidden = if all { 0 } else { ended.saturating_sub(ENDED) };
    let shown = &view.workers[..view.workers.len() - hidden.min(view.workers.len())];
    let mut table = Table::new(&[1, 20, 19, 9]);
    for worker in shown {
        table.row(row(view, worker, width));
    }
    let mut out = Vec::new();
    let mut group = None;
    for (worker, text) in shown.iter().zip(table.lines(width.saturating_sub(2))) {
        if group != Some(worker.group) {
            group = Some(worker.group);
            out.push(String::new());
            out.push(format!("{DIM}{}{DIM:#}", words::group(worker.group)));
        }
        out.push(format!("  {text}"));
    }
    if hidden > 0 {
        out.push(format!("  {DIM}and {hidden} more (status --all){DIM:#}"));
    }
    out
}

fn row(view: &View, worker: &WorkerView, width: usize) -> Vec<Cell> {
    let style = palette::of(worker.presence);
    let held = worker.since.as_deref().and_then(|at| since(&view.at, at)).map(span).unwrap_or_default();
    vec![
        Cell::new(palette::mark(worker.group), style),
        Cell::plain(&worker.name),
        Cell::new(told(worker, width), style),
        Cell::plain(held),
        Cell::new(gist(worker), DIM),
    ]
}

/// The verdict; where room is scarce the heading already says that somebody waits.
fn told(worker: &WorkerView, width: usize) -> String {
    let verdict = verdict(worker);
    match verdict.strip_prefix("waiting: ") {
        Some(what) if width < NARROW => what.into(),
        _ => verdict,
    }
}

/// What the summary says beyond the verdict beside it; of one that says no more, the folder.
fn gist(worker: &WorkerView) -> String {
    let summary = worker.summary.as_str();
    if worker.presence == Presence::WaitingForYou {
        return summary.split_once(": ").map_or(summary, |(_, what)| what).into();
    }
    let folder = worker.cwd.as_deref().filter(|_| summary == verdict(worker));
    folder.unwrap_or(summary).into()
}

fn pause(view: &View) -> Option<String> {
    let why = match (&view.paused_until, &view.quiet.hours_until) {
        (Some(until), _) => format!("Notifications are paused until {}", words::clock(until)),
        (None, Some(until)) => format!("Quiet hours until {until}"),
        (None, None) if view.quiet.do_not_disturb => "The desktop is told not to disturb".into(),
        (None, None) => return None,
    };
    let held = match view.held_back {
        0 => String::new(),
        n => format!(", {} held back", counted(usize::try_from(n).unwrap_or(usize::MAX), "notification")),
    };
    Some(format!("{CARE}{why}{held}.{CARE:#}"))
}

fn problems(view: &View, width: usize) -> Vec<String> {
    if view.problems.is_empty() {
        return Vec::new();
    }
    let mut out = vec![
        String::new(),
        format!(
            "{CARE}{} (peerwatch doctor says what to do){CARE:#}",
            counted(view.problems.len(), "problem")
        ),
    ];
    for problem in &view.problems {
        let text = format!("{}: {}", line(&problem.subject), line(&problem.what));
        out.push(format!("  {}", crate::printable::fit(&text, width.saturating_sub(2))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use peerwatch_wire::{ProblemView, Settings, SourceKind, TrayState, WaitingFor};
    use unicode_width::UnicodeWidthStr as _;

    fn worker(name: &str, group: Group, presence: Presence, summary: &str) -> WorkerView {
        WorkerView {
            id: format!("claude:1:{name}"),
            name: name.into(),
            source: SourceKind::Claude,
            presence,
            waiting_for: (presence == Presence::WaitingForYou).then_some(WaitingFor::Permission),
            since: Some("2026-11-23T09:00:00Z".into()),
            last_heard: None,
            pid: Some(1),
            session_id: None,
            cwd: Some("/home/dev/acme/docs".into()),
            witnesses: Vec::new(),
            unread: None,
            tasks: Vec::new(),
            group,
            summary: summary.into(),
            role: None,
            partner: None,
            conversation: None,
            silent_s: None,
            threshold_s: None,
            muted_until: None,
            version: None,
            writable: false,
            fenced: false,
            jump: None,
        }
    }

    fn view(workers: Vec<WorkerView>) -> View {
        View {
            schema: 1,
            at: "2026-11-23T09:12:30Z".into(),
            revision: 1,
            tray: TrayState::Calm,
            sentence: "1 of 4 needs you".into(),
            machine: MachineState::Awake,
            workers,
            tasks: Vec::new(),
            handovers: Vec::new(),
            conversations: Vec::new(),
            alerts: Vec::new(),
            history: Vec::new(),
            problems: Vec::new(),
            connections: Vec::new(),
            plugin: peerwatch_wire::PluginView::default(),
            paused_until: None,
            held_back: 0,
            quiet: peerwatch_wire::QuietView::default(),
            false_alarms: 0,
            silences: 0,
            settings: Settings::default(),
        }
    }

    fn plain(view: &View, width: usize) -> Vec<String> {
        lines(view, width, false).iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect()
    }

    #[test]
    fn in_eighty_columns_the_heading_saves_words() {
        let mut view = view(vec![
            worker(
                "api",
                Group::NeedsYou,
                Presence::WaitingForYou,
                "waits for your permission: Bash: git push",
            ),
            worker("docs", Group::Idle, Presence::Idle, "idle"),
        ]);
        view.problems.push(ProblemView {
            source: "bridge:/team.db".into(),
            subject: "/team.db".into(),
            what: "the file is not a database".into(),
            remedy: None,
        });
        expect![[r#"
            1 of 4 needs you

            Needs you
              ●  api   permission  12 min  Bash: git push

            Idle
              ·  docs  idle        12 min  /home/dev/acme/docs

            1 problem (peerwatch doctor says what to do)
              /team.db: the file is not a database"#]]
        .assert_eq(&plain(&view, 80).join("\n"));
    }

    #[test]
    fn nothing_that_an_agent_writes_steers_or_stretches_the_list() {
        let hostile = "\u{1b}[2J東京\u{202e}\n\r\u{9b}31m".repeat(20);
        let all = [Group::NeedsYou, Group::Suspect, Group::Working, Group::Idle, Group::Ended];
        let view = view(
            all.into_iter().map(|group| worker(&hostile, group, Presence::WaitingForYou, &hostile)).collect(),
        );
        for width in [20, 40, 79, 80, 120] {
            for line in plain(&view, width) {
                assert!(line.width() <= width, "{width}: {line}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
        }
    }

    #[test]
    fn of_those_that_have_ended_the_last_are_listed() {
        let view =
            view((0..9).map(|n| worker(&format!("w{n}"), Group::Ended, Presence::Ended, "ended")).collect());
        let said = plain(&view, 80);
        assert!(said.iter().any(|line| line.contains("w4")) && !said.iter().any(|line| line.contains("w5")));
        assert_eq!(said.last().map(String::as_str), Some("  and 4 more (status --all)"));
        assert!(lines(&view, 80, true).iter().any(|line| line.contains("w8")));
    }
}
