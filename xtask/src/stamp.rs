//! Has anything changed since this was last done? A stamp is a file that remembers a fingerprint of the inputs.
//!
//! Contents are compared, not times: a checkout that switches branches makes every file new without changing it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A fingerprint of files: their names and contents.
#[derive(PartialEq, Eq, Debug, Clone, Copy)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// Of `files`, which lie under `root`. A missing file counts as one that is missing, not as an error.
    pub(crate) fn of(root: &Path, files: &[PathBuf]) -> Self {
        let mut files: Vec<_> = files.iter().collect();
        files.sort();
        files.dedup();
        let mut sum = Fnv::default();
        for file in files {
            sum.add(file.strip_prefix(root).unwrap_or(file).to_string_lossy().as_bytes());
            match std::fs::read(file) {
                Ok(content) => {
                    sum.add(&(content.len() as u64).to_le_bytes());
                    sum.add(&content);
                }
                Err(_) => sum.add(b"missing"),
            }
        }
        Self(sum.0)
    }
}

/// The file that remembers a fingerprint.
pub(crate) struct Stamp {
    file: PathBuf,
}

impl Stamp {
    pub(crate) fn at(file: PathBuf) -> Self {
        Self { file }
    }

    /// Whether this very fingerprint was written last.
    pub(crate) fn holds(&self, fingerprint: Fingerprint) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|text| text.trim() == format!("{:016x}", fingerprint.0))
    }

    /// Remembers `fingerprint`. To be called after the work succeeded.
    pub(crate) fn write(&self, fingerprint: Fingerprint) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(&self.file, format!("{:016x}\n", fingerprint.0))
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// Every file under `folder`, except in folders that `skip` names, in any order.
pub(crate) fn files_under(folder: &Path, skip: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !skip(&name) => found.extend(files_under(&entry.path(), skip)),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found
}

/// FNV-1a: the standard library's own hasher may change from one Rust to the next.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("peerwatch-stamp-{}-{name}", std::process::id()));
            std::fs::create_dir_all(folder.join("node_modules")).unwrap();
            Self(folder)
        }

        fn write(&self, name: &str, content: &str) {
            std::fs::write(self.0.join(name), content).unwrap();
        }

        fn fingerprint(&self) -> Fingerprint {
            Fingerprint::of(&self.0, &files_under(&self.0, &|name| name == "node_modules"))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_stamp_holds_until_a_content_changes() {
        let scratch = Scratch::new("changes");
        let stamp = Stamp::at(scratch.0.join("node_modules/stamps/window"));
        scratch.write("a.ts", "one");
        assert!(!stamp.holds(scratch.fingerprint()), "nothing was done yet");
        stamp.write(scratch.fingerprint()).unwrap();
        scratch.write("a.ts", "one");
        assert!(stamp.holds(scratch.fingerprint()), "written again with the same content");
        scratch.write("a.ts", "two");
        assert!(!stamp.holds(scratch.fingerprint()));
    }

    #[test]
    fn a_new_name_a_new_file_and_a_moved_border_are_changes() {
        let scratch = Scratch::new("names");
        scratch.write("a.ts", "xy");
        let first = scratch.fingerprint();
        scratch.write("b.ts", "");
        let second = scratch.fingerprint();
        scratch.write("a.ts", "x");
        scratch.write("b.ts", "y");
        let third = scratch.fingerprint();
        assert!(first != second && second != third && first != third);
    }

    #[test]
    fn a_missing_file_is_not_an_empty_one() {
        let scratch = Scratch::new("missing");
        let file = [scratch.0.join("package-lock.json")];
        let missing = Fingerprint::of(&scratch.0, &file);
        scratch.write("package-lock.json", "");
        assert_ne!(missing, Fingerprint::of(&scratch.0, &file));
    }
}
