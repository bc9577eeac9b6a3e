//! KWin on Wayland: it runs a script of one line that activates the window of a process.

use std::fs;
use std::path::PathBuf;

use super::{Desktop, Found, Owner, Window};
use crate::way::Seen;

const NAME: &str = "org.kde.KWin";
const SCRIPTING: &str = "/Scripting";

#[derive(Debug)]
pub(super) struct KWin {
    pub(super) bus: Option<String>,
    /// Where the script may lie for a moment: a folder of the person's own.
    pub(super) folder: PathBuf,
}

impl Desktop for KWin {
    /// KWin tells nobody outside what windows there are.
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        let name = format!("peerwatch-jump-{}", owner.pid);
        let _loaded: bool = self.call(SCRIPTING, "org.kde.kwin.Scripting", "isScriptLoaded", &name)?;
        Ok(Found { window: Window { id: owner.pid.to_string() }, is_doubtful: true })
    }

    fn raise(&self, window: &Window, _token: Option<&str>) -> Result<Seen, String> {
        let (name, file) = (
            format!("peerwatch-jump-{}", window.id),
            self.folder.join(format!("peerwatch-jump-{}.js", window.id)),
        );
        fs::write(&file, script(&window.id)).map_err(|error| format!("{}: {error}", file.display()))?;
        let path = file.to_string_lossy().into_owned();
        let done = self.run(&path, &name);
        let _ = fs::remove_file(&file);
        done.map(|()| Seen::Asked)
    }
}

impl KWin {
    fn run(&self, path: &str, name: &str) -> Result<(), String> {
        let scripting = "org.kde.kwin.Scripting";
        let number: i32 = self.call(SCRIPTING, scripting, "loadScript", &(path, name))?;
        // Plasma 5 and 6 call the object differently.
        let runs = [format!("/Scripting/Script{number}"), format!("/{number}")];
        let run = |object: &String| self.call::<_, ()>(object, "org.kde.kwin.Script", "run", &());
        let ran =
            runs.iter().map(run).find(Result::is_ok).unwrap_or_else(|| Err("KWin runs no script".into()));
        let _unloaded: Result<bool, String> = self.call(SCRIPTING, scripting, "unloadScript", &name);
        ran
    }

    fn call<B, R>(&self, path: &str, interface: &str, method: &str, body: &B) -> Result<R, String>
    where
        B: serde::Serialize + zbus::DynamicType,
        R: for<'a> zbus::wire::DynamicDeserialize<'a>,
    {
        crate::bus::call(self.bus.as_deref(), NAME, path, interface, method, body)
    }
}

/// Plasma 6 calls it a list of windows, Plasma 5 one of clients. The id is a pid, digits only.
fn script(pid: &str) -> String {
    format!(
        "var all = workspace.windowList ? workspace.windowList() : workspace.clientList();\n\
         for (var one of all) {{ if (one.pid == {pid}) {{ \
         if (workspace.windowList) workspace.activeWindow = one; else workspace.activeClient = one; break; }} }}\n"
    )
}
