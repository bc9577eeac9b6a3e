//! The MCP server as a client sees it: JSON lines in, JSON lines out, any number of servers on one file.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod arriving;
mod beginning;
mod bounds;
mod conversation;
mod harness;
mod losses;
mod original;
mod roles;
mod tasks;
mod waiting;
