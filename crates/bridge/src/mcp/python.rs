//! Values as Python's `repr` writes them, because the original's argument errors quote them so.

use std::fmt::Write;

use serde_json::{Number, Value};

/// `value` as Python writes what its JSON parser made of it.
pub(super) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => repr_number(number),
        Value::String(text) => repr_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, value)| format!("{}: {}", repr_text(key), repr(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}

/// Text in single quotes, or in double ones where that spares an escape.
pub(super) fn repr_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => escape(&mut out, u32::from(c)),
        }
    }
    out.push(quote);
    out
}

/// Both languages take the same Unicode categories for printable. Rust also escapes a combining mark at the beginning
/// of a text, hence the letter before it.
fn is_printable(c: char) -> bool {
    c == '\'' || c == '"' || format!("a{c}").escape_debug().skip(1).eq([c])
}

fn escape(out: &mut String, code: u32) {
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

fn repr_number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => repr_float(float),
        _ => number.to_string(),
    }
}

/// The shortest digits that read back, with an exponent below 10⁻⁴ and from 10¹⁶ on.
fn repr_float(float: f64) -> String {
    let scientific = format!("{float:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent @ -4..=15) => {
            let plain = format!("{float}");
            if exponent >= 0 && !plain.contains('.') { format!("{plain}.0") } else { plain }
        }
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        Err(_) => scientific,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What Python 3.11 printed for the same values.
    #[test]
    fn values_are_written_as_python_writes_them() {
        let written = [
            (json!(null), "None"),
            (json!({"a": 1, "b": [true, null, false]}), "{'a': 1, 'b': [True, None, False]}"),
            (json!("it's"), "\"it's\""),
            (
                json!("a\"b'c\n\t\\é\u{200b}\u{7}😀e\u{301}\u{e000}\u{10ffff}"),
                "'a\"b\\'c\\n\\t\\\\é\\u200b\\x07😀e\u{301}\\ue000\\U0010ffff'",
            ),
            (json!(""), "''"),
            (json!(1e22), "1e+22"),
            (json!(0.00001), "1e-05"),
            (json!(1.5e-7), "1.5e-07"),
            (json!(0.0001), "0.0001"),
            (json!(123_456_789_012_345.0), "123456789012345.0"),
            (json!(1e16), "1e+16"),
            (json!(-0.0), "-0.0"),
            (json!(1.0), "1.0"),
            (json!(1.5), "1.5"),
            (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
        ];
        for (value, expected) in written {
            assert_eq!(repr(&value), expected);
        }
    }
}
