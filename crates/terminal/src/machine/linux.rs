//! Processes as `/proc` shows them.

use std::fs;
use std::path::{Path, PathBuf};

use super::Environment;

pub(super) fn parent(pid: u32) -> Option<u32> {
    stat(pid).map(|stat| stat.parent).filter(|parent| *parent > 0)
}

pub(super) fn children(pid: u32) -> Vec<u32> {
    all().into_iter().filter(|child| parent(*child) == Some(pid)).collect()
}

pub(super) fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// An update takes the file of a running program away; what the kernel adds to its name then is no part of it.
pub(super) fn program(pid: u32) -> Option<PathBuf> {
    let path = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    match path.to_str().and_then(|text| text.strip_suffix(" (deleted)")) {
        Some(before) if !path.exists() => Some(before.into()),
        _ => Some(path),
    }
}

pub(super) fn name(pid: u32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim_end().to_owned())
}

pub(super) fn arguments(pid: u32) -> Vec<String> {
    words(&fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default())
}

pub(super) fn environment(pid: u32) -> Environment {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    words(&bytes).iter().filter_map(|word| word.split_once('=')).collect()
}

/// The device is found by its number, whatever the process did to its own input and output.
pub(super) fn terminal(pid: u32) -> Option<String> {
    device(stat(pid)?.terminal)
}

pub(super) fn open_terminals(pid: u32) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let links = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    let mut found: Vec<String> =
        links.filter(|link| is_terminal(link)).map(|link| link.to_string_lossy().into_owned()).collect();
    found.sort();
    found.dedup();
    found
}

fn is_terminal(path: &Path) -> bool {
    path.strip_prefix("/dev/pts").is_ok_and(|rest| rest != Path::new("ptmx"))
}

/// The kernel's numbers: pseudo-terminals have the majors 136 to 143, consoles 4.
fn device(number: u64) -> Option<String> {
    let (major, minor) = ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xf_ff00));
    match major {
        136..=143 => Some(format!("/dev/pts/{}", (major - 136) * 256 + minor)),
        4 if minor < 64 => Some(format!("/dev/tty{minor}")),
        4 => Some(format!("/dev/ttyS{}", minor - 64)),
        _ => None,
    }
}

struct Stat {
    parent: u32,
    terminal: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    read(&String::from_utf8_lossy(&text))
}

/// The name stands in parentheses and may itself hold spaces and parentheses: what counts follows the last one.
fn read(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let terminal = fields.get(4)?.parse::<i64>().ok()?;
    Some(Stat { parent: fields.get(1)?.parse().ok()?, terminal: u64::try_from(terminal).unwrap_or(0) })
}

fn words(bytes: &[u8]) -> Vec<String> {
    let words = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty());
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_its_number() {
        assert_eq!(device(34817).as_deref(), Some("/dev/pts/1"));
        assert_eq!(device((136 << 8) | 10).as_deref(), Some("/dev/pts/10"));
        assert_eq!(device((137 << 8) | 3).as_deref(), Some("/dev/pts/259"));
        assert_eq!(device((136 << 8) | 44 | (1 << 20)).as_deref(), Some("/dev/pts/300"));
        assert_eq!(device((4 << 8) | 1).as_deref(), Some("/dev/tty1"));
        assert_eq!(device(0), None);
    }

    #[test]
    fn a_name_with_parentheses_is_read_past() {
        let stat = read("41 (a) R (b c) S 7 41 41 34817 -1 4194560").unwrap();
        assert_eq!((stat.parent, stat.terminal), (7, 34817));
    }

    #[test]
    fn this_process_is_known() {
        let me = std::process::id();
        let started_us = parent(me).unwrap();
        assert!(children(started_us).contains(&me));
        assert_eq!(program(me), std::env::current_exe().ok());
        assert_eq!(environment(me).get("PATH").map(str::to_owned), std::env::var("PATH").ok());
        assert!(!arguments(me).is_empty() && name(me).is_some());
    }
}
