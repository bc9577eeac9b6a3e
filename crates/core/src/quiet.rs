//! When a person wants to hear nothing at all: a pause, quiet hours, the desktop's own do-not-disturb.

use std::fmt;

use crate::{Moment, Timestamp};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// The same hours of each day by the local clock; over midnight when they begin later than they end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct QuietHours {
    from: u16,
    until: u16,
}

impl QuietHours {
    /// Reads `22:00-08:00`; `None` for anything else, also for hours that begin when they end.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once(['-', '–'])?;
        let (from, until) = (minute(from)?, minute(until)?);
        (from != until).then_some(Self { from, until })
    }

    /// Whether this minute of the day is among them.
    #[must_use]
    pub fn contains(self, minute: u16) -> bool {
        let minute = minute % DAY;
        match self.from < self.until {
            true => (self.from..self.until).contains(&minute),
            false => minute >= self.from || minute < self.until,
        }
    }

    /// When they end, as a clock shows it: `08:00`.
    #[must_use]
    pub fn end(self) -> String {
        clock(self.until)
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", clock(self.from), clock(self.until))
    }
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The minute of the day that a clock shows as `8:00` or `08:00`.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let is_number = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit())
    };
    if !is_number(hours, &[1, 2]) || !is_number(minutes, &[2]) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Why no notification is shown at present, whatever it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Still {
    /// The person paused notifications until then.
    Paused(Timestamp),
    /// It is one of the quiet hours.
    Hours(QuietHours),
    /// The desktop was told not to disturb.
    DoNotDisturb,
}

/// What is known of the person's wish to hear nothing.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    pub(crate) paused_until: Option<Timestamp>,
    pub(crate) hours: Option<QuietHours>,
    /// The minute of the day by the local clock, once somebody told it.
    pub(crate) minute: Option<u16>,
    pub(crate) do_not_disturb: bool,
}

impl Quiet {
    /// Why nothing is shown now.
    pub(crate) fn still(&self, now: Moment) -> Option<Still> {
        let paused = self.paused_until.filter(|until| now.wall < *until).map(Still::Paused);
        let hours = || {
            let hours = self.hours?;
            self.minute.is_some_and(|minute| hours.contains(minute)).then_some(Still::Hours(hours))
        };
        paused.or_else(hours).or_else(|| self.do_not_disturb.then_some(Still::DoNotDisturb))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_go_over_midnight() {
        let night = QuietHours::parse("22:00-08:00").unwrap();
        let quiet = [21 * 60 + 59, 22 * 60, 0, 7 * 60 + 59, 8 * 60].map(|minute| night.contains(minute));
        assert_eq!(quiet, [false, true, true, true, false]);
        let noon = QuietHours::parse(" 12:00 - 13:30 ").unwrap();
        assert_eq!([719, 720, 809, 810].map(|minute| noon.contains(minute)), [false, true, true, false]);
        assert_eq!((night.to_string(), noon.end()), ("22:00-08:00".into(), "13:30".into()));
    }

    #[test]
    fn what_is_no_span_of_hours_is_refused() {
        for wrong in ["", "22-8", "22:00", "24:00-08:00", "22:60-08:00", "22:00-22:00", "+2:00-08:00"] {
            assert_eq!(QuietHours::parse(wrong), None, "{wrong}");
        }
    }
}
