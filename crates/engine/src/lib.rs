//! The one loop of Peerwatch: sources are read, the roster judges, effects are carried out, everybody else is answered.
//!
//! [`start`] takes the user's one engine lock and runs the loop on a thread of its own; [`EngineHandle`] speaks to it
//! within the process, [`client`] from another one. [`read_once`] reads the sources without an engine.

mod board;
mod brief;
mod card;
mod clicks;
pub mod client;
mod clock;
mod config;
mod deaths;
mod delivery;
mod draw;
mod effects;
mod engine;
mod folders;
mod handing;
mod jumps;
mod lock;
mod logs;
mod looking;
mod mcp;
mod once;
mod options;
mod passing;
mod plugin;
mod reading;
mod repository;
mod socket;
mod store;
mod times;
mod turn;

pub use card::{Parting, handover_card};
pub use clock::read_clocks;
pub use draw::terminals::terminals;
pub use draw::whole::{handover_view, task_view};
pub use engine::{Engine, EngineHandle, Open, StartError, start, start_unlocked};
pub use folders::Folders;
pub use logs::write_logs;
pub use mcp::serve_mcp;
pub use once::read_once;
pub use options::{Clocks, Notifications, Options};
pub use passing::{Passing, brake};
pub use plugin::{Plugged, plugin, view as plugin_view};
pub use repository::repository_of;
pub use times::rfc3339;
