//! What a tool answers.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::Value;

/// A text for the model, and for our own tools the same as an object.
#[derive(Debug)]
pub(super) struct Answer {
    text: String,
    structured: Option<Value>,
    is_error: bool,
}

impl Answer {
    /// Text alone, as the original answers, errors included.
    pub(super) fn text(text: impl Into<String>) -> Answer {
        Answer { text: text.into(), structured: None, is_error: false }
    }

    /// Text, and the object that the tool's output schema describes.
    pub(super) fn structured(text: impl Into<String>, structured: Value) -> Answer {
        Answer { text: text.into(), structured: Some(structured), is_error: false }
    }

    /// The call failed; the text says what to do.
    pub(super) fn error(text: impl Into<String>) -> Answer {
        Answer { text: text.into(), structured: None, is_error: true }
    }

    /// The call was refused; the text says what to do, and the object the same for a program.
    pub(super) fn refused(text: impl Into<String>, structured: Value) -> Answer {
        Answer { text: text.into(), structured: Some(structured), is_error: true }
    }

    /// Adds what the caller must know, whatever it asked for. Claude Code shows its model the object alone where there is
    /// one, and of an error the text (seen in 2.1.330), so it stands in both.
    pub(super) fn with_notice(mut self, notice: &str) -> Answer {
        self.text = format!("{}\n\n{notice}", self.text);
        if let Some(Value::Object(members)) = &mut self.structured {
            let before = members.get("notice").and_then(Value::as_str).map(|before| format!("{before}\n"));
            let notice = before.unwrap_or_default() + notice;
            members.insert("notice".into(), notice.into());
        }
        self
    }

    pub(super) fn is_error(&self) -> bool {
        self.is_error
    }
}

impl From<Answer> for CallToolResult {
    fn from(answer: Answer) -> CallToolResult {
        let mut result = CallToolResult::success(vec![ContentBlock::text(answer.text)]);
        result.structured_content = answer.structured;
        result.is_error = Some(answer.is_error);
        result
    }
}
