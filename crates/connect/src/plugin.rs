//! The plugin: a folder that Peerwatch writes and owns, which Claude Code reads in place.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::files;
use crate::{Error, Place};

/// The name of the marketplace whose only plugin is ours.
pub(crate) const MARKETPLACE: &str = "peerwatch";
/// The plugin's full name.
pub(crate) const PLUGIN: &str = "peerwatch@peerwatch";

/// The events at which the hook tells the engine and waits for nothing. The live registry shows the same, but a little
/// later or with less: a request for permission with its tool, a failure with its kind, an end with its reason.
const TOLD: [&str; 5] =
    ["SessionStart", "UserPromptSubmit", "PermissionRequest", "StopFailure", "SessionEnd"];
/// The tools before which the hook looks for a fence: those that edit, and those that run a shell command.
const FENCED: &str = "Edit|Write|MultiEdit|NotebookEdit|Bash|PowerShell|Monitor";
/// Seconds after which Claude Code ends a hook; ours gives up long before.
const TIMEOUT_S: u32 = 5;
/// Seconds that one may wait beside an idle session: a day, after which the next turn brings another.
const WAITING_S: u32 = 86_400;

/// Tells of its version.
const MANIFEST: &str = ".claude-plugin/plugin.json";
const VERSION: &str = env!("CARGO_PKG_VERSION");
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
        let manifest = json!({
            "name": MARKETPLACE, "version": VERSION, "description": ABOUT,
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
            (MANIFEST, manifest),
            (".claude-plugin/marketplace.json", marketplace),
            ("hooks/hooks.json", hooks),
            (".mcp.json", servers),
        ];
        Self { folder, files, hook }
    }

    /// The files that are not yet as they should be.
    pub(crate) fn unwritten(&self, place: &Place) -> impl Iterator<Item = PathBuf> {
        let hook = (!files::alike(&place.hook, &self.hook)).then(|| self.hook.clone());
        self.texts().filter(|(path, text)| !holds(path, text)).map(|(path, _)| path).chain(hook)
    }

    /// Writes what is not yet as it should be; which files these were.
    pub(crate) fn write(&self, place: &Place) -> Result<Vec<PathBuf>, Error> {
        let unwritten: Vec<PathBuf> = self.unwritten(place).collect();
        for (path, text) in self.texts().filter(|(path, _)| unwritten.contains(path)) {
            files::write(&path, text.as_bytes())?;
        }
        if unwritten.contains(&self.hook) {
            files::copy_program(&place.hook, &self.hook)?;
        }
        Ok(unwritten)
    }

    fn texts(&self) -> impl Iterator<Item = (PathBuf, String)> {
        self.files.iter().map(|(name, value)| (self.folder.join(name), written(value)))
    }

    /// What is not as it should be, in words; nothing when all is.
    pub(crate) fn differs(&self, place: &Place) -> Option<String> {
        if !place.program.is_file() {
            return Some(format!("{} is missing", place.program.display()));
        }
        if let Some(other) = self.version().filter(|version| version != VERSION) {
            return Some(format!("the plugin is that of Peerwatch {other}, and this is {VERSION}"));
        }
        for (path, text) in self.texts() {
            match fs::read_to_string(&path) {
                Ok(found) if found == text => {}
                Ok(_) => return Some(format!("{} is of another version or place", path.display())),
                Err(_) => return Some(format!("{} is missing", path.display())),
            }
        }
        (!files::alike(&place.hook, &self.hook))
            .then(|| format!("{} is of another version", self.hook.display()))
    }

    /// The version that is installed, if its manifest says one.
    fn version(&self) -> Option<String> {
        let manifest = fs::read(self.folder.join(MANIFEST)).ok()?;
        let manifest: Value = serde_json::from_slice(&manifest).ok()?;
        manifest["version"].as_str().map(str::to_owned)
    }
}

fn holds(path: &Path, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|found| found == text)
}

/// Where the plugin is.
pub(crate) fn folder(own: &Path) -> PathBuf {
    own.join("plugin")
}

/// Takes the folder away.
pub(crate) fn remove(own: &Path) -> Result<(), Error> {
    files::remove_folder(&folder(own))
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
    let fence = json!([{"matcher": FENCED, "hooks": [hook("PreToolUse", TIMEOUT_S, "")]}]);
    hooks.insert("PreToolUse".to_owned(), fence);
    let about = "Tells Peerwatch what happens, delivers messages at the end of a turn or beside an idle session, and \
                 refuses edits for a task that was taken away where a person has switched that on";
    json!({"description": about, "hooks": hooks})
}

fn written(value: &Value) -> String {
    format!("{value:#}\n")
}
