//! A Wayland desktop without a monitor: sway, headless, and what it says of its windows.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::ledger::eventually;
use crate::process::Running;
use crate::require::{Missing, program};
use crate::scratch::Scratch;

/// The user that sway runs as where the tests are root's, which it refuses to be.
const NOBODY: u32 = 65534;

/// A running sway; gone with this value.
#[derive(Debug)]
pub struct Sway {
    folder: PathBuf,
    control: PathBuf,
    scratch: Scratch,
    _server: Running,
}

impl Sway {
    /// Starts sway in a folder of its own.
    ///
    /// # Panics
    /// When it does not answer in time.
    pub fn start(scratch: &Scratch) -> Result<Self, Missing> {
        let (sway, control) = (program("sway")?, program("swaymsg")?);
        let folder = scratch.path("sway");
        fs::create_dir(&folder).expect("a folder for sway");
        let configuration = folder.join("config");
        fs::write(&configuration, "xwayland disable\n").expect("sway's configuration");
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("a private folder");
        let mut command = unprivileged(scratch, &folder, &sway);
        command.envs([
            ("WLR_BACKENDS", "headless"),
            ("WLR_LIBINPUT_NO_DEVICES", "1"),
            ("WLR_RENDERER", "pixman"),
        ]);
        command.env("SWAYSOCK", folder.join("control")).env("XDG_RUNTIME_DIR", &folder).current_dir(&folder);
        command.arg("-c").arg(&configuration).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Running::start("sway", &mut command);
        let sway = Self { folder, control, scratch: scratch.clone(), _server: server };
        let answers = || sway.ask(&["-t", "get_version"]).is_object().then_some(());
        eventually("sway", Duration::from_secs(15), answers);
        Ok(sway)
    }

    /// What `swaymsg` says to these words.
    pub fn ask(&self, words: &[&str]) -> Value {
        let mut command = self.scratch.command(&self.control);
        command.arg("-s").arg(self.folder.join("control")).arg("-r").args(words);
        let output = command.stderr(Stdio::null()).output().expect("swaymsg starts");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// What an application needs in its environment to appear there.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let sockets = fs::read_dir(&self.folder).expect("sway's folder").flatten().map(|entry| entry.path());
        let is_display = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("wayland-") && !name.ends_with(".lock")
        };
        let display = sockets.into_iter().find(is_display).expect("sway's display");
        [
            ("WAYLAND_DISPLAY", text(display)),
            ("SWAYSOCK", text(self.folder.join("control"))),
            ("XDG_SESSION_TYPE", "wayland".to_owned()),
            ("XDG_CURRENT_DESKTOP", "sway".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// The process of the window that has the focus.
    pub fn focused(&self) -> Option<u32> {
        self.windows().into_iter().find(|(_, is_focused)| *is_focused).map(|(pid, _)| pid)
    }

    /// The processes of all windows, and which of these has the focus.
    pub fn windows(&self) -> Vec<(u32, bool)> {
        let mut found = Vec::new();
        let mut nodes = vec![self.ask(&["-t", "get_tree"])];
        while let Some(node) = nodes.pop() {
            if let Some(pid) = node["pid"].as_u64() {
                found.push((u32::try_from(pid).unwrap_or_default(), node["focused"] == true));
            }
            for below in ["nodes", "floating_nodes"] {
                nodes.extend(node[below].as_array().into_iter().flatten().cloned());
            }
        }
        found
    }
}

/// A command of this home that is not root's, and this folder that is its own.
fn unprivileged(scratch: &Scratch, folder: &Path, program: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return scratch.command(program);
    }
    // It has to get to its folder.
    fs::set_permissions(scratch.root(), Permissions::from_mode(0o711)).expect("an open scratch folder");
    for path in [folder, &folder.join("config")] {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("a folder can be given away");
    }
    let mut command = scratch.command("/usr/bin/setpriv");
    command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()]);
    command.arg(program);
    command
}
