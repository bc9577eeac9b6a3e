//! Processes that work on tasks and are killed at any moment: no task is lost or owned twice by that.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use peerwatch_bridge::{
    Actor, Brakes, Confirmation, HandoverStep, NewTask, Revocation, Store, Task, TaskError, TaskState,
};

use crate::world::{NOW, World, wall};

/// What a process of this very program shall do instead of testing: `<database> <conversation> <seed>`.
const ACT: &str = "PEERWATCH_BRIDGE_KILL";
/// Processes at once.
const AT_ONCE: u64 = 4;
/// The workers' letters.
const LETTERS: [&str; 4] = ["a", "b", "c", "d"];

/// How many processes are killed; more in a long run.
fn kills() -> u64 {
    std::env::var("PEERWATCH_BRIDGE_KILLS").map_or(1000, |kills| kills.parse().unwrap())
}

/// What processes said before they were killed.
#[derive(Default)]
struct Said {
    /// Steps that were done, by their names.
    steps: BTreeMap<String, u64>,
    /// Who was told to own a task, by task and epoch.
    owners: BTreeMap<(i64, i64), BTreeSet<String>>,
    /// The completions which the store said it has or keeps.
    handed_in: BTreeSet<String>,
}

#[test]
fn a_thousand_killed_workers_leave_no_task_lost_or_owned_twice() {
    let began = std::time::Instant::now();
    let mut world = World::new();
    for (pid, role) in (1..).zip(["api", "web", "docs", "ops"]) {
        world.join(role, pid);
    }
    let seed = u64::from(std::process::id()) ^ wall().0.unsigned_abs();
    println!("seed {seed}");
    let mut said = Said::default();
    let mut epochs = BTreeMap::new();
    let (rounds, each) = (10, kills() / AT_ONCE / 10);
    for round in 0..rounds {
        let rows: Vec<_> = (0..AT_ONCE)
            .map(|row| {
                let (path, main) = (world.path(), world.main.clone());
                let seed = seed.wrapping_add((round * AT_ONCE + row) * 1_000_003);
                std::thread::spawn(move || kill_some(&path, &main, each, Lot(seed | 1)))
            })
            .collect();
        rows.into_iter().for_each(|row| said.add(row.join().unwrap()));
        hold(&world, &said, &mut epochs);
    }
    recover(&mut world);
    hold(&world, &said, &mut epochs);
    let orphans =
        world.store.tasks(None).unwrap().into_iter().filter(|task| task.state == TaskState::HandingOver);
    assert_eq!(orphans.count(), 0);
    let killed = rounds * each * AT_ONCE;
    println!("{killed} processes killed in {:?}", began.elapsed());
    println!("{} steps told: {:?}", said.steps.values().sum::<u64>(), said.steps);
    println!("{} completions told, {} owners told", said.handed_in.len(), said.owners.len());
    println!(
        "tasks: {}",
        world.rows("SELECT state, count(*) FROM peerwatch_tasks GROUP BY state").replace('\n', "; ")
    );
    println!(
        "handovers: {}",
        world.rows("SELECT step, count(*) FROM peerwatch_handovers GROUP BY step").replace('\n', "; ")
    );
    assert!(
        said.handed_in.len() as u64 > killed / 20 && said.steps.len() > 8,
        "too little was done for a trial"
    );
}

/// Starts processes one after the other and kills each up to 20 ms after it has told that it works.
fn kill_some(path: &Path, main: &str, count: u64, mut lot: Lot) -> Said {
    let mut said = Said::default();
    for _ in 0..count {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let act = format!("{}|{main}|{}", path.display(), lot.next() | 1);
        command.args(["--exact", "kills::acts_when_it_is_asked_to", "--nocapture", "-q"]).env(ACT, act);
        let mut worker = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(worker.stdout.take().unwrap()).lines().map_while(Result::ok);
        lines.by_ref().take_while(|line| line != "begins").for_each(|line| said.note(&line));
        std::thread::sleep(Duration::from_micros(lot.below(20_000)));
        worker.kill().unwrap();
        let ended = worker.wait().unwrap();
        assert_ne!(ended.code(), Some(101), "it failed before it was killed");
        lines.for_each(|line| said.note(&line));
    }
    said
}

impl Said {
    /// A line that was cut off by the end of its process tells nothing.
    fn note(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["did", step, "."] => *self.steps.entry(step.into()).or_default() += 1,
            ["owns", task, epoch, who, "."] => {
                let epoch = (task.parse().unwrap(), epoch.parse().unwrap());
                self.owners.entry(epoch).or_default().insert(who.into());
            }
            ["handed_in", text, "."] => drop(self.handed_in.insert(text.into())),
            _ => {}
        }
    }

    fn add(&mut self, other: Said) {
        for (step, count) in other.steps {
            *self.steps.entry(step).or_default() += count;
        }
        for (epoch, owners) in other.owners {
            self.owners.entry(epoch).or_default().extend(owners);
        }
        self.handed_in.extend(other.handed_in);
    }
}

/// Holds all that stands in the file, and all that was told, against the rules.
fn hold(world: &World, said: &Said, epochs: &mut BTreeMap<i64, i64>) {
    assert_eq!(world.rows("PRAGMA integrity_check"), "ok\n");
    let twice = "SELECT task_id, epoch FROM peerwatch_task_owners GROUP BY task_id, epoch
        HAVING count(DISTINCT participant) > 1";
    assert_eq!(world.rows(twice), "", "two owners in one epoch");
    let owners = world.rows("SELECT task_id, epoch, participant FROM peerwatch_task_owners");
    let owners: BTreeSet<&str> = owners.lines().collect();
    for ((task, epoch), told) in &said.owners {
        assert_eq!(told.len(), 1, "task {task} in epoch {epoch}: {told:?}");
        let owner = told.first().unwrap();
        assert!(owners.contains(format!("{task} | {epoch} | {owner}").as_str()), "{owner} was told so");
    }
    let orphans = "SELECT t.task_id, t.state, t.owner, (SELECT group_concat(step) FROM peerwatch_handovers h
          WHERE h.task_id = t.task_id AND ended = 0) AS steps FROM peerwatch_tasks t WHERE NOT CASE state
        WHEN 'open' THEN owner IS NULL AND steps IS NULL
        WHEN 'cancelled' THEN owner IS NULL AND steps IS NULL
        WHEN 'assigned' THEN owner IS NOT NULL AND coalesce(steps = 'granted', 1)
        WHEN 'handing_over' THEN owner IS NULL AND steps IS NOT NULL AND steps IN ('revoked', 'confirmed')
        ELSE owner IS NOT NULL AND steps IS NULL END";
    assert_eq!(world.rows(orphans), "", "an orphan");
    let results = world.rows("SELECT text FROM peerwatch_task_notes WHERE kind IN ('result', 'late_result')");
    let results: BTreeSet<&str> = results.lines().collect();
    let lost: Vec<_> = said.handed_in.iter().filter(|text| !results.contains(text.as_str())).collect();
    assert!(lost.is_empty(), "lost completions: {lost:?}");
    for line in world.rows("SELECT task_id, epoch FROM peerwatch_tasks").lines() {
        let (task, epoch) = line.split_once(" | ").unwrap();
        let (task, epoch) = (task.parse().unwrap(), epoch.parse().unwrap());
        let before = epochs.insert(task, epoch).unwrap_or(1);
        assert!(before <= epoch, "the epoch of task {task} fell from {before} to {epoch}");
    }
    let told =
        "SELECT count(*) FROM peerwatch_handovers WHERE told NOT IN (SELECT uid FROM peerwatch_messages)
        OR granted NOT IN (SELECT uid FROM peerwatch_messages)";
    assert_eq!(world.rows(told), "0\n", "a step and its message come together");
}

/// What the next engine does: all handovers come to their end.
fn recover(world: &mut World) {
    for handover in world.store.open_handovers().unwrap() {
        world.store.confirm_handover(handover.id, Confirmation::Gone, NOW).unwrap();
        if handover.step < HandoverStep::Granted {
            world.store.grant_handover(handover.id, "a", NOW).unwrap();
        }
    }
}

/// Not a test of its own: what the processes do that are killed.
#[test]
fn acts_when_it_is_asked_to() {
    let Ok(act) = std::env::var(ACT) else { return };
    let words: Vec<&str> = act.split('|').collect();
    let [path, main, seed] = words[..] else { panic!("{act}") };
    let store = Store::open_existing(&PathBuf::from(path)).unwrap();
    let mut worker = Worker { store, main: main.into(), lot: Lot(seed.parse().unwrap()), had: Vec::new() };
    // Some are killed in their first step, when nothing is warm yet, and others in the midst of their work.
    for _ in 0..worker.lot.below(4) {
        worker.step();
    }
    println!("\nbegins");
    loop {
        worker.step();
    }
}

struct Worker {
    store: Store,
    main: String,
    lot: Lot,
    /// What it was told to own: task, epoch, letter. It may have lost it since.
    had: Vec<(i64, i64, &'static str)>,
}

impl Worker {
    /// Does anything that somebody might do now.
    fn step(&mut self) {
        let me = LETTERS[self.lot.index(LETTERS.len())];
        let tasks = self.store.tasks(None).unwrap();
        let open: Vec<&Task> =
            tasks.iter().filter(|it| !matches!(it.state, TaskState::Done | TaskState::Cancelled)).collect();
        if open.len() < 5 {
            let what = NewTask { subject: "work".into(), ..NewTask::default() };
            let by = Actor::Participant(me.into());
            let made = self.store.create_task(&self.main, &what, &by, wall());
            return self.did("create", made);
        }
        let task = open[self.lot.index(open.len())].clone();
        match self.lot.below(10) {
            0..=1 => self.claim(me),
            2 => self.report(),
            3..=4 => self.complete(),
            5 if self.lot.below(2) == 0 => self.release(),
            5..=6 => self.revoke(&task),
            7..=8 => self.go_on(),
            _ => self.person(&tasks, &task),
        }
    }

    fn claim(&mut self, me: &'static str) {
        let claimed = self.store.claim_next(&self.main, me, wall()).unwrap();
        if let Some(task) = claimed {
            self.owns(task.id, task.epoch, me);
            self.did("claim", Ok::<_, TaskError>(()));
        }
    }

    fn report(&mut self) {
        let Some((task, epoch, me)) = self.one_that_it_had() else { return };
        let done = self.store.progress_task(task, Some(epoch), me, "on the way", wall());
        if done.is_ok() {
            self.owns(task, epoch, me);
        }
        self.did("report", done);
    }

    /// Also long after it lost the task.
    fn complete(&mut self) {
        let Some((task, epoch, me)) = self.one_that_it_had() else { return };
        let text = format!("result-{:x}", self.lot.next());
        let epoch = Some(epoch).filter(|_| self.lot.below(2) == 0);
        let done = self.store.complete_task(task, epoch, me, &text, wall());
        match &done {
            Ok(_) => say(&format!("handed_in {text} .")),
            Err(error) if error.kept().is_some() => say(&format!("handed_in {text} .")),
            Err(_) => {}
        }
        self.did(if done.is_ok() { "complete" } else { "complete_late" }, Ok::<_, TaskError>(()));
    }

    fn release(&mut self) {
        let Some((task, epoch, me)) = self.one_that_it_had() else { return };
        let done = self.store.release_task(task, Some(epoch), me, "no time", wall());
        self.did("release", done);
    }

    fn revoke(&mut self, task: &Task) {
        let how = Revocation {
            epoch: task.epoch,
            reason: "silent".into(),
            actor: Actor::Peerwatch,
            card: "the card".into(),
            wanted: None,
            anyway: self.lot.below(4) == 0,
            brakes: Brakes::NONE,
        };
        let done = self.store.revoke_task(task.id, &how, wall());
        self.did("revoke", done);
    }

    /// The next step of a handover, as an engine takes it.
    fn go_on(&mut self) {
        let open = self.store.open_handovers().unwrap();
        if open.is_empty() {
            return;
        }
        let handover = &open[self.lot.index(open.len())];
        let heir = LETTERS[self.lot.index(LETTERS.len())];
        match handover.step {
            HandoverStep::Revoked => {
                let done = self.store.confirm_handover(handover.id, Confirmation::Gone, wall());
                self.did("confirm", done);
            }
            HandoverStep::Confirmed => {
                let done = self.store.grant_handover(handover.id, heir, wall());
                if let Ok(granted) = &done
                    && granted.step == HandoverStep::Granted
                {
                    self.had.push((granted.task, granted.from_epoch + 1, heir));
                }
                self.did("grant", done);
            }
            _ => {
                let done = self.store.begin_handover(handover.id, wall());
                self.did("begin", done);
            }
        }
    }

    fn person(&mut self, tasks: &[Task], task: &Task) {
        let late = tasks.iter().find(|it| !it.late.is_empty() && it.state != TaskState::Done);
        match (self.lot.below(3), late, task.handover) {
            (0, Some(late), _) => {
                let done = self.store.adopt(late.id, late.late[0].id, &Actor::Person, wall());
                self.did("adopt", done);
            }
            (1, _, Some(handover)) => {
                let done = self.store.undo_handover(handover, &Actor::Person, wall());
                self.did("undo", done);
            }
            (2, ..) if self.lot.below(4) == 0 => {
                let done = self.store.cancel_task(task.id, &Actor::Person, "no use", wall());
                self.did("cancel", done);
            }
            _ => {}
        }
    }

    fn owns(&mut self, task: i64, epoch: i64, me: &'static str) {
        self.had.push((task, epoch, me));
        say(&format!("owns {task} {epoch} {me} ."));
    }

    fn one_that_it_had(&mut self) -> Option<(i64, i64, &'static str)> {
        if self.had.is_empty() { None } else { Some(self.had[self.lot.index(self.had.len())]) }
    }

    /// A refusal is no step; a store that cannot be used is a fault.
    fn did<T>(&self, step: &str, outcome: Result<T, TaskError>) {
        match outcome {
            Ok(_) => say(&format!("did {step} .")),
            Err(TaskError::Store(error)) => panic!("{step}: {error}"),
            Err(_) => {}
        }
    }
}

/// A line goes out at once and as a whole.
fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
}

/// Numbers by lot (xorshift), from a seed that is printed.
struct Lot(u64);

impl Lot {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    fn index(&mut self, count: usize) -> usize {
        usize::try_from(self.below(count as u64)).unwrap()
    }
}
