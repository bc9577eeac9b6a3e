//! Carries lines to a door, by the platform's kind of it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::Carrier;
#[cfg(windows)]
pub(crate) use windows::Carrier;
