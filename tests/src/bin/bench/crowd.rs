//! Sessions that stand still: real processes with registry entries and transcripts as Claude Code writes them.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use peerwatch_tests::process::Running;
use peerwatch_tests::scratch::Scratch;

/// Sessions in a scratch home, ended with this value.
pub(crate) struct Crowd {
    home: PathBuf,
    members: Vec<Running>,
}

impl Crowd {
    pub(crate) fn new(scratch: &Scratch) -> Self {
        let home = scratch.path("home/.claude");
        fs::create_dir_all(home.join("sessions")).expect("the registry");
        fs::create_dir_all(home.join("projects/-home-dev-acme")).expect("a project");
        Self { home, members: Vec::new() }
    }

    /// One more session, at its prompt, with a transcript of so many bytes; gives its registry entry's path.
    pub(crate) fn join(&mut self, transcript: usize) -> PathBuf {
        let number = self.members.len();
        let mut sleep = Command::new("sleep");
        let member =
            Running::start("a session", sleep.arg("3600").stdin(Stdio::null()).stdout(Stdio::null()));
        let pid = member.pid();
        self.members.push(member);
        let entry = self.home.join(format!("sessions/{pid}.json"));
        self.write(number, "idle");
        fs::write(self.transcript(&session(number)), lines(&session(number), transcript))
            .expect("a transcript");
        entry
    }

    /// A transcript without a session.
    pub(crate) fn leave(&self, number: usize, content: &[u8]) {
        fs::write(self.transcript(&session(100_000 + number)), content).expect("a transcript");
    }

    /// Rewrites the registry entry of a session as Claude Code does: in place.
    pub(crate) fn write(&self, number: usize, status: &str) -> String {
        let pid = self.members[number].pid();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_millis();
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process");
        let start =
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(19)).expect("its start");
        let text = format!(
            r#"{{"pid":{pid},"sessionId":"{}","cwd":"/home/dev/acme","startedAt":{now},"procStart":"{start}","version":"2.1.330","kind":"interactive","entrypoint":"cli","name":"worker-{number}","status":"{status}","updatedAt":{now},"statusUpdatedAt":{now}}}"#,
            session(number)
        );
        fs::write(self.home.join(format!("sessions/{pid}.json")), &text).expect("an entry");
        text
    }

    fn transcript(&self, session: &str) -> PathBuf {
        self.home.join(format!("projects/-home-dev-acme/{session}.jsonl"))
    }
}

fn session(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A transcript of about so many bytes that ends with a finished turn.
pub(crate) fn lines(session: &str, bytes: usize) -> Vec<u8> {
    let envelope = |kind: &str, rest: &str, number: usize| {
        format!(
            "{{\"parentUuid\":null,\"isSidechain\":false,\"type\":\"{kind}\",\"uuid\":\"00000000-0000-4000-9000-{number:012}\",\"timestamp\":\"2026-11-23T09:00:00.000Z\",\"sessionId\":\"{session}\",\"cwd\":\"/home/dev/acme\",\"version\":\"2.1.330\",{rest}}}\n"
        )
    };
    let text = "The limiter counts each request once, and forgets it after a minute. ".repeat(40);
    let mut content = Vec::with_capacity(bytes + 8_192);
    let mut number = 0;
    while content.len() < bytes {
        number += 2;
        let prompt = format!("\"message\":{{\"role\":\"user\",\"content\":\"{text}\"}}");
        let answer = format!(
            "\"message\":{{\"id\":\"msg_{number}\",\"role\":\"assistant\",\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}],\"stop_reason\":\"end_turn\"}}"
        );
        content.extend(envelope("user", &prompt, number).bytes());
        content.extend(envelope("assistant", &answer, number + 1).bytes());
    }
    content
}
