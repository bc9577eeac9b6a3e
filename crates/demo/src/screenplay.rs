//! Reads a screenplay: lines of time, who and what, in the order in which they happen.

use crate::act::Act;
use crate::error::{DemoError, Result};

/// One line of the play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cue {
    /// Seconds from the beginning; negative is what happened before.
    pub(crate) at_s: i64,
    pub(crate) who: String,
    pub(crate) act: Act,
}

/// The play, in order.
pub(crate) fn read(text: &str) -> Result<Vec<Cue>> {
    let mut cues = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |why: String| DemoError::Screenplay { line: number + 1, why };
        let (time, rest) = line.split_once(' ').ok_or_else(|| wrong("there is only one word".into()))?;
        let at_s = seconds(time).ok_or_else(|| wrong(format!("“{time}” is no time")))?;
        let (who, what) = rest.trim().split_once(' ').ok_or_else(|| wrong("nothing happens".into()))?;
        let (verb, rest) = what.trim().split_once(' ').unwrap_or((what.trim(), ""));
        match (verb, until(rest)) {
            ("beats", Some((status, end))) => cues.extend(beats(at_s, end, who, status)),
            ("works", Some((kind, end))) => cues.extend(works(at_s, end, who, kind)),
            _ => cues.push(Cue {
                at_s,
                who: who.into(),
                act: Act::read(verb, &rest.trim().replace(r"\n", "\n")).map_err(wrong)?,
            }),
        }
    }
    cues.sort_by_key(|cue| cue.at_s);
    Ok(cues)
}

/// `M:SS`, or `-M:SS` for the time before the play.
fn seconds(time: &str) -> Option<i64> {
    let (sign, time) = time.strip_prefix('-').map_or((1, time), |time| (-1, time));
    let (minutes, seconds) = time.split_once(':')?;
    Some(sign * (minutes.parse::<i64>().ok()? * 60 + seconds.parse::<i64>().ok()?))
}

/// `something until M:SS`.
fn until(rest: &str) -> Option<(&str, i64)> {
    let (what, end) = rest.rsplit_once("until ")?;
    Some((what.trim(), seconds(end.trim())?))
}

/// A heartbeat each half minute.
fn beats<'a>(from: i64, end: i64, who: &'a str, status: &'a str) -> impl Iterator<Item = Cue> + use<'a> {
    (from..=end).step_by(30).map(|at_s| Cue { at_s, who: who.into(), act: Act::Beats(status.into()) })
}

/// Steps of everyday work, one after the other, each with its answer.
fn works<'a>(from: i64, end: i64, who: &'a str, kind: &'a str) -> impl Iterator<Item = Cue> + use<'a> {
    let steps = if kind == "rust" { RUST } else { WEB };
    let mut at_s = from;
    let mut next = usize::from(who.bytes().fold(0_u8, u8::wrapping_add));
    std::iter::from_fn(move || {
        let (tool, detail, answer, takes) = steps[next % steps.len()];
        next += 1;
        let begun = at_s;
        at_s += takes + 6;
        (begun + takes <= end).then(|| {
            let cue = |at_s, act| Cue { at_s, who: who.into(), act };
            [
                cue(begun, Act::Calls { tool: tool.into(), detail: detail.into() }),
                cue(begun + takes, Act::Gets(answer.into())),
            ]
        })
    })
    .flatten()
}

type Step = (&'static str, &'static str, &'static str, i64);

const RUST: &[Step] = &[
    ("Grep", "RateLimit", "src/http/limit.rs:12\nsrc/http/mod.rs:48", 2),
    ("Read", "src/http/limit.rs", "pub struct RateLimit { per_minute: u32, burst: u32 }", 2),
    ("Edit", "src/http/limit.rs", "The file src/http/limit.rs has been updated.", 3),
    ("Bash", "cargo check --workspace", "    Finished `dev` profile in 11.42s", 12),
    ("Bash", "cargo test -p api limits::", "test result: ok. 14 passed; 0 failed", 26),
    ("Read", "tests/limits.rs", "#[tokio::test]\nasync fn a_burst_is_allowed_once() {", 2),
    ("Edit", "tests/limits.rs", "The file tests/limits.rs has been updated.", 4),
    ("Bash", "cargo clippy --all-targets", "    Finished `dev` profile in 8.03s", 9),
];

const WEB: &[Step] = &[
    ("Read", "src/routes/checkout/+page.svelte", "<script lang=\"ts\">\n  let { cart } = $props()", 2),
    ("Grep", "aria-label", "src/lib/Table.svelte:31", 2),
    ("Edit", "src/lib/Table.svelte", "The file src/lib/Table.svelte has been updated.", 4),
    ("Bash", "npm run check", "svelte-check found 0 errors and 0 warnings", 14),
    ("Bash", "npx vitest run", "Test Files  18 passed (18)", 22),
    ("Write", "src/lib/Table.test.ts", "File created successfully at: src/lib/Table.test.ts", 5),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_time_who_and_what() {
        let cues = read("-2:00 api starts acme/api\n# a remark\n\n1:05 api calls Bash cargo test").unwrap();
        assert_eq!(
            cues,
            [
                Cue { at_s: -120, who: "api".into(), act: Act::Starts("acme/api".into()) },
                Cue {
                    at_s: 65,
                    who: "api".into(),
                    act: Act::Calls { tool: "Bash".into(), detail: "cargo test".into() }
                },
            ]
        );
    }

    #[test]
    fn long_stretches_are_said_in_one_line() {
        let beats = read("0:00 backend beats working until 2:00").unwrap();
        assert_eq!(beats.iter().map(|cue| cue.at_s).collect::<Vec<_>>(), [0, 30, 60, 90, 120]);
        let works = read("0:10 api works rust until 3:00").unwrap();
        assert!(works.windows(2).all(|pair| pair[0].at_s <= pair[1].at_s));
        assert!(matches!(works[0].act, Act::Calls { .. }) && matches!(works[1].act, Act::Gets(_)));
        assert!(works.len().is_multiple_of(2), "every call is answered");
    }

    #[test]
    fn a_mistake_names_its_line() {
        let said = |text| read(text).unwrap_err().to_string();
        assert_eq!(said("0:00 api starts x\n0:zz api exits"), "line 2 of the screenplay: “0:zz” is no time");
        assert_eq!(said("0:00 api dances"), "line 1 of the screenplay: nobody knows how to “dances”");
    }
}
