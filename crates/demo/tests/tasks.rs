//! The tasks of the play: as they stand in Peerwatch's own bridge, and as an engine sees them beside all others.

#![allow(clippy::unwrap_used, reason = "a failed test should say where")]

use std::sync::Arc;
use std::time::Duration;

use expect_test::expect;
use peerwatch_bridge::{Store, TaskState};
use peerwatch_demo::{Demo, Scene};
use peerwatch_engine::{Folders, Notifications, Options, start};
use peerwatch_wire::{TaskSource, TaskView, View};

/// What stands in the bridge: the state of each task, whose it is, in which epoch, and what is odd about it.
fn standing(demo: &Demo) -> String {
    let store = Store::open_existing(&demo.bridge()).unwrap();
    let mut tasks = store.tasks(None).unwrap();
    tasks.sort_by_key(|task| task.id);
    let line = |task: &peerwatch_bridge::Task| {
        let owner = task.owner.as_ref().map_or("nobody", |owner| owner.role.as_str());
        let blocked = if task.blocked { ", blocked" } else { "" };
        let late: String =
            task.late.iter().map(|note| format!(", late from {}: {}", note.by, note.text)).collect();
        format!("{}: {:?} {owner} {}{blocked}{late}\n", task.what.subject, task.state, task.epoch)
    };
    tasks.iter().map(line).collect()
}

#[test]
fn at_its_busiest_a_task_stands_in_every_way() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::still(dir.path(), Scene::Busy, None).unwrap();
    expect![[r#"
        Limit requests per key: InProgress api 1
        Describe the limits: Open nobody 1, blocked
        Benchmark the new ranking: InProgress search 1
        Move the invoice export to the new queue: InProgress billing 1
        Delete the old invoice queue: Open nobody 1, blocked
        List the pages that use the old table: InProgress mobile 2, late from web: Two of them: /orders and /returns.
        Find out why staging is short of memory: Done infra 1
        Log refused logins: InProgress api 1
    "#]].assert_eq(&standing(&demo));
}

#[test]
fn in_the_end_all_is_done_but_what_waited_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::new(dir.path()).unwrap();
    demo.advance_to(Demo::length()).unwrap();
    let store = Store::open_existing(&demo.bridge()).unwrap();
    let tasks = store.tasks(None).unwrap();
    let left = tasks.iter().filter(|task| task.state != TaskState::Done);
    let left: Vec<&str> = left.map(|task| task.what.subject.as_str()).collect();
    assert_eq!(left, ["Delete the old invoice queue"]);
    assert!(tasks.iter().all(|task| task.late.is_empty()), "the late work was adopted");
    let lists = demo.claude_config().join("tasks").read_dir().unwrap();
    let sheets = lists.flat_map(|list| list.unwrap().path().read_dir().unwrap());
    assert_eq!(sheets.count(), 0, "a list of which all is done is emptied");
}

/// The view of an engine that watches the play, once it is as wanted.
fn seen(demo: &Demo, wanted: fn(&View) -> bool) -> Arc<View> {
    let options = Options {
        config: Some(demo.config().into()),
        claude_config: vec![demo.claude_config().into()],
        databases: vec![demo.database().into()],
        only_these: true,
        folders: Some(Folders::below(demo.folder())),
        notifications: Notifications::Off,
        ..Options::default()
    };
    let engine = start(options).unwrap();
    let mut views = engine.handle().views();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let patience = Duration::from_secs(60);
    let view = runtime.block_on(async {
        tokio::time::timeout(patience, views.wait_for(|view| wanted(view)))
            .await
            .map(|view| view.unwrap().clone())
    });
    let last = engine.handle().view();
    engine.stop();
    view.unwrap_or_else(|_| panic!("it never came to that: {:#?}", last.tasks))
}

fn told(task: &TaskView) -> String {
    let owner = task.owner_name.as_deref().unwrap_or("nobody");
    let more = [
        task.proposed.as_ref().map(|heir| format!("{heir} could take it")),
        task.contested.clone(),
        (!task.late.is_empty()).then(|| format!("{} late", task.late.len())),
        task.blocked.then(|| "blocked".to_owned()),
    ];
    let more: String = more.into_iter().flatten().map(|word| format!("; {word}")).collect();
    format!("{:?} {}: {:?} {owner}{more}\n", task.source, task.subject, task.state)
}

#[test]
fn the_engine_proposes_who_takes_over_what_the_dead_left_and_warns_where_two_are_at_one_thing() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::still(dir.path(), Scene::Busy, None).unwrap();
    let view = seen(&demo, |view| {
        let of = |source| view.tasks.iter().filter(|task| task.source == source).count();
        let proposed = view.tasks.iter().filter(|task| task.proposed.is_some()).count();
        of(TaskSource::Team) == 3 && of(TaskSource::Owed) == 1 && proposed >= 2
    });
    let told: String = view.tasks.iter().map(told).collect();
    expect![[r#"
        Bridge Limit requests per key: InProgress api
        Bridge Describe the limits: Open nobody; blocked
        Bridge Benchmark the new ranking: InProgress search; ledger could take it
        Bridge Move the invoice export to the new queue: InProgress billing; ledger could take it
        Bridge Delete the old invoice queue: Open nobody; blocked
        Bridge List the pages that use the old table: InProgress mobile; 1 late
        Bridge Log refused logins: InProgress api; builder has a task of the same subject
        Owed 2 unread messages, 1 open question: Assigned frontend_developer
        Team Make crate auth: InProgress builder
        Team Log refused logins: InProgress builder; api has a task of the same subject
        Bridge Find out why staging is short of memory: Done infra
        Team Find every caller of login(): Done researcher
    "#]]
    .assert_eq(&told);
}
