//! Bridge databases, written by another process.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failing helper is a failing test

mod files;
mod messages;
mod world;
