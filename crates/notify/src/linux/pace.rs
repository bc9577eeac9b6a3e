//! How fast notices may follow one another: a few at once, then one a second.

use std::time::Duration;

use tokio::time::Instant;

/// As many popups as a person takes in at a glance.
const AT_ONCE: u32 = 5;
/// Then each waits this long for its turn.
const EACH: Duration = Duration::from_secs(1);

/// Says when the next notice may be shown.
#[derive(Debug)]
pub(super) struct Pace {
    left: u32,
    refilled: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: AT_ONCE, refilled: now }
    }

    /// Takes a turn, or says when there is one.
    pub(super) fn turn(&mut self, now: Instant) -> Result<(), Instant> {
        while self.left < AT_ONCE && now >= self.refilled + EACH {
            self.left += 1;
            self.refilled += EACH;
        }
        if self.left == AT_ONCE {
            self.refilled = now;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.refilled + EACH),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_go_at_once_and_the_rest_one_by_one() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        for _ in 0..AT_ONCE {
            assert_eq!(pace.turn(begun), Ok(()));
        }
        assert_eq!(pace.turn(begun), Err(begun + EACH));
        assert_eq!(pace.turn(begun + EACH), Ok(()));
        assert_eq!(pace.turn(begun + EACH), Err(begun + 2 * EACH));
    }

    #[test]
    fn quiet_hours_save_up_no_more_than_a_few() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        assert_eq!(pace.turn(begun), Ok(()));
        let later = begun + Duration::from_secs(3600);
        let turns = (0..1000).take_while(|_| pace.turn(later).is_ok()).count();
        assert_eq!(turns, AT_ONCE as usize);
    }
}
