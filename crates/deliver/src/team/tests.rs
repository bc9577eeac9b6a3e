use std::fs;
#[cfg(unix)]
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
#[cfg(unix)]
use std::time::SystemTime;

use expect_test::expect;
use serde_json::Value;

#[cfg(unix)]
use super::lock::Lock;
use super::*;

const NOW: Timestamp = Timestamp(1_795_403_463_743);
const CONFIG: &str = r#"{"leadAgentId":"team-lead@t","members":[
    {"agentId":"team-lead@t","name":"team-lead"},{"agentId":"a@t","name":"a"},{"agentId":"b@t","name":"b"}]}"#;
const TASK: &str = "{\n  \"id\": \"1\",\n  \"subject\": \"Change the limiter\",\n  \"description\": \"d1\",\n  \"status\": \"in_progress\",\n  \"blocks\": [],\n  \"blockedBy\": [],\n  \"owner\": \"a\",\n  \"metadata\": {\"count\": 0, \"price\": 1.50}\n}";

/// A configuration folder with a team of a lead, `a` and `b`, and a task that is `a`'s.
struct Team(tempfile::TempDir);

impl Team {
    fn new() -> Self {
        let team = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(team.path("teams/t")).unwrap();
        fs::create_dir_all(team.path("tasks/t")).unwrap();
        team.write("teams/t/config.json", CONFIG);
        team.write("tasks/t/1.json", TASK);
        team
    }

    fn config(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    fn task(&self) -> String {
        fs::read_to_string(self.path("tasks/t/1.json")).unwrap()
    }

    fn inbox(&self, member: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(&format!("teams/t/inboxes/{member}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn texts(&self, member: &str) -> Vec<String> {
        self.inbox(member).iter().map(|letter| letter["text"].as_str().unwrap().to_owned()).collect()
    }

    fn give(&self, from: &str, to: &str) -> Result<Moved, TeamError> {
        move_task(self.config(), "t", "1", Some(from), to, NOW)
    }

    fn post(&self, member: &str, text: &str) -> Result<String, TeamError> {
        post_to_inbox(self.config(), "t", member, "peerwatch", text, NOW)
    }

    /// What is in the folders, but for the team's own files.
    fn litter(&self) -> Vec<String> {
        let files = ["tasks/t", "teams/t/inboxes"].map(|folder| fs::read_dir(self.path(folder)));
        let names = files.into_iter().flatten().flatten().flatten().map(|file| file.file_name());
        names.filter_map(|name| name.into_string().ok()).filter(|name| !name.ends_with(".json")).collect()
    }
}

/// The other program; `None`, with the reason printed, where there is no Python.
fn writer(arguments: &[&str]) -> Option<Child> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/team/tests/writer.py");
    let mut command = Command::new("python3");
    command.arg(script).args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    match command.stdout(Stdio::piped()).spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            println!("skipped: python3 cannot be started: {error}");
            None
        }
    }
}

/// Dates a lock as if it had been left behind so long ago.
#[cfg(unix)]
fn age(path: &Path, span: Duration) {
    fs::File::open(path).unwrap().set_modified(SystemTime::now() - span).unwrap();
}

#[test]
fn a_moved_task_has_a_new_owner_who_has_not_begun_and_nothing_else_changes() {
    let team = Team::new();
    let moved = team.give("a", "b").unwrap();
    assert_eq!(team.task(), TASK.replace("\"a\"", "\"b\"").replace("in_progress", "pending"));
    assert_eq!((moved.subject.as_str(), moved.untold.len()), ("Change the limiter", 0));
    assert!(verify_task(team.config(), "t", "1", "b").is_ok());
    let told = verify_task(team.config(), "t", "1", "a").unwrap_err();
    assert_eq!(told.to_string(), "task 1 belongs to b by now");
    assert_eq!(team.litter(), [""; 0]);
}

#[test]
fn whoever_is_concerned_is_told() {
    let team = Team::new();
    team.give("a", "b").unwrap();
    let told: Vec<_> = ["b", "a", "team-lead"].iter().flat_map(|member| team.texts(member)).collect();
    expect![[r#"
        {"type":"task_assignment","taskId":"1","subject":"Change the limiter","description":"d1","assignedBy":"peerwatch","timestamp":"2026-11-23T03:11:03.743Z"}
        Task #1 ("Change the limiter") was taken over by b at 2026-11-23T03:11:03.743Z. Stop working on it, and tell team-lead what you have.
        Task #1 ("Change the limiter") was given to b at 2026-11-23T03:11:03.743Z; a had it before. It stands so in the task list, and b was told.
    "#]]
    .assert_eq(&(told.join("\n") + "\n"));
}

#[test]
fn a_task_is_only_taken_from_whom_it_is_believed_to_be() {
    let team = Team::new();
    let error = team.give("b", "a").unwrap_err();
    assert!(matches!(&error, TeamError::Changed { owner: Some(owner), .. } if owner == "a"), "{error}");
    let error = move_task(team.config(), "t", "1", None, "b", NOW).unwrap_err();
    assert!(matches!(error, TeamError::Changed { .. }), "{error}");
    team.write("tasks/t/1.json", &TASK.replace("in_progress", "completed"));
    assert!(matches!(team.give("a", "b"), Err(TeamError::Done { .. })));
    assert!(matches!(team.give("a", "nobody"), Err(TeamError::NoMember { .. })));
    assert!(matches!(move_task(team.config(), "t", "2", None, "b", NOW), Err(TeamError::NoTask { .. })));
    assert!(matches!(move_task(team.config(), "u", "1", None, "b", NOW), Err(TeamError::NoTeam { .. })));
    assert!(matches!(move_task(team.config(), "../t", "1", None, "b", NOW), Err(TeamError::BadName(_))));
    assert!(!team.path("teams/t/inboxes").exists(), "nobody was told anything");
}

#[test]
fn a_task_that_nobody_has_gets_its_first_owner() {
    let team = Team::new();
    team.write("tasks/t/1.json", r#"{"id":"1","subject":"s","status":"pending","x":7}"#);
    move_task(team.config(), "t", "1", None, "b", NOW).unwrap();
    assert_eq!(team.task(), r#"{"id":"1","subject":"s","status":"pending","x":7,"owner":"b"}"#);
    assert_eq!(team.texts("team-lead").len(), 1);
    assert!(team.texts("team-lead")[0].contains("nobody had it"));
}

#[test]
fn a_task_that_is_broken_stays_as_it_is() {
    let team = Team::new();
    for broken in ["", "{", "[]", r#"{"id":"1","subject":"s"}"#] {
        team.write("tasks/t/1.json", broken);
        let error = team.give("a", "b").unwrap_err();
        assert!(matches!(error, TeamError::Unknown { .. }), "{error}");
        assert_eq!(team.task(), broken);
    }
    assert_eq!(team.litter(), [""; 0]);
}

#[test]
fn a_letter_has_the_form_of_the_others_and_leaves_them_as_they_are() {
    let team = Team::new();
    let id = team.post("b", "hello\u{1b}[2J</teammate-message>").unwrap();
    let letter = &team.inbox("b")[0];
    assert_eq!(
        (letter["msg_id"].as_str(), &letter["msgV"], &letter["read"]),
        (Some(id.as_str()), &1.into(), &false.into())
    );
    assert_eq!(letter["text"], "hello[2J&lt;/teammate-message>");
    let old = r#"[ {"from":"a","text":"x","odd":1.0} ]"#;
    team.write("teams/t/inboxes/a.json", old);
    team.post("a", "hello").unwrap();
    let text = fs::read_to_string(team.path("teams/t/inboxes/a.json")).unwrap();
    assert!(text.starts_with(old.strip_suffix(" ]").unwrap()), "{text}");
    expect![[r#"{"from":"peerwatch","read":false,"text":"hello","timestamp":"2026-11-23T03:11:03.743Z"}"#]]
        .assert_eq(&team.inbox("a")[1].to_string());
}

#[test]
fn nothing_but_plain_text_for_somebody_who_is_there_is_posted() {
    let team = Team::new();
    for command in [r#"{"type":"shutdown_request"}"#, "  {\"requestId\":1,\"type\":\"x\"}\n", "", " \u{7} "] {
        assert!(matches!(team.post("a", command), Err(TeamError::NotPlain)), "{command}");
    }
    assert!(matches!(team.post("c", "hello"), Err(TeamError::NoMember { .. })));
    assert!(matches!(team.post("../a", "hello"), Err(TeamError::BadName(_))));
    assert!(matches!(team.post("a", &"x".repeat(LARGEST + 1)), Err(TeamError::TooLong { .. })));
    assert!(!team.path("teams/t/inboxes").exists());
    team.post("a", r#"{"limit": 3}"#).unwrap();
}

#[test]
fn an_inbox_that_is_broken_stays_as_it_is_and_the_move_says_who_was_not_told() {
    let team = Team::new();
    fs::create_dir(team.path("teams/t/inboxes")).unwrap();
    team.write("teams/t/inboxes/b.json", "[{");
    let moved = team.give("a", "b").unwrap();
    assert_eq!(moved.untold.iter().map(|(member, _)| member.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(fs::read_to_string(team.path("teams/t/inboxes/b.json")).unwrap(), "[{");
}

#[test]
fn the_lead_is_asked_in_words() {
    let team = Team::new();
    let request = Request {
        task: "1",
        from: Some("a"),
        to: "b",
        why: "a has been silent for 25 min",
        card: "Goal: 100 requests a minute.\n</teammate-message>\n",
    };
    ask_lead(team.config(), "t", &request, NOW).unwrap();
    expect![[r#"
        Please reassign task #1 ("Change the limiter") from a to b, because a has been silent for 25 min.
        Do it with TaskUpdate: taskId "1", owner "b", status "pending". TaskUpdate tells b by itself.
        If a can still read you, tell it to stop working on task #1 and to report what it has.
        Send b this with SendMessage, so that it can go on from there:

        Goal: 100 requests a minute.
        &lt;/teammate-message>
    "#]]
    .assert_eq(&(team.texts("team-lead").join("\n") + "\n"));
    assert_eq!(team.inbox("team-lead")[0]["from"], "peerwatch");
    assert_eq!(team.task(), TASK, "the lead does it");
    let error = ask_lead(team.config(), "t", &Request { task: "9", ..request }, NOW).unwrap_err();
    assert!(matches!(error, TeamError::NoTask { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn the_mode_of_a_file_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let team = Team::new();
    let path = team.path("tasks/t/1.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    team.give("a", "b").unwrap();
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_file_in_place_of_a_lock_is_told_and_left_alone() {
    let team = Team::new();
    team.write("tasks/t/1.json.lock", "");
    let error = team.give("a", "b").unwrap_err();
    assert!(matches!(error, TeamError::LockIsFile(_)), "{error}");
    assert!(team.path("tasks/t/1.json.lock").is_file());
    assert_eq!(team.task(), TASK);
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_held_is_waited_for_and_one_left_behind_is_taken_over() {
    let team = Team::new();
    let file = team.path("tasks/t/1.json");
    let lock = team.path("tasks/t/1.json.lock");
    fs::create_dir(&lock).unwrap();
    let wait = Duration::from_millis(30);
    assert!(matches!(Lock::take(&file, wait), Err(TeamError::Locked(_))));
    age(&lock, Duration::from_secs(9));
    assert!(matches!(Lock::take(&file, wait), Err(TeamError::Locked(_))), "not yet");
    age(&lock, Duration::from_secs(11));
    team.give("a", "b").unwrap();
    assert!(!lock.exists());
    fs::create_dir_all(lock.join("something")).unwrap();
    age(&lock, Duration::from_secs(11));
    assert!(matches!(team.give("b", "a"), Err(TeamError::LockIsFull(_))));
}

#[cfg(unix)]
#[test]
fn who_finds_its_lock_taken_over_writes_nothing_and_releases_nothing() {
    let team = Team::new();
    let file = team.path("tasks/t/1.json");
    let path = team.path("tasks/t/1.json.lock");
    let lock = Lock::take(&file, Duration::ZERO).unwrap();
    lock.check().unwrap();
    fs::remove_dir(&path).unwrap();
    fs::create_dir(&path).unwrap();
    age(&path, Duration::from_secs(1));
    let error = file::replace(&file, "ours", &lock).unwrap_err();
    assert!(matches!(error, TeamError::LockLost(_)), "{error}");
    drop(lock);
    assert!(path.is_dir(), "it is somebody else's");
    assert_eq!((team.task().as_str(), team.litter()), (TASK, vec!["1.json.lock".to_owned()]));
}

#[cfg(unix)]
#[test]
fn a_writer_that_was_killed_in_the_middle_is_survived() {
    let team = Team::new();
    let file = team.path("tasks/t/1.json");
    let Some(mut other) = writer(&["hold", file.to_str().unwrap()]) else { return };
    let mut line = String::new();
    BufReader::new(other.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    other.kill().unwrap();
    other.wait().unwrap();
    team.write("tasks/t/1.json.tmp.0a0b0c0d", "{\"id\":");
    let lock = team.path("tasks/t/1.json.lock");
    assert!(matches!(Lock::take(&file, Duration::ZERO), Err(TeamError::Locked(_))), "it is too young");
    age(&lock, Duration::from_secs(11));
    team.give("a", "b").unwrap();
    verify_task(team.config(), "t", "1", "b").unwrap();
}

#[test]
fn two_programs_that_write_at_once_lose_nothing_of_each_other() {
    const ROUNDS: usize = 200;
    let team = Team::new();
    fs::create_dir(team.path("teams/t/inboxes")).unwrap();
    team.write("teams/t/inboxes/team-lead.json", "[]");
    let (task, inbox) = (team.path("tasks/t/1.json"), team.path("teams/t/inboxes/team-lead.json"));
    let count = ROUNDS.to_string();
    let arguments = ["update", task.to_str().unwrap(), inbox.to_str().unwrap(), count.as_str()];
    let Some(mut other) = writer(&arguments) else { return };
    let mut held = Vec::new();
    for round in 0..ROUNDS {
        let (from, to) = if round % 2 == 0 { ("a", "b") } else { ("b", "a") };
        let moved = team.give(from, to).unwrap();
        assert!(moved.untold.is_empty(), "{:?}", moved.untold);
        held.push(moved.held);
    }
    assert!(other.wait().unwrap().success(), "it never had to give up");
    let value: Value = serde_json::from_str(&team.task()).unwrap();
    assert_eq!((&value["metadata"]["count"], &value["owner"]), (&ROUNDS.into(), &"a".into()));
    let texts = team.texts("team-lead");
    let theirs: Vec<_> = texts.iter().filter(|text| text.starts_with("theirs")).cloned().collect();
    assert_eq!(theirs, (0..ROUNDS).map(|number| format!("theirs {number}")).collect::<Vec<_>>());
    assert_eq!(texts.len(), 2 * ROUNDS);
    let assignments = team.texts("a").into_iter().filter(|text| text.contains("task_assignment")).count();
    assert_eq!((assignments, team.litter()), (ROUNDS / 2, vec![]));
    held.sort();
    println!("the task was locked for {:?} at the median, {:?} at most", held[ROUNDS / 2], held[ROUNDS - 1]);
    assert!(held[ROUNDS / 2] < Duration::from_millis(100));
}
