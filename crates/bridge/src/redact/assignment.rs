//! Secrets that are known by the name before them: `password: …`, `api_key=…`, `"secret": "…"`, `--password …`.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::patterns::is_random;

/// A name, the quote that may end it, a separator, and a value in quotes or bare. A backslash and what it escapes stay
/// together, so that JSON within the text stays valid.
const FORM: &str = r#"(?ix)
    (?<option> -- [a-z0-9-]*? )?
    (?<name> password | passwd | passphrase | pwd | api [_\ -]? key | secret (?: [_-]? (?: access [_-]? )? key )? | token )
    (?<quote> \\? ["'] )?
    (?<separator> [\ \t]* (?: => | := | : | = ) [\ \t]* | [\ \t]+ )
    (?:
        (?<open> \\" ) (?<escaped> (?: [^"\\\n] | \\[^"\n] )* )
      | "  (?<double> (?: [^"\\\n] | \\[^\n] )* )
      | '  (?<single> (?: [^'"\\\n] | \\[^\n] )* )
      | (?<bare> [^\s"'\\] (?: [^\s"\\] | \\[^\snrt"] )* )
    )
"#;

static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| match Regex::new(FORM) {
    Ok(form) => Some(form),
    Err(error) => {
        tracing::error!("assignments: {error}");
        None
    }
});

/// Words that stand for a value, or for its type, and are none.
const NO_VALUES: &[&str] = &[
    "any",
    "bool",
    "boolean",
    "bytes",
    "empty",
    "false",
    "hidden",
    "int",
    "invalid",
    "missing",
    "n/a",
    "nil",
    "no",
    "none",
    "null",
    "number",
    "optional",
    "redacted",
    "required",
    "str",
    "&str",
    "string",
    "tbd",
    "todo",
    "true",
    "undefined",
    "unknown",
    "wrong",
    "yes",
];

/// Replaces the values of assignments.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    let Some(form) = ASSIGNMENT.as_ref() else { return Cow::Borrowed(text) };
    form.replace_all(text, |found: &Captures<'_>| {
        let end = found.get(0).map_or(text.len(), |all| all.end());
        replaced(found, &text[end..]).unwrap_or_else(|| found[0].to_owned())
    })
}

/// What stands for the value of a field with this name, when the name is that of a secret.
pub(super) fn label(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace(['-', ' '], "_");
    let names =
        ["password", "passwd", "passphrase", "pwd", "api_key", "apikey", "secret", "secret_key", "token"];
    names.into_iter().find(|known| name.ends_with(known)).map(label_of)
}

fn label_of(name: &str) -> &'static str {
    match name.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b'p') => "PASSWORD_REDACTED",
        Some(b'a') => "API_KEY_REDACTED",
        Some(b't') => "TOKEN_REDACTED",
        _ => "SECRET_REDACTED",
    }
}

/// The assignment without its value; `None` when it is none.
fn replaced(found: &Captures<'_>, rest: &str) -> Option<String> {
    let separator = &found["separator"];
    let is_option = found.name("option").is_some();
    if separator.trim().is_empty() && !is_option {
        return None;
    }
    let label = label_of(&found["name"]);
    let quoted = ["escaped", "double", "single"].iter().find_map(|way| found.name(way));
    let whole = &found[0];
    if let Some(value) = quoted {
        let before = &whole[..whole.len() - value.len()];
        let after_a_string =
            found.name("quote").is_none() && value.as_str().starts_with([',', '}', ']', ':', ' ']);
        let is_secret = !after_a_string && may_be_secret(label, value.as_str());
        return is_secret.then(|| format!("{before}{label}"));
    }
    let bare = found.name("bare")?;
    let before = &whole[..whole.len() - bare.len()];
    if found.name("quote").is_some() {
        // A field of a JSON object: its value may be a number, and what takes its place must be a string.
        let end = bare.as_str().find([',', '}', ']']).unwrap_or(bare.len());
        let (value, after) = bare.as_str().split_at(end);
        return may_be_secret(label, value).then(|| format!("{before}\"{label}\"{after}"));
    }
    let value = bare.as_str().trim_end_matches([',', ';', '.', ')', ']', '}', '>', ':']);
    let after = &bare.as_str()[value.len()..];
    let is_path = found["name"].eq_ignore_ascii_case("pwd") && value.starts_with(['/', '~', '.']);
    let is_secret = !is_path && may_be_secret(label, value) && is_given(value, separator, after, rest);
    is_secret.then(|| format!("{before}{label}{after}"))
}

/// Whether a value can be a secret at all.
fn may_be_secret(label: &str, value: &str) -> bool {
    let is_placeholder = value.starts_with(['$', '<', '{', '[', '(', '%', '=', ':'])
        || value.chars().all(|character| matches!(character, '*' | '.' | '-' | '_' | 'x' | 'X' | '…'));
    let is_call = value.find('(').is_some_and(|open| {
        value[..open]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'&'))
    });
    let is_known = NO_VALUES.contains(&value.to_ascii_lowercase().as_str()) || value.ends_with("_REDACTED");
    !is_placeholder && !is_call && !is_known && (label != "TOKEN_REDACTED" || is_random(value))
}

/// Whether a bare value is given here, rather than a sentence going on: it stands close to its separator, or it is made as
/// no word is, or nothing follows it.
fn is_given(value: &str, separator: &str, after: &str, rest: &str) -> bool {
    let line = rest.split(['\n', '"']).next().unwrap_or_default();
    let line = line
        .split("\\n")
        .next()
        .unwrap_or_default()
        .trim_matches([' ', '\t', '\r', '.', ',', ';', ')', '\\']);
    let is_close = !separator.ends_with([' ', '\t']);
    let is_code = separator.contains('=');
    let is_made = value.chars().count() >= 4
        && value.chars().any(|character| character.is_ascii_digit() || "!@#$%^&*+=|~?".contains(character));
    let is_last = line.is_empty() && value.chars().count() >= 3;
    let is_listed = after.starts_with([',', ';']) && begins_with_assignment(line);
    is_close
        || is_code
        || is_made
        || is_last
        || is_listed
        || (separator.trim().is_empty() && line.starts_with('-'))
}

fn begins_with_assignment(line: &str) -> bool {
    let name = line
        .trim_start_matches(|character: char| character.is_alphanumeric() || matches!(character, '_' | '-'));
    name.len() < line.len() && name.trim_start().starts_with([':', '='])
}
