//! Peerwatch's plugin for Claude Code: what connecting would do, doing it, and undoing it.

use std::path::{Path, PathBuf};

use directories::BaseDirs;
use peerwatch_connect::{Environment, Place, Report, State, Step};
use peerwatch_wire::{PluginAct, PluginView};

use crate::folders::{Folders, default_claude_config};

/// What the plugin is connected with.
#[derive(Clone, Debug, Default)]
pub struct Plugged {
    /// Claude Code's configuration folders; none means the default one.
    pub configs: Vec<PathBuf>,
    /// Claude Code's program; it is looked for when none is named.
    pub program: Option<PathBuf>,
}

/// Connects, disconnects, or says what connecting would do, for each of Claude Code's configuration folders. Each step is
/// told in words when it is done; what is left to know at the end is told too.
///
/// # Errors
/// In a sentence that says what to do.
pub fn plugin(
    folders: &Folders,
    with: Plugged,
    act: PluginAct,
    told: &mut dyn FnMut(String),
) -> Result<(), String> {
    for place in places(folders, with)? {
        let mut step = |step: &Step| told(step.to_string());
        let report = match act {
            PluginAct::Plan => peerwatch_connect::plan(&place).map(|steps| {
                steps.iter().for_each(step);
                None
            }),
            PluginAct::Connect => peerwatch_connect::connect(&place, &mut step).map(Some),
            PluginAct::Disconnect => peerwatch_connect::disconnect(&place, &mut step).map(Some),
        };
        if let Some(report) = report.map_err(|error| error.to_string())? {
            notes(report).into_iter().for_each(&mut *told);
        }
    }
    Ok(())
}

/// How things stand with the first of Claude Code's configuration folders, none meaning the default one. Nothing is started
/// for it.
#[must_use]
pub fn view(folders: &Folders, claude: &[PathBuf]) -> PluginView {
    let with = Plugged { configs: claude.to_vec(), program: None };
    let place = places(folders, with).ok().and_then(|places| places.into_iter().next());
    let Some(place) = place else { return PluginView::default() };
    let (connected, summary, remedy) = match peerwatch_connect::glance(&place) {
        State::Connected => (true, "connected".into(), None),
        State::NotConnected => (false, "not connected".into(), None),
        State::SwitchedOff => {
            let remedy = "Switch it on again in Claude Code with /plugin.";
            (false, "installed, and switched off".into(), Some(remedy.into()))
        }
        State::Moved { what } => (true, what, Some("Connect again to repair it.".into())),
        State::Hindered(error) => (false, "cannot be connected".into(), Some(error.to_string())),
    };
    PluginView { connected, summary, remedy }
}

/// Takes away what a disconnected plugin left for the sessions that ran then.
pub(crate) fn tidy(folders: &Folders) {
    if let Some(own) = folders.store.parent().map(Path::to_owned) {
        tokio::task::spawn_blocking(move || {
            if let Err(error) = peerwatch_connect::tidy(&own) {
                tracing::warn!("what a disconnected plugin left stays: {error}");
            }
        });
    }
}

fn places(folders: &Folders, with: Plugged) -> Result<Vec<Place>, String> {
    let home = BaseDirs::new().ok_or("this user has no home folder that the system knows of")?;
    let home = home.home_dir().to_owned();
    let (program, hook) = programs()?;
    let own = folders.store.parent().unwrap_or(Path::new(".")).to_owned();
    let Plugged { mut configs, program: claude } = with;
    if configs.is_empty() {
        configs.extend(default_claude_config());
    }
    let place = |config| Place {
        own: own.clone(),
        config,
        home: home.clone(),
        claude: claude.clone(),
        program: program.clone(),
        hook: hook.clone(),
        socket: folders.socket(),
        environment: Environment::Inherited,
    };
    Ok(configs.into_iter().map(place).collect())
}

/// The installed programs: they stand beside the one that runs.
fn programs() -> Result<(PathBuf, PathBuf), String> {
    let own = std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
    let beside = |name: &str| own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Ok((beside("peerwatch"), beside("peerwatch-hook")))
}

fn notes(report: Report) -> Vec<String> {
    let mut said = Vec::new();
    if let peerwatch_connect::Settings::Left { why } = report.settings {
        said.push(format!("Claude Code's form of the settings file was left: {why}"));
    }
    said.extend(report.notes);
    said
}
