//! The same database under other conditions: a read-only mount, another user.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;

use peerwatch_sources::{Hint, Source as _};
use serde_json::json;

use crate::world::{CONVERSATION, Writer, now, watch};

#[test]
fn a_read_only_mount_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bridge.db");
    let Some(mut writer) = Writer::start() else { return };
    writer.tell(json!(["create", path.to_str().unwrap(), CONVERSATION]));
    writer.tell(json!(["send", path.to_str().unwrap(), CONVERSATION, "a", "in the file"]));
    let mounted = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";
    inside(&["unshare", "-rm", "sh", "-c", mounted, "sh"], folder.path(), &path, "in the file");
    writer.tell(json!(["hold", "keep", path.to_str().unwrap()]));
    writer.tell(json!(["send", path.to_str().unwrap(), CONVERSATION, "a", "in the log"]));
    inside(&["unshare", "-rm", "sh", "-c", mounted, "sh"], folder.path(), &path, "in the log");
}

#[test]
fn another_users_database_is_read_and_no_file_of_ours_locks_them_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bridge.db");
    let Some(mut writer) = Writer::start() else { return };
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder.path(), open).unwrap();
    writer.tell(json!(["create", path.to_str().unwrap(), CONVERSATION]));
    writer.tell(json!(["send", path.to_str().unwrap(), CONVERSATION, "a", "in the file"]));
    let nobody = "shift && exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"";
    inside(&["sh", "-c", nobody, "sh"], folder.path(), &path, "in the file");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made beside it");
    writer.tell(json!(["hold", "keep", path.to_str().unwrap()]));
    writer.tell(json!(["send", path.to_str().unwrap(), CONVERSATION, "a", "in the log"]));
    inside(&["sh", "-c", nobody, "sh"], folder.path(), &path, "in the log");
    writer.tell(json!(["release", "keep"]));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "its owner could put its log away");
}

/// Runs [`reading_elsewhere`] under other conditions; where the system refuses those, says so.
fn inside(wrapper: &[&str], folder: &Path, path: &Path, wanted: &str) {
    // The test program may lie where another user cannot reach it.
    let reachable = tempfile::tempdir().unwrap();
    fs::set_permissions(reachable.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = reachable.path().join("bridge-test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let ran = std::process::Command::new(wrapper[0])
        .args(&wrapper[1..])
        .arg(folder)
        .arg(&program)
        .args(["--exact", "elsewhere::reading_elsewhere", "--ignored", "--nocapture"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("BRIDGE_PATH", path)
        .env("BRIDGE_WANTED", wanted)
        .output();
    let ran = match ran {
        Ok(ran) => ran,
        Err(error) => return println!("skipped: {} cannot be started: {error}", wrapper[0]),
    };
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    if !said.contains("running 1 test") {
        return println!("skipped: the system refuses these conditions: {said}");
    }
    assert!(ran.status.success(), "{said}");
}

/// The part of a test that runs under other conditions.
#[test]
#[ignore = "run by other tests, under other conditions"]
fn reading_elsewhere() {
    let path = PathBuf::from(std::env::var_os("BRIDGE_PATH").unwrap());
    let mut source = watch(&path, None);
    let mut reading = source.look(now(), &Hint::Everything);
    while reading.again.is_some() && reading.messages.is_empty() {
        thread::sleep(reading.again.unwrap_or_default());
        reading = source.look(now(), &Hint::Everything);
    }
    assert_eq!(reading.troubles, []);
    assert_eq!(reading.messages.last().unwrap().text, std::env::var("BRIDGE_WANTED").unwrap());
}
