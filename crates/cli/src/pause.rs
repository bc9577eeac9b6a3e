//! `peerwatch pause`: no notifications for a while, or in some hours of each day.

use anyhow::bail;
use peerwatch_wire::{Command, SettingChange};

use crate::args::Global;
use crate::ending::Ending;
use crate::{order, span, words};

/// Show no notifications for a while, or in some hours of each day
///
/// What is held back is counted, and told in one notification when the pause ends.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch pause 15m
  peerwatch pause tomorrow
  peerwatch pause 0           resume
  peerwatch pause --daily 22:00-08:00
  peerwatch pause --daily off")]
pub(crate) struct Args {
    /// How long: 15m, 1h30m, tomorrow; 0 resumes
    #[arg(value_name = "TIME", value_parser = span::parse, required_unless_present = "daily")]
    time: Option<u64>,

    /// Quiet hours of each day by the local clock; kept in config.toml as quiet_hours
    #[arg(long, value_name = "HOURS|off", conflicts_with = "time")]
    daily: Option<String>,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    match (args.time, args.daily.as_deref()) {
        (_, Some("off")) => quiet_hours(global, None),
        (_, Some(hours)) => quiet_hours(global, Some(hours)),
        (Some(time), None) => pause(global, time),
        (None, None) => bail!("say how long"),
    }
}

fn pause(global: &Global, time: u64) -> anyhow::Result<Ending> {
    let done = match time {
        0 => "Notifications are shown again.".into(),
        seconds => format!("No notifications for {}.", words::span(seconds)),
    };
    order::give(global, &Command::Pause { seconds: time }, &done)
}

fn quiet_hours(global: &Global, hours: Option<&str>) -> anyhow::Result<Ending> {
    let done = match hours {
        Some(hours) => format!("No notifications from now on in the hours {hours} of each day."),
        None => "There are no quiet hours any more.".into(),
    };
    let setting = SettingChange::QuietHours(hours.map(str::to_owned));
    order::give(global, &Command::Change { setting }, &done)
}
