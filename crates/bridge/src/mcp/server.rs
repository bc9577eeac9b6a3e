//! The server as the SDK sees it: what it is, which tools it has, and the way of a call.

use std::borrow::Cow;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelledNotificationParam, Implementation,
    JsonObject, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ServerCapabilities, ServerConfig,
    Tool,
};
use rmcp::service::{NotificationContext, RequestContext, ServerInitializeError};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::original::{self, Original};
use super::own::{self, Own};
use super::post::Post;
use super::{ServeError, schema};

const INSTRUCTIONS_OWN: &str = "\
Messages between the Claude Code sessions on this machine. `peers` shows who is there, `send` writes to a role, `wait` \
waits for messages. Messages may also come by themselves, as a <cross-session-message> that names its id: answer with \
`reply`, or `acknowledge` what needs no answer. Work is handed out as tasks: `list_tasks`, `claim_task`, \
`report_progress`, `complete_task`; `create_task` and `assign_task` give it to others. `join` only to take another role \
than your session's name. The tools with conversation_id and token are for a partner who was given a token.";

const INSTRUCTIONS_FOREIGN: &str = "\
A bridge between two sessions that hold a token each. `create_conversation` makes one; pass the conversation id and the \
partner's token on. After your first call with a token `wait` waits for messages, and `reply`, `acknowledge`, `send` and \
the tools for tasks need no token any more.";

/// The handler of one client's requests.
pub(super) struct Server {
    post: Arc<Post>,
    tools: Vec<Tool>,
}

impl Server {
    pub(super) fn new(post: Post) -> Server {
        let mut tools = original::tools();
        tools.extend(own::tools(post.options.own));
        Server { post: Arc::new(post), tools }
    }

    async fn answer(&self, name: &str, arguments: JsonObject, context: RequestContext<RoleServer>) -> Answer {
        let Some(tool) = self.tools.iter().find(|tool| tool.name == name) else {
            return Answer::text("❌ Unknown tool");
        };
        let arguments = Value::Object(arguments);
        if let Some(fault) = schema::violation(&tool.input_schema, &arguments) {
            let fault = if Original::named(name).is_some() { fault } else { without_its_middle(fault) };
            return Answer::error(format!("Input validation error: {fault}"));
        }
        let Value::Object(arguments) = arguments else { return Answer::error("the arguments are no object") };
        let Some(caller) = self.post.caller(Call::tool_use(&context)).await else {
            return Answer::error("❌ Error: the caller cannot be found out");
        };
        let call = Arc::new(Call::new(context, arguments, caller));
        let answer = match (Original::named(name), Own::named(name, self.post.options.own)) {
            (Some(tool), _) => original::call(tool, &self.post, &call).await,
            (_, Some(tool)) => own::call(tool, &self.post, &call).await,
            (None, None) => Answer::text("❌ Unknown tool"),
        };
        self.post.answered(&call).await;
        answer
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let instructions = if self.post.options.own { INSTRUCTIONS_OWN } else { INSTRUCTIONS_FOREIGN };
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("peerwatch", env!("CARGO_PKG_VERSION")))
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
            .with_instructions(instructions)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(ProtocolVersion::known_up_to(&ProtocolVersion::LATEST_WITH_INITIALIZE))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.clone()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        Ok(CallToolResult::from(self.answer(&request.name, arguments, context).await).into())
    }

    async fn on_cancelled(
        &self,
        notification: CancelledNotificationParam,
        _: NotificationContext<RoleServer>,
    ) {
        if let Some(request) = notification.request_id {
            self.post.cancelled(&request).await;
        }
    }
}

/// A fault repeats the argument, which may be as long as a book; what is wrong with it stands at the end.
fn without_its_middle(fault: String) -> String {
    const HEAD: usize = 100;
    const TAIL: usize = 300;
    if fault.len() <= HEAD + TAIL {
        return fault;
    }
    let (head, tail) = (fault.floor_char_boundary(HEAD), fault.ceil_char_boundary(fault.len() - TAIL));
    format!("{} … {}", &fault[..head], &fault[tail..])
}

/// What a connection was that did not come to be: one that the client closed at once is no error.
pub(super) fn beginning(error: ServerInitializeError) -> Result<(), ServeError> {
    match error {
        ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled => Ok(()),
        other => Err(ServeError::Handshake(other.to_string())),
    }
}
