//! The false-alarm suite: recorded scenarios, what a person should be told of each, and what Peerwatch tells.
//!
//! A recording is a text file of times and of what is on disk then. It is played into a scratch folder and a table of
//! processes, which the real sources read by their slow polls alone, without a watcher, into the real roster, under
//! simulated clocks: a night takes milliseconds. Beside it stands what the original's watchdog would have said.

mod acts;
mod disk;
pub mod figures;
mod original;
mod processes;
pub mod recording;
mod records;
mod rows;
pub mod suite;
mod watch;
