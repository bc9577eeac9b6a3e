//! What a process holds: memory and descriptors, now and over time.

use std::fs;
use std::time::Duration;

/// A number from a file of `/proc`; 0 when the process is gone.
pub fn field(pid: u32, file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    number(&text, name).unwrap_or(0.0)
}

/// The first number behind a name, in a text of lines that each begin with one.
pub fn number(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

/// The memory of a process in MB, shared pages counted by their share.
pub fn pss(pid: u32) -> f64 {
    field(pid, "smaps_rollup", "Pss:") / 1024.0
}

/// How many descriptors a process has open.
pub fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// What one process held at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Since the beginning.
    pub at: Duration,
    /// Its pid: that of the engine changes when it is started anew.
    pub pid: u32,
    /// In MB.
    pub memory: f64,
    /// Open ones.
    pub descriptors: usize,
}

impl Sample {
    /// What the process holds now; `None` when it is gone.
    pub fn take(at: Duration, pid: u32) -> Option<Self> {
        let (memory, descriptors) = (pss(pid), descriptors(pid));
        (memory > 0.0 && descriptors > 0).then_some(Self { at, pid, memory, descriptors })
    }
}

/// Growth from the second third of a run to its last third. The first third is for warming up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// Medians of the memory in MB.
    pub memory: [f64; 2],
    /// Medians of the descriptors.
    pub descriptors: [usize; 2],
}

/// Memory that may be gained without being called growth: this share, and at least so many MB.
const SHARE: f64 = 0.10;
const LEAST: f64 = 2.0;
/// Descriptors come and go with what is under way.
const SPARE: usize = 3;

impl Growth {
    /// `None` when a third has no samples, or when they are not of one and the same process.
    pub fn of(samples: &[Sample], run: Duration) -> Option<Self> {
        let third = |from: u32, to: u32| {
            samples.iter().filter(move |one| (run * from / 3..run * to / 3).contains(&one.at))
        };
        let pid = third(2, 3).next()?.pid;
        if third(1, 3).any(|one| one.pid != pid) {
            return None;
        }
        let memory = |from, to| median(third(from, to).map(|one| one.memory).collect());
        let descriptors = |from, to| median(third(from, to).map(|one| one.descriptors).collect());
        Some(Self {
            memory: [memory(1, 2)?, memory(2, 3)?],
            descriptors: [descriptors(1, 2)?, descriptors(2, 3)?],
        })
    }

    /// Whether the last third held no more than the second, within the tolerance.
    pub fn is_none(&self) -> bool {
        let [before, after] = self.memory;
        let room = (before * SHARE).max(LEAST);
        after <= before + room && self.descriptors[1] <= self.descriptors[0] + SPARE
    }
}

fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(memory: impl Fn(u64) -> f64, pid: impl Fn(u64) -> u32) -> Vec<Sample> {
        (0..90)
            .map(|second| Sample {
                at: Duration::from_secs(second),
                pid: pid(second),
                memory: memory(second),
                descriptors: 20,
            })
            .collect()
    }

    const RUN: Duration = Duration::from_secs(90);

    #[test]
    fn a_peak_is_no_growth_and_a_slope_is() {
        let peak = samples(|second| if second == 80 { 90.0 } else { 20.0 }, |_| 7);
        assert!(Growth::of(&peak, RUN).is_some_and(|growth| growth.is_none()));
        let slope = samples(|second| 20.0 + second as f64 / 10.0, |_| 7);
        assert!(Growth::of(&slope, RUN).is_some_and(|growth| !growth.is_none()));
    }

    #[test]
    fn warming_up_does_not_count_and_another_process_cannot_be_compared() {
        let warming = samples(|second| if second < 30 { 1.0 } else { 20.0 }, |_| 7);
        assert_eq!(Growth::of(&warming, RUN).map(|growth| growth.memory), Some([20.0, 20.0]));
        let early = samples(|_| 20.0, |second| if second < 25 { 6 } else { 7 });
        assert!(Growth::of(&early, RUN).is_some());
        let late = samples(|_| 20.0, |second| if second < 40 { 6 } else { 7 });
        assert_eq!(Growth::of(&late, RUN), None);
    }
}
