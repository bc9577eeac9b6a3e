//! Tasks that are taken from their owner: late work is refused and kept, and the owner learns of it from any call.

use std::sync::Arc;

use expect_test::expect;
use peerwatch_bridge::mcp::Options;
use peerwatch_bridge::{Actor, Brakes, Confirmation, Handover, HandoverStep, Revocation, Store};
use serde_json::{Value, json};

use crate::harness::{Client, Names, World, text};

/// Two sessions, the first of which has begun a task.
async fn begun(world: &Arc<World>) -> (Client, Client) {
    let (mut backend, mut frontend) = (world.own(1, "backend").await, world.own(2, "frontend").await);
    frontend.call("join", json!({"role": "frontend"})).await;
    backend
        .call("create_task", json!({"subject": "Mend the login", "description": "It fails on Safari."}))
        .await;
    backend.call("claim_task", json!({"task": 1})).await;
    world.pass(60);
    (backend, frontend)
}

/// The person takes the task from its owner.
fn revoke(world: &World, anyway: bool) -> Handover {
    let mut store = Store::open_existing(&world.database()).unwrap();
    let how = Revocation {
        epoch: store.task(1).unwrap().unwrap().epoch,
        reason: "it has been silent for an hour".into(),
        actor: Actor::Person,
        card: "Goal: the login works on Safari.".into(),
        wanted: None,
        anyway,
        brakes: Brakes::default(),
    };
    store.revoke_task(1, &how, world.time()).unwrap()
}

fn grant(world: &World, handover: i64) {
    let mut store = Store::open_existing(&world.database()).unwrap();
    let conversation = store.task(1).unwrap().unwrap().conversation;
    let there = store.participants(&conversation).unwrap();
    let heir = there.iter().find(|one| one.role == "frontend").unwrap();
    store.grant_handover(handover, &heir.participant, world.time()).unwrap();
}

fn handover(world: &World, id: i64) -> (HandoverStep, Option<Confirmation>) {
    let store = Store::open_existing(&world.database()).unwrap();
    let handover = store.handover(id).unwrap().unwrap();
    (handover.step, handover.confirmed)
}

fn notice(result: &Value) -> &str {
    result["structuredContent"]["notice"].as_str().unwrap_or("none")
}

#[tokio::test]
async fn what_a_former_owner_hands_in_is_refused_and_kept_for_the_next() {
    let world = World::new();
    let (mut backend, mut frontend) = begun(&world).await;
    let taken = revoke(&world, false);
    let mut story = Vec::new();
    let late =
        backend.result("late", "complete_task", json!({"task": 1, "result": "A missing cookie flag."})).await;
    assert_eq!(late["isError"], true);
    story.push(text(&late));
    story.push(late["structuredContent"].to_string());
    assert_eq!(handover(&world, taken.id), (HandoverStep::Confirmed, Some(Confirmation::Acknowledged)));
    grant(&world, taken.id);
    let card = frontend.object("wait", json!({})).await;
    assert_eq!(card["messages"][0]["kind"], "task_handover");
    story.push(frontend.call("claim_task", json!({})).await);
    story.push(frontend.call("complete_task", json!({"task": 1, "result": "The flag is set."})).await);
    let again = json!({"task": 1, "text": "Shall I go on?", "epoch": 1});
    story.push(text(&backend.result("again", "report_progress", again).await));
    story.push(text(&backend.result("free", "peers", json!({})).await));
    expect![[r#"
        this task was taken over by nobody yet at 2026-11-25 12:01:00 UTC: it has been silent for an hour. Stop, and hand in what you have; it is kept. Your work is kept as late work 1.
        ---
        {"at":"2026-11-25T12:01:00Z","kept":1,"taken_over_by":null,"task":1}
        ---
        Task 1 is yours (epoch 2). report_progress at least every 30 minutes, then complete_task.

        - 1 Mend the login (in progress, yours, epoch 2)
          handover: taken from backend at 2026-11-25T12:01:00Z: it has been silent for an hour
          description: It fails on Safari.
          card: Goal: the login works on Safari.
          late: 1
          late result 1 by backend, 2026-11-25T12:01:00Z: A missing cookie flag.
        ---
        Task 1 is done.
        ---
        this task was taken over by frontend at 2026-11-25 12:01:00 UTC: it has been silent for an hour. Stop, and hand in what you have; it is kept. Your work is kept as late work 3.
        ---
        In the bridge main:
        - frontend: unknown; joined 1 min ago
        - backend (you): unknown; joined 1 min ago"#]].assert_eq(&story.join("\n---\n"));
}

#[tokio::test]
async fn any_answer_tells_of_the_loss_and_the_next_call_proves_that_it_was_read() {
    let world = World::new();
    let (mut backend, mut frontend) = begun(&world).await;
    assert_eq!(notice(&backend.result("before", "peers", json!({})).await), "none");
    let taken = revoke(&world, false);
    let told = backend.result("told", "send", json!({"to": "frontend", "text": "nearly there"})).await;
    let line = notice(&told).to_owned();
    expect!["Task 1 (Mend the login) is no longer yours: this task was taken over by nobody yet at 2026-11-25 12:01:00 UTC: it has been silent for an hour. Stop, and hand in what you have; it is kept."].assert_eq(&line);
    assert!(text(&told).ends_with(&format!("\n\n{line}")), "{told}");
    assert_eq!(handover(&world, taken.id), (HandoverStep::Revoked, None));
    assert_eq!(notice(&frontend.result("other", "peers", json!({})).await), "none");
    // A subagent of the same session has lost nothing.
    assert_eq!(notice(&backend.result("sub-1", "peers", json!({})).await), "none");
    assert_eq!(handover(&world, taken.id).0, HandoverStep::Revoked);
    let next = backend.result("next", "receipts", json!({})).await;
    assert_eq!(notice(&next), "none");
    assert_eq!(handover(&world, taken.id), (HandoverStep::Confirmed, Some(Confirmation::Acknowledged)));
}

#[tokio::test]
async fn an_answer_that_never_reached_the_model_has_told_it_nothing() {
    let world = World::new();
    let (mut backend, _frontend) = begun(&world).await;
    let taken = revoke(&world, false);
    let told = backend.result("lost", "peers", json!({})).await;
    assert_ne!(notice(&told), "none");
    world.show("lost", false);
    let again = backend.result("again", "peers", json!({})).await;
    assert_eq!(notice(&again), notice(&told));
    assert_eq!(handover(&world, taken.id).0, HandoverStep::Revoked);
}

#[tokio::test]
async fn an_error_tells_of_the_loss_in_its_text() {
    let world = World::new();
    let (mut backend, _frontend) = begun(&world).await;
    revoke(&world, false);
    let failed = backend.result("failed", "send", json!({"to": "nobody", "text": "hi"})).await;
    assert_eq!(failed["isError"], true);
    let (fault, line) = text(&failed).split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(fault, "nobody here is `nobody`; known here: frontend");
    assert!(line.starts_with("Task 1 (Mend the login) is no longer yours: "), "{line}");
}

#[tokio::test]
async fn a_task_that_was_taken_anyway_is_told_of_once_by_each_server() {
    let world = World::new();
    let (mut backend, mut frontend) = begun(&world).await;
    let taken = revoke(&world, true);
    assert_eq!(handover(&world, taken.id), (HandoverStep::Confirmed, Some(Confirmation::TakenAnyway)));
    grant(&world, taken.id);
    frontend.call("claim_task", json!({"task": 1})).await;
    let told = backend.result("told", "peers", json!({})).await;
    assert!(notice(&told).contains("was taken over by frontend at "), "{told}");
    for call in ["next", "later"] {
        assert_eq!(notice(&backend.result(call, "peers", json!({})).await), "none");
    }
    world.kill(1);
    let mut resumed = Client::resume(&world, 11, "session-1", "backend", Options::own(world.database()));
    resumed.initialize("2025-11-25").await;
    let told = resumed.result("resumed", "list_tasks", json!({"which": "mine"})).await;
    assert!(notice(&told).contains("was taken over by frontend at "), "{told}");
    assert_eq!(notice(&resumed.result("then", "peers", json!({})).await), "none");
    // After a day nobody asks any more.
    world.pass(24 * 3600 + 1);
    world.kill(11);
    let mut late = Client::resume(&world, 12, "session-1", "backend", Options::own(world.database()));
    late.initialize("2025-11-25").await;
    assert_eq!(notice(&late.result("late", "peers", json!({})).await), "none");
}

#[tokio::test]
async fn whoever_is_refused_for_its_loss_is_told_once() {
    let world = World::new();
    let (mut backend, _frontend) = begun(&world).await;
    revoke(&world, true);
    let late = backend.result("late", "report_progress", json!({"task": 1, "text": "half"})).await;
    assert_eq!(text(&late).matches("was taken over by").count(), 1, "{late}");
    assert_eq!(notice(&backend.result("next", "peers", json!({})).await), "none");
}

#[tokio::test]
async fn whoever_acknowledges_the_message_or_answers_it_has_heard() {
    for tool in ["acknowledge", "reply"] {
        let world = World::new();
        let (mut backend, _frontend) = begun(&world).await;
        let taken = revoke(&world, false);
        let read = backend.result("read", "wait", json!({})).await["structuredContent"].take();
        let message = &read["messages"][0];
        assert_eq!(message["kind"], "task_revoked", "{read}");
        let uid = message["uid"].clone();
        let arguments = match tool {
            "acknowledge" => json!({"messages": [uid]}),
            _ => json!({"message": uid, "text": "I stop. It is in the branch `login`."}),
        };
        // The subagent speaks for nobody but itself.
        let stranger = backend.result("sub-1", tool, arguments.clone()).await;
        assert_eq!(handover(&world, taken.id).0, HandoverStep::Revoked, "{stranger}");
        assert_eq!(notice(&backend.result("heard", tool, arguments).await), "none");
        assert_eq!(handover(&world, taken.id), (HandoverStep::Confirmed, Some(Confirmation::Acknowledged)));
    }
}

#[tokio::test]
async fn a_task_that_its_owner_got_back_is_not_told_of_as_lost() {
    let world = World::new();
    let (mut backend, _frontend) = begun(&world).await;
    let taken = revoke(&world, false);
    let mut store = Store::open_existing(&world.database()).unwrap();
    store.undo_handover(taken.id, &Actor::Person, world.time()).unwrap();
    assert_eq!(notice(&backend.result("next", "peers", json!({})).await), "none");
    let mut names = Names::default();
    let read = backend.object("wait", json!({})).await;
    let kinds: Vec<_> = read["messages"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert!(kinds.contains(&json!("task_revoked")), "{}", names.hide(&read.to_string()));
    let done = backend.object("complete_task", json!({"task": 1, "result": "Mended."})).await;
    assert_eq!(done["state"], "done");
}
