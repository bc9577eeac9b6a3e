//! The Debian packages that Peerwatch needs, on Debian, Ubuntu and what descends from them: found out, then installed.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

/// What somebody is about to do, and so what has to be there. Each includes the ones before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Purpose {
    /// Build and run the command line.
    Terminal,
    /// Build and run the tray application.
    Desktop,
    /// Run every test.
    Tests,
}

const TERMINAL: &[&str] = &["build-essential", "pkg-config"];

const DESKTOP: &[&str] = &["libwebkit2gtk-4.1-dev", "dbus"];

const TESTS: &[&str] = &[
    "dunst",
    "fonts-dejavu-core",
    "foot",
    "git",
    "gnome-terminal",
    "imagemagick",
    "kitty",
    "konsole",
    "kwin-wayland",
    "librsvg2-common",
    "mate-terminal",
    "openbox",
    "procps",
    "python3",
    "qtwayland5",
    "screen",
    "sway",
    "terminator",
    "tilix",
    "tmux",
    "webkit2gtk-driver",
    "wmctrl",
    "x11-utils",
    "xdotool",
    "xfce4-notifyd",
    "xfce4-panel",
    "xfce4-terminal",
    "xfconf",
    "xterm",
    "xvfb",
];

/// A distribution of this family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Debian {
    Debian,
    Ubuntu,
}

impl Debian {
    /// This machine's distribution, if it is of the family.
    pub(crate) fn here() -> Option<Self> {
        if !cfg!(target_os = "linux") || process::on_path("dpkg-query").is_none() {
            return None;
        }
        Self::from_os_release(&std::fs::read_to_string("/etc/os-release").ok()?)
    }

    fn from_os_release(text: &str) -> Option<Self> {
        let value = |key: &str| {
            let found = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            found.unwrap_or_default().trim_matches('"').to_owned()
        };
        let names = format!("{} {}", value("ID"), value("ID_LIKE"));
        let is = |name: &str| names.split_whitespace().any(|word| word == name);
        match (is("ubuntu"), is("debian")) {
            (true, _) => Some(Self::Ubuntu),
            (false, true) => Some(Self::Debian),
            (false, false) => None,
        }
    }

    /// Ubuntu's package `chromium` is a stub that installs a snap, and a snap cannot be driven by tests.
    pub(crate) fn has_chromium(self) -> bool {
        self == Self::Debian
    }

    /// The packages that `purpose` needs and that are not installed.
    pub(crate) fn missing(self, purpose: Purpose) -> Vec<&'static str> {
        let wanted = self.packages(purpose);
        let mut query = Command::new("dpkg-query");
        query.args(["-W", "-f", "${Package} ${db:Status-Status}\n"]).args(&wanted).env("LC_ALL", "C");
        not_installed(&wanted, &process::text_of(&mut query).unwrap_or_default())
    }

    fn packages(self, purpose: Purpose) -> Vec<&'static str> {
        let mut wanted = TERMINAL.to_vec();
        if purpose >= Purpose::Desktop {
            wanted.extend(DESKTOP);
        }
        if purpose >= Purpose::Tests {
            wanted.extend(TESTS);
            if self.has_chromium() {
                wanted.push("chromium");
            }
        }
        wanted
    }
}

/// Those of `wanted` that dpkg-query's answer (lines of `name status`) does not call installed.
fn not_installed(wanted: &[&'static str], answer: &str) -> Vec<&'static str> {
    let installed: HashSet<&str> =
        answer.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    wanted.iter().copied().filter(|name| !installed.contains(name)).collect()
}

/// Installs `packages`, having said so and why.
pub(crate) fn install(packages: &[&str], why: &str) -> Result<()> {
    let list = packages.join(" ");
    println!("Not installed, and needed {why}: {list}");
    let Some(root) = Root::gain() else {
        bail!("no right to install them: as root, run `apt-get install {list}`, then try again");
    };
    let install = ["install", "--yes", "--no-install-recommends"];
    println!("Installing them with {}apt-get.", root.prefix());
    if process::run(root.apt_get(&["update", "--quiet"]).stdin(Stdio::null())).is_err() {
        println!("The package lists could not be renewed; trying with the ones that are here.");
    }
    process::run(root.apt_get(&install).args(packages).stdin(Stdio::null())).with_context(|| {
        format!("could not install them; by hand: `{}apt-get install {list}`", root.prefix())
    })
}

/// How this program may act as root.
#[derive(Clone, Copy)]
enum Root {
    Already,
    Sudo { may_ask: bool },
}

impl Root {
    fn gain() -> Option<Self> {
        let id = process::text_of(Command::new("id").arg("-u"))?;
        if id.trim() == "0" {
            return Some(Self::Already);
        }
        process::on_path("sudo").map(|_| Self::Sudo { may_ask: std::io::stdin().is_terminal() })
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Already => "",
            Self::Sudo { .. } => "sudo ",
        }
    }

    fn apt_get(self, args: &[&str]) -> Command {
        let mut command = match self {
            Self::Already => Command::new("env"),
            Self::Sudo { may_ask } => {
                let mut sudo = Command::new("sudo");
                if !may_ask {
                    sudo.arg("--non-interactive");
                }
                sudo.arg("env");
                sudo
            }
        };
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(args);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_package_whose_settings_stayed_is_missing() {
        let answer = "tmux installed\nxvfb config-files\nlibxdo-dev not-installed\n";
        assert_eq!(not_installed(&["tmux", "xvfb", "dunst"], answer), ["xvfb", "dunst"]);
    }

    #[test]
    fn a_name_that_begins_like_another_is_another() {
        assert_eq!(not_installed(&["dbus"], "dbus-bin installed\n"), ["dbus"]);
    }

    #[test]
    fn no_answer_means_that_all_are_missing() {
        assert_eq!(not_installed(&["tmux"], ""), ["tmux"]);
    }

    #[test]
    fn distributions_are_told_by_what_they_descend_from() {
        let of = Debian::from_os_release;
        assert_eq!(of("NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n"), Some(Debian::Debian));
        assert_eq!(of("ID=ubuntu\nID_LIKE=debian\n"), Some(Debian::Ubuntu));
        assert_eq!(of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), Some(Debian::Ubuntu));
        assert_eq!(of("ID=fedora\nID_LIKE=\"rhel centos\"\n"), None);
    }

    #[test]
    fn each_purpose_needs_what_the_ones_before_it_need() {
        let (terminal, desktop) =
            (Debian::Debian.packages(Purpose::Terminal), Debian::Debian.packages(Purpose::Desktop));
        let tests = Debian::Debian.packages(Purpose::Tests);
        assert!(terminal.iter().all(|name| desktop.contains(name)));
        assert!(desktop.iter().all(|name| tests.contains(name)));
        assert!(
            tests.contains(&"chromium") && !Debian::Ubuntu.packages(Purpose::Tests).contains(&"chromium")
        );
    }
}
