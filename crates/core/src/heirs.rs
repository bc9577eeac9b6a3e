//! Who could take a task over, what speaks for each and what against it.
//!
//! A proposal to a person; where recovery is automatic, the first that is [`Heir::fit`] is the choice. Nobody is proposed
//! who is dead, over, suspect or out of reach, and never the owner itself.

use std::cmp::Reverse;

use crate::alert::limited;
use crate::{Presence, WorkerId, excerpt};

#[cfg(test)]
mod tests;

/// Longest name or role that is shown.
const NAME: usize = 60;
/// Outweighs everything else that can be said: whoever said no is asked last.
const LAST: i32 = 100;

/// A task that looks for its next owner.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seeking {
    /// Who has it, or had it last.
    pub owner: Option<WorkerId>,
    /// The folder to work in.
    pub folder: Option<String>,
    /// The root of the repository that the folder belongs to, where the caller knows one.
    pub repository: Option<String>,
    /// The role of the owner.
    pub role: Option<String>,
    /// Who had it before, as far as they are known as workers today.
    pub tried: Vec<WorkerId>,
    /// Whether it changes files. Only then are workers that can only read left out.
    pub writes: bool,
}

/// A worker as a possible heir.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// The worker.
    pub worker: WorkerId,
    /// What it is called.
    pub name: String,
    /// What is concluded about it.
    pub presence: Presence,
    /// The folder it works in.
    pub cwd: Option<String>,
    /// The root of the repository that this folder belongs to, where the caller knows one.
    pub repository: Option<String>,
    /// Its roles, in bridges and in its team.
    pub roles: Vec<String>,
    /// How many tasks it owns that are not done.
    pub tasks: usize,
    /// Whether a message starts its turn: it is a session that can be written to.
    pub writable: bool,
    /// Whether it takes part where the task is kept: in the same bridge, in the same team.
    pub in_bridge: bool,
    /// Whether it had this task and gave it back.
    pub declined: bool,
    /// Whether it can only read, such as a reviewer without tools that write.
    pub reads_only: bool,
    /// Whether it leads a team.
    pub leads: bool,
    /// Whether it stands for the person, who is no worker.
    pub person: bool,
}

/// One who could take a task over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heir {
    /// The worker.
    pub worker: WorkerId,
    /// What it is called; plain and bounded.
    pub name: String,
    /// What speaks for it, in plain words.
    pub reasons: Vec<String>,
    /// What speaks against it, in plain words.
    pub doubts: Vec<String>,
    /// Whether it may be chosen without a person: it is free, can be reached, belongs to the task's bridge or repository, and no
    /// doubt forbids it.
    pub fit: bool,
    /// How well it is suited, to order by; the number means nothing else.
    pub score: i32,
}

/// Who could take the task over, the best first: those that are fit before all others. The order of the candidates is of no
/// matter.
#[must_use]
pub fn heirs(task: &Seeking, candidates: &[Candidate]) -> Vec<Heir> {
    let possible = candidates.iter().filter(|one| is_possible(task, one));
    let mut ranked: Vec<(Heir, usize)> = possible.map(|one| (weigh(task, one), one.tasks)).collect();
    ranked.sort_by(|(a, a_tasks), (b, b_tasks)| {
        let key = |heir: &Heir, tasks| (!heir.fit, Reverse(heir.score), tasks);
        let by_name = || (&a.name, &a.worker).cmp(&(&b.name, &b.worker));
        key(a, *a_tasks).cmp(&key(b, *b_tasks)).then_with(by_name)
    });
    ranked.into_iter().map(|(heir, _)| heir).collect()
}

fn is_possible(task: &Seeking, one: &Candidate) -> bool {
    let alive = !matches!(one.presence, Presence::Gone | Presence::Ended | Presence::Suspect);
    let reachable = one.writable || one.in_bridge;
    alive && reachable && !one.person && task.owner.as_ref() != Some(&one.worker)
}

/// Collects what speaks for and against a candidate.
struct Scales {
    heir: Heir,
}

impl Scales {
    fn reason(&mut self, points: i32, words: impl Into<String>) {
        self.heir.score += points;
        self.heir.reasons.push(words.into());
    }

    /// Makes it less suited.
    fn doubt(&mut self, points: i32, words: impl Into<String>) {
        self.heir.score -= points;
        self.heir.doubts.push(words.into());
    }

    /// Leaves the choice to a person.
    fn forbid(&mut self, points: i32, words: impl Into<String>) {
        self.heir.fit = false;
        self.doubt(points, words);
    }
}

fn weigh(task: &Seeking, one: &Candidate) -> Heir {
    let name = excerpt(&one.name, NAME);
    let heir = Heir {
        worker: one.worker.clone(),
        name,
        reasons: Vec::new(),
        doubts: Vec::new(),
        fit: true,
        score: 0,
    };
    let mut scales = Scales { heir };
    freedom(&mut scales, one.presence);
    place(&mut scales, task, one);
    if let Some(role) = task.role.as_deref().filter(|role| one.roles.iter().any(|its| is_alike(role, its))) {
        scales.reason(2, format!("same role, {}", excerpt(role, NAME)));
    }
    load(&mut scales, one);
    history(&mut scales, task, one);
    scales.heir
}

/// Who is free takes a task at once; who works, after its turn; who waits for somebody else, nobody knows when.
fn freedom(scales: &mut Scales, presence: Presence) {
    match presence {
        Presence::Idle => scales.reason(6, "idle"),
        Presence::Background => scales.reason(5, "its turn is over, work in the background goes on"),
        Presence::Working => {
            scales.heir.score += 2;
            scales.forbid(0, "at work: it comes to this when it can");
        }
        Presence::Quiet => {
            scales.heir.score += 1;
            scales.forbid(0, "quiet for longer than usual");
        }
        Presence::WaitingForYou(_) => scales.forbid(0, "waits for you"),
        Presence::Limited(limit) => scales.forbid(1, limited(limit)),
        Presence::Unknown => scales.forbid(1, "not known how it fares"),
        Presence::Gone | Presence::Ended | Presence::Suspect => scales.forbid(9, "not to be relied on"),
    }
}

/// Where it works beside where the task is to be done.
fn place(scales: &mut Scales, task: &Seeking, one: &Candidate) {
    let near = near(task, one);
    match near {
        Near::Same => scales.reason(4, "same folder"),
        Near::Inside => scales.reason(3, "same repository"),
        Near::Above => scales.reason(1, "works in a folder above"),
        Near::Apart => scales.doubt(0, "works in another folder"),
        Near::Unknown => scales.doubt(0, "not known in which folder it works"),
        Near::Anywhere => {}
    }
    if one.in_bridge {
        scales.heir.score += 2;
    } else if !matches!(near, Near::Same | Near::Inside) {
        // A stranger to both may belong to other work entirely; a person knows.
        scales.forbid(2, "has had nothing to do with this work");
    }
    if !one.writable {
        scales.forbid(1, "cannot be woken: it hears of this when it looks for messages");
    }
}

fn load(scales: &mut Scales, one: &Candidate) {
    match one.tasks {
        0 => scales.reason(0, "owns no task"),
        1 => scales.doubt(1, "owns 1 task"),
        many => scales.doubt(i32::try_from(many).unwrap_or(4).min(4), format!("owns {many} tasks")),
    }
    if one.leads {
        scales.doubt(2, "leads a team");
    }
}

/// What stands against it for good.
fn history(scales: &mut Scales, task: &Seeking, one: &Candidate) {
    if task.tried.contains(&one.worker) {
        scales.forbid(6, "had this task before");
    }
    if one.declined {
        scales.forbid(LAST, "gave this task back");
    }
    if one.reads_only && task.writes {
        scales.forbid(6, "can only read");
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Near {
    /// The task's own folder.
    Same,
    /// Within that folder, or elsewhere in its repository.
    Inside,
    /// In a folder around it.
    Above,
    /// Elsewhere.
    Apart,
    /// Nobody knows where the worker is.
    Unknown,
    /// The task names no place.
    Anywhere,
}

fn near(task: &Seeking, one: &Candidate) -> Near {
    let folder = task.folder.as_deref().map(steps);
    let repository = task.repository.as_deref().map(steps);
    if folder.is_none() && repository.is_none() {
        return Near::Anywhere;
    }
    let Some(cwd) = one.cwd.as_deref().map(steps) else { return Near::Unknown };
    let same_repository = repository.is_some() && repository == one.repository.as_deref().map(steps);
    if folder.as_ref() == Some(&cwd) {
        Near::Same
    } else if same_repository
        || folder.iter().chain(&repository).any(|root| !root.is_empty() && cwd.starts_with(root))
    {
        Near::Inside
    } else if folder.is_some_and(|folder| !cwd.is_empty() && folder.starts_with(&cwd)) {
        Near::Above
    } else {
        Near::Apart
    }
}

/// The folders from the root of the file system to this one; none for the root itself, within which everything lies. Both
/// separators are read: a folder may be named by a program on another system.
fn steps(folder: &str) -> Vec<&str> {
    folder.split(['/', '\\']).filter(|step| !step.is_empty() && *step != ".").collect()
}

/// Whether two roles are of one kind: `backend` and `Backend-2`.
fn is_alike(one: &str, other: &str) -> bool {
    let kind = |role: &str| {
        let stem = role.trim_end_matches(|c: char| c.is_ascii_digit());
        let stem = if stem.len() < role.len() { stem.trim_end_matches(['-', '_', ' ']) } else { stem };
        stem.trim().to_lowercase()
    };
    let kind_of_one = kind(one);
    !kind_of_one.is_empty() && kind_of_one == kind(other)
}
