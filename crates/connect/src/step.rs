//! One thing that is done, in words; and how all of it went.

use std::fmt;
use std::path::PathBuf;

use crate::settings::KEYS;

/// One thing that is done; shown, it is a sentence for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A file of Peerwatch's own is written.
    Write(PathBuf),
    /// A file or folder of Peerwatch's own is taken away.
    Remove(PathBuf),
    /// A command of Claude Code is run, with `CLAUDE_CONFIG_DIR` set where it is not the default.
    Run {
        /// As one would type it.
        command: String,
        /// The configuration folder that it is told of.
        config: Option<PathBuf>,
    },
    /// Our keys appear in a settings file of Claude Code.
    AddKeys(PathBuf),
    /// Our keys leave a settings file of Claude Code.
    TakeKeys(PathBuf),
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [marketplace, plugin] = KEYS;
        match self {
            Self::Write(path) => write!(out, "Write {}", path.display()),
            Self::Remove(path) => write!(out, "Remove {}", path.display()),
            Self::Run { command, config: None } => write!(out, "Run {command}"),
            Self::Run { command, config: Some(config) } => {
                write!(out, "Run {command}, with CLAUDE_CONFIG_DIR={}", config.display())
            }
            Self::AddKeys(path) => {
                write!(
                    out,
                    "In {}, add {marketplace} and {plugin}; nothing else in it changes",
                    path.display()
                )
            }
            Self::TakeKeys(path) => {
                write!(
                    out,
                    "In {}, take out {marketplace} and {plugin}; nothing else in it changes",
                    path.display()
                )
            }
        }
    }
}

/// How the user's settings file came out of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Settings {
    /// Every byte that is not ours is as it was.
    Kept,
    /// The form that Claude Code gave it was left: nothing in it is lost, but the order of its keys and its blanks changed.
    Left {
        /// Why.
        why: String,
    },
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Step by step.
    pub steps: Vec<Step>,
    /// How the settings file came out of it.
    pub settings: Settings,
    /// What a person should know besides, in sentences.
    pub notes: Vec<String>,
}
