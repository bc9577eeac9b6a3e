//! The command line as a person and a script meet it: the real program, in a home of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test should say where")]

mod engine;
mod home;
mod pages;
mod roster;
#[cfg(unix)]
mod terminal;
