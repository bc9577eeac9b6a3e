//! One line to the engine, one line back.

use std::io::{self, BufRead as _, BufReader, Read, Write};

use serde_json::Value;

use crate::happening::Happening;

/// Longer than any message that is delivered this way.
const LONGEST_REPLY: u64 = 1 << 20;

/// Tells the engine.
pub(crate) fn send(pipe: &mut impl Write, happening: &Happening) -> io::Result<()> {
    pipe.write_all(happening.request().as_bytes())?;
    pipe.flush()
}

/// The text that the engine has for the session, if any.
pub(crate) fn answer(pipe: &mut impl Read) -> Option<String> {
    let mut line = String::new();
    BufReader::new(pipe.take(LONGEST_REPLY)).read_line(&mut line).ok()?;
    let told: Value = serde_json::from_str(&line).ok()?;
    let reply = &told["reply"];
    let text = (reply["reply"] == "hook").then(|| reply["text"].as_str()).flatten()?;
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str) -> Option<String> {
        answer(&mut line.as_bytes())
    }

    #[test]
    fn only_a_text_for_the_hook_is_an_answer() {
        let text = r#"{"line":"reply","reply":{"reply":"hook","text":"New message"}}"#;
        assert_eq!(answered(text).as_deref(), Some("New message"));
        for nothing in [
            "",
            "not json\n",
            r#"{"line":"reply","reply":{"reply":"hook","text":null}}"#,
            r#"{"line":"reply","reply":{"reply":"hook","text":""}}"#,
            r#"{"line":"reply","reply":{"reply":"refused","why":"an older engine","text":"x"}}"#,
        ] {
            assert_eq!(answered(nothing), None, "{nothing}");
        }
    }
}
