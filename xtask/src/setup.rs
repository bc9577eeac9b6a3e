//! `cargo xtask setup`: what the other tasks need, installed when it is missing.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::debian::{self, Debian, Purpose};
use crate::project::Project;
use crate::window::{self, Packages};

pub(crate) const HELP: &str = "\
Usage: cargo xtask setup [--tests]

Installs what is missing to build and run Peerwatch, and builds the window.
The other tasks begin with this by themselves.

On Debian and Ubuntu it installs packages with apt-get (through sudo, unless
you are root) and says which and why before it does. Elsewhere it says what is
needed. Then come the npm packages and the window, each only when something
changed since the last time.

  --tests   also what only the tests need";

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    let purpose = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Purpose::Desktop,
        ["--tests"] => Purpose::Tests,
        _ => bail!("`{}` is not understood: see `cargo xtask setup --help`", args.join(" ")),
    };
    prepare(project, purpose)?;
    println!("Everything is there.");
    Ok(ExitCode::SUCCESS)
}

/// Makes this machine ready for `purpose`.
pub(crate) fn prepare(project: &Project, purpose: Purpose) -> Result<()> {
    system(purpose)?;
    match purpose {
        Purpose::Terminal => Ok(()),
        Purpose::Desktop => window::prepare(project, Packages::Window),
        Purpose::Tests => window::prepare(project, Packages::All),
    }
}

fn system(purpose: Purpose) -> Result<()> {
    let Some(debian) = Debian::here() else {
        println!("{}", needed_elsewhere(purpose));
        return Ok(());
    };
    let missing = debian.missing(purpose);
    if missing.is_empty() {
        return Ok(());
    }
    debian::install(&missing, reason(purpose))
}

fn reason(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Terminal => "to build the command line",
        Purpose::Desktop => "to build and run the tray application",
        Purpose::Tests => "to build Peerwatch and run its tests",
    }
}

/// What a person has to see to on a system whose packages this program does not know.
fn needed_elsewhere(purpose: Purpose) -> &'static str {
    if cfg!(target_os = "macos") {
        "Needed on macOS: Xcode's command line tools (`xcode-select --install`)."
    } else if cfg!(windows) {
        "Needed on Windows: the Visual Studio C++ build tools, and WebView2 (part of Windows 11)."
    } else {
        match purpose {
            Purpose::Terminal => "Needed on this Linux: a C compiler and pkg-config.",
            Purpose::Desktop => {
                "Needed on this Linux: a C compiler, pkg-config, the development files of WebKitGTK 4.1, and D-Bus."
            }
            Purpose::Tests => {
                "Needed on this Linux: a C compiler, pkg-config, the development files of WebKitGTK 4.1 and its WebDriver, \
                 D-Bus, Xvfb, openbox, dunst, xfce4-panel, xdotool, wmctrl, ImageMagick, tmux, Python 3 and \
                 Chromium. Tests that miss something are skipped, and say so."
            }
        }
    }
}
