//! The plugin: a folder that Peerwatch writes and owns, which Claude Code reads in place.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::files::{self, at};
use crate::{Error, Place};

/// The name of the marketplace whose only plugin is ours.
pub(crate) const MARKETPLACE: &str = "peerwatch";
/// The plugin's full name.
pub(crate) const PLUGIN: &str = "peerwatch@peerwatch";

/// The events at which the hook tells the engine and waits for nothing. The live registry shows the same, but a little
/// later or with less: a request for permission with its tool, a failure with its kind, an end with its reason.
const TOLD: [&str; 5] =
    ["SessionStart", "UserPromptSubmit", "PermissionRequest", "StopFailure", "SessionEnd"];
/// Seconds after which Claude Code ends a hook; ours gives up long before.
const TIMEOUT_S: u32 = 5;
/// Seconds that one may wait beside an idle session: a day, after which the next turn brings another.
const WAITING_S: u32 = 86_400;

const ABOUT: &str = "Lets Claude Code sessions exchange messages, and tells Peerwatch how they fare";

/// The plugin's files, by their place in its folder, with what they should hold.
pub(crate) struct Plugin {
    folder: PathBuf,
    files: [(&'static str, Value); 4],
    hook: PathBuf,
}

impl Plugin {
    /// The plugin as it should be.
    pub(crate) fn of(place: &Place) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        let manifest = json!({
            "name": MARKETPLACE, "version": version, "description": ABOUT,
            "author": {"name": "Peerwatch"}, "license": "MIT",
        });
        let marketplace = json!({
            "name": MARKETPLACE, "owner": {"name": "Peerwatch"}, "metadata": {"description": ABOUT},
            "plugins": [{"name": MARKETPLACE, "source": "./", "description": ABOUT}],
        });
        let servers = json!({"mcpServers": {MARKETPLACE: {
            "type": "stdio", "command": place.program, "args": ["mcp"], "env": {},
        }}});
        let folder = folder(&place.own);
        let hook = folder.join("program").join(hook_name(place));
        let hooks = hooks(&hook, &place.socket);
        let files = [
            (".claude-plugin/plugin.json", manifest),
            (".claude-plugin/marketplace.json", marketplace),
            ("hooks/hooks.json", hooks),
            (".mcp.json", servers),
        ];
        Self { folder, files, hook }
    }

    /// Every file.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let hook = self.hook.clone();
        self.files.iter().map(|(name, _)| self.folder.join(name)).chain([hook])
    }

    /// Writes what is not yet as it should be.
    pub(crate) fn write(&self, place: &Place) -> Result<(), Error> {
        for (name, value) in &self.files {
            let path = self.folder.join(name);
            let text = written(value);
            if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
                files::write(&path, text.as_bytes())?;
            }
        }
        if !files::alike(&place.hook, &self.hook) {
            files::copy_program(&place.hook, &self.hook)?;
        }
        Ok(())
    }

    /// What is not as it should be, in words; nothing when all is.
    pub(crate) fn differs(&self, place: &Place) -> Option<String> {
        if !place.program.is_file() {
            return Some(format!("{} is missing", place.program.display()));
        }
        for (name, value) in &self.files {
            let path = self.folder.join(name);
            match fs::read_to_string(&path) {
                Ok(text) if text == written(value) => {}
                Ok(_) => return Some(format!("{} is of another version or place", path.display())),
                Err(_) => return Some(format!("{} is missing", path.display())),
            }
        }
        (!files::alike(&place.hook, &self.hook))
            .then(|| format!("{} is of another version", self.hook.display()))
    }
}

/// Where the plugin is.
pub(crate) fn folder(own: &Path) -> PathBuf {
    own.join("plugin")
}

/// Takes the folder away.
pub(crate) fn remove(own: &Path) -> Result<(), Error> {
    let folder = folder(own);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(&folder)(error)),
        _ => Ok(()),
    }
}

/// A copy of the hook's program lies in the folder, so that no hook fails when the installed programs move or are
/// removed: a session shows every failing hook to its person.
fn hook_name(place: &Place) -> PathBuf {
    PathBuf::from(place.hook.file_name().unwrap_or_else(|| "peerwatch-hook".as_ref()))
}

fn hooks(program: &Path, socket: &Path) -> Value {
    let hook = |event: &str, timeout: u32, manner: &str| {
        let mut hook =
            json!({"type": "command", "command": program, "args": [event, socket], "timeout": timeout});
        if !manner.is_empty() {
            hook[manner] = true.into();
        }
        hook
    };
    let mut hooks: Map<String, Value> = TOLD
        .iter()
        .map(|event| ((*event).to_owned(), json!([{"hooks": [hook(event, TIMEOUT_S, "async")]}])))
        .collect();
    let wait = hook("Wait", WAITING_S, "asyncRewake");
    let start = [hook("SessionStart", TIMEOUT_S, "async"), wait.clone()];
    hooks.insert("SessionStart".to_owned(), json!([{"hooks": start}]));
    hooks.insert("Stop".to_owned(), json!([{"hooks": [hook("Stop", TIMEOUT_S, ""), wait]}]));
    let about =
        "Tells Peerwatch what happens, and delivers messages at the end of a turn or beside an idle session";
    json!({"description": about, "hooks": hooks})
}

fn written(value: &Value) -> String {
    format!("{value:#}\n")
}
