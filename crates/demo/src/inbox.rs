//! The inbox of a session: what is pushed into it stands in its transcript, and what is in its queue is handed over.
//!
//! It takes messages as Claude Code 2.1.330 does: a line with its key, a line with the message, then it hangs up. A session
//! at its prompt reads at once; one at work has it in its queue until the next boundary.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::text::{hex, iso, quoted, uuid};

/// A message line of Claude Code's is not longer.
const LONGEST: u64 = 1 << 20;
/// Whoever connects and says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// An inbox that takes messages for as long as this lives.
pub(crate) struct Inbox {
    socket: PathBuf,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    transcript: PathBuf,
    session: String,
    token: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    at_work: bool,
    holds: bool,
    over: bool,
    queue: Vec<Mail>,
}

/// A message in the queue.
pub(crate) struct Mail {
    pub(crate) uid: String,
    pub(crate) text: String,
    /// Who sent it hears of its fate there.
    reply_to: Option<PathBuf>,
}

impl Mail {
    fn answer_held(&self) {
        let status = json!({"type": "control", "action": "peer_message_status", "status": "held",
            "reason": "asks its person", "orig_msg_id": self.uid});
        let listener = self.reply_to.as_ref().and_then(|path| UnixStream::connect(path).ok());
        // Who no longer listens need not hear it.
        let _heard = listener.map(|mut listener| writeln!(listener, "{status}"));
    }
}

impl Inbox {
    /// Opens one; `None` where its path is too long for a socket.
    pub(crate) fn open(
        home: &Path,
        socket: PathBuf,
        pid: u32,
        session: &str,
        transcript: &Path,
    ) -> Option<Self> {
        fs::create_dir_all(socket.parent()?).ok()?;
        let listener = UnixListener::bind(&socket).ok()?;
        let token = hex(&format!("{session}{pid}"), 43);
        let sessions = home.join("sessions");
        fs::create_dir_all(&sessions).ok()?;
        let key = sessions.join(format!("{pid}.{}.key", hex(&token, 64)));
        fs::write(key, json!({ "peerToken": token }).to_string()).ok()?;
        let shared = Arc::new(Shared {
            transcript: transcript.into(),
            session: session.into(),
            token,
            state: Mutex::default(),
        });
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.listen(&listener)
        });
        Some(Self { socket, shared, thread: Some(thread) })
    }

    /// Whether the session is in a turn: then messages wait in its queue.
    pub(crate) fn set_at_work(&self, at_work: bool) {
        self.shared.state().at_work = at_work;
    }

    /// Whether its person is asked before it has a message: then nothing shows of it.
    pub(crate) fn set_holds(&self, holds: bool) {
        self.shared.state().holds = holds;
    }

    /// What stands in the queue, for the model to read now.
    pub(crate) fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.shared.state().queue)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.shared.state().over = true;
        // It waits for somebody to come; when its folder was taken away before, nobody can, and it ends with the program.
        if UnixStream::connect(&self.socket).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, listener: &UnixListener) {
        for visitor in listener.incoming() {
            if self.state().over {
                return;
            }
            // Whoever sent it is let go only when it stands there, so that a test need not wait for it.
            let Ok(visitor) = visitor else { continue };
            if let Some(mail) = self.read(&visitor) {
                self.receive(mail);
            }
        }
    }

    fn read(&self, visitor: &UnixStream) -> Option<Mail> {
        visitor.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut text = String::new();
        visitor.take(LONGEST).read_to_string(&mut text).ok()?;
        let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let (auth, message) = (lines.next()?, lines.next()?);
        let known = auth["token"] == self.token.as_str() && message["session_id"] == self.session.as_str();
        known.then_some(())?;
        let text = message["message"]["content"].as_str()?.to_owned();
        let reply_to = message["from"].as_str().and_then(|from| from.strip_prefix("uds:")).map(PathBuf::from);
        Some(Mail { uid: message["msg_id"].as_str()?.to_owned(), text, reply_to })
    }

    fn receive(&self, mail: Mail) {
        let mut state = self.state();
        if state.holds {
            return mail.answer_held();
        }
        let now = iso(Timestamp::now());
        let session = self.session.as_str();
        self.append(&format!(
            r#"{{"type":"queue-operation","operation":"enqueue","timestamp":"{now}","sessionId":"{session}","content":{}}}"#,
            quoted(&mail.text)
        ));
        if state.at_work {
            state.queue.push(mail);
            return;
        }
        let origin = json!({"kind": "peer", "msg_id": mail.uid, "name": sender(&mail.text)});
        let read = json!({"type": "user", "uuid": uuid(&format!("{}read", mail.uid)), "timestamp": now, "sessionId": session,
            "isMeta": true, "isSidechain": false, "origin": origin, "turnOrigin": "peer",
            "message": {"role": "user", "content": mail.text}});
        let answer = json!({"type": "assistant", "uuid": uuid(&format!("{}answer", mail.uid)), "timestamp": now,
            "sessionId": session, "isSidechain": false, "message": {"id": format!("msg_{}", hex(&mail.uid, 20)),
            "type": "message", "role": "assistant", "model": "claude-opus-4-7", "stop_reason": "end_turn",
            "content": [{"type": "text", "text": ANSWER}]}});
        self.append(&read.to_string());
        self.append(&answer.to_string());
    }

    fn append(&self, line: &str) {
        let file = OpenOptions::new().append(true).create(true).open(&self.transcript);
        // A demonstration whose folder was taken away has nobody left to tell.
        let _shown = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    }
}

const ANSWER: &str = "I have read it. (This session is invented: nobody thinks here.)";

/// The name that a message gives its sender.
fn sender(text: &str) -> &str {
    let name = text.split_once("from-name=\"").and_then(|(_, rest)| rest.split_once('"'));
    name.map_or("another session", |(name, _)| name)
}
