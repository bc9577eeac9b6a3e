//! Writes Peerwatch's own files: whole or not at all, for this user only.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::Error;

/// Turns what happened at a file into an error that names it.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::File { path, error }
}

/// Writes a file in one step, with the folders that it needs.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_as(path, bytes, None).map_err(at(path))
}

/// Copies a program in one step: one that runs meanwhile goes on with what it was.
pub(crate) fn copy_program(from: &Path, to: &Path) -> Result<(), Error> {
    let bytes = fs::read(from).map_err(at(from))?;
    let permissions = fs::metadata(from).map_err(at(from))?.permissions();
    write_as(to, &bytes, Some(permissions)).map_err(at(to))
}

/// Takes a folder away with all that is in it. That there is none is no error.
pub(crate) fn remove_folder(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}

/// Whether both files hold the same.
pub(crate) fn alike(one: &Path, other: &Path) -> bool {
    matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

fn write_as(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    make_private(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(bytes)?;
    if let Some(permissions) = permissions {
        new.as_file().set_permissions(permissions)?;
    }
    new.as_file().sync_all()?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}
