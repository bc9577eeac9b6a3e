//! Installs the Claude Code plugin through Claude Code's own commands, and takes it away again exactly.
//!
//! The plugin is a folder that Peerwatch writes and owns. [`plan`] says in words what [`connect`] will do, [`disconnect`]
//! undoes it, [`state`] tells how things stand, [`tidy`] takes away later what running sessions still needed. Claude Code's
//! commands write `settings.json` anew; here every byte of it that is not ours is put back ([`Settings`] says whether that
//! could be done). [`fence`] tells the plugin's hook which sessions must not edit any more.

mod claude;
mod connect;
mod disconnect;
mod error;
pub mod fence;
mod files;
mod place;
mod plan;
mod plugin;
mod record;
mod running;
mod settings;
mod state;
mod step;

pub use connect::connect;
pub use disconnect::{disconnect, tidy};
pub use error::Error;
pub use place::{Environment, Place};
pub use plan::{plan, plan_to_disconnect};
pub use state::{State, glance, state};
pub use step::{Report, Settings, Step};
