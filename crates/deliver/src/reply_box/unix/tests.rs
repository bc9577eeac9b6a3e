use super::*;
use std::io::Write;
use std::net::Shutdown;
use std::sync::mpsc::{self, Receiver};

use crate::{Receipt, Verdict};

const HELD: &str =
    r#"{"type":"control","action":"peer_message_status","status":"held","reason":"ask","orig_msg_id":"u1"}"#;

fn open(folder: &Path) -> (ReplyBox, Receiver<Returned>) {
    let (tell, told) = mpsc::channel();
    (ReplyBox::open(folder, "", tell).unwrap(), told)
}

/// Sends as a session does: it waits for our hanging up.
fn send(path: &Path, lines: &str) {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.write_all(lines.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0, "it hangs up without a word");
}

#[test]
fn a_receipt_is_heard_and_its_sender_is_hung_up_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mailbox, told) = open(folder.path());
    assert_eq!(fs::metadata(mailbox.path()).unwrap().permissions().mode() & 0o777, 0o600);
    send(mailbox.path(), "");
    send(mailbox.path(), &format!("{{\"type\":\"auth\",\"token\":\"t\"}}\nnonsense\n{HELD}\n"));
    let receipt = Receipt { uid: "u1".into(), verdict: Verdict::Held, reason: "ask".into() };
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Returned::Receipt(receipt)));
}

#[test]
fn one_who_says_nothing_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (mailbox, told) = open(folder.path());
    let silent = UnixStream::connect(mailbox.path()).unwrap();
    send(mailbox.path(), HELD);
    assert!(told.recv_timeout(PATIENCE / 2).is_ok());
    drop(silent);
}

#[test]
fn a_dead_socket_is_replaced_and_a_living_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(folder.path().join("peerwatch.sock")).unwrap());
    let (mailbox, _told) = open(folder.path());
    let second = ReplyBox::open(folder.path(), "", mpsc::channel().0).unwrap_err();
    assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
    let path = mailbox.path().to_owned();
    drop(mailbox);
    assert!(!path.exists(), "it is gone with its box");
}

#[test]
fn what_stands_in_its_place_is_not_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let (mailbox, _told) = open(folder.path());
    let path = mailbox.path().to_owned();
    fs::remove_file(&path).unwrap();
    assert!(!mailbox.is_open());
    let (second, _told) = open(folder.path());
    drop(mailbox);
    assert!(second.is_open());
}

#[test]
fn boxes_have_names_and_what_is_put_into_one_tells_which() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, told) = mpsc::channel();
    let mailbox = ReplyBox::open(folder.path(), "conv_1/a", tell).unwrap();
    assert_eq!(mailbox.path(), folder.path().join("peerwatch-conv_1a.sock"));
    send(mailbox.path(), r#"{"type":"user","message":{"content":"my answer"},"from":"uds:/8.sock"}"#);
    let Ok(Returned::Letter(letter)) = told.recv_timeout(PATIENCE) else { panic!("no letter") };
    assert_eq!((letter.to.as_str(), letter.text.as_str()), ("conv_1/a", "my answer"));
}

#[test]
fn only_dead_boxes_of_ours_are_swept_away() {
    let folder = tempfile::tempdir().unwrap();
    let (mailbox, _told) = open(folder.path());
    for name in ["peerwatch-old.sock", "8020.sock"] {
        drop(UnixListener::bind(folder.path().join(name)).unwrap());
    }
    fs::write(folder.path().join("peerwatch-notes.sock"), "no socket").unwrap();
    ReplyBox::sweep(folder.path());
    let names = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["8020.sock", "peerwatch-notes.sock", "peerwatch.sock"]);
    assert!(mailbox.is_open());
}
