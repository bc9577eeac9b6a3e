//! Checks arguments against a tool's schema and says what is wrong in the words of Python's `jsonschema` 4.26, with
//! which the original checks its own; of several faults the same one is named.
//!
//! Knows the keywords that the tools here use, no more.

use serde_json::{Map, Value};

use super::python::{repr, repr_text};

/// What is wrong with `instance`, or nothing.
pub(super) fn violation(schema: &Map<String, Value>, instance: &Value) -> Option<String> {
    let mut found = Vec::new();
    check(schema, instance, &mut Vec::new(), &mut found);
    let best = found.into_iter().reduce(|best, next| if next.outranks(&best) { next } else { best })?;
    Some(best.message)
}

/// A step from a value to one inside it. The order is Python's: names by code point, places by number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Place(usize),
    Name(String),
}

struct Violation {
    path: Vec<Step>,
    has_right_type: bool,
    message: String,
}

impl Violation {
    /// `jsonschema.exceptions.best_match` takes the first of the greatest: the shallowest, among siblings the last by
    /// name, then the one whose type is wrong.
    fn outranks(&self, other: &Violation) -> bool {
        let rank = |of: &Violation| (std::cmp::Reverse(of.path.len()), of.path.clone(), !of.has_right_type);
        rank(self) > rank(other)
    }
}

fn check(schema: &Map<String, Value>, instance: &Value, path: &mut Vec<Step>, found: &mut Vec<Violation>) {
    let types = types_of(schema);
    let has_right_type = types.iter().any(|name| is_type(instance, name));
    let mut messages = Vec::new();
    if !types.is_empty() && !has_right_type {
        let names: Vec<_> = types.iter().map(|name| repr_text(name)).collect();
        messages.push(format!("{} is not of type {}", repr(instance), names.join(", ")));
    }
    if let Some(Value::Array(allowed)) = schema.get("enum")
        && !allowed.contains(instance)
    {
        messages.push(format!("{} is not one of {}", repr(instance), repr(&Value::Array(allowed.clone()))));
    }
    check_text(schema, instance, &mut messages);
    check_number(schema, instance, &mut messages);
    check_array(schema, instance, &mut messages);
    check_required(schema, instance, &mut messages);
    found.extend(messages.into_iter().map(|message| Violation {
        path: path.clone(),
        has_right_type,
        message,
    }));
    check_inside(schema, instance, path, found);
}

fn types_of(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_type(instance: &Value, name: &str) -> bool {
    match name {
        "string" => instance.is_string(),
        "array" => instance.is_array(),
        "object" => instance.is_object(),
        "boolean" => instance.is_boolean(),
        "number" => instance.is_number(),
        "integer" => {
            instance.is_i64() || instance.is_u64() || instance.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        _ => false,
    }
}

fn check_text(schema: &Map<String, Value>, instance: &Value, messages: &mut Vec<String>) {
    let Value::String(text) = instance else { return };
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
        && !matches(pattern, text)
    {
        messages.push(format!("{} does not match {}", repr_text(text), repr_text(pattern)));
    }
    let length = text.chars().count() as u64;
    if bound(schema, "minLength").is_some_and(|least| length < least) {
        let fault =
            if bound(schema, "minLength") == Some(1) { "should be non-empty" } else { "is too short" };
        messages.push(format!("{} {fault}", repr_text(text)));
    }
    if bound(schema, "maxLength").is_some_and(|most| length > most) {
        messages.push(format!("{} is too long", repr_text(text)));
    }
}

/// The one pattern there is. Python's `$` also stands before a last line feed.
fn matches(pattern: &str, text: &str) -> bool {
    debug_assert_eq!(pattern, CONVERSATION);
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_prefix("conv_").is_some_and(|id| {
        id.len() == 16 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The pattern of a conversation's id.
pub(super) const CONVERSATION: &str = "^conv_[a-f0-9]{16}$";

fn check_number(schema: &Map<String, Value>, instance: &Value, messages: &mut Vec<String>) {
    let Some(number) = instance.as_f64() else { return };
    for (keyword, fault) in [("minimum", "less than the minimum"), ("maximum", "greater than the maximum")] {
        let Some(limit) = schema.get(keyword) else { continue };
        let Some(of) = limit.as_f64() else { continue };
        if (keyword == "minimum" && number < of) || (keyword == "maximum" && number > of) {
            messages.push(format!("{} is {fault} of {}", repr(instance), repr(limit)));
        }
    }
}

fn check_array(schema: &Map<String, Value>, instance: &Value, messages: &mut Vec<String>) {
    let Value::Array(items) = instance else { return };
    let count = items.len() as u64;
    if bound(schema, "minItems").is_some_and(|least| count < least) {
        let fault = if bound(schema, "minItems") == Some(1) { "should be non-empty" } else { "is too short" };
        messages.push(format!("{} {fault}", repr(instance)));
    }
    if bound(schema, "maxItems").is_some_and(|most| count > most) {
        messages.push(format!("{} is too long", repr(instance)));
    }
}

fn check_required(schema: &Map<String, Value>, instance: &Value, messages: &mut Vec<String>) {
    let (Value::Object(members), Some(Value::Array(required))) = (instance, schema.get("required")) else {
        return;
    };
    for name in required.iter().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            messages.push(format!("{} is a required property", repr_text(name)));
        }
    }
}

fn check_inside(
    schema: &Map<String, Value>,
    instance: &Value,
    path: &mut Vec<Step>,
    found: &mut Vec<Violation>,
) {
    let mut descend = |schema: &Value, instance: &Value, step: Step| {
        if let Value::Object(schema) = schema {
            path.push(step);
            check(schema, instance, path, found);
            path.pop();
        }
    };
    if let (Value::Object(members), Some(Value::Object(properties))) = (instance, schema.get("properties")) {
        for (name, schema) in properties {
            if let Some(member) = members.get(name) {
                descend(schema, member, Step::Name(name.clone()));
            }
        }
    }
    if let (Value::Array(items), Some(schema)) = (instance, schema.get("items")) {
        for (place, item) in items.iter().enumerate() {
            descend(schema, item, Step::Place(place));
        }
    }
}

fn bound(schema: &Map<String, Value>, keyword: &str) -> Option<u64> {
    schema.get(keyword).and_then(Value::as_u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mcp::original;

    fn fault(tool: &str, change: Value) -> String {
        let tool = original::tools().into_iter().find(|known| known.name == tool).unwrap();
        let mut arguments = json!({
            "conversation_id": "conv_0000000000000000", "session_id": "a", "token": "f".repeat(64), "message": "hi",
        });
        let members = arguments.as_object_mut().unwrap();
        for (name, value) in change.as_object().unwrap() {
            if value == "absent" {
                members.remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
        violation(&tool.input_schema, &arguments).unwrap_or_else(|| "nothing".into())
    }

    /// Each line is what the original's own library (mcp 1.30.0 with jsonschema 4.26.0) answered to the same arguments.
    #[test]
    fn faults_are_named_as_the_original_names_them() {
        let send = |change| fault("send_to_partner", change);
        let create = |change| fault("create_conversation", change);
        let files: Vec<_> = (0..21).map(|n| n.to_string()).collect();
        assert_eq!(create(json!({})), "'my_role' is a required property");
        assert_eq!(create(json!({"my_role": "ab", "partner_role": "c"})), "'c' is too short");
        assert_eq!(create(json!({"my_role": 5, "partner_role": null})), "None is not of type 'string'");
        assert_eq!(
            send(json!({"conversation_id": "absent", "token": "absent"})),
            "'conversation_id' is a required property"
        );
        assert_eq!(send(json!({"token": "absent", "action_type": "z"})), "'token' is a required property");
        assert_eq!(
            send(json!({"action_type": "task_assignment"})),
            "'task_assignment' is not one of ['question', 'info', 'proposal', 'blocked', 'complete']"
        );
        assert_eq!(send(json!({"token": "token_xyz789"})), "'token_xyz789' is too short");
        assert_eq!(
            send(json!({"conversation_id": "conv_1"})),
            "'conv_1' does not match '^conv_[a-f0-9]{16}$'"
        );
        assert_eq!(send(json!({"session_id": "c"})), "'c' is not one of ['a', 'b']");
        assert_eq!(send(json!({"session_id": 5})), "5 is not of type 'string'");
        assert_eq!(
            send(json!({"token": "x", "conversation_id": "nope", "session_id": "q"})),
            "'x' is too short"
        );
        assert_eq!(send(json!({"files_involved": "a.py"})), "'a.py' is not of type 'array'");
        assert_eq!(send(json!({"files_involved": ["a.py", 5, 1.5]})), "1.5 is not of type 'string'");
        assert_eq!(
            send(json!({"files_involved": files})),
            "['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20'] is too long"
        );
        assert_eq!(send(json!({"conversation_id": "conv_0000000000000000\n"})), "nothing");
        assert_eq!(send(json!({"unheard_of": 1})), "nothing");
    }
}
