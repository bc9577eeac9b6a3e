//! Stories about the store. Those named `fault_…` show that a fault of the original bridge is not ours.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a story that cannot be told fails")]

mod access;
mod coordinator;
mod delivery;
mod fetching;
mod handovers;
mod joining;
mod kills;
mod late;
mod opening;
mod processes;
mod readdressing;
mod sending;
mod silence;
mod tasks;
mod world;
