//! What the roster is told because it has no clock and does not know when everything has been looked at.

use peerwatch_core::{Input, Moment};

use super::Loop;
use crate::times::minute_of_day;

impl Loop {
    /// Tells the minute of the day whenever it changes, and once that every source has been read.
    pub(super) fn tell_the_hour(&mut self, now: Moment) {
        let minute = now.wall.0.div_euclid(60_000);
        if self.minute.replace(minute) != Some(minute) {
            self.roster.handle(Input::MinuteOfDay(minute_of_day(now.wall)), now);
        }
        if !self.looked && self.has_looked(now) {
            self.looked = true;
            self.roster.handle(Input::Looked, now);
        }
    }
}
