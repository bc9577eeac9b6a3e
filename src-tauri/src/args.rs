//! What the program can be started with. A second start hands its arguments to the first one.

use std::path::PathBuf;

use clap::Parser;

use crate::place::Place;

/// A quarter of an hour in a minute and a half.
const DEMO_SPEED: f64 = 10.0;

/// Peerwatch in the tray: keeps watch over your Claude Code sessions.
#[derive(Clone, Debug, PartialEq, Parser)]
#[command(name = "peerwatch-desktop", version, about)]
pub(crate) struct Args {
    /// Start in the tray, without opening the window
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Open the window at this worker, named by its id as `peerwatch status --json` prints it
    #[arg(long, value_name = "WORKER", conflicts_with = "hidden")]
    pub(crate) show: Option<String>,
    /// Watch an invented machine instead of this one
    #[arg(long)]
    pub(crate) demo: bool,
    /// How many times as fast as life the invented machine lives
    #[arg(long, value_name = "N", default_value_t = DEMO_SPEED, requires = "demo")]
    pub(crate) speed: f64,
    /// Read this configuration file
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Watch this Claude configuration folder; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(crate) claude_config: Vec<PathBuf>,
    /// Watch this bridge database; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) db: Vec<PathBuf>,
}

impl Args {
    /// What a second start asks of the first one. Arguments that it doesn't understand open the window as well.
    pub(crate) fn of_second_start(argv: &[String]) -> Self {
        Self::try_parse_from(argv).unwrap_or_else(|_| Self::parse_from(["peerwatch-desktop"]))
    }

    /// Where the window opens, if it opens.
    pub(crate) fn opens_at(&self) -> Option<Place> {
        match (&self.show, self.hidden) {
            (Some(worker), _) => Some(Place::Worker(worker.clone())),
            (None, true) => None,
            (None, false) => Some(Place::Roster),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn second(argv: &[&str]) -> Option<Place> {
        let argv: Vec<String> =
            std::iter::once("peerwatch-desktop").chain(argv.iter().copied()).map(Into::into).collect();
        Args::of_second_start(&argv).opens_at()
    }

    #[test]
    fn the_arguments_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_second_start_opens_the_window_where_it_was_asked_to() {
        assert_eq!(second(&[]), Some(Place::Roster));
        assert_eq!(second(&["--show", "claude:7"]), Some(Place::Worker("claude:7".into())));
        assert_eq!(second(&["--hidden"]), None);
        assert_eq!(second(&["--nonsense"]), Some(Place::Roster));
    }
}
