//! The window: do its types fit, and do its tests pass in a real browser?

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::one_case;
use super::tally::{Tally, VitestListener};
use crate::debian::Debian;
use crate::project::Project;
use crate::{check, process};

/// How the window's tests are told which browser to drive.
const CHOICE: &str = "PEERWATCH_CHROMIUM";

pub(crate) fn check(project: &Project, tally: &mut Tally) -> Result<()> {
    one_case(tally, "the window's types", &mut check::window_types(project))?;
    let Some(browser) = browser() else {
        return without_browser(tally);
    };
    let mut listener = VitestListener::default();
    let mut tests = project.npm(&["test", "--workspace", "ui"]);
    let status = process::watch(tests.env("NO_COLOR", "1").env(CHOICE, browser), |line| listener.line(line))?;
    tally.add(
        &listener.finish(status.success(), &format!("the window's tests ({})", process::ending(status))),
    );
    Ok(())
}

fn without_browser(tally: &mut Tally) -> Result<()> {
    let reason = match Debian::here() {
        Some(debian) if !debian.has_chromium() => {
            "Ubuntu has Chromium only as a snap, which tests cannot drive: install Google Chrome, or name a browser in \
             PEERWATCH_CHROMIUM"
        }
        _ => "no Chromium or Google Chrome was found: install one, or name it in PEERWATCH_CHROMIUM",
    };
    if std::env::var("CI").is_ok_and(|value| value == "true") {
        bail!("the window's tests cannot run: {reason}");
    }
    tally.skip(format!("the window's tests: {reason}"));
    Ok(())
}

/// A browser of Chromium's family that a test can drive.
fn browser() -> Option<PathBuf> {
    if let Some(chosen) = std::env::var_os(CHOICE).filter(|value| !value.is_empty()) {
        return Some(chosen.into());
    }
    let names = ["chromium", "google-chrome", "google-chrome-stable", "chrome"];
    let elsewhere = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];
    let found = names.into_iter().filter_map(process::on_path).chain(elsewhere.map(PathBuf::from));
    found.into_iter().find(|file| file.is_file() && !is_snap(file))
}

/// Whether this is a snap, or the script that Ubuntu's package installs to call one: it sees neither hidden folders nor
/// the display of a test.
fn is_snap(file: &std::path::Path) -> bool {
    let real = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let calls_snap = || {
        let small = std::fs::metadata(&real).is_ok_and(|facts| facts.len() < 10_000);
        small && std::fs::read_to_string(&real).is_ok_and(|script| script.contains("/snap/"))
    };
    file.starts_with("/snap") || real.ends_with("snap") || calls_snap()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_stub_that_calls_a_snap_is_no_browser() {
        let folder = std::env::temp_dir().join(format!("peerwatch-browser-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (stub, script) = (folder.join("chromium-browser"), folder.join("chromium"));
        std::fs::write(&stub, "#!/bin/sh\nexec /snap/bin/chromium \"$@\"\n").unwrap();
        std::fs::write(&script, "#!/bin/sh\nexec /usr/lib/chromium/chromium \"$@\"\n").unwrap();
        let verdicts = (is_snap(&stub), is_snap(&script), is_snap("/snap/bin/chromium".as_ref()));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(verdicts, (true, false, true));
    }
}
