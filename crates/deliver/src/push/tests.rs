use super::*;
use crate::wrap::wrap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::{self, JoinHandle};

const UID: &str = "1f0c2d3e-0000-4000-8000-00000000abcd";
const PATIENCE: Duration = Duration::from_secs(5);

/// A configuration folder with a key, and a socket at which `session` behaves as it likes.
struct Lab {
    folder: tempfile::TempDir,
    door: Door,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sessions")).unwrap();
        fs::write(folder.path().join("sessions/41.00ff.key"), r#"{"peerToken":"sesame"}"#).unwrap();
        let (config, socket) = (folder.path().to_owned(), folder.path().join("41.sock"));
        Self { folder, door: Door { config, pid: 41, socket, session_id: "s1".into() } }
    }

    fn session<T: Send + 'static>(&self, behave: fn(UnixStream) -> T) -> JoinHandle<T> {
        let listener = UnixListener::bind(&self.door.socket).unwrap();
        thread::spawn(move || behave(listener.accept().unwrap().0))
    }
}

fn parcel(text: &str) -> Parcel<'_> {
    Parcel { uid: UID, from_name: "backend", text, reply_to: Some(Path::new("/run/x/peerwatch.sock")) }
}

/// Reads to the end and hangs up without a word, as Claude Code does.
fn take(mut stream: UnixStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_message_is_written_as_another_session_writes_it() {
    let lab = Lab::new();
    let session = lab.session(take);
    push(&lab.door, &parcel("hello"), PATIENCE).unwrap();
    let text = session.join().unwrap();
    let (auth, message) = text.trim_end().split_once('\n').unwrap();
    assert_eq!(auth, r#"{"token":"sesame","type":"auth"}"#);
    let message: Value = serde_json::from_str(message).unwrap();
    let content = wrap(UID, "backend", "hello", Some(Path::new("/run/x/peerwatch.sock")));
    assert_eq!(
        message,
        json!({
            "msgV": 1, "msg_id": UID, "type": "user", "session_id": "s1", "priority": "next",
            "from": "uds:/run/x/peerwatch.sock", "message": {"role": "user", "content": content},
        })
    );
}

#[test]
fn an_answer_is_passed_over() {
    let lab = Lab::new();
    let session = lab.session(|mut stream| {
        stream.write_all(b"{\"type\":\"welcome\"}\n").unwrap();
        take(stream).len()
    });
    push(&lab.door, &parcel("hello"), PATIENCE).unwrap();
    assert!(session.join().unwrap() > 0);
}

#[test]
fn nobody_there_is_gone_whether_the_socket_stayed_or_not() {
    let lab = Lab::new();
    assert!(matches!(push(&lab.door, &parcel("hello"), PATIENCE), Err(PushError::Gone)));
    drop(UnixListener::bind(&lab.door.socket).unwrap());
    assert!(matches!(push(&lab.door, &parcel("hello"), PATIENCE), Err(PushError::Gone)));
}

#[test]
fn one_who_hangs_up_early_refuses() {
    let lab = Lab::new();
    let session = lab.session(drop);
    let long = "x".repeat(LARGEST / 2);
    assert!(matches!(push(&lab.door, &parcel(&long), PATIENCE), Err(PushError::Refused)));
    session.join().unwrap();
}

#[test]
fn one_who_reads_but_does_not_hang_up_is_slow_and_so_is_one_who_does_not_read() {
    for text in ["hello".to_owned(), "x".repeat(LARGEST - 1000)] {
        let lab = Lab::new();
        let session = lab.session(|stream| stream);
        let pushed = push(&lab.door, &parcel(&text), Duration::from_millis(50));
        assert!(matches!(pushed, Err(PushError::Slow)), "{pushed:?}");
        drop(session.join().unwrap());
    }
}

#[test]
fn what_is_too_large_is_not_tried_and_without_a_key_nothing_is_said() {
    let lab = Lab::new();
    let listener = UnixListener::bind(&lab.door.socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let long = "x".repeat(LARGEST);
    assert!(matches!(push(&lab.door, &parcel(&long), PATIENCE), Err(PushError::TooLarge { .. })));
    assert!(listener.accept().is_err(), "nobody came");
    fs::remove_file(lab.folder.path().join("sessions/41.00ff.key")).unwrap();
    assert!(matches!(push(&lab.door, &parcel("hello"), PATIENCE), Err(PushError::NoKey(_))));
    assert_eq!(take(listener.accept().unwrap().0), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_door_before_which_too_many_wait_already_is_slow() {
    let lab = Lab::new();
    let listener = UnixListener::bind(&lab.door.socket).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let waiting = UnixStream::connect(&lab.door.socket).unwrap();
    let pushed = push(&lab.door, &parcel("hello"), Duration::from_millis(50));
    assert!(matches!(pushed, Err(PushError::Slow)), "{pushed:?}");
    drop(waiting);
}
