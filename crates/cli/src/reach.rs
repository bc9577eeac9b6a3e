//! Where the roster comes from: the running engine, or the files themselves.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use peerwatch_engine::client::{self, Client, ConnectError};
use peerwatch_engine::{Engine, Options, read_once, start_unlocked};
use peerwatch_wire::{Command, ConversationPage, Page, Reply, View};

use crate::args::Global;
use crate::ending::WrongUse;
use crate::screen;

/// How long the files may take to be read for the first time.
const PATIENCE: Duration = Duration::from_secs(20);

/// A way to the roster.
pub(crate) enum Reach {
    /// A running engine.
    Engine(Box<Client>),
    /// Nobody else: the files are read here.
    Alone(Box<Options>),
}

impl Reach {
    /// The running engine, unless other files are asked for or none runs; then it says so.
    pub(crate) fn open(global: &Global) -> anyhow::Result<Self> {
        let options = options(global);
        if global.no_engine || options.only_these {
            return Ok(Self::Alone(Box::new(options)));
        }
        match client::connect(&options) {
            Ok(client) => Ok(Self::Engine(Box::new(client))),
            Err(ConnectError::NotRunning) => {
                screen::say("No engine is running; the files are read here. `peerwatch run` keeps watch.");
                Ok(Self::Alone(Box::new(options)))
            }
            Err(error) => Err(error).context("use --no-engine to read the files without it"),
        }
    }

    /// The roster as it is now.
    pub(crate) fn view(&mut self) -> anyhow::Result<View> {
        match self {
            Self::Engine(client) => view_of(client),
            Self::Alone(options) => Ok(read_once(options)),
        }
    }

    /// A page of a conversation.
    pub(crate) fn read(
        &mut self,
        conversation: &str,
        page: Page,
        limit: u32,
    ) -> anyhow::Result<ConversationPage> {
        let command = Command::Read { conversation: conversation.into(), page, limit };
        let reply = match self {
            Self::Engine(client) => client.command(&command).context("the engine did not answer")?,
            Self::Alone(options) => {
                let engine = looked(options, conversation)?;
                engine.handle().command_blocking(command)
            }
        };
        match reply {
            Reply::Page { page } => Ok(page),
            Reply::Refused { why } => bail!(why),
            other => bail!("the engine gave an unexpected answer: {other:?}"),
        }
    }
}

/// The running engine, for what only it can do.
pub(crate) fn engine(global: &Global) -> anyhow::Result<Client> {
    if global.no_engine {
        let why = "only a running engine can do this; leave --no-engine out";
        return Err(WrongUse(why.into()).into());
    }
    match client::connect(&options(global)) {
        Ok(client) => Ok(client),
        Err(ConnectError::NotRunning) => {
            Err(anyhow!("no engine is running; start the tray application or `peerwatch run`"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The roster of the running engine.
pub(crate) fn engine_view(global: &Global) -> anyhow::Result<View> {
    view_of(&mut engine(global)?)
}

/// What an engine is started with, or read in its place.
pub(crate) fn options(global: &Global) -> Options {
    Options {
        config: global.config.clone(),
        claude_config: absolute(&global.claude_config),
        databases: absolute(&global.db),
        // Whoever names files means these and no others.
        only_these: !global.claude_config.is_empty() || !global.db.is_empty(),
        ..Options::default()
    }
}

fn absolute(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())).collect()
}

/// The view of an engine; one that has just started answers when it has looked.
pub(crate) fn view_of(client: &mut Client) -> anyhow::Result<View> {
    match client.command(&Command::View).context("the engine did not answer")? {
        Reply::View { view } => Ok(*view),
        Reply::Refused { why } => bail!(why),
        other => bail!("the engine gave an unexpected answer: {other:?}"),
    }
}

/// An engine of our own that has looked far enough to know the conversation.
fn looked(options: &Options, conversation: &str) -> anyhow::Result<Engine> {
    let engine = start_unlocked(options.clone())?;
    let mut views = engine.handle().views();
    let knows = |view: &Arc<View>| {
        view.conversations.iter().any(|known| known.id == conversation)
            || view.workers.iter().any(|worker| worker.conversation.as_deref() == Some(conversation))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime
        .block_on(async { tokio::time::timeout(PATIENCE, views.wait_for(knows)).await.map(drop) })
        .map_err(|_| anyhow!("the conversation could not be read within {} s", PATIENCE.as_secs()))?;
    Ok(engine)
}
