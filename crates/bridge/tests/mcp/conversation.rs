//! A conversation of two sides with tokens, made by the original's tool.

use serde_json::{Value, json};

use crate::harness::Client;

/// What the two sides need to take part.
pub(crate) struct Conversation {
    pub(crate) id: String,
    tokens: [String; 2],
}

impl Conversation {
    pub(crate) async fn make(client: &mut Client) -> Conversation {
        let text = client
            .call("create_conversation", json!({"my_role": "backend", "partner_role": "frontend"}))
            .await;
        let after = |label: &str| {
            let rest = text.split_once(label).unwrap_or_else(|| panic!("no {label} in {text}")).1;
            rest.lines().next().unwrap().to_owned()
        };
        Conversation {
            id: after("Conversation ID: "),
            tokens: [after("Your token (keep secret): "), after("Partner token (share securely): ")],
        }
    }

    /// The arguments of a call by side `a` or `b`, with `more`.
    pub(crate) fn by(&self, side: &str, more: Value) -> Value {
        let token = &self.tokens[usize::from(side == "b")];
        let mut arguments = json!({"conversation_id": self.id, "session_id": side, "token": token});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    }
}
