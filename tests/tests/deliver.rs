//! Messages pushed into real sessions: they arrive once, at the next boundary, and what becomes of them is seen.
#![cfg(target_os = "linux")]
// What cannot be read is a failed test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use peerwatch_deliver::{Door, Parcel, PushError, ReplyBox, Returned, Verdict, push, push_all, unwrap_uid};
use peerwatch_tests::claude::Session;
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{bash, call, say};
use peerwatch_tests::require;
use peerwatch_tests::world::World;
use serde_json::{Value, json};

/// What a push may take, and what a session may take to show what it took.
const PATIENCE: Duration = Duration::from_secs(10);
/// A session that asks for no permission to run commands.
const FREE: &[&str] = &["--allowedTools", "Bash"];

/// How a transcript shows a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shown {
    /// It stands in the queue.
    Queued,
    /// It began a turn, or belongs to what began one.
    Prompt,
    /// The model got it in the middle of a turn.
    MidTurn,
}
use Shown::{MidTurn, Prompt, Queued};

/// One who sends messages and hears what becomes of them.
struct Post {
    config: PathBuf,
    mailbox: ReplyBox,
    told: Receiver<Returned>,
}

impl Post {
    fn open(world: &World, session: &Session<'_>) -> Self {
        let config = world.claude.config();
        let socket = door(&config, session).socket;
        let (tell, told) = mpsc::channel();
        let mailbox = ReplyBox::open(socket.parent().unwrap(), "backend", tell).unwrap();
        Self { config, mailbox, told }
    }

    fn door(&self, session: &Session<'_>) -> Door {
        door(&self.config, session)
    }

    fn push_to(&self, door: &Door, uid: &str, text: &str) -> Result<(), PushError> {
        let reply_to = Some(self.mailbox.path());
        push(door, &Parcel { uid, from_name: "backend", text, reply_to }, PATIENCE)
    }

    /// Pushes a message with an identity of its own, which is returned.
    fn push(&self, session: &Session<'_>, text: &str) -> String {
        let uid = uid();
        self.push_again(session, &uid, text);
        uid
    }

    fn push_again(&self, session: &Session<'_>, uid: &str, text: &str) {
        self.push_to(&self.door(session), uid, text).unwrap();
    }

    fn receipt(&self) -> (String, Verdict) {
        match self.told.recv_timeout(PATIENCE) {
            Ok(Returned::Receipt(receipt)) => (receipt.uid, receipt.verdict),
            other => panic!("no receipt, but {other:?}"),
        }
    }
}

fn door(config: &Path, session: &Session<'_>) -> Door {
    let entry = session.entry().unwrap();
    let socket = entry.messaging_socket_path.unwrap();
    Door { config: config.to_owned(), pid: entry.pid, socket, session_id: entry.session_id }
}

fn uid() -> String {
    fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap().trim().to_owned()
}

/// The complete records of a transcript.
fn records(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The ways in which a transcript shows a message so far, in order.
fn shown(path: &Path, uid: &str) -> Vec<Shown> {
    let marked = |text: &Value| text.as_str().and_then(unwrap_uid).as_deref() == Some(uid);
    let shown = |record: &Value| match record["type"].as_str()? {
        "queue-operation" if record["operation"] == "enqueue" && marked(&record["content"]) => Some(Queued),
        "user" if record["origin"]["msg_id"] == uid => {
            assert!(marked(&record["message"]["content"]), "{record}");
            Some(Prompt)
        }
        "attachment" if record["attachment"]["origin"]["msg_id"] == uid => {
            assert_eq!(record["attachment"]["type"], "queued_command");
            assert!(marked(&record["attachment"]["prompt"]), "{record}");
            Some(MidTurn)
        }
        _ => None,
    };
    records(path).iter().filter_map(shown).collect()
}

fn await_shown(session: &Session<'_>, uid: &str, expected: &[Shown]) {
    let path = session.transcript_path();
    let what = format!("{expected:?} of {uid}; the screen shows {}", session.screen());
    eventually(&what, PATIENCE, || (shown(&path, uid) == expected).then_some(()));
}

/// What the session says that it did not take.
fn dropped(session: &Session<'_>) -> usize {
    let is_drop = |record: &&Value| {
        record["content"]
            .as_str()
            .is_some_and(|text| text.starts_with("Dropped a peer message from @backend"))
    };
    records(&session.transcript_path()).iter().filter(is_drop).count()
}

#[test]
fn a_session_at_its_prompt_begins_a_turn_with_the_message() {
    let world = require!(World::begin());
    world.model.when("the schema is ready", [say("Good.")]);
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    let uid = post.push(&session, "the schema is ready");
    world.model.await_asked("the schema is ready", 0);
    await_shown(&session, &uid, &[Queued, Prompt]);
    let prompt = records(&session.transcript_path()).into_iter().find(|it| it["type"] == "user").unwrap();
    assert_eq!(prompt["origin"]["name"], "backend");
    assert_eq!(prompt["origin"]["verifiedLocal"], true, "the key was the right one");
}

#[test]
fn in_a_long_command_messages_wait_in_the_queue_and_come_once_with_the_result() {
    let world = require!(World::begin());
    world.model.when("take long", [bash("until test -e go; do sleep 0.1; done"), say("Done.")]);
    let session = world.claude.session("api").with(FREE).start();
    let post = Post::open(&world, &session);
    session.prompt("take long over it");
    session.await_screen("until test");
    let uids = ["are you there", "hello", "never mind"].map(|text| post.push(&session, text));
    for uid in &uids {
        await_shown(&session, uid, &[Queued]);
    }
    fs::write(session.folder().join("go"), "").unwrap();
    world.model.await_asked("take long", 1);
    session.await_status("idle");
    for uid in &uids {
        await_shown(&session, uid, &[Queued, MidTurn]);
    }
}

#[test]
fn a_permission_dialog_stays_and_the_message_comes_after_it() {
    let world = require!(World::begin());
    world.model.when("make it", [bash("touch proof.txt"), say("Made.")]);
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    session.prompt("make it so");
    let asked = session.await_status("waiting");
    let uid = post.push(&session, "by the way");
    await_shown(&session, &uid, &[Queued]);
    let entry = session.await_status("waiting");
    assert_eq!((entry.waiting_for, entry.status_updated_at), (asked.waiting_for, asked.status_updated_at));
    session.approve();
    session.await_status("idle");
    await_shown(&session, &uid, &[Queued, MidTurn]);
    assert!(session.folder().join("proof.txt").is_file());
}

#[test]
fn a_turn_that_a_person_breaks_off_loses_no_message() {
    let world = require!(World::begin());
    world.model.when("ponder", [say("Never said.").when_released()]);
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    session.prompt("ponder it");
    world.model.await_asked("ponder", 0);
    world.model.when("one more thing", [say("Heard.")]);
    let uid = post.push(&session, "one more thing");
    await_shown(&session, &uid, &[Queued]);
    session.keys(&["Escape"]);
    world.model.await_asked("one more thing", 0);
    await_shown(&session, &uid, &[Queued, Prompt]);
}

#[test]
fn a_repetition_is_dropped_even_when_the_box_was_opened_anew_but_not_after_another_message() {
    let world = require!(World::begin());
    let session = world.claude.session("api").start();
    let mut post = Post::open(&world, &session);
    let first = post.push(&session, "the first");
    await_shown(&session, &first, &[Queued, Prompt]);
    drop(post);
    post = Post::open(&world, &session);
    post.push_again(&session, &first, "the first");
    eventually("the repetition is dropped", PATIENCE, || (dropped(&session) == 1).then_some(()));

    let second = post.push(&session, "the second");
    await_shown(&session, &second, &[Queued, Prompt]);
    assert_eq!(shown(&session.transcript_path(), &first), [Queued, Prompt]);
    // Why the transcript is searched before each repetition.
    post.push_again(&session, &first, "the first");
    await_shown(&session, &first, &[Queued, Prompt, Queued, Prompt]);
}

#[test]
fn what_a_killed_session_had_queued_is_pushed_again_after_it_was_resumed() {
    let world = require!(World::begin());
    world.model.when("ponder", [say("Never said.").when_released()]);
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    session.prompt("ponder it");
    world.model.await_asked("ponder", 0);
    let uid = post.push(&session, "do not forget me");
    await_shown(&session, &uid, &[Queued]);
    let (id, door) = (session.id(), post.door(&session));
    session.kill();
    let late = post.push_to(&door, &uid, "do not forget me");
    assert!(matches!(late, Err(PushError::Gone | PushError::Refused)), "{late:?}");

    let resumed = world.claude.session("api").resuming(&id).start();
    // Whatever came back by itself would come before what is pushed now.
    let marker = post.push(&resumed, "is anything left over");
    await_shown(&resumed, &marker, &[Queued, Prompt]);
    assert_eq!(shown(&resumed.transcript_path(), &uid), [Queued], "the queue died with its process");
    world.model.when("do not forget me", [say("Never.")]);
    post.push_again(&resumed, &uid, "do not forget me");
    world.model.await_asked("do not forget me", 0);
    await_shown(&resumed, &uid, &[Queued, Queued, Prompt]);
}

#[test]
fn a_session_that_was_cleared_gets_nothing_that_was_meant_for_the_one_before() {
    let world = require!(World::begin());
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    let first = post.push(&session, "before");
    await_shown(&session, &first, &[Queued, Prompt]);
    session.await_status("idle");
    let (before, path) = (post.door(&session), session.transcript_path());
    session.clear();
    let astray = uid();
    post.push_to(&before, &astray, "for the one before").unwrap();
    let after = post.push(&session, "for the one after");
    await_shown(&session, &after, &[Queued, Prompt]);
    assert_eq!(shown(&session.transcript_path(), &astray), []);
    assert_eq!(shown(&path, &astray), []);
}

#[test]
fn what_waits_in_the_queue_outlives_a_clear() {
    let world = require!(World::begin());
    world.model.when("ponder", [say("Pondered.").when_released()]);
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    session.prompt("ponder it");
    world.model.await_asked("ponder", 0);
    let before = session.id();
    session.prompt("/clear");
    session.await_screen("Queued");
    let uid = post.push(&session, "after you tidied up");
    await_shown(&session, &uid, &[Queued]);
    world.model.release("ponder");
    session.await_entry("cleared", |entry| entry.session_id != before);
    await_shown(&session, &uid, &[Prompt]);
}

#[test]
fn a_session_without_permissions_holds_it_and_its_person_decides() {
    let world = require!(World::begin());
    world.model.when("take this", [say("Taken.")]);
    fs::write(world.claude.config().join("settings.json"), r#"{"skipDangerousModePermissionPrompt":true}"#)
        .unwrap();
    let session = world.claude.session("api").with(&["--dangerously-skip-permissions"]).start();
    let post = Post::open(&world, &session);

    let refused = post.push(&session, "take this or not");
    assert_eq!(post.receipt(), (refused.clone(), Verdict::Held));
    session.await_held_dialog();
    session.keys(&["Enter"]);
    assert_eq!(post.receipt(), (refused.clone(), Verdict::Denied));
    session.await_status("idle");

    let wanted = post.push(&session, "take this please");
    assert_eq!(post.receipt(), (wanted.clone(), Verdict::Held));
    session.await_held_dialog();
    session.keys(&["Down"]);
    session.await_screen("❯ Deliver");
    session.keys(&["Enter"]);
    assert_eq!(post.receipt(), (wanted.clone(), Verdict::Delivered));
    world.model.await_asked("take this", 0);
    await_shown(&session, &wanted, &[Queued, Prompt]);
    assert_eq!(shown(&session.transcript_path(), &refused), []);
}

#[test]
fn twenty_at_once_arrive_each_by_its_own_record_in_order() {
    let world = require!(World::begin());
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    let uids: Vec<String> = (0..20).map(|number| post.push(&session, &format!("number {number}"))).collect();
    for uid in &uids {
        await_shown(&session, uid, &[Queued, Prompt]);
    }
    let records = records(&session.transcript_path());
    let told: Vec<&str> = records.iter().filter_map(|record| record["origin"]["msg_id"].as_str()).collect();
    assert_eq!(told, uids);
}

#[test]
fn several_that_are_pushed_as_one_begin_one_turn() {
    let world = require!(World::begin());
    world.model.when("of the second", [say("Both heard.")]);
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    let (first, second) = (uid(), uid());
    let parcel = |uid, from_name, text| Parcel { uid, from_name, text, reply_to: Some(post.mailbox.path()) };
    let both =
        [parcel(&first, "backend", "word of the first"), parcel(&second, "docs", "word of the second")];
    push_all(&post.door(&session), &both, PATIENCE).unwrap();
    world.model.await_asked("of the second", 0);
    let prompts = eventually("the turn", PATIENCE, || {
        let is_peer = |record: &Value| record["type"] == "user" && record["origin"]["kind"] == "peer";
        let prompts: Vec<Value> =
            records(&session.transcript_path()).into_iter().filter(|record| is_peer(record)).collect();
        (!prompts.is_empty()).then_some(prompts)
    });
    assert_eq!(prompts.len(), 1);
    assert_eq!(prompts[0]["origin"]["msg_id"], first);
    let text = prompts[0]["message"]["content"].as_str().unwrap();
    for uid in [&first, &second] {
        assert!(text.contains(&format!("[peerwatch message {uid}]")), "{text}");
    }
}

#[test]
fn an_answer_to_the_address_is_heard_with_the_name_of_the_box() {
    let world = require!(World::begin());
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    let to = format!("uds:{}", post.mailbox.path().display());
    let answer = json!({"to": to, "message": "it is green", "summary": "The state of the build"});
    world.model.when("how is the build", [call("SendMessage", answer), say("Answered.")]);
    post.push(&session, "how is the build");
    let letter = match post.told.recv_timeout(PATIENCE) {
        Ok(Returned::Letter(letter)) => letter,
        other => panic!("no letter, but {other:?}"),
    };
    assert_eq!((letter.to.as_str(), letter.text.as_str()), ("backend", "it is green"));
    assert_eq!(letter.from, Some(format!("uds:{}", post.door(&session).socket.display())));
}

#[test]
fn at_the_door_of_a_session_that_has_ended_nobody_is() {
    let world = require!(World::begin());
    let session = world.claude.session("api").start();
    let post = Post::open(&world, &session);
    let door = post.door(&session);
    session.exit();
    assert!(matches!(post.push_to(&door, &uid(), "too late"), Err(PushError::Gone)));
}
