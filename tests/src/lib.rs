//! The World in which Peerwatch's end-to-end tests happen.
//!
//! Each part can be used alone and is gone when its value is dropped: a scratch home, a scripted model, real Claude Code
//! sessions, a private desktop, the real window, bridge databases written by another process, and the product itself.

// A World that cannot be built is a failed test, which says why by panicking; Linux is where it can be built.
#![allow(clippy::expect_used, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

pub mod bridge;
pub mod bridge_sessions;
pub mod bureau;
pub mod claude;
pub mod desktop;
pub mod ledger;
pub mod mcp_client;
pub mod model;
pub mod moment;
pub mod original;

pub mod process;
pub mod product;
pub mod require;
pub mod scratch;
pub mod soak;
pub mod turns;
pub mod verdicts;
pub mod watched;
pub mod webdriver;
pub mod world;
