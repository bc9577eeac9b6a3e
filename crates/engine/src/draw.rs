//! The roster as a [`View`]: the one place where what is concluded becomes what is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use peerwatch_core::{
    Alert, AlertRecord, Cause, ConversationId, Limit, Moment, Presence, Room, Roster, Severity, SourceKind,
    Still, Talk, Timestamp, Verdict, Waiting, Worker, WorkerId, excerpt, summary,
};
use peerwatch_sources::bridge;
use peerwatch_wire as wire;

use crate::board::Board;
use crate::times::rfc3339;

mod face;
pub(crate) mod tasks;
pub(crate) mod terminals;
mod title;
pub(crate) mod whole;

/// What the roster doesn't know but the view shows.
pub(crate) struct Surroundings<'a> {
    pub(crate) connections: &'a [wire::ConnectionView],
    pub(crate) settings: &'a wire::Settings,
    pub(crate) plugin: &'a wire::PluginView,
    /// Peerwatch's own bridge.
    pub(crate) own: Option<&'a Path>,
    /// The bridges that are watched.
    pub(crate) databases: &'a [PathBuf],
    /// Why deliveries of a conversation stand still, by its identity.
    pub(crate) braked: &'a BTreeMap<String, String>,
    pub(crate) board: &'a Board,
    /// The workers whose edits are refused for tasks that were taken from them.
    pub(crate) fenced: &'a BTreeSet<WorkerId>,
    /// What jumps to the terminals of sessions would do.
    pub(crate) ways: &'a BTreeMap<WorkerId, wire::JumpView>,
    pub(crate) revision: u64,
}

/// Draws everything as of `now`.
pub(crate) fn view(roster: &Roster, around: &Surroundings<'_>, now: Moment) -> wire::View {
    let mut workers: Vec<(wire::WorkerView, i64)> =
        roster.workers().map(|it| worker(roster, around, it, now)).collect();
    workers.sort_by(|(a, a_rank), (b, b_rank)| {
        (a.group, a_rank, &a.name, &a.id).cmp(&(b.group, b_rank, &b.name, &b.id))
    });
    let tasks = tasks::tasks(around.board, roster, around.settings.edit_team_tasks);
    let mut owned = tasks::by_owner(&tasks);
    let own = |(mut worker, _): (wire::WorkerView, i64)| {
        worker.tasks = owned.remove(worker.id.as_str()).unwrap_or_default();
        // What it had is on its way to somebody else: nothing is left to decide about it.
        if worker.group == wire::Group::Suspect
            && worker.tasks.is_empty()
            && around.board.hands_over(&worker.id)
        {
            worker.group = wire::Group::HandingOver;
        }
        worker
    };
    let workers: Vec<wire::WorkerView> = workers.into_iter().map(own).collect();
    let problems: Vec<wire::ProblemView> =
        roster.problems().map(|(source, it)| problem(source.as_str(), it)).collect();
    let (paused_until, held_back) = roster.paused();
    let (silences, false_alarms) = roster.false_alarms();
    let kept: Vec<(String, &Path)> =
        around.databases.iter().map(|path| (prefix(path), path.as_path())).collect();
    let path_of = |id: &ConversationId| {
        kept.iter().find(|(prefix, _)| id.as_str().starts_with(prefix)).map(|(_, path)| *path)
    };
    let rooms = roster.rooms();
    let mut conversations: Vec<wire::ConversationView> =
        roster.talks().map(|(id, talk)| conversation(around, id, talk, rooms.get(id), path_of(id))).collect();
    conversations.sort_by(|a, b| b.last_at.cmp(&a.last_at).then_with(|| a.id.cmp(&b.id)));
    wire::View {
        schema: 1,
        at: rfc3339(now.wall),
        revision: around.revision,
        tray: face::tray(&workers, paused_until.is_some(), around.connections, &problems),
        sentence: face::sentence(&workers),
        machine: if roster.is_settling(now.tick) {
            wire::MachineState::Settling
        } else {
            wire::MachineState::Awake
        },
        workers,
        tasks,
        handovers: tasks::handovers(around.board, roster),
        conversations,
        alerts: roster.alerts().map(alert).collect(),
        history: roster.history().map(|record| ended(roster, record)).collect(),
        problems,
        connections: around.connections.to_vec(),
        plugin: around.plugin.clone(),
        paused_until: paused_until.map(rfc3339),
        held_back,
        quiet: quiet(roster, now),
        false_alarms,
        silences,
        settings: around.settings.clone(),
    }
}

/// What keeps notifications back, besides a pause.
fn quiet(roster: &Roster, now: Moment) -> wire::QuietView {
    let still = roster.still(now);
    let folder = |(folder, until): (&str, Timestamp)| wire::MutedFolderView {
        folder: folder.to_owned(),
        until: rfc3339(until),
    };
    wire::QuietView {
        hours_until: if let Some(Still::Hours(hours)) = still { Some(hours.end()) } else { None },
        do_not_disturb: still == Some(Still::DoNotDisturb),
        folders: roster.muted_folders().map(folder).collect(),
    }
}

fn worker(
    roster: &Roster,
    around: &Surroundings<'_>,
    worker: &Worker,
    now: Moment,
) -> (wire::WorkerView, i64) {
    let verdict = roster.verdict(worker, now.tick);
    let identity = worker.identity();
    let (presence, waiting_for) = words(verdict.presence);
    let group = group(worker, &verdict);
    let last_heard = worker.facts().last_heard().map(|(_, at)| at);
    // Who has waited longest stands first among those in need; who was heard last, among those at rest.
    let rank = match group {
        wire::Group::NeedsYou | wire::Group::Suspect => verdict.since.wall.0,
        wire::Group::Idle | wire::Group::Ended => -last_heard.unwrap_or(verdict.since).wall.0 / 60_000,
        _ => 0,
    };
    let text =
        |what: fn(&peerwatch_core::Identity) -> Option<&str>| identity.and_then(what).map(str::to_owned);
    let drawn = wire::WorkerView {
        id: worker.id().to_string(),
        name: excerpt(worker.name(), 120),
        source: source(identity.map_or(SourceKind::Claude, |it| it.source)),
        presence,
        waiting_for,
        since: Some(rfc3339(verdict.since.wall)),
        last_heard: last_heard.map(|at| rfc3339(at.wall)),
        pid: identity.and_then(|it| it.pid),
        session_id: text(|it| it.session_id.as_deref()),
        cwd: text(|it| it.cwd.as_deref()),
        witnesses: verdict.witnesses.iter().map(|it| witness(it, now)).collect(),
        unread: roster.unread_of(worker),
        tasks: Vec::new(),
        group,
        summary: summary(worker, &verdict),
        role: roles(roster, worker).or_else(|| text(|it| it.role.as_deref())),
        partner: identity.and_then(|it| it.partner.as_ref()).map(ToString::to_string),
        conversation: identity.and_then(|it| it.conversation.as_ref()).map(ToString::to_string),
        silent_s: verdict.silence.map(|silence| silence.as_secs()),
        threshold_s: verdict.threshold.map(|threshold| threshold.as_secs()),
        muted_until: roster.muted_until(worker).filter(|until| *until > now.wall).map(rfc3339),
        version: text(|it| it.version.as_deref()),
        writable: is_writable(worker, verdict.presence),
        fenced: around.fenced.contains(worker.id()),
        jump: around.ways.get(worker.id()).cloned(),
    };
    (drawn, rank)
}

/// The roles that a session has in bridges.
fn roles(roster: &Roster, worker: &Worker) -> Option<String> {
    let mut roles: Vec<String> = roster
        .sides(worker.id())
        .filter_map(|side| side.identity()?.role.as_deref().map(|role| excerpt(role, 60)))
        .collect();
    roles.sort();
    roles.dedup();
    (!roles.is_empty()).then(|| roles.join(", "))
}

/// Whether it is a session whose process lives: only such a one can be written to.
pub(crate) fn is_writable(worker: &Worker, presence: Presence) -> bool {
    let session = worker.identity().is_some_and(|it| it.source == SourceKind::Claude && it.pid.is_some());
    session && !matches!(presence, Presence::Gone | Presence::Ended)
}

fn witness(witness: &peerwatch_core::Witness, now: Moment) -> wire::WitnessView {
    wire::WitnessView { what: witness.what.clone(), age_s: witness.age(now.tick).as_secs() }
}

/// A verdict in the words of the wire.
pub(crate) fn words(presence: Presence) -> (wire::Presence, Option<wire::WaitingFor>) {
    let presence = match presence {
        Presence::Working => wire::Presence::Working,
        Presence::WaitingForYou(waiting) => {
            let waiting = match waiting {
                Waiting::Permission => wire::WaitingFor::Permission,
                Waiting::Question => wire::WaitingFor::Question,
                Waiting::Plan => wire::WaitingFor::Plan,
                Waiting::Dialog => wire::WaitingFor::Dialog,
            };
            return (wire::Presence::WaitingForYou, Some(waiting));
        }
        Presence::Idle => wire::Presence::Idle,
        Presence::Background => wire::Presence::Background,
        Presence::Limited(_) => wire::Presence::Limited,
        Presence::Quiet => wire::Presence::Quiet,
        Presence::Suspect => wire::Presence::Suspect,
        Presence::Gone => wire::Presence::Gone,
        Presence::Ended => wire::Presence::Ended,
        Presence::Unknown => wire::Presence::Unknown,
    };
    (presence, None)
}

fn group(worker: &Worker, verdict: &Verdict) -> wire::Group {
    let bridge = worker.identity().is_some_and(|it| it.source == SourceKind::Bridge);
    match verdict.presence {
        Presence::WaitingForYou(_) | Presence::Limited(Limit::Usage | Limit::Login) => wire::Group::NeedsYou,
        Presence::Suspect => wire::Group::Suspect,
        Presence::Quiet if bridge => wire::Group::Suspect,
        Presence::Gone if !worker.is_resumed() => wire::Group::Suspect,
        Presence::Working | Presence::Background | Presence::Quiet | Presence::Limited(Limit::Overload) => {
            wire::Group::Working
        }
        Presence::Idle | Presence::Unknown => wire::Group::Idle,
        Presence::Gone | Presence::Ended => wire::Group::Ended,
    }
}

fn source(source: SourceKind) -> wire::SourceKind {
    match source {
        SourceKind::Claude => wire::SourceKind::Claude,
        SourceKind::Team => wire::SourceKind::Team,
        SourceKind::Bridge => wire::SourceKind::Bridge,
    }
}

pub(crate) fn severity(severity: Severity) -> wire::Severity {
    match severity {
        Severity::Notice => wire::Severity::Notice,
        Severity::NeedsYou => wire::Severity::NeedsYou,
        Severity::Urgent => wire::Severity::Urgent,
    }
}

fn alert(alert: &Alert) -> wire::AlertView {
    wire::AlertView {
        id: alert.id.0,
        severity: severity(alert.severity),
        kind: alert.cause.kind().into(),
        worker: alert.cause.worker().map(ToString::to_string),
        conversation: alert.conversation.as_ref().map(ToString::to_string),
        title: alert.title.clone(),
        body: alert.body.clone(),
        since: rfc3339(began(alert)),
    }
}

/// Since when what the alert tells of has been so, which may be before anybody saw it.
fn began(alert: &Alert) -> Timestamp {
    match &alert.cause {
        Cause::Waiting(_, since) | Cause::Silent(_, since) | Cause::Limited(_, since) => *since,
        Cause::Gone(_) | Cause::Messages(_) | Cause::Undelivered(_) => alert.since.wall,
    }
}

fn ended(roster: &Roster, record: &AlertRecord) -> wire::HistoryView {
    let worker = record.alert.cause.worker();
    wire::HistoryView {
        id: record.alert.id.0,
        kind: record.alert.cause.kind().into(),
        worker: worker.map(|id| roster.worker(id).map_or(id.as_str(), Worker::name).to_owned()),
        title: record.alert.title.clone(),
        since: rfc3339(began(&record.alert)),
        until: rfc3339(record.until.wall),
        ending: record.words(),
    }
}

fn problem(source: &str, problem: &peerwatch_core::Problem) -> wire::ProblemView {
    wire::ProblemView {
        source: source.into(),
        subject: problem.subject.clone(),
        what: problem.what.clone(),
        remedy: problem.remedy.clone(),
    }
}

fn conversation(
    around: &Surroundings<'_>,
    id: &ConversationId,
    talk: &Talk,
    room: Option<&Room<'_>>,
    path: Option<&Path>,
) -> wire::ConversationView {
    let nobody = Room::default();
    let room = room.unwrap_or(&nobody);
    let is_bridge = id.as_str().starts_with("bridge:");
    let own = path.is_some() && path == around.own;
    let single = around.settings.conversations.get(id.as_str());
    wire::ConversationView {
        id: id.to_string(),
        title: title::of(around.board.name_of(id), room, talk),
        source: if is_bridge { wire::SourceKind::Bridge } else { wire::SourceKind::Claude },
        path: path.map(|path| path.display().to_string()),
        messages: talk.messages,
        unread: room.unread.filter(|_| is_bridge),
        last_at: talk.last.as_ref().map(|last| rfc3339(last.sent.wall)),
        last_text: talk.last.as_ref().map(|last| last.text.clone()),
        workers: room.workers.iter().map(|worker| worker.id().to_string()).collect(),
        deliver: is_bridge.then(|| match own && room.workers.len() == 1 {
            // Its other end is the person.
            true => persons_mode(around.settings, id.as_str()),
            false => mode(around.settings, id.as_str(), own),
        }),
        own,
        heartbeats: is_bridge && (own || single.is_some_and(|it| it.heartbeats)),
        braked: around.braked.get(id.as_str()).cloned(),
    }
}

/// What the identities of all conversations of a database begin with.
fn prefix(database: &Path) -> String {
    bridge::named(database, "").to_string()
}

/// How the messages of a conversation reach sessions: as set for it, else as for all; another's are only told of.
pub(crate) fn mode(settings: &wire::Settings, conversation: &str, own: bool) -> wire::DeliverMode {
    let single = settings.conversations.get(conversation).and_then(|it| it.deliver);
    single.unwrap_or(if own { settings.deliver } else { wire::DeliverMode::TellMe })
}

/// How what the person writes reaches a session: at once, unless set otherwise for that conversation. Who writes wants to be
/// heard.
pub(crate) fn persons_mode(settings: &wire::Settings, conversation: &str) -> wire::DeliverMode {
    settings.conversations.get(conversation).and_then(|it| it.deliver).unwrap_or_default()
}
