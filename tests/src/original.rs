//! The original bridge's five tools, served by the stand-in for the original Python server or by Peerwatch, on one
//! database or on several.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::mcp_client::Client;
use crate::product::Peerwatch;
use crate::scratch::Scratch;

/// Who serves the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The stand-in for the original.
    Python,
    /// `peerwatch --db PATH mcp`.
    Peerwatch,
}

/// One side of a conversation, and the token that opens it.
#[derive(Debug, Clone)]
pub struct Side {
    /// The conversation.
    pub conversation: String,
    /// `a` or `b`.
    pub letter: &'static str,
    /// The token.
    pub token: String,
}

impl Side {
    /// What every call of this side says.
    pub fn arguments(&self) -> Value {
        json!({"conversation_id": self.conversation, "session_id": self.letter, "token": self.token})
    }
}

/// Where the stand-in's program stands.
pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("py/original_bridge.py")
}

/// The stand-in as a command, without a rate limit.
pub fn stand_in(scratch: &Scratch, python: &Path, database: &Path) -> Command {
    let mut command = scratch.command(python);
    command.arg(script()).arg(database).env("ORIGINAL_BRIDGE_UNLIMITED", "1");
    command
}

/// A server with the five tools. Any answer that the original does not give when all is well is a panic.
#[derive(Debug)]
pub struct Server {
    client: Client,
    program: Program,
}

impl Server {
    /// Starts the stand-in for the original.
    pub fn python(scratch: &Scratch, python: &Path, database: &Path) -> Self {
        let client = Client::start("the stand-in for the original", stand_in(scratch, python, database));
        Self { client, program: Program::Python }
    }

    /// Starts ours.
    pub fn peerwatch(peerwatch: &Peerwatch, database: &Path) -> Self {
        let words = ["--db", &database.to_string_lossy(), "mcp", "--rate-limit", "0"];
        let client = Client::start("peerwatch mcp", peerwatch.command(&words));
        Self { client, program: Program::Peerwatch }
    }

    /// Which of the two it is.
    pub fn program(&self) -> Program {
        self.program
    }

    /// The connection.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Begins a conversation; both sides of it.
    pub fn create(&mut self, my_role: &str, partner_role: &str) -> [Side; 2] {
        let said =
            self.say("create_conversation", json!({"my_role": my_role, "partner_role": partner_role}), "✅");
        let after = |label: &str| {
            let rest = said.split_once(label).map_or("", |(_, rest)| rest);
            rest.lines().next().unwrap_or_default().to_owned()
        };
        let conversation = after("Conversation ID: ");
        let a = Side {
            conversation: conversation.clone(),
            letter: "a",
            token: after("Your token (keep secret): "),
        };
        let b = Side { conversation, letter: "b", token: after("Partner token (share securely): ") };
        assert_eq!((a.token.len(), b.token.len()), (64, 64), "{said}");
        [a, b]
    }

    /// Sends one message.
    pub fn send(&mut self, side: &Side, text: &str) {
        let mut arguments = side.arguments();
        arguments["message"] = text.into();
        let said = self.say("send_to_partner", arguments, "📤");
        assert_eq!(said, "📤 Message sent to partner session");
    }

    /// Fetches; the messages' texts, which are of one line each.
    pub fn check(&mut self, side: &Side) -> Vec<String> {
        let said = self.say("check_messages", side.arguments(), "");
        if said == "📭 No new messages" {
            return Vec::new();
        }
        let lines: Vec<&str> = said.lines().collect();
        let texts: Vec<String> =
            lines.windows(2).filter(|pair| pair[0] == "Message:").map(|pair| pair[1].to_owned()).collect();
        assert!(said.starts_with(&format!("📬 {} new message(s):\n\n", texts.len())), "{said}");
        texts
    }

    /// Declares how this side fares.
    pub fn update(&mut self, side: &Side, status: &str) {
        let mut arguments = side.arguments();
        arguments["status"] = status.into();
        assert_eq!(self.say("update_my_status", arguments, "✅"), format!("✅ Status updated: {status}"));
    }

    /// How the partner fares, in the original's words.
    pub fn partner(&mut self, side: &Side) -> String {
        self.say("check_partner_status", side.arguments(), "")
    }

    fn say(&mut self, tool: &str, arguments: Value, begins: &str) -> String {
        let result = self.client.call(tool, arguments);
        let said = result["content"][0]["text"].as_str().unwrap_or_default().to_owned();
        let is_fault = said.starts_with('❌') || said.starts_with('🔒') || result["isError"] == true;
        assert!(!is_fault && said.starts_with(begins), "{:?}, {tool}: {result}", self.program);
        said
    }
}
