//! Secrets that are known by their own form.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Tells a secret from an ordinary word.
type Test = fn(&str) -> bool;

/// One form of secret.
pub(super) struct Pattern {
    /// Matches the secret in the group `s`, with what must stand around it.
    form: Regex,
    label: &'static str,
    is_secret: Test,
}

/// Forms, what is put in their place, and what tells a match from an ordinary word.
const FORMS: &[(&str, &str, Test)] = &[
    (
        "(?s)(?<s>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)",
        "PRIVATE_KEY_REDACTED",
        always,
    ),
    // One that was cut off before its end.
    (
        r"(?<s>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{40,})+)",
        "PRIVATE_KEY_REDACTED",
        always,
    ),
    (r"(?<s>(?:AKIA|ASIA)[0-9A-Z]{16})", "AWS_KEY_REDACTED", always),
    (r"(?<s>gh[pousr]_[A-Za-z0-9_]{36,}|github_pat_[A-Za-z0-9_]{22,})", "GITHUB_TOKEN_REDACTED", always),
    (r"(?:^|[^A-Za-z0-9]|\\[nrt])(?<s>sk-ant-[A-Za-z0-9_-]{20,})", "ANTHROPIC_KEY_REDACTED", has_digit),
    (r"(?:^|[^A-Za-z0-9]|\\[nrt])(?<s>sk-[A-Za-z0-9_-]{20,})", "OPENAI_KEY_REDACTED", is_openai_key),
    (r"(?<s>xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,})", "SLACK_TOKEN_REDACTED", has_digit),
    (
        r"(?<s>AIza[A-Za-z0-9_-]{35}|glpat-[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}|[sr]k_live_[A-Za-z0-9]{16,})",
        "TOKEN_REDACTED",
        always,
    ),
    (r"(?<s>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})", "TOKEN_REDACTED", always),
    (
        r"(?i)authorization\b[\x22']?\s*[:=]\s*[\x22']?(?:bearer|basic|token)\s+(?<s>[A-Za-z0-9._~+/-]+=*)",
        "BEARER_TOKEN_REDACTED",
        is_new,
    ),
    (r"(?i)\bbearer\s+(?<s>[A-Za-z0-9._~+/-]{8,}=*)", "BEARER_TOKEN_REDACTED", is_random),
    (r"(?i)\b[a-z][a-z0-9+.-]*://[^\s/:@\x22'<>\\]*:(?<s>[^\s/@\x22'<>\\]+)@", "PASSWORD_REDACTED", is_new),
    // Sixty-four hexadecimal digits are most often a checksum; after the word they are a bridge's token.
    (r"(?i)token[^\n]{0,48}?(?:^|[^0-9A-Za-z])(?<s>[0-9a-f]{64})\b", "BRIDGE_TOKEN_REDACTED", always),
];

static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let compiled = FORMS.iter().filter_map(|(form, label, is_secret)| match Regex::new(form) {
        Ok(form) => Some(Pattern { form, label, is_secret: *is_secret }),
        Err(error) => {
            tracing::error!("{label}: {error}");
            None
        }
    });
    compiled.collect()
});

pub(super) fn all() -> &'static [Pattern] {
    &PATTERNS
}

impl Pattern {
    pub(super) fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.form.replace_all(text, |found: &Captures<'_>| {
            let whole = &found[0];
            match (found.get(0), found.name("s")) {
                (Some(all), Some(secret)) if (self.is_secret)(secret.as_str()) => {
                    let before = &whole[..secret.start() - all.start()];
                    let after = &whole[secret.end() - all.start()..];
                    format!("{before}{}{after}", self.label)
                }
                _ => whole.to_owned(),
            }
        })
    }
}

fn always(_: &str) -> bool {
    true
}

fn is_new(secret: &str) -> bool {
    !secret.ends_with("_REDACTED")
}

fn has_digit(secret: &str) -> bool {
    secret.bytes().any(|byte| byte.is_ascii_digit())
}

/// Ours and the original's: 48 letters and digits without a break, or something no phrase looks like.
fn is_openai_key(secret: &str) -> bool {
    let longest = secret[3..].split(['-', '_']).map(str::len).max().unwrap_or(0);
    longest >= 48 || (has_digit(secret) && longest >= 12)
}

/// Whether it is more than a word of a sentence.
pub(super) fn is_random(secret: &str) -> bool {
    let letters = secret.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_new(secret) && ((has_digit(secret) && letters && secret.len() >= 8) || secret.len() >= 40)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_form_compiles() {
        assert_eq!(super::all().len(), super::FORMS.len());
    }
}
