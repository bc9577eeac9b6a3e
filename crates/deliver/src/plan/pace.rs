//! How fast messages may follow each other to one recipient.

use std::time::Duration;

use peerwatch_core::Tick;

/// Claude Code takes 30 at once from one sender, and then one every two seconds; what is more, it drops (2.1.330). This
/// stays well below.
const BURST: u32 = 20;
const REFILL: Duration = Duration::from_millis(2_500);

/// Says when the next message may go to one recipient. Count from one sender's address, as Claude Code does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pace {
    /// When the bucket will be full again.
    full: Option<Tick>,
}

impl Pace {
    /// When the next message may go: now, or later.
    #[must_use]
    pub fn ready(&self, now: Tick) -> Tick {
        let Some(full) = self.full else { return now };
        // One place is free once no more than the rest of the bucket is missing.
        let missing = REFILL.saturating_mul(BURST - 1);
        Tick(full.0.saturating_sub(Tick::default().plus(missing).0)).max(now)
    }

    /// A message went.
    pub fn sent(&mut self, now: Tick) {
        self.full = Some(self.full.map_or(now, |full| full.max(now)).plus(REFILL));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends as fast as it may, and tells when.
    fn sent_at(count: usize) -> Vec<i64> {
        let (mut pace, mut now) = (Pace::default(), Tick(1_000));
        let send = |_| {
            now = pace.ready(now);
            pace.sent(now);
            now.0 - 1_000
        };
        (0..count).map(send).collect()
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_follows_slowly() {
        let times = sent_at(24);
        assert!(times[..20].iter().all(|time| *time == 0), "{times:?}");
        assert_eq!(times[20..], [2_500, 5_000, 7_500, 10_000]);
    }

    #[test]
    fn a_long_rest_fills_the_bucket_and_no_more() {
        let mut pace = Pace::default();
        (0..20).for_each(|_| pace.sent(Tick(0)));
        let later = Tick(10_000_000);
        for _ in 0..20 {
            assert_eq!(pace.ready(later), later);
            pace.sent(later);
        }
        assert_eq!(pace.ready(later), Tick(10_002_500));
    }
}
