//! The command line of Peerwatch.

fn main() {}
