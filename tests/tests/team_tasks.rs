//! The tasks of real agent teams: listed, moved by their file, and moved by a lead that was asked to.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use peerwatch_core::{Moment, Tick, Timestamp};
use peerwatch_deliver::team::{move_task, verify_task};
use peerwatch_sources::claude::{ClaudeSource, Options};
use peerwatch_sources::process::System;
use peerwatch_sources::{Bell, Lookout, TaskSeen, TaskState, runner};
use peerwatch_tests::claude::Session;
use peerwatch_tests::ledger::{Ledger, eventually};
use peerwatch_tests::model::{Act, call, say};
use peerwatch_tests::require;
use peerwatch_tests::world::World;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(30);
/// Only what the watcher tells counts.
const NEVER: Duration = Duration::from_secs(3_600);
const SUBJECT: &str = "Change the limiter";

fn now() -> Moment {
    let millis = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let millis = i64::try_from(millis).unwrap();
    Moment { tick: Tick(millis), wall: Timestamp(millis) }
}

/// A real team of a lead, a builder that has begun the only task, and a researcher at rest.
struct Team<'w> {
    world: &'w World,
    lead: Session<'w>,
    name: String,
    /// All that was told of the task, in order.
    told: Arc<Ledger<TaskSeen>>,
    bell: Bell,
    runner: Option<JoinHandle<()>>,
}

impl<'w> Team<'w> {
    fn assemble(world: &'w World) -> Self {
        let agent = |name: &str| {
            let prompt = format!("{name}, stand by");
            let kind = "general-purpose";
            call(
                "Agent",
                json!({"name": name, "description": "Works", "prompt": prompt, "subagent_type": kind}),
            )
        };
        let create = call("TaskCreate", json!({"subject": SUBJECT, "description": "100 requests a minute"}));
        let assign = update(json!({"owner": "builder"}));
        let acts = [agent("builder"), agent("researcher"), create, assign, say("Assembled.")];
        world.model.when("assemble", acts);
        world.model.when("stand by", [say("Standing by.")]);
        world.model.when("task_assignment", [update(json!({"status": "in_progress"})), say("On it.")]);
        let lead = world.claude.session("api").with_teams().start();
        lead.prompt("assemble a team");
        let name = format!("session-{}", &lead.id()[..8]);
        let (told, bell) = (Arc::new(Ledger::default()), Bell::new());
        let source = ClaudeSource::new(world.claude.config(), Options::default(), Box::new(System::new()));
        let runner = thread::spawn({
            let (told, bell) = (Arc::clone(&told), bell.clone());
            let tell = move |tasks: Option<Vec<TaskSeen>>| {
                tasks.into_iter().flatten().for_each(|task| told.push(task))
            };
            move || {
                runner::run(Box::new(source), now, &bell, &Lookout::new(), NEVER, |_, reading, _, _| {
                    tell(reading.tasks)
                });
            }
        });
        let team = Self { world, lead, name, told, bell, runner: Some(runner) };
        team.await_begun_by(0, "builder");
        team.lead.await_status("idle");
        team
    }

    /// Waits until it is told after the first `start` tellings that this member has begun the task.
    fn await_begun_by(&self, start: usize, member: &str) -> TaskSeen {
        self.told.find_after(start, &format!("{member} has begun the task"), PATIENCE, |task| {
            task.owner_name.as_deref() == Some(member) && task.state == TaskState::InProgress
        })
    }

    fn file(&self) -> Value {
        let path = self.world.claude.config().join("tasks").join(&self.name).join("1.json");
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    /// What a teammate inside the lead's process was told and said so far.
    fn transcript(&self, member: &str) -> String {
        let folder = self.lead.transcript_path().with_extension("").join("subagents");
        let begin = format!("agent-a{member}-");
        let is_its = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with(&begin) && name.ends_with(".jsonl")
        };
        let path = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).find(is_its).unwrap();
        fs::read_to_string(path).unwrap()
    }
}

impl Drop for Team<'_> {
    fn drop(&mut self) {
        self.bell.stop();
        let ended = self.runner.take().map(JoinHandle::join);
        assert!(
            thread::panicking() || ended.is_some_and(|ended| ended.is_ok()),
            "the source's thread failed"
        );
    }
}

fn update(what: Value) -> Act {
    let mut input = json!({"taskId": "1"});
    input.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    call("TaskUpdate", input)
}

#[test]
fn a_task_that_is_moved_by_its_file_is_begun_by_its_new_owner() {
    let world = require!(World::begin());
    let team = Team::assemble(&world);
    let config = world.claude.config();
    let task = team.await_begun_by(0, "builder");
    assert_eq!(task.id, format!("team:{}:1", team.name));
    assert_eq!((task.subject.as_str(), task.kept_in.as_path()), (SUBJECT, config.as_path()));
    assert_eq!(task.owner.map(|worker| worker.to_string()), Some(format!("team:{}:builder", team.name)));
    assert!(task.lead.is_some_and(|lead| lead.as_str().starts_with(&format!("claude:{}:", team.lead.pid()))));

    let (began, start) = (Instant::now(), team.told.len());
    let moved = move_task(&config, &team.name, "1", Some("builder"), "researcher", now().wall).unwrap();
    assert!(moved.untold.is_empty(), "{:?}", moved.untold);
    team.await_begun_by(start, "researcher");
    println!("locked for {:?}; begun {:?} after the move", moved.held, began.elapsed());
    verify_task(&config, &team.name, "1", "researcher").unwrap();
    assert_eq!(
        (&team.file()["owner"], &team.file()["status"]),
        (&"researcher".into(), &"in_progress".into())
    );
    let told = |member: &str, text: &str| {
        eventually(&format!("{member} is told"), PATIENCE, || {
            team.transcript(member).contains(text).then_some(())
        });
    };
    told("researcher", "<teammate-message teammate_id=\\\"peerwatch\\\"");
    told("builder", "was taken over by researcher");
    eventually("the lead is told", PATIENCE, || {
        let lead = fs::read_to_string(team.lead.transcript_path()).unwrap_or_default();
        lead.contains("was given to researcher").then_some(())
    });
}

#[test]
fn a_lead_that_is_asked_gives_the_task_to_whom_it_should() {
    let world = require!(World::begin());
    let team = Team::assemble(&world);
    let give = update(json!({"owner": "researcher", "status": "pending"}));
    world.model.when("Please reassign", [give, say("Reassigned.")]);
    let _engine = world.peerwatch.run();
    let id = format!("team:{}:1", team.name);
    let listed = eventually("the task in the list", PATIENCE, || {
        let tasks: Value =
            serde_json::from_slice(&world.peerwatch.output(&["tasks", "--json"]).stdout).ok()?;
        tasks.as_array()?.iter().find(|task| task["id"] == id.as_str()).cloned()
    });
    assert_eq!((&listed["subject"], &listed["source"]), (&SUBJECT.into(), &"team".into()));
    let (began, start) = (Instant::now(), team.told.len());
    let words = ["reassign", &id, "--to", "researcher", "--reason", "builder has been silent", "--yes"];
    let asked = world.peerwatch.output(&words);
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    world.model.await_asked("Please reassign", 1);
    team.await_begun_by(start, "researcher");
    println!("begun {:?} after the lead was asked", began.elapsed());
    assert_eq!(
        (&team.file()["owner"], &team.file()["status"]),
        (&"researcher".into(), &"in_progress".into())
    );
}
