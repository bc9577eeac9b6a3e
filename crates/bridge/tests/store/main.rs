//! Stories about the store. Those named `fault_…` show that a fault of the original bridge is not ours.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a story that cannot be told fails")]

mod access;
mod coordinator;
mod delivery;
mod fetching;
mod joining;
mod opening;
mod processes;
mod sending;
mod silence;
mod world;
