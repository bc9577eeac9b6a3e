//! Tasks: created, handed out, taken and finished by several sessions on one file.

use std::collections::BTreeSet;

use expect_test::expect;
use peerwatch_bridge::Store;
use serde_json::{Value, json};

use crate::conversation::Conversation;
use crate::harness::{World, text};

#[tokio::test]
async fn an_orchestrator_hands_out_work_and_follows_it_until_it_is_done() {
    let world = World::new();
    let (mut lead, mut worker) = (world.own(1, "lead").await, world.own(2, "worker").await);
    worker.call("join", json!({"role": "builder"})).await;
    let first = json!({
        "subject": "Draw up the schema", "description": "Tables for users and sessions.", "assign_to": "builder",
        "folder": "/code/api", "deadline": "2026-11-26T09:00:00+02:00",
    });
    let mut story = vec![lead.call("create_task", first).await];
    let second = json!({"subject": "Write the queries", "needs": [1], "priority": 5});
    story.push(lead.call("create_task", second).await);
    let told = worker.object("wait", json!({})).await;
    assert_eq!(
        (&told["messages"][0]["kind"], &told["messages"][0]["from"]),
        (&json!("task_assignment"), &json!("lead"))
    );
    story.push(worker.call("claim_task", json!({})).await);
    story.push(worker.call("claim_task", json!({"task": 2})).await);
    world.pass(60);
    story.push(worker.call("report_progress", json!({"task": 1, "text": "Users are there."})).await);
    story.push(lead.call("list_tasks", json!({})).await);
    story
        .push(worker.call("complete_task", json!({"task": 1, "result": "In schema.sql.", "epoch": 1})).await);
    story.push(worker.call("claim_task", json!({})).await);
    story.push(worker.call("release_task", json!({"task": 2, "reason": "I am told to stop."})).await);
    story.push(lead.call("list_tasks", json!({"which": "open"})).await);
    expect![[r#"
        Task 1 is builder's now, who gets a message about it.
        ---
        Task 2 is open, and waits for the tasks that it needs.
        ---
        Task 1 is yours (epoch 1). report_progress at least every 30 minutes, then complete_task.

        - 1 Draw up the schema (in progress, yours, epoch 1)
          folder: /code/api
          deadline: 2026-11-26T07:00:00Z
          description: Tables for users and sessions.
        ---
        task 2 must wait: task 1 must be done first
        ---
        Noted. Task 1 is yours until 2026-11-25T12:31:00Z at least.
        ---
        The tasks of the bridge main:
        - 2 Write the queries (open, waits for others, epoch 1)
          needs: [1]
        - 1 Draw up the schema (in progress, builder, epoch 1)
          folder: /code/api
          deadline: 2026-11-26T07:00:00Z
          last note: builder, 2026-11-25T12:01:00Z: Users are there.
        ---
        Task 1 is done.
        ---
        Task 2 is yours (epoch 1). report_progress at least every 30 minutes, then complete_task.

        - 2 Write the queries (in progress, yours, epoch 1)
          needs: [1]
        ---
        Task 2 is open for others again.
        ---
        The open tasks of the bridge main:
        - 2 Write the queries (open, epoch 2)
          needs: [1]"#]]
    .assert_eq(&story.join("\n---\n"));
}

#[tokio::test]
async fn what_a_model_is_shown_of_a_task_it_takes() {
    let world = World::new();
    let (mut lead, mut worker) = (world.own(1, "lead").await, world.own(2, "worker").await);
    let task =
        json!({"subject": "Find the leak", "description": "The key is api_key=abcdef123456", "priority": 2});
    lead.call("create_task", task).await;
    let taken = worker.object("claim_task", json!({})).await;
    worker.call("report_progress", json!({"task": 1, "text": "It is the pool."})).await;
    let mine = worker.object("list_tasks", json!({"which": "mine"})).await;
    let all = lead.object("list_tasks", json!({})).await;
    let shown: Vec<_> =
        [taken, mine, all].iter().map(|it| serde_json::to_string_pretty(it).unwrap()).collect();
    expect![[r#"
        {
          "attempts": 1,
          "bridge": "main",
          "created_by": "lead",
          "description": "The key is api_key=API_KEY_REDACTED",
          "epoch": 1,
          "lease_until": "2026-11-25T12:30:00Z",
          "mine": true,
          "owner": "worker",
          "priority": 2,
          "state": "in_progress",
          "subject": "Find the leak",
          "task": 1,
          "updated": "2026-11-25T12:00:00Z"
        }
        ---
        {
          "more": 0,
          "tasks": [
            {
              "attempts": 1,
              "bridge": "main",
              "created_by": "lead",
              "description": "The key is api_key=API_KEY_REDACTED",
              "epoch": 1,
              "lease_until": "2026-11-25T12:30:00Z",
              "mine": true,
              "notes": [
                {
                  "at": "2026-11-25T12:00:00Z",
                  "by": "worker",
                  "epoch": 1,
                  "kind": "progress",
                  "note": 1,
                  "text": "It is the pool."
                }
              ],
              "owner": "worker",
              "priority": 2,
              "state": "in_progress",
              "subject": "Find the leak",
              "task": 1,
              "updated": "2026-11-25T12:00:00Z"
            }
          ]
        }
        ---
        {
          "more": 0,
          "tasks": [
            {
              "attempts": 1,
              "epoch": 1,
              "last_note": "worker, 2026-11-25T12:00:00Z: It is the pool.",
              "lease_until": "2026-11-25T12:30:00Z",
              "owner": "worker",
              "priority": 2,
              "state": "in_progress",
              "subject": "Find the leak",
              "task": 1,
              "updated": "2026-11-25T12:00:00Z"
            }
          ]
        }"#]]
    .assert_eq(&shown.join("\n---\n"));
}

#[tokio::test]
async fn what_cannot_be_done_is_said_with_what_to_do() {
    let world = World::new();
    let (mut lead, mut worker) = (world.own(1, "lead").await, world.own(2, "worker").await);
    let mut said = String::new();
    let mut say = |result: Value| said += &format!("{} {}\n", result["isError"], text(&result));
    say(worker.result("1", "claim_task", json!({})).await);
    say(worker.result("2", "claim_task", json!({"task": 7})).await);
    say(worker.result("3", "list_tasks", json!({"which": "mine"})).await);
    say(worker.result("4", "list_tasks", json!({"task": 7})).await);
    say(lead.result("5", "create_task", json!({"subject": "one", "assign_to": "nobody"})).await);
    say(lead.result("6", "list_tasks", json!({})).await);
    say(lead.result("7", "create_task", json!({"subject": "   "})).await);
    say(lead.result("8", "create_task", json!({"subject": "one", "needs": [9]})).await);
    say(lead.result("9", "create_task", json!({"subject": "one", "deadline": "tomorrow"})).await);
    say(lead.result("10", "create_task", json!({"subject": "one"})).await);
    say(worker.result("11", "report_progress", json!({"task": 1, "text": "half"})).await);
    say(worker.result("12", "assign_task", json!({"task": 1, "to": "nobody"})).await);
    say(lead.result("13", "claim_task", json!({"task": 1})).await);
    say(worker.result("14", "claim_task", json!({"task": 1})).await);
    say(worker.result("15", "assign_task", json!({"task": 1, "to": "worker"})).await);
    say(worker.result("16", "complete_task", json!({"task": 1, "result": "all"})).await);
    say(lead.result("17", "complete_task", json!({"task": 1, "result": "all"})).await);
    say(lead.result("18", "claim_task", json!({"task": 1})).await);
    say(lead.result("19", "list_tasks", json!({"task": 1, "note": 99})).await);
    expect![[r#"
        false No task in main can be begun now: none is open that waits for no other.
        true there is no task 7 here; list the tasks to see which there are
        false No task is yours; claim_task takes one.
        true there is no task 7 here; list the tasks to see which there are
        true nobody here is `nobody`; known here: worker, lead
        false There are no tasks in the bridge main.
        true a task needs a subject: say in a few words what is to be done
        true there is no task 9 here to wait for; create it first
        true the deadline "tomorrow" is no RFC 3339 time; write it as 2026-11-25T18:00:00Z
        false Task 1 is open for whoever claims it.
        true task 1 is not yours: nobody owns it (epoch 1); claim a task before you work on it
        true nobody here is `nobody`; known here: worker, lead
        false Task 1 is yours (epoch 1). report_progress at least every 30 minutes, then complete_task.

        - 1 one (in progress, yours, epoch 1)
        true task 1 is lead's until 2026-11-25 12:30:00 UTC; take another one, or ask the person to hand it over
        true task 1 is lead's until 2026-11-25 12:30:00 UTC; take another one, or ask the person to hand it over
        true task 1 is not yours: lead owns it (epoch 1); claim a task before you work on it
        false Task 1 is done.
        true task 1 is done already; there is nothing left to do for it
        true no late work 99 is kept for this task; list the task to see what is
    "#]].assert_eq(&said);
}

#[tokio::test]
async fn of_those_who_claim_at_once_each_gets_a_task_of_its_own() {
    let world = World::new();
    let mut lead = world.own(1, "lead").await;
    let mut workers = Vec::new();
    for pid in 2..=5 {
        workers.push(world.own(pid, &format!("worker {pid}")).await);
    }
    for number in 1..=30 {
        lead.call("create_task", json!({"subject": format!("part {number}")})).await;
    }
    let mut taken = Vec::new();
    loop {
        let mut asked = Vec::new();
        for (place, worker) in workers.iter_mut().enumerate() {
            asked
                .push(worker.begin(&format!("claim-{}-{place}", taken.len()), "claim_task", json!({})).await);
        }
        let before = taken.len();
        for (worker, id) in workers.iter_mut().zip(asked) {
            let result = worker.answer(id).await["result"].take();
            taken.extend(result["structuredContent"]["task"].as_i64());
        }
        if taken.len() == before {
            break;
        }
    }
    assert_eq!(taken.len(), 30);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), (1..=30).collect());
}

#[tokio::test]
async fn of_those_who_claim_the_same_task_at_once_one_gets_it() {
    let world = World::new();
    let mut lead = world.own(1, "lead").await;
    let (mut one, mut two) = (world.own(2, "one").await, world.own(3, "two").await);
    for task in 1..=20 {
        lead.call("create_task", json!({"subject": "the one"})).await;
        let asked = [
            one.begin(&format!("one-{task}"), "claim_task", json!({"task": task})).await,
            two.begin(&format!("two-{task}"), "claim_task", json!({"task": task})).await,
        ];
        let answers = [one.answer(asked[0]).await, two.answer(asked[1]).await];
        let refused: Vec<_> = answers
            .iter()
            .filter(|it| it["result"]["isError"] == true)
            .map(|it| text(&it["result"]))
            .collect();
        let [refused] = &refused[..] else { panic!("{answers:?}") };
        assert!(refused.starts_with(&format!("task {task} is ")), "{refused}");
    }
}

#[tokio::test]
async fn a_session_that_never_called_anything_can_be_given_a_task_by_its_name() {
    let world = World::new();
    world.lives(2, "docs");
    let mut lead = world.own(1, "lead").await;
    lead.call("create_task", json!({"subject": "Describe it"})).await;
    let given = lead.object("assign_task", json!({"task": 1, "to": "docs"})).await;
    assert_eq!((&given["owner"], &given["state"]), (&json!("docs"), &json!("assigned")));
    // It need not ask which: what was assigned to it comes first.
    lead.call("create_task", json!({"subject": "Something else", "priority": 9})).await;
    let mut docs = world.own(2, "docs").await;
    assert_eq!(docs.object("claim_task", json!({})).await["task"], 1);
}

#[tokio::test]
async fn in_another_database_tasks_are_between_the_two_who_hold_a_side() {
    let world = World::new();
    let (mut a, mut b, mut stranger) =
        (world.foreign(1).await, world.foreign(2).await, world.foreign(3).await);
    let talk = Conversation::make(&mut a).await;
    let refused = b.call("claim_task", json!({})).await;
    assert!(refused.contains("call check_messages once with its id and your token"), "{refused}");
    b.call("check_messages", talk.by("b", json!({}))).await;
    a.call("create_task", json!({"subject": "Port it", "assign_to": "frontend"})).await;
    let read = b.call("check_messages", talk.by("b", json!({}))).await;
    assert!(read.contains("Type: task_assignment"), "{read}");
    assert_eq!(b.object("claim_task", json!({})).await["state"], "in_progress");
    b.call("complete_task", json!({"task": 1, "result": "Ported."})).await;
    let listed = a.object("list_tasks", json!({})).await;
    assert_eq!(
        (&listed["tasks"][0]["state"], &listed["tasks"][0]["owner"]),
        (&json!("done"), &json!("frontend"))
    );
    // Nobody else learns that it exists, on whichever kind of server.
    let mut own = world.own(4, "own").await;
    for client in [&mut stranger, &mut own] {
        for tool in ["list_tasks", "claim_task", "complete_task"] {
            let result = client.result("call", tool, json!({"task": 1, "result": "mine"})).await;
            assert_eq!(
                text(&result),
                "there is no task 1 here; list the tasks to see which there are",
                "{tool}"
            );
        }
    }
}

#[tokio::test]
async fn what_one_server_stores_another_program_finds() {
    let world = World::new();
    let mut lead = world.own(1, "lead").await;
    lead.call("create_task", json!({"subject": "Count", "folder": "/code", "priority": 3})).await;
    let store = Store::open_existing(&world.database()).unwrap();
    let [task] = &store.tasks(None).unwrap()[..] else { panic!("one task") };
    assert_eq!(
        (task.what.subject.as_str(), task.what.folder.as_deref(), task.what.priority),
        ("Count", Some("/code"), 3)
    );
}
