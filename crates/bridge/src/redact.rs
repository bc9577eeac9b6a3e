//! Takes secrets out of a text, and leaves everything else as it is.
//!
//! Only the secret itself is replaced, never the name before it; what was valid JSON stays valid JSON; and redacting twice is
//! redacting once. A word such as "password" alone is no secret: it needs a separator, and a value that looks like one.

use std::borrow::Cow;

use serde_json::Value;

mod assignment;
mod patterns;

/// The text without its secrets, and whether there were any.
#[must_use]
pub fn redact(text: &str) -> (String, bool) {
    let redacted = in_words(text);
    if redacted == text {
        return (redacted, false);
    }
    // A secret can reach over the ends of JSON's strings; then each string is redacted by itself.
    match is_document(text).then(|| serde_json::from_str::<Value>(text)) {
        Some(Ok(mut document)) if serde_json::from_str::<Value>(&redacted).is_err() => {
            in_strings(&mut document);
            (document.to_string(), true)
        }
        _ => (redacted, true),
    }
}

fn in_words(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for pattern in patterns::all() {
        if let Cow::Owned(changed) = pattern.redact(&text) {
            text = Cow::Owned(changed);
        }
    }
    assignment::redact(&text).into_owned()
}

fn is_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

fn in_strings(value: &mut Value) {
    match value {
        Value::String(text) => *text = in_words(text),
        Value::Array(values) => values.iter_mut().for_each(in_strings),
        Value::Object(fields) => {
            for (name, value) in fields {
                match (assignment::label(name), &mut *value) {
                    (Some(label), Value::String(text)) if !text.is_empty() => *text = label.into(),
                    (Some(label), Value::Number(_)) => *value = label.into(),
                    _ => in_strings(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests;
