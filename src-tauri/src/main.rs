//! Peerwatch on the desktop: a tray icon with its menu, and a window that exists only while it is open.

fn main() {}
