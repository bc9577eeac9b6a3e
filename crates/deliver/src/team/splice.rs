//! Changes in the text of a JSON file that leave every other byte as it was.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// The text of an object with these members set, each to a value that is JSON already. A new member comes last.
pub(super) fn set(text: &str, changes: &[(&str, String)]) -> serde_json::Result<String> {
    let members = members(text)?;
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for (key, value) in changes {
        let places = members.iter().filter(|(name, _)| name == key).map(|(_, raw)| place(text, raw));
        let before = edits.len();
        // Of members with the same name the last one counts, for most readers.
        edits.extend(places.map(|(start, end)| (start, end, value.clone())));
        if edits.len() == before {
            let (start, first) = match members.last() {
                Some((_, raw)) => (place(text, raw).1, false),
                None => (text.find('{').map_or(0, |brace| brace + 1), true),
            };
            let comma = if first { "" } else { "," };
            let (line, blank) = if text.contains('\n') { ("\n  ", " ") } else { ("", "") };
            let name = serde_json::to_string(key)?;
            edits.push((start, start, format!("{comma}{line}{name}:{blank}{value}")));
        }
    }
    edits.sort_by_key(|(start, ..)| *start);
    Ok(apply(text, &edits))
}

/// The text of an array with one more element at its end, which is JSON already. An empty text is an empty array.
pub(super) fn append(text: &str, element: &str) -> serde_json::Result<String> {
    let text = if text.trim().is_empty() { "[]" } else { text };
    let elements: Vec<&RawValue> = serde_json::from_str(text)?;
    let element = element.replace('\n', "\n  ");
    let edit = match elements.last() {
        Some(last) => {
            let end = place(text, last).1;
            (end, end, format!(",\n  {element}"))
        }
        None => (0, text.len(), format!("[\n  {element}\n]")),
    };
    Ok(apply(text, &[edit]))
}

fn apply(text: &str, edits: &[(usize, usize, String)]) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len() + 200), 0);
    for (start, end, new) in edits {
        out.push_str(&text[from..*start]);
        out.push_str(new);
        from = *end;
    }
    out.push_str(&text[from..]);
    out
}

/// Where a value that was read from `text` stands in it.
fn place(text: &str, raw: &RawValue) -> (usize, usize) {
    let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
    (start, start + raw.get().len())
}

/// The members of an object as they stand in its text.
fn members(text: &str) -> serde_json::Result<Vec<(Cow<'_, str>, &RawValue)>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                all.push((Cow::Owned(key), value));
            }
            Ok(all)
        }
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let members = reader.deserialize_map(Members)?;
    reader.end()?;
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_nobody_asked_to_change_stays_byte_for_byte() {
        let text = "{ \"id\":\"1\",\n\t\"x\" : 1.50e+3, \"owner\" :\"a\\u0041\",\"n\":12345678901234567890123 , \"\\u006fwner\":null\n}\n";
        let set = set(text, &[("owner", "\"b\"".into()), ("status", "\"pending\"".into())]).unwrap();
        assert_eq!(
            set,
            "{ \"id\":\"1\",\n\t\"x\" : 1.50e+3, \"owner\" :\"b\",\"n\":12345678901234567890123 , \"\\u006fwner\":\"b\",\n  \"status\": \"pending\"\n}\n"
        );
    }

    #[test]
    fn a_member_that_is_not_there_is_added() {
        assert_eq!(set("{}", &[("a", "1".into())]).unwrap(), r#"{"a":1}"#);
        assert_eq!(set(r#"{"b":{"a":2}}"#, &[("a", "1".into())]).unwrap(), r#"{"b":{"a":2},"a":1}"#);
        for broken in ["", "[]", "{", "{}x", r#"{"a":1,}"#] {
            assert!(set(broken, &[("a", "1".into())]).is_err(), "{broken}");
        }
    }

    #[test]
    fn an_element_comes_last() {
        assert_eq!(append("", "1").unwrap(), "[\n  1\n]");
        assert_eq!(append("[\n  {}\n]", "{\n  \"a\": 1\n}").unwrap(), "[\n  {},\n  {\n    \"a\": 1\n  }\n]");
        assert_eq!(append("[ 1 , [ ] ]\n", "2").unwrap(), "[ 1 , [ ],\n  2 ]\n");
        for broken in ["{}", "[", "[]]", "7"] {
            assert!(append(broken, "1").is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_object_keeps_all_but_what_is_set(map in proptest::collection::btree_map(".{0,6}", ".{0,9}", 0..6)) {
            let text = serde_json::to_string_pretty(&map).unwrap();
            let set = set(&text, &[("owner", "7".into())]).unwrap();
            let mut read: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&set).unwrap();
            assert_eq!(read.remove("owner"), Some(7.into()));
            let rest = map.iter().filter(|(key, _)| *key != "owner");
            assert_eq!(read, rest.map(|(key, value)| (key.clone(), value.clone().into())).collect());
        }
    }
}
