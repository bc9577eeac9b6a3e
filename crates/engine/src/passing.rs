//! What a handover of a bridge's task will do, and what holds it back, in words: the same from an engine and from a command that
//! does without one.

use std::time::Duration;

use peerwatch_bridge::{Brakes, Handover};
use peerwatch_core::{Timestamp, in_words};

/// A handover before it is begun.
#[derive(Clone, Copy, Debug)]
pub struct Passing<'a> {
    /// What the owner is called.
    pub from: &'a str,
    /// What the one is called who would get it; `None` when nobody is free.
    pub to: Option<&'a str>,
    /// Whether the owner is proven gone: then nothing has to be confirmed.
    pub proven_gone: bool,
    /// Whether an engine sees to it, which brings the card into a session and finds an heir later on.
    pub by_engine: bool,
}

impl Passing<'_> {
    /// What will happen, step by step.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        let Self { from, by_engine, .. } = *self;
        let waits = if by_engine { "Peerwatch waits" } else { "the task waits" };
        let confirms =
            (!self.proven_gone).then(|| format!("{from} is told to stop, and {waits} until it confirms"));
        let gets = match (self.to, by_engine) {
            (Some(to), true) => format!("{to} gets the task with the card below, which starts its turn"),
            (Some(to), false) => format!(
                "{to} gets the task with the card below, at its next call or when an engine brings it"
            ),
            (None, true) => {
                "whoever is chosen gets the task with the card below, which starts its turn".into()
            }
            (None, false) => "nobody in its bridge is proven alive: the task waits for an heir".into(),
        };
        let loses = format!("{from} loses the task; what it hands in later is kept and can be adopted");
        let undo = "Until it has begun, this can be undone".into();
        [Some(loses), confirms, Some(gets), Some(undo)].into_iter().flatten().collect()
    }
}

/// What holds the next handover of a task back, after these of before, the newest first; a person may pass over it. Without an
/// engine or with one it is the store that refuses, for the same two reasons.
#[must_use]
pub fn brake(former: &[Handover], now: Timestamp) -> Option<String> {
    let brakes = Brakes::default();
    let last = former.first()?;
    if former.len() >= usize::try_from(brakes.most).unwrap_or(usize::MAX) {
        let count = former.len();
        return Some(format!(
            "it was handed over {count} times already; perhaps the task itself is the matter"
        ));
    }
    let since = now.0.saturating_sub(last.at.0);
    (since < brakes.pause_ms).then(|| match Duration::from_millis(u64::try_from(since).unwrap_or_default()) {
        ago if ago.as_secs() == 0 => "it was handed over just now".into(),
        ago => format!("it was handed over {} ago", in_words(ago)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn an_engine_and_a_command_without_one_say_the_same_but_for_what_they_can_do() {
        let with = Passing { from: "api", to: Some("web"), proven_gone: false, by_engine: true };
        let told = [
            with,
            Passing { proven_gone: true, to: None, ..with },
            Passing { by_engine: false, ..with },
            Passing { by_engine: false, proven_gone: true, to: None, ..with },
        ]
        .map(|passing| passing.steps().join("\n") + "\n");
        expect![[r#"
            api loses the task; what it hands in later is kept and can be adopted
            api is told to stop, and Peerwatch waits until it confirms
            web gets the task with the card below, which starts its turn
            Until it has begun, this can be undone

            api loses the task; what it hands in later is kept and can be adopted
            whoever is chosen gets the task with the card below, which starts its turn
            Until it has begun, this can be undone

            api loses the task; what it hands in later is kept and can be adopted
            api is told to stop, and the task waits until it confirms
            web gets the task with the card below, at its next call or when an engine brings it
            Until it has begun, this can be undone

            api loses the task; what it hands in later is kept and can be adopted
            nobody in its bridge is proven alive: the task waits for an heir
            Until it has begun, this can be undone
        "#]]
        .assert_eq(&told.join("\n"));
    }
}
