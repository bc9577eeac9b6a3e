//! Bridge databases, written by another process.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failing helper is a failing test

mod clock;
#[cfg(unix)]
mod elsewhere;
mod files;
mod live;
mod messages;
mod owed;
mod own;
mod world;
