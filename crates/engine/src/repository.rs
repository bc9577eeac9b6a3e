//! The repository that a folder belongs to.

use std::path::Path;

/// Folders above one that are searched for it.
const LEVELS: usize = 32;

/// The root of the repository that a folder is in.
#[must_use]
pub fn repository_of(folder: &str) -> Option<String> {
    let root = Path::new(folder).ancestors().take(LEVELS).find(|above| above.join(".git").exists())?;
    Some(root.display().to_string())
}
