//! Claude Code's folders as they were found in real sessions, and what is seen in them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

#[path = "claude/asking.rs"]
mod asking;
#[path = "claude/clock.rs"]
mod clock;
#[path = "claude/conversations.rs"]
mod conversations;
#[path = "claude/fixtures.rs"]
mod fixtures;
#[path = "claude/home.rs"]
mod home;
#[path = "claude/large.rs"]
mod large;
#[path = "claude/messages.rs"]
mod messages;
#[path = "claude/replay.rs"]
mod replay;
#[path = "claude/sightings.rs"]
mod sightings;
#[path = "claude/tasks.rs"]
mod tasks;
#[path = "claude/teams.rs"]
mod teams;
#[path = "claude/traps.rs"]
mod traps;
#[path = "claude/week.rs"]
mod week;
