//! Which files stand at a path. A database can be replaced while it is open; the connection then writes into the void.

use std::path::Path;

/// The identities of a database and of its log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Files {
    main: Option<Identity>,
    log: Option<Identity>,
}

impl Files {
    pub(super) fn of(path: &Path) -> Files {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Files { main: identity(path), log: identity(Path::new(&log)) }
    }
}

#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// An open file cannot be replaced here.
#[cfg(not(unix))]
type Identity = ();

#[cfg(not(unix))]
fn identity(_path: &Path) -> Option<Identity> {
    None
}
