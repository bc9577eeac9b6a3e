//! The MCP server in the world: who called it, by process and registry, and how its peers fare, by the engine.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use peerwatch_bridge::mcp::{self, Caller, ServeError, Surroundings};
use peerwatch_bridge::{Bearer, Process};
use peerwatch_core::{Timestamp, WorkerId};
use peerwatch_sources::claude;
use peerwatch_sources::process::{self, Processes};
use peerwatch_wire::{Command, Presence, Reply, View, WorkerView};

use crate::client;
use crate::clock::read_clocks;
use crate::config;
use crate::looking::places;
use crate::options::Options;

/// How long what the engine said of the peers is good for: several are asked about at once.
const FRESH: Duration = Duration::from_millis(250);
/// A client may start its servers through a shell or a launcher; further up nobody is its client.
const ANCESTORS: usize = 4;

/// Serves a bridge over standard input and output until the input ends: Peerwatch's own, or the database of the options.
///
/// # Errors
/// When the database cannot be opened, or the client speaks no MCP.
pub fn serve_mcp(options: &Options, per_minute: u32) -> Result<(), ServeError> {
    let own = options.folders().map(|folders| folders.bridge());
    let served = match (options.databases.first(), own) {
        (Some(database), own) if own.as_ref() != Some(database) => mcp::Options::foreign(database.clone()),
        (_, Some(own)) => mcp::Options::own(own),
        (_, None) => return Err(ServeError::Io(std::io::Error::other("this user has no home folder"))),
    };
    let world = World::new(options);
    mcp::serve(mcp::Options { per_minute, ..served }, Arc::new(world))
}

/// The world of one server: its client's session, and the engine.
struct World {
    options: Options,
    claude: Vec<PathBuf>,
    parent: Option<u32>,
    processes: Mutex<Box<dyn Processes>>,
    view: Mutex<Option<(Instant, Option<Box<View>>)>>,
}

impl World {
    fn new(options: &Options) -> Self {
        let folders = options.folders();
        let settings = folders.and_then(|folders| config::read(&folders.config).ok()).unwrap_or_default();
        Self {
            claude: places(options, &settings, None).claude,
            options: options.clone(),
            parent: parent(),
            processes: Mutex::new(process::system()),
            view: Mutex::new(None),
        }
    }

    fn session(&self) -> Option<claude::CallerSession> {
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pid = self.parent?;
        for _ in 0..ANCESTORS {
            if let Some(session) = claude::caller(&self.claude, pid, &**processes) {
                return Some(session);
            }
            pid = processes.parent(pid)?;
        }
        None
    }

    /// A client that is no Claude Code session: known by its process all the same.
    fn client(&self) -> Caller {
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        let started = self.parent.and_then(|pid| Some(Process { pid, start: processes.start(pid)? }));
        let program = self.parent.and_then(|pid| processes.executable(pid));
        let name = program.and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
        Caller { bearer: Bearer { process: started, cwd: folder(), ..Bearer::default() }, name }
    }

    /// The engine's view; `None` while none runs.
    fn view(&self) -> Option<Box<View>> {
        let mut kept = self.view.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, view)) = &*kept
            && at.elapsed() < FRESH
        {
            return view.clone();
        }
        let view = client::connect(&self.options)
            .ok()
            .and_then(|mut client| client.command(&Command::View).ok())
            .and_then(|reply| if let Reply::View { view } = reply { Some(view) } else { None });
        *kept = Some((Instant::now(), view.clone()));
        view
    }
}

impl Surroundings for World {
    fn caller(&self, tool_use: Option<&str>) -> Caller {
        let Some(session) = self.session() else { return self.client() };
        let agent = session
            .session_id
            .as_deref()
            .zip(tool_use)
            .and_then(|(id, call)| claude::agent_of(&session.config, id, call));
        let mate = session.teammate.as_ref().map(|mate| mate.name.clone());
        let name = agent.as_ref().and_then(|agent| agent.name.clone()).or(mate);
        Caller {
            bearer: Bearer {
                process: Some(Process { pid: session.pid, start: session.start.clone() }),
                session_id: session.session_id.clone(),
                agent: agent.map(|agent| agent.name.unwrap_or(agent.id)).unwrap_or_default(),
                claude_config: Some(session.config.to_string_lossy().into_owned()),
                cwd: session.cwd.clone(),
            },
            name: Some(name.unwrap_or(session.name)),
        }
    }

    fn was_shown(&self, bearer: &Bearer, tool_use: &str) -> Option<bool> {
        let (config, session) = (bearer.claude_config.as_ref()?, bearer.session_id.as_ref()?);
        claude::was_shown(config.as_ref(), session, tool_use)
    }

    fn is_dead(&self, process: &Process) -> bool {
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.look(process.pid, Some(&process.start)).is_dead()
    }

    fn presence(&self, bearer: &Bearer) -> Option<(String, String)> {
        let process = bearer.process.as_ref()?;
        let id = WorkerId::session(process.pid, &process.start);
        let view = self.view()?;
        let worker = view.workers.iter().find(|worker| worker.id == id.as_str())?;
        Some((word(worker.presence), worker.summary.clone()))
    }

    fn sessions(&self) -> Vec<Caller> {
        let view = self.view();
        let workers = view.iter().flat_map(|view| &view.workers);
        workers.filter(|worker| worker.writable).filter_map(caller).collect()
    }

    fn now(&self) -> Timestamp {
        read_clocks().1
    }
}

/// A session of the view as one who could call: its identity names its process.
fn caller(worker: &WorkerView) -> Option<Caller> {
    let start = worker.id.strip_prefix(&format!("claude:{}:", worker.pid?))?;
    let bearer = Bearer {
        process: Some(Process { pid: worker.pid?, start: start.to_owned() }),
        session_id: worker.session_id.clone(),
        cwd: worker.cwd.clone(),
        ..Bearer::default()
    };
    Some(Caller { bearer, name: Some(worker.name.clone()) })
}

/// A presence as it stands in JSON.
fn word(presence: Presence) -> String {
    serde_json::to_value(presence).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

fn folder() -> Option<String> {
    Some(std::env::current_dir().ok()?.to_string_lossy().into_owned())
}

#[cfg(unix)]
fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent() -> Option<u32> {
    process::system().parent(std::process::id())
}
