//! The command that goes on with an ended session, quoted so that no folder's name can do anything else.

use thiserror::Error;

/// A session to go on with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resume {
    folder: String,
    session: String,
}

/// Why a session can't be gone on with.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum NotResumable {
    /// Its id is none of Claude Code's.
    #[error("the session's id is odd: {0}")]
    OddId(String),
    /// It is not known in which folder it was.
    #[error("the session's folder is not known")]
    NoFolder,
}

/// What goes on with a session: `claude --resume ID` in the folder that it was in.
///
/// # Errors
/// When the id is not made of letters, digits, `-` and `_`, or the folder is empty.
pub fn resume_command(folder: &str, session_id: &str) -> Result<Resume, NotResumable> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_id = !session_id.is_empty() && session_id.len() <= 128 && !session_id.starts_with('-');
    if !is_id || !session_id.chars().all(is_plain) {
        return Err(NotResumable::OddId(crate::call::printable(session_id)));
    }
    if folder.is_empty() || folder.contains('\0') {
        return Err(NotResumable::NoFolder);
    }
    Ok(Resume { folder: folder.to_owned(), session: session_id.to_owned() })
}

impl Resume {
    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// For a Unix shell: `cd '/home/dev/my api' && claude --resume ID`. A name with control characters is written out, so
    /// that the line can be shown and pasted.
    #[must_use]
    pub fn sh(&self) -> String {
        let (folder, session) = (self.plain_folder(), &self.session);
        if folder.chars().any(steers) {
            let written = written_out(&folder);
            // The dot keeps a line's end at the end of the name, which `$(…)` would take away.
            return format!(r#"d=$(printf '{written}.') && cd "${{d%.}}" && claude --resume {session}"#);
        }
        format!("cd {} && claude --resume {session}", for_shell(&folder))
    }

    /// A name that begins with a minus would be an option, `-` alone the folder before.
    fn plain_folder(&self) -> String {
        if self.folder.starts_with('-') { format!("./{}", self.folder) } else { self.folder.clone() }
    }

    /// For PowerShell.
    #[must_use]
    pub fn powershell(&self) -> String {
        let folder = for_powershell(&self.folder);
        format!("Set-Location -LiteralPath {folder}; if ($?) {{ claude --resume {} }}", self.session)
    }

    /// For `cmd`; `None` for a folder whose name it would read as something else: it knows no quotes for `%` and `!`.
    #[must_use]
    pub fn cmd(&self) -> Option<String> {
        let is_safe = |c: char| !c.is_control() && !matches!(c, '%' | '!' | '"');
        // A backslash before the closing quote is no matter to `cd`.
        self.folder
            .chars()
            .all(is_safe)
            .then(|| format!("cd /d \"{}\" && claude --resume {}", self.folder, self.session))
    }

    /// The one for this system.
    #[must_use]
    pub fn here(&self) -> String {
        if cfg!(windows) { self.powershell() } else { self.sh() }
    }

    /// The words that a new terminal runs: the person's shell with its settings, Claude Code in it, and the shell again
    /// when that has ended. The folder's name is an argument that no shell reads as a command.
    #[must_use]
    pub fn words(&self, shell: &str) -> Vec<String> {
        if cfg!(windows) {
            let claude = format!("claude --resume {}", self.session);
            return ["powershell.exe", "-NoExit", "-Command", &claude].map(str::to_owned).to_vec();
        }
        let script = r#"cd "$1" && "$2" -i -c "claude --resume $3"; exec "$2" -i"#;
        let folder = self.plain_folder();
        ["/bin/sh", "-c", script, "peerwatch", &folder, shell, &self.session].map(str::to_owned).to_vec()
    }
}

/// A word as a Unix shell takes it back. One that could steer a terminal is shown with `?` in the place of that.
pub(crate) fn for_shell(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let shown: String = word.chars().map(|c| if steers(c) { '?' } else { c }).collect();
    format!("'{}'", shown.replace('\'', r"'\''"))
}

/// A word for `printf` between single quotes, with what could steer a terminal as octal numbers.
fn written_out(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        match c {
            c if steers(c) => {
                c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out += &format!("\\{byte:03o}"));
            }
            '\\' => out += r"\\",
            '%' => out += "%%",
            '\'' => out += r"\047",
            c => out.push(c),
        }
    }
    out
}

/// Control characters, and those that turn the direction of writing or have no width.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// PowerShell reads typographic quotes as quotes too, and each doubled one as itself.
fn for_powershell(word: &str) -> String {
    let mut quoted = String::from("'");
    for c in word.chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted + "'"
}

#[cfg(test)]
mod tests;
