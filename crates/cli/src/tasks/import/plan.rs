//! What an import will do: the entries in an order in which each finds what it needs, beside what is there already.

use std::collections::BTreeMap;

use peerwatch_bridge::{NewTask, Participant, Task, TaskState};
use peerwatch_engine::rfc3339;

use super::Entry;
use crate::palette::DIM;
use crate::printable::line;
use crate::shapes::PlannedView;
use crate::table::{Cell, Table};

/// The longest subject and description that a bridge takes.
const SUBJECT: usize = 200;
const DESCRIPTION: usize = 50_000;

/// All steps of an import, and what is left out.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// Entries that are done already.
    over: usize,
}

/// One task to create.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Where it stands in the list.
    pub(super) line: usize,
    key: Option<String>,
    pub(super) what: NewTask,
    /// The steps before this one that it needs.
    pub(super) needs: Vec<usize>,
    role: Option<String>,
    /// The letter and the role that gets it.
    pub(super) assign: Option<(String, String)>,
    /// The task that this is already.
    pub(super) known: Option<i64>,
}

impl Plan {
    /// Puts the entries in order.
    ///
    /// # Errors
    /// Says what is wrong with which entry, before anything is done.
    pub(super) fn of(entries: Vec<Entry>) -> Result<Self, String> {
        for entry in &entries {
            check(entry).map_err(|why| format!("line {}: {why}", entry.line))?;
        }
        let over = entries.iter().filter(|entry| entry.over).count();
        let needs = needs(&entries)?;
        let order = order(&entries, &needs)?;
        let place: BTreeMap<usize, usize> =
            order.iter().enumerate().map(|(at, entry)| (*entry, at)).collect();
        let step = |of: &usize| {
            let entry = entries[*of].clone();
            Step {
                line: entry.line,
                key: entry.key,
                what: entry.what,
                needs: needs[*of].iter().filter_map(|need| place.get(need).copied()).collect(),
                role: entry.assign,
                assign: None,
                known: None,
            }
        };
        Ok(Self { steps: order.iter().map(step).collect(), over })
    }

    /// Finds who gets which.
    ///
    /// # Errors
    /// When nobody has a role that is named.
    pub(super) fn with_roles(mut self, roles: &[Participant]) -> Result<Self, String> {
        for step in &mut self.steps {
            let Some(role) = &step.role else { continue };
            let found = roles.iter().find(|one| one.role == *role && one.left.is_none());
            let Some(found) = found else {
                return Err(format!(
                    "line {}: nobody takes part there as “{}”; leave `assign` out, or let it join first",
                    step.line,
                    line(role)
                ));
            };
            step.assign = Some((found.participant.clone(), found.role.clone()));
        }
        Ok(self)
    }

    /// Finds what is there already: each task stands for one entry.
    pub(super) fn beside(mut self, tasks: &[Task]) -> Self {
        let mut there: Vec<&Task> = tasks
            .iter()
            .filter(|task| !matches!(task.state, TaskState::Done | TaskState::Cancelled))
            .collect();
        for step in &mut self.steps {
            let is_same = |task: &&Task| {
                task.what.subject == step.what.subject && task.what.description == step.what.description
            };
            step.known = there.iter().position(is_same).map(|at| there.remove(at).id);
        }
        self
    }

    /// How many tasks it creates.
    pub(super) fn count(&self) -> usize {
        self.steps.iter().filter(|step| step.known.is_none()).count()
    }

    /// The tasks that it creates, a line each.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let mut table = Table::new(&[80]);
        for step in self.steps.iter().filter(|step| step.known.is_none()) {
            let needs = step.needs.iter().map(|need| format!("“{}”", self.steps[*need].what.subject));
            let needs = needs.collect::<Vec<_>>().join(", ");
            let needs = (!needs.is_empty()).then(|| format!("needs {needs}"));
            let heir = step.role.as_ref().map(|role| format!("for {role}"));
            let more: Vec<String> = heir.into_iter().chain(needs).collect();
            let rest = (!more.is_empty()).then(|| Cell::new(more.join("; "), DIM));
            table.row(std::iter::once(Cell::plain(&step.what.subject)).chain(rest).collect());
        }
        table.lines(width.saturating_sub(2)).into_iter().map(|text| format!("  {text}")).collect()
    }

    /// What is not created, and why.
    pub(super) fn left_out(&self) -> Option<String> {
        let known = self.steps.len() - self.count();
        let parts = [
            (known, if known == 1 { "is there already" } else { "are there already" }),
            (self.over, if self.over == 1 { "is done" } else { "are done" }),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        (!parts.is_empty()).then(|| format!("Left out: {}.", parts.join(", ")))
    }

    /// The whole plan for scripts.
    pub(super) fn views(&self) -> Vec<PlannedView> {
        let name = |step: &Step| step.key.clone().unwrap_or_else(|| format!("line {}", step.line));
        let view = |step: &Step| PlannedView {
            key: name(step),
            subject: step.what.subject.clone(),
            description: step.what.description.clone(),
            priority: step.what.priority,
            needs: step.needs.iter().map(|need| name(&self.steps[*need])).collect(),
            folder: step.what.folder.clone(),
            deadline: step.what.deadline.map(rfc3339),
            assign: step.role.clone(),
            known: step.known.map(|id| id.to_string()),
        };
        self.steps.iter().map(view).collect()
    }
}

fn check(entry: &Entry) -> Result<(), String> {
    let length = |text: &str| text.chars().count();
    let NewTask { subject, description, .. } = &entry.what;
    let description = description.as_deref().map_or(0, length);
    match (length(subject), description) {
        (0, _) => Err("the subject is empty: say in a few words what is to be done".into()),
        (long, _) if long > SUBJECT => Err(format!(
            "the subject has {long} characters, {SUBJECT} are allowed; put the rest into the description"
        )),
        (_, long) if long > DESCRIPTION => Err(format!(
            "the description has {long} characters, {DESCRIPTION} are allowed; name a file instead"
        )),
        _ => Ok(()),
    }
}

/// What each entry needs, by place in the list; what is done already is needed no longer.
fn needs(entries: &[Entry]) -> Result<Vec<Vec<usize>>, String> {
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        let Some(key) = &entry.key else { continue };
        if let Some(first) = keys.insert(key, at) {
            let (here, first) = (entry.line, entries[first].line);
            return Err(format!("line {here}: “{}” is the name of line {first} already", line(key)));
        }
    }
    let find = |entry: &Entry, need: &String| {
        keys.get(need.as_str()).copied().ok_or_else(|| {
            format!("line {}: it needs “{}”, which is the id or key of no entry", entry.line, line(need))
        })
    };
    let of = |entry: &Entry| {
        let all: Result<Vec<usize>, String> = entry.needs.iter().map(|need| find(entry, need)).collect();
        all.map(|all| all.into_iter().filter(|need| !entries[*need].over).collect())
    };
    entries.iter().map(of).collect()
}

/// The entries that are not over, each behind what it needs, else as they stand in the list.
fn order(entries: &[Entry], needs: &[Vec<usize>]) -> Result<Vec<usize>, String> {
    let mut left: Vec<usize> = (0..entries.len()).filter(|at| !entries[*at].over).collect();
    let mut order: Vec<usize> = Vec::with_capacity(left.len());
    let mut placed = vec![false; entries.len()];
    while !left.is_empty() {
        let before = order.len();
        left.retain(|at| {
            let ready = needs[*at].iter().all(|need| placed[*need]);
            if ready {
                placed[*at] = true;
                order.push(*at);
            }
            !ready
        });
        if order.len() == before {
            let lines: Vec<String> = left.iter().map(|at| entries[*at].line.to_string()).collect();
            return Err(format!("the entries of lines {} need each other in a circle", lines.join(", ")));
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: usize, key: &str, needs: &[&str]) -> Entry {
        Entry {
            line,
            key: Some(key.into()),
            what: NewTask { subject: format!("Task {key}"), ..NewTask::default() },
            needs: needs.iter().map(|need| (*need).to_owned()).collect(),
            ..Entry::default()
        }
    }

    #[test]
    fn what_is_needed_comes_first_and_the_rest_as_it_stands() {
        let plan = Plan::of(vec![entry(1, "a", &["c"]), entry(2, "b", &[]), entry(3, "c", &["b"])]).unwrap();
        let order: Vec<(usize, &[usize])> =
            plan.steps.iter().map(|step| (step.line, step.needs.as_slice())).collect();
        assert_eq!(order, [(2, &[][..]), (3, &[0][..]), (1, &[1][..])]);
    }

    #[test]
    fn what_is_done_is_left_out_and_needed_no_longer() {
        let done = Entry { over: true, ..entry(1, "a", &[]) };
        let plan = Plan::of(vec![done, entry(2, "b", &["a"])]).unwrap();
        assert_eq!((plan.steps.len(), plan.steps[0].needs.len()), (1, 0));
        assert_eq!(plan.left_out().as_deref(), Some("Left out: 1 is done."));
    }

    #[test]
    fn nothing_is_begun_that_cannot_be_finished() {
        let wrong = |entries| Plan::of(entries).err().unwrap();
        assert!(
            wrong(vec![entry(1, "a", &["b"]), entry(2, "b", &["a"])]).contains("lines 1, 2 need each other")
        );
        assert!(wrong(vec![entry(1, "a", &["x"])]).contains("line 1: it needs “x”"));
        assert!(
            wrong(vec![entry(1, "a", &[]), entry(4, "a", &[])]).contains("line 4: “a” is the name of line 1")
        );
        let long =
            Entry { what: NewTask { subject: "x".repeat(201), ..NewTask::default() }, ..entry(3, "a", &[]) };
        assert!(wrong(vec![long]).contains("line 3: the subject has 201 characters"));
        assert!(
            Plan::of(vec![Entry { assign: Some("ada".into()), ..entry(5, "a", &[]) }])
                .unwrap()
                .with_roles(&[])
                .err()
                .unwrap()
                .contains("line 5: nobody takes part there as “ada”")
        );
    }
}
