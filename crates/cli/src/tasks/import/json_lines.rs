//! A list as JSON: one object a line, or one array of objects.

use std::path::Path;

use peerwatch_bridge::NewTask;
use peerwatch_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::Entry;
use crate::tasks::{create, when};

/// What is read of an object; other fields are passed over.
#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    key: Option<Value>,
    subject: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    priority: i32,
    #[serde(default)]
    needs: Vec<Value>,
    #[serde(default)]
    folder: Option<String>,
    #[serde(default)]
    deadline: Option<String>,
    #[serde(default)]
    assign: Option<String>,
    /// Where it stands, in what `peerwatch tasks --json` printed.
    #[serde(default)]
    state: Option<String>,
}

/// Reads all entries.
///
/// # Errors
/// Says which line is wrong, and why.
pub(super) fn read(text: &str, now: Timestamp) -> Result<Vec<Entry>, String> {
    if text.trim_start().starts_with('[') {
        let rows: Vec<Row> = serde_json::from_str(text)
            .map_err(|error| format!("the list is no JSON array of tasks: {error}"))?;
        return rows.into_iter().enumerate().map(|(at, row)| entry(row, at + 1, "entry", now)).collect();
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let row =
                serde_json::from_str(line).map_err(|error| format!("line {} is no task: {error}", at + 1))?;
            entry(row, at + 1, "line", now)
        })
        .collect()
}

fn entry(row: Row, line: usize, what: &str, now: Timestamp) -> Result<Entry, String> {
    let wrong = |why: String| format!("{what} {line}: {why}");
    let names = [row.id, row.key].into_iter().flatten();
    let key = names.map(|value| name(&value)).next().transpose().map_err(wrong)?;
    let needs = row.needs.iter().map(name).collect::<Result<_, _>>().map_err(wrong)?;
    let deadline = row.deadline.as_deref().map(|at| when::parse(at, now)).transpose().map_err(wrong)?;
    Ok(Entry {
        line,
        key,
        what: NewTask {
            subject: row.subject.trim().to_owned(),
            description: row.description.filter(|text| !text.trim().is_empty()),
            priority: row.priority,
            needs: Vec::new(),
            folder: row.folder.as_deref().map(|path| create::folder(Path::new(path))),
            deadline,
        },
        needs,
        assign: row.assign.filter(|role| !role.trim().is_empty()),
        over: matches!(row.state.as_deref(), Some("done" | "cancelled")),
    })
}

/// A name may be written as a text or a number.
fn name(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(format!("{other} is no name; give a text or a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_406_706_000);

    #[test]
    fn each_line_is_a_task_and_what_is_not_known_is_passed_over() {
        let text = r#"{"id": 7, "subject": " Parser ", "priority": 2, "color": "red"}

            {"key": "port", "subject": "Importer", "needs": [7, "x"], "folder": "/acme", "assign": "backend", "deadline": "1h"}"#;
        let read = read(text, NOW).unwrap();
        assert_eq!(
            (read[0].key.as_deref(), read[0].what.subject.as_str(), read[0].what.priority),
            (Some("7"), "Parser", 2)
        );
        assert_eq!((read[1].line, &read[1].needs), (3, &vec!["7".to_owned(), "x".to_owned()]));
        assert_eq!(read[1].what.folder.as_deref(), Some("/acme"));
        assert_eq!(read[1].what.deadline, Some(Timestamp(NOW.0 + 3_600_000)));
    }

    #[test]
    fn what_the_list_of_tasks_prints_is_read_again() {
        let text = r#"[{"id": "12", "subject": "Parser", "state": "done", "deadline": null, "folder": null, "needs": []},
                       {"id": "13", "subject": "Importer", "state": "open", "needs": ["12"]}]"#;
        let read = read(text, NOW).unwrap();
        assert!(read[0].over && !read[1].over);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let wrong = |text: &str| read(text, NOW).unwrap_err();
        assert!(
            wrong("{\"subject\": \"a\"}\n{\"title\": \"b\"}")
                .starts_with("line 2 is no task: missing field `subject`")
        );
        assert!(
            wrong("{\"subject\": \"a\", \"deadline\": \"soon\"}").starts_with("line 1: “soon” is no time")
        );
        assert!(wrong("{\"subject\": \"a\", \"needs\": [true]}").contains("line 1: true is no name"));
        assert!(wrong("not json").starts_with("line 1 is no task"));
    }
}
