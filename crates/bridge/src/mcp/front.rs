//! What stands before the SDK: it answers what comes before `initialize`, and knows when standard input has ended.
//!
//! Claude Code 2.1.330 asks `server/discover` first and goes on to `initialize` when that is answered with "method not
//! found". The SDK alone would answer it by another error, and would close the connection at an early notification.

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, ErrorData, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::watch;

/// A transport with a doorman.
pub(super) struct Front<T> {
    inner: T,
    initialized: bool,
    ended: watch::Sender<bool>,
}

impl<T> Front<T> {
    /// `ended` becomes true when the client has closed its side.
    pub(super) fn new(inner: T, ended: watch::Sender<bool>) -> Front<T> {
        Front { inner, initialized: false, ended }
    }

    /// Lets a message in, answers it here, or drops it.
    fn admit(&mut self, message: ClientJsonRpcMessage) -> Admission {
        match message {
            message if self.initialized => Admission::Enter(message),
            ClientJsonRpcMessage::Request(request) => match &request.request {
                ClientRequest::InitializeRequest(_) => {
                    self.initialized = true;
                    Admission::Enter(ClientJsonRpcMessage::Request(request))
                }
                ClientRequest::PingRequest(_) => Admission::Enter(ClientJsonRpcMessage::Request(request)),
                other => {
                    let error = ErrorData::new(
                        ErrorCode::METHOD_NOT_FOUND,
                        format!("Method not found: {} (before initialize)", other.method()),
                        None,
                    );
                    Admission::Answer(ServerJsonRpcMessage::error(error, Some(request.id)))
                }
            },
            _ => Admission::Drop,
        }
    }
}

enum Admission {
    Enter(ClientJsonRpcMessage),
    Answer(ServerJsonRpcMessage),
    Drop,
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Front<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.inner.send(message)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            let Some(message) = self.inner.receive().await else {
                self.ended.send_replace(true);
                return None;
            };
            match self.admit(message) {
                Admission::Enter(message) => return Some(message),
                // Nothing else is under way before `initialize`, so waiting for this answer holds nothing up.
                Admission::Answer(answer) => {
                    if let Err(error) = self.inner.send(answer).await {
                        tracing::warn!(%error, "an answer could not be written");
                    }
                }
                Admission::Drop => {}
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
