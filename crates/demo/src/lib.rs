//! A scripted quarter of an hour on an invented developer's machine, with real files and real processes.
//!
//! The files are what Claude Code, its agent teams and the original bridge write; the processes are harmless and end
//! with the [`Demo`]. Nothing outside its folder is touched. For newcomers, screenshots and tests.

mod act;
mod bridge;
mod crowd;
mod deed;
mod error;
#[cfg(unix)]
mod inbox;
#[cfg(not(unix))]
#[path = "inbox/none.rs"]
mod inbox;
mod own_bridge;
mod own_tasks;
mod play;
mod puppet;
mod registry;
mod scene;
mod screenplay;
mod session;
mod stage;
mod team;
mod text;
mod transcript;
pub mod worker;

pub use error::DemoError;
pub use play::Demo;
pub use scene::Scene;
