//! What a machine may lack: a test that needs it says that it was skipped; under `CI=true` it fails instead.

use std::io::Write;
use std::path::{Path, PathBuf};

/// What is missing, in words a person can act upon.
#[derive(Debug, Clone)]
pub struct Missing(pub String);

/// Unwraps the result of looking for something; without it, says `SKIPPED <test>: <reason>` and returns from the test.
#[macro_export]
macro_rules! require {
    ($found:expr) => {{
        fn here() {}
        match $found {
            Ok(found) => found,
            Err(missing) => {
                $crate::require::skip(std::any::type_name_of_val(&here), &missing);
                return;
            }
        }
    }};
}

/// Says that a test was skipped, past the test harness's capture.
///
/// # Panics
/// Under `CI=true`: there, what is missing is a failure.
pub fn skip(place: &str, missing: &Missing) {
    let test = place.trim_end_matches("::here");
    let test = test.split_once("::").map_or(test, |(_, name)| name);
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} cannot run: {}", missing.0);
    let _ = writeln!(std::io::stdout().lock(), "SKIPPED {test}: {}", missing.0);
}

/// Looks for a program in the folders where distributions put them.
pub fn program(name: &str) -> Result<PathBuf, Missing> {
    ["/usr/bin", "/usr/local/bin", "/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| Missing(format!("the program {name} is not installed")))
}

/// The project's folder.
pub fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/")).to_owned()
}

/// A file of the project's `node_modules`.
pub fn node_module(relative: &str) -> Result<PathBuf, Missing> {
    let path = project_root().join("node_modules").join(relative);
    path.is_file()
        .then_some(path)
        .ok_or_else(|| Missing(format!("node_modules/{relative} is missing: run npm install")))
}
