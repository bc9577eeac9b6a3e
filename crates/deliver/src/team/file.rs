//! A file that is read whole and replaced whole.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::TeamError;
use super::clock::mark;
use super::lock::Lock;

/// No task and no inbox is anywhere near as large; one of 1.8 MB was seen to stand still.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The text of a file; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, TeamError> {
    let mut bytes = Vec::new();
    match fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(TeamError::failed(path)(error)),
    }
    if bytes.len() as u64 > LARGEST {
        return Err(unknown(path, "it is too large"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| unknown(path, "it is not UTF-8"))
}

/// Puts a new text in the place of a file, with the mode that it had, unless the lock was lost meanwhile.
pub(super) fn replace(path: &Path, text: &str, lock: &Lock) -> Result<(), TeamError> {
    // Named as Claude Code names it.
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".tmp.{}", mark()));
    let beside = Path::new(&beside);
    let written = write(beside, path, text).map_err(TeamError::failed(beside));
    let replaced = written
        .and_then(|()| lock.check())
        .and_then(|()| fs::rename(beside, path).map_err(TeamError::failed(path)));
    if replaced.is_err() {
        // Whatever keeps it there, it is no task and no inbox.
        let _ = fs::remove_file(beside);
    }
    replaced
}

fn write(beside: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::options().write(true).create_new(true).open(beside)?;
    if let Ok(metadata) = fs::metadata(path) {
        file.set_permissions(metadata.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

pub(super) fn unknown(path: &Path, why: impl ToString) -> TeamError {
    TeamError::Unknown { path: path.to_owned(), why: why.to_string() }
}
