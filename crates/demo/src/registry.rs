//! The live registry: one small file for each running session, overwritten in place as Claude Code does.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{Result, at};
use crate::puppet::pid_domain;
use crate::session::inbox_of;
use crate::text::quoted;
use crate::transcript::VERSION;

/// One session's entry.
pub(crate) struct Entry {
    path: PathBuf,
    head: String,
}

impl Entry {
    /// An entry for a process; nothing is written yet.
    pub(crate) fn new(
        home: &Path,
        pid: u32,
        start: &str,
        session: &str,
        cwd: &str,
        name: &str,
        when: Timestamp,
    ) -> Self {
        let (cwd, name, began) = (quoted(cwd), quoted(name), when.as_millisecond());
        let socket = quoted(&inbox_of(home, pid).display().to_string());
        let (start, domain) = (quoted(start), quoted(&pid_domain()));
        let head = format!(
            r#"{{"pid":{pid},"sessionId":"{session}","cwd":{cwd},"startedAt":{began},"procStart":{start},"version":"{VERSION}","peerProtocol":1,"peerFeatures":["notify_idle","reply_across_default_dirs","artifact_yield"],"kind":"interactive","entrypoint":"cli","pidDomain":{domain},"asksForConvertedSkills":null,"messagingSocketPath":{socket},"name":{name},"nameSource":"user","nameSince":{began}"#
        );
        Self { path: home.join("sessions").join(format!("{pid}.json")), head }
    }

    /// Declares a status, with what is waited for where it is `waiting`.
    pub(crate) fn declare(&self, status: &str, waiting_for: Option<&str>, when: Timestamp) -> Result<()> {
        let at_ms = when.as_millisecond();
        let waiting =
            waiting_for.map(|words| format!(r#","waitingFor":{}"#, quoted(words))).unwrap_or_default();
        let text = format!(
            r#"{},"status":"{status}","updatedAt":{at_ms},"statusUpdatedAt":{at_ms}{waiting}}}"#,
            self.head
        );
        let path = &self.path;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        // In place and cut afterwards: a reader may see the old tail, as with the real program.
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(false).open(path).map_err(at(path))?;
        file.write_all(text.as_bytes()).map_err(at(path))?;
        file.set_len(text.len() as u64).map_err(at(path))?;
        file.set_modified(when.into()).map_err(at(path))
    }

    /// Takes the entry away, as an orderly end does.
    pub(crate) fn remove(&self) -> Result<()> {
        fs::remove_file(&self.path).map_err(at(&self.path))
    }
}
