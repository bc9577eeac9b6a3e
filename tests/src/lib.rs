//! The World in which Peerwatch's end-to-end tests happen.
