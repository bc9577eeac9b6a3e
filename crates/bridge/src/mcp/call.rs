//! One call of a tool: who made it, with which arguments, and how to hear that it was given up.

use std::time::Duration;

use rmcp::model::{JsonObject, ProgressNotificationParam, ProgressToken, RequestId};
use rmcp::service::RequestContext;
use rmcp::{Peer, RoleServer};
use serde_json::Value;

use super::Caller;
use crate::Fetcher;

/// Claude Code's key for the id of the call in the transcript (seen in 2.1.330).
const TOOL_USE: &str = "claudecode/toolUseId";

/// A call under way.
pub(super) struct Call {
    pub(super) caller: Caller,
    /// Its id in the transcript.
    pub(super) tool_use: Option<String>,
    arguments: JsonObject,
    context: RequestContext<RoleServer>,
}

impl Call {
    /// The id of the call in the transcript, as Claude Code says it.
    pub(super) fn tool_use(context: &RequestContext<RoleServer>) -> Option<String> {
        context.meta.get(TOOL_USE).and_then(Value::as_str).map(str::to_owned)
    }

    pub(super) fn new(context: RequestContext<RoleServer>, arguments: JsonObject, caller: Caller) -> Call {
        Call { caller, tool_use: Call::tool_use(&context), arguments, context }
    }

    pub(super) fn request(&self) -> &RequestId {
        &self.context.id
    }

    /// An argument that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).and_then(Value::as_str)
    }

    /// An argument that the schema demands; empty when it is absent nevertheless.
    pub(super) fn needed(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// An argument that is a list of texts, or one text.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.arguments.get(name) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// An argument that is a number of seconds.
    pub(super) fn seconds(&self, name: &str) -> Option<Duration> {
        let seconds = self.arguments.get(name).and_then(Value::as_f64)?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// An argument that is a whole number.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.arguments.get(name).and_then(whole)
    }

    /// An argument that is a list of whole numbers.
    pub(super) fn integers(&self, name: &str) -> Vec<i64> {
        let many = self.arguments.get(name).and_then(Value::as_array);
        many.into_iter().flatten().filter_map(whole).collect()
    }

    /// What the store remembers of who fetches by this call.
    pub(super) fn fetcher(&self) -> Fetcher {
        Fetcher { process: self.caller.bearer.process.clone(), call: self.tool_use.clone() }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.context.ct.is_cancelled()
    }

    /// Returns when the client gives the call up.
    pub(super) async fn cancelled(&self) {
        self.context.ct.cancelled().await;
    }

    /// A voice for progress, when the client wants to hear of it.
    pub(super) fn progress(&self) -> Option<Progress> {
        let token = self.context.meta.get_progress_token()?;
        Some(Progress { token, peer: self.context.peer.clone() })
    }
}

/// JSON Schema takes `2.0` for an integer too.
fn whole(number: &Value) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().map(|number| number as i64))
}

/// Tells the client that a call is still under way.
pub(super) struct Progress {
    token: ProgressToken,
    peer: Peer<RoleServer>,
}

impl Progress {
    pub(super) async fn tell(&self, done: Duration, of: Duration, message: String) {
        let told = ProgressNotificationParam::new(self.token.clone(), done.as_secs_f64().round())
            .with_total(of.as_secs_f64())
            .with_message(message);
        if let Err(error) = self.peer.notify_progress(told).await {
            tracing::debug!(%error, "progress was not heard");
        }
    }
}
