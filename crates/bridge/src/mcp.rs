//! The MCP server upon a bridge's database, over standard input and output: the original's five tools to the letter, and
//! ours.
//!
//! Messages are handed out at least once: a fetch counts as seen when its result is known to have reached the model, and
//! is handed out again when it is known to be lost.

mod answer;
mod arrivals;
mod call;
mod clerk;
mod fetches;
mod front;
mod original;
mod own;
mod post;
mod python;
mod schema;
mod server;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use peerwatch_core::Timestamp;
use rmcp::ServiceExt;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime;
use tokio::sync::watch;

use crate::{Bearer, Process, StoreError};

/// What is served, and within which limits.
#[derive(Clone, Debug)]
pub struct Options {
    /// The database; made when it is absent.
    pub database: PathBuf,
    /// Whether it is Peerwatch's own bridge: named bridges, which workers of this user join without tokens.
    pub own: bool,
    /// Messages a participant may send in a minute; 0 for any number.
    pub per_minute: u32,
}

impl Options {
    /// Peerwatch's own bridge in `database`, a hundred messages a minute and participant.
    #[must_use]
    pub fn own(database: PathBuf) -> Options {
        Options { database, own: true, per_minute: 100 }
    }

    /// A bridge database of the original's kind, a hundred messages a minute and participant.
    #[must_use]
    pub fn foreign(database: PathBuf) -> Options {
        Options { database, own: false, per_minute: 100 }
    }
}

/// Who called a tool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The session, and the subagent or teammate within it.
    pub bearer: Bearer,
    /// The session's name, or the teammate's: the role it takes when it names none.
    pub name: Option<String>,
}

/// What the server must know of the world. Every method may read files; none is called on the thread that speaks to the
/// client.
pub trait Surroundings: Send + Sync + 'static {
    /// Who called: the session of the process that started this server, read anew at each call, and within it whoever made
    /// the call with the id `tool_use`.
    fn caller(&self, tool_use: Option<&str>) -> Caller;
    /// Whether the result of the call `tool_use` reached the model; `None` when nobody can say.
    fn was_shown(&self, bearer: &Bearer, tool_use: &str) -> Option<bool>;
    /// Whether `process` is proven dead.
    fn is_dead(&self, process: &Process) -> bool;
    /// A participant's presence as Peerwatch concludes it, when an engine runs: the word, and a line of summary.
    fn presence(&self, bearer: &Bearer) -> Option<(String, String)>;
    /// The living sessions of this user that can be written to, by the names a person knows them by; none when no engine
    /// runs.
    fn sessions(&self) -> Vec<Caller>;
    /// What time it is.
    fn now(&self) -> Timestamp;
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refused a thread, or a stream.
    #[error("the MCP server cannot start: {0}")]
    Io(#[from] io::Error),
    /// The client spoke no MCP.
    #[error("the MCP client did not begin as one: {0}")]
    Handshake(String),
}

/// Serves over standard input and output until the input ends.
///
/// Nothing else may write to standard output meanwhile.
///
/// # Errors
///
/// When the database cannot be opened, or the client's first words are not MCP.
pub fn serve(options: Options, surroundings: Arc<dyn Surroundings>) -> Result<(), ServeError> {
    run(options, surroundings, rmcp::transport::stdio_pipes)
}

/// Serves over other streams than the standard ones until `input` ends.
///
/// # Errors
///
/// As [`serve`].
pub fn serve_over(
    options: Options,
    surroundings: Arc<dyn Surroundings>,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), ServeError> {
    run(options, surroundings, || (input, output))
}

fn run<R, W>(
    options: Options,
    surroundings: Arc<dyn Surroundings>,
    streams: impl FnOnce() -> (R, W),
) -> Result<(), ServeError>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let (ended, has_ended) = watch::channel(false);
    let post = post::Post::open(options, surroundings, has_ended)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        let (input, output) = streams();
        let transport = front::Front::new(AsyncRwTransport::new_server(input, output), ended);
        match server::Server::new(post).serve(transport).await {
            Ok(running) => running.waiting().await.map(drop).map_err(|error| io::Error::other(error).into()),
            Err(error) => server::beginning(error),
        }
    });
    // A read of standard input that is still under way would hold the end up for ever.
    runtime.shutdown_background();
    outcome
}
