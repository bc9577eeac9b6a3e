//! The original bridge's five tools: the same names, arguments and result texts, so that a user swaps one line of
//! configuration. Its two tools for running commands are left out: they never worked, and one of them took any token.

mod calls;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use rmcp::model::Tool;
use serde_json::{Value, json};

use super::schema::CONVERSATION;

pub(super) use calls::call;

/// One of the five.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Original {
    CreateConversation,
    SendToPartner,
    CheckMessages,
    UpdateMyStatus,
    CheckPartnerStatus,
}

impl Original {
    const ALL: [Original; 5] = [
        Original::CreateConversation,
        Original::SendToPartner,
        Original::CheckMessages,
        Original::UpdateMyStatus,
        Original::CheckPartnerStatus,
    ];

    /// The tool with this name.
    pub(super) fn named(name: &str) -> Option<Original> {
        Original::ALL.into_iter().find(|tool| tool.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Original::CreateConversation => "create_conversation",
            Original::SendToPartner => "send_to_partner",
            Original::CheckMessages => "check_messages",
            Original::UpdateMyStatus => "update_my_status",
            Original::CheckPartnerStatus => "check_partner_status",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Original::CreateConversation => {
                "Initialize a new secure conversation. Returns tokens for both sessions."
            }
            Original::SendToPartner => "Send a message to partner session (authenticated, redacted)",
            Original::CheckMessages => "Check for new messages (atomic read + mark)",
            Original::UpdateMyStatus => "Update status with heartbeat",
            Original::CheckPartnerStatus => "Get partner session status and liveness",
        }
    }

    /// What a call takes beyond conversation, side and token, and what of it must be given.
    fn arguments(self) -> (Value, &'static [&'static str]) {
        match self {
            Original::CreateConversation => (json!({}), &[]),
            Original::SendToPartner => (
                json!({
                    "message": {"type": "string", "maxLength": 50_000},
                    "action_type": {
                        "type": "string", "enum": ["question", "info", "proposal", "blocked", "complete"],
                    },
                    "files_involved": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
                }),
                &["message"],
            ),
            Original::UpdateMyStatus => (
                json!({"status": {"type": "string", "enum": ["working", "waiting", "blocked", "complete"]}}),
                &["status"],
            ),
            Original::CheckMessages | Original::CheckPartnerStatus => (json!({}), &[]),
        }
    }

    fn schema(self) -> Value {
        if self == Original::CreateConversation {
            let role = |description: &str| json!({"type": "string", "minLength": 3, "maxLength": 100, "description": description});
            return json!({
                "type": "object",
                "properties": {
                    "my_role": role("Your role (e.g., 'backend_developer')"),
                    "partner_role": role("Partner's role (e.g., 'frontend_developer')"),
                },
                "required": ["my_role", "partner_role"],
            });
        }
        let mut properties = json!({
            "conversation_id": {"type": "string", "pattern": CONVERSATION},
            "session_id": {"type": "string", "enum": ["a", "b"]},
            "token": {"type": "string", "minLength": 64, "maxLength": 64},
        });
        let (more, needed) = self.arguments();
        if let (Value::Object(properties), Value::Object(more)) = (&mut properties, more) {
            properties.extend(more);
        }
        let required: Vec<_> = ["conversation_id", "session_id", "token"].iter().chain(needed).collect();
        json!({"type": "object", "properties": properties, "required": required})
    }

    fn tool(self) -> Tool {
        Tool::new(
            Cow::Borrowed(self.name()),
            self.description(),
            Arc::new(rmcp::model::object(self.schema())),
        )
    }
}

/// The five as `tools/list` shows them, in the original's order.
pub(super) fn tools() -> Vec<Tool> {
    Original::ALL.into_iter().map(Original::tool).collect()
}
