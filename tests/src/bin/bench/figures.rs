//! Percentiles, and lines that put a figure beside its floor.

use std::time::Duration;

/// What machine this is, in a line.
pub(crate) fn machine() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name")?.split_once(':').map(|(_, name)| name.trim().to_owned())
        })
        .unwrap_or_else(|| "unknown processor".into());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("{cores} × {cpu}, Linux {}", read("/proc/sys/kernel/osrelease").trim());
}

/// The value that `percent` of the others do not exceed.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).clamp(1, sorted.len().max(1));
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// One row: name, count, p50, p99, most.
pub(crate) fn row(name: &str, mut spans: Vec<Duration>) -> [Duration; 2] {
    spans.sort_unstable();
    let (p50, p99) = (percentile(&spans, 50), percentile(&spans, 99));
    let most = spans.last().copied().unwrap_or_default();
    println!(
        "  {name:<46} n {:>4}   p50 {}   p99 {}   max {}",
        spans.len(),
        millis(p50),
        millis(p99),
        millis(most)
    );
    [p50, p99]
}

/// How far a figure lies above its floor.
pub(crate) fn against(floor: [Duration; 2], ours: [Duration; 2]) {
    let ratio = |ours: Duration, floor: Duration| ours.as_secs_f64() / floor.as_secs_f64().max(1e-9);
    println!(
        "  above the floor: p50 ×{:.1} (+{}), p99 ×{:.1} (+{})",
        ratio(ours[0], floor[0]),
        millis(ours[0].saturating_sub(floor[0])).trim(),
        ratio(ours[1], floor[1]),
        millis(ours[1].saturating_sub(floor[1])).trim(),
    );
}

/// A span in milliseconds, aligned.
pub(crate) fn millis(span: Duration) -> String {
    format!("{:>8.3} ms", span.as_secs_f64() * 1000.0)
}
