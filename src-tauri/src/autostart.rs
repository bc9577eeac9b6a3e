//! Start at login, through the platform's own way.
//!
//! On Linux the entry is mended after it was written: paths with blanks are quoted, and it is put where the desktop
//! looks when `XDG_CONFIG_HOME` names another folder. Under an AppImage the entry names the AppImage itself, because
//! the program inside it has another path at every start.

use tauri::{AppHandle, Wry, plugin::TauriPlugin};
use tauri_plugin_autostart::{Builder, ManagerExt as _};

pub(crate) fn plugin() -> TauriPlugin<Wry> {
    Builder::new().arg("--hidden").build()
}

/// Whether the desktop starts us at login.
pub(crate) fn is_on(app: &AppHandle) -> bool {
    #[cfg(target_os = "linux")]
    if let Some(entry) = entry::elsewhere(&app.package_info().name) {
        return entry.exists();
    }
    app.autolaunch().is_enabled().unwrap_or_else(|error| {
        tracing::warn!("it cannot be told whether Peerwatch starts at login: {error}");
        false
    })
}

/// Switches it; a sentence when that failed.
pub(crate) fn switch(app: &AppHandle, on: bool) -> Result<(), String> {
    let done = if on { app.autolaunch().enable() } else { app.autolaunch().disable() };
    let done = done.map_err(|error| error.to_string());
    #[cfg(target_os = "linux")]
    let done =
        done.and_then(|()| entry::mend(&app.package_info().name, on).map_err(|error| error.to_string()));
    done.map_err(|error| {
        format!("Start at login could not be switched {}: {error}", if on { "on" } else { "off" })
    })
}

/// An entry of an earlier version, or of an AppImage that was moved, names a path of the past.
pub(crate) fn refresh(app: &AppHandle) {
    if is_on(app)
        && let Err(error) = switch(app, true)
    {
        tracing::warn!("{error}");
    }
}

#[cfg(target_os = "linux")]
mod entry {
    //! The `.desktop` file behind it.

    use std::{
        env, fs, io,
        path::{Path, PathBuf},
    };

    /// Where the plugin writes, which doesn't ask `XDG_CONFIG_HOME`.
    fn written(name: &str) -> Option<PathBuf> {
        let home = PathBuf::from(env::var_os("HOME")?);
        Some(home.join(".config").join("autostart").join(format!("{name}.desktop")))
    }

    /// Where the desktop looks instead, if it looks elsewhere.
    pub(super) fn elsewhere(name: &str) -> Option<PathBuf> {
        let config = PathBuf::from(env::var_os("XDG_CONFIG_HOME")?);
        let entry = config.is_absolute().then(|| config.join("autostart").join(format!("{name}.desktop")))?;
        (Some(&entry) != written(name).as_ref()).then_some(entry)
    }

    pub(super) fn mend(name: &str, on: bool) -> io::Result<()> {
        let Some(written) = written(name) else { return Ok(()) };
        if on {
            let entry = fs::read_to_string(&written)?;
            fs::write(&written, mended(&entry, &program()?))?;
        }
        match elsewhere(name) {
            Some(place) if on => move_to(&written, &place),
            Some(place) => remove(&place),
            None => Ok(()),
        }
    }

    fn program() -> io::Result<String> {
        let program = env::current_exe()?;
        let (appimage, mounted) = (env::var_os("APPIMAGE"), env::var_os("APPDIR"));
        program_or_appimage(program, appimage.map(Into::into), mounted.map(Into::into))
    }

    /// A terminal that is an AppImage leaves its own `APPIMAGE` to everything started in it: believe it only when this
    /// program lies in the folder that was mounted.
    fn program_or_appimage(
        program: PathBuf,
        appimage: Option<PathBuf>,
        mounted: Option<PathBuf>,
    ) -> io::Result<String> {
        let ours =
            mounted.is_some_and(|mounted| !mounted.as_os_str().is_empty() && program.starts_with(mounted));
        let program = appimage.filter(|_| ours).unwrap_or(program);
        program
            .into_os_string()
            .into_string()
            .map_err(|_| io::Error::other("the program's path is not readable text"))
    }

    fn mended(entry: &str, program: &str) -> String {
        let exec = format!("Exec={} --hidden", quoted(program));
        let lines = entry.lines().map(|line| if line.starts_with("Exec=") { exec.as_str() } else { line });
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// As the desktop entry specification wants it; a percent sign would begin a field code.
    fn quoted(program: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:".contains(c);
        if program.chars().all(plain) {
            return program.into();
        }
        let mut quoted = String::from("\"");
        for c in program.chars() {
            match c {
                // The value is unescaped twice: once as a string, once as a quoted argument.
                '\\' => quoted.push_str("\\\\\\\\"),
                '"' | '`' | '$' => quoted.extend(["\\\\", c.encode_utf8(&mut [0; 4])]),
                '%' => quoted.push_str("%%"),
                c => quoted.push(c),
            }
        }
        quoted + "\""
    }

    fn move_to(written: &Path, place: &Path) -> io::Result<()> {
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(written, place)?;
        fs::remove_file(written)
    }

    fn remove(place: &Path) -> io::Result<()> {
        match fs::remove_file(place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_path_with_blanks_is_quoted_and_the_rest_of_the_entry_stays() {
            let entry = "[Desktop Entry]\nType=Application\nExec=/home/a b/Peerwatch.AppImage --hidden\nTerminal=false";
            assert_eq!(
                mended(entry, "/home/a b/Peerwatch.AppImage"),
                "[Desktop Entry]\nType=Application\nExec=\"/home/a b/Peerwatch.AppImage\" --hidden\nTerminal=false\n"
            );
        }

        #[test]
        fn an_appimage_is_named_itself_and_that_of_another_program_is_not() {
            let named = |mounted: &str| {
                let program = "/tmp/.mount_PeerwaXYZ/usr/bin/peerwatch-desktop".into();
                program_or_appimage(
                    program,
                    Some("/home/ann/Peerwatch.AppImage".into()),
                    Some(mounted.into()),
                )
                .unwrap()
            };
            assert_eq!(named("/tmp/.mount_PeerwaXYZ"), "/home/ann/Peerwatch.AppImage");
            assert_eq!(named("/tmp/.mount_TerminABC"), "/tmp/.mount_PeerwaXYZ/usr/bin/peerwatch-desktop");
        }

        #[test]
        fn signs_with_a_meaning_lose_it() {
            assert_eq!(quoted("/opt/peerwatch-desktop"), "/opt/peerwatch-desktop");
            assert_eq!(quoted("/a%b/$x"), "\"/a%%b/\\\\$x\"");
        }
    }
}
