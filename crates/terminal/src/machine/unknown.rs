//! A system whose processes nobody has taught us to read: no terminal is found on it.

use std::path::PathBuf;

use super::Environment;

pub(super) fn parent(_pid: u32) -> Option<u32> {
    None
}

pub(super) fn children(_pid: u32) -> Vec<u32> {
    Vec::new()
}

pub(super) fn all() -> Vec<u32> {
    Vec::new()
}

pub(super) fn program(_pid: u32) -> Option<PathBuf> {
    None
}

pub(super) fn name(_pid: u32) -> Option<String> {
    None
}

pub(super) fn arguments(_pid: u32) -> Vec<String> {
    Vec::new()
}

pub(super) fn environment(_pid: u32) -> Environment {
    Environment::default()
}

pub(super) fn terminal(_pid: u32) -> Option<String> {
    None
}

pub(super) fn open_terminals(_pid: u32) -> Vec<String> {
    Vec::new()
}
