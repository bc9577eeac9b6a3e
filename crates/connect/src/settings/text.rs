//! Puts keys into a JSON text and takes them out again; every other byte stays as it was.

use jsonc_parser::ast::{Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Value;

/// Where a value stands: an object within the outermost one, and a key in it.
pub(super) type Path = [&'static str; 2];

/// What one level of nesting is indented by, where the text itself does not show it.
const INDENT: &str = "  ";

/// The text with one value more, and the piece that was put in: cutting it out gives the text of before.
pub(super) fn put([outer, inner]: Path, value: &Value, text: &str) -> Option<(String, String)> {
    with_root(text, |root| {
        let Some(found) = property(root, outer) else {
            let value = serde_json::json!({ inner: value });
            return Some(insertion(text, root, outer, &value, ""));
        };
        let Node::Object(object) = &found.value else { return None };
        let around = line_indent(text, found.range().start);
        property(object, inner).is_none().then(|| insertion(text, object, inner, value, around))
    })
    .flatten()
    .map(|(at, piece)| (splice(text, at, at, &piece), piece))
}

/// The text without one value; the object around it goes too when it is empty then and `emptied` says so.
pub(super) fn take([outer, inner]: Path, emptied: bool, text: &str) -> Option<String> {
    with_root(text, |root| {
        let found = property(root, outer)?;
        let Node::Object(object) = &found.value else { return None };
        let others = object.properties.iter().any(|property| property.name.as_str() != inner);
        let (start, end) = match property(object, inner) {
            _ if !others && emptied => extent(root, found),
            Some(ours) => extent(object, ours),
            None => return None,
        };
        Some(splice(text, start, end, ""))
    })
    .flatten()
}

/// The text without a piece that stands in it exactly once.
pub(super) fn cut(piece: &str, text: &str) -> Option<String> {
    let (before, after) = text.split_once(piece)?;
    (!after.contains(piece)).then(|| format!("{before}{after}"))
}

fn with_root<R>(text: &str, look: impl FnOnce(&Object<'_>) -> R) -> Option<R> {
    let options = ParseOptions { allow_comments: false, allow_trailing_commas: false, ..Default::default() };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).ok()?;
    match parsed.value? {
        Node::Object(root) => Some(look(&root)),
        _ => None,
    }
}

/// The property of that name, as readers of JSON see it: the last one counts.
fn property<'o, 't>(object: &'o Object<'t>, name: &str) -> Option<&'o ObjectProp<'t>> {
    object.properties.iter().rfind(|property| property.name.as_str() == name)
}

/// Where a further property goes, and its text in the manner of its neighbours.
fn insertion(text: &str, object: &Object<'_>, name: &str, value: &Value, around: &str) -> (usize, String) {
    let name = Value::from(name);
    let Some(last) = object.properties.last() else {
        let newline = newline(text);
        let inside = format!("{newline}{around}{INDENT}");
        let value = pretty(value, INDENT, &inside);
        return (object.range().start + 1, format!("{inside}{name}: {value}{newline}{around}"));
    };
    let first = object.properties.first().map_or(last.range().start, |first| first.range().start);
    let gap = text.get(object.range().start + 1..first).unwrap_or_default();
    let value = match gap.rfind('\n') {
        Some(line) => {
            let inside = format!("{}{}", newline(text), &gap[line + 1..]);
            let step = gap[line + 1..].strip_prefix(around).filter(|step| !step.is_empty()).unwrap_or(INDENT);
            pretty(value, step, &inside)
        }
        None => value.to_string(),
    };
    let space = if gap.is_empty() { " " } else { gap };
    (last.range().end, format!(",{space}{name}: {value}"))
}

/// The part of the text that goes when a property goes: with the comma before it, or the one after it, or alone with
/// the blanks around it.
fn extent(object: &Object<'_>, ours: &ObjectProp<'_>) -> (usize, usize) {
    let place = object.properties.iter().position(|property| property.range() == ours.range()).unwrap_or(0);
    let before = place.checked_sub(1).and_then(|place| object.properties.get(place));
    match (before, object.properties.get(place + 1)) {
        (Some(before), _) => (before.range().end, ours.range().end),
        (None, Some(after)) => (ours.range().start, after.range().start),
        (None, None) => (object.range().start + 1, object.range().end - 1),
    }
}

fn pretty(value: &Value, step: &str, newline: &str) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(step.as_bytes());
    let mut writer = serde_json::Serializer::with_formatter(&mut out, formatter);
    if serde::Serialize::serialize(value, &mut writer).is_err() {
        return value.to_string();
    }
    String::from_utf8(out).map_or_else(|_| value.to_string(), |text| text.replace('\n', newline))
}

/// The blanks at the beginning of the line on which something stands.
fn line_indent(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[line..at];
    &line[..line.len() - line.trim_start().len()]
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn splice(text: &str, start: usize, end: usize, piece: &str) -> String {
    format!("{}{piece}{}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const PATH: Path = ["enabled", "us@us"];

    fn put_into(text: &str) -> String {
        let (with, piece) = put(PATH, &json!(true), text).unwrap();
        assert_eq!(cut(&piece, &with).as_deref(), Some(text), "what was put in can be cut out");
        assert_eq!(serde_json::from_str::<Value>(&with).unwrap()["enabled"]["us@us"], true, "{with}");
        with
    }

    #[test]
    fn a_new_key_looks_like_its_neighbours() {
        expect![[r#"
            {
                "zeta": 1,   "alpha": 1.50,
                "enabled": {
                    "us@us": true
                }
            }
        "#]]
        .assert_eq(&put_into("{\n    \"zeta\": 1,   \"alpha\": 1.50\n}\n"));
        expect![[r#"{"a":1, "enabled": {"us@us":true}}"#]].assert_eq(&put_into(r#"{"a":1}"#));
        expect![[r#"{ "a": 1, "enabled": {"us@us":true} }"#]].assert_eq(&put_into(r#"{ "a": 1 }"#));
        expect![[r#"
            {
              "enabled": {
                "us@us": true
              }
            }"#]]
        .assert_eq(&put_into("{}"));
    }

    #[test]
    fn an_object_that_is_there_is_used() {
        expect![[r#"
            {
            	"enabled": {
            		"x@y": false,
            		"us@us": true
            	},
            	"b": 1
            }"#]]
        .assert_eq(&put_into("{\n\t\"enabled\": {\n\t\t\"x@y\": false\n\t},\n\t\"b\": 1\n}"));
        expect![[r#"
            {
              "enabled": {
                "us@us": true
              }
            }"#]]
        .assert_eq(&put_into("{\n  \"enabled\": {}\n}"));
        assert_eq!(put(PATH, &json!(true), r#"{"enabled": null}"#), None);
        assert_eq!(put(PATH, &json!(true), r#"{"enabled": {"us@us": false}}"#), None);
    }

    #[test]
    fn a_key_is_taken_with_its_comma_and_an_object_with_its_last_key() {
        let take = |emptied, text| take(PATH, emptied, text).unwrap();
        assert_eq!(take(true, r#"{"a": 1, "enabled": {"us@us": true}, "b": 2}"#), r#"{"a": 1, "b": 2}"#);
        assert_eq!(take(false, r#"{"enabled": {"us@us": true}, "b": 2}"#), r#"{"enabled": {}, "b": 2}"#);
        assert_eq!(take(true, r#"{"enabled": {"us@us": true, "x": 1}}"#), r#"{"enabled": {"x": 1}}"#);
        assert_eq!(take(true, r#"{ "enabled": {} }"#), "{}");
    }

    #[test]
    fn a_piece_is_cut_only_where_it_is_meant() {
        assert_eq!(cut("ab", "xaby"), Some("xy".to_owned()));
        assert_eq!(cut("ab", "ab ab"), None);
        assert_eq!(cut("ab", "x"), None);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~ü\"{},:]{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("enabled|us@us|[a-z\"\\\\]{1,3}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    fn written(value: &Value, manner: u8) -> String {
        let text = match manner {
            0 => value.to_string(),
            1 => pretty(value, "\t", "\n"),
            2 => pretty(value, "    ", "\r\n"),
            _ => pretty(value, "", " "),
        };
        if manner == 1 { text + "\n" } else { text }
    }

    proptest! {
        #[test]
        fn whatever_the_text_what_is_put_in_comes_out_again(value in any_json(), manner in 0_u8..4) {
            prop_assume!(value.is_object());
            let text = written(&value, manner);
            if let Some((with, piece)) = put(PATH, &json!({"a": [1, "b"]}), &text) {
                let mut expected = value.clone();
                expected["enabled"]["us@us"] = json!({"a": [1, "b"]});
                prop_assert_eq!(serde_json::from_str::<Value>(&with).unwrap(), expected);
                prop_assert_eq!(cut(&piece, &with), Some(text.clone()));
                let emptied = value.get("enabled").is_none();
                let taken = take(PATH, emptied, &with).unwrap();
                prop_assert_eq!(serde_json::from_str::<Value>(&taken).unwrap(), value);
            } else {
                let there = value.get("enabled");
                prop_assert!(there.is_some_and(|there| !there.is_object() || there.get("us@us").is_some()));
            }
        }
    }
}
