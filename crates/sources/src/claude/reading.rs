//! Reads a conversation for display, page by page, without a source and without reading it whole.
//!
//! Places are offsets of lines: a transcript only grows, so they stay. Reading backwards looks at a window before the
//! place, and at a larger one while that holds too little.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use peerwatch_core::ConversationId;

use super::entries::Entries;
use super::lines::Lines;
use super::places::is_plain;
use super::text;
use super::transcript::modified;
use crate::{Entry, Page, Place, Trouble};

const FIRST: u64 = 256 * 1024;
/// Several of the largest lines, which pass without being kept.
const LARGEST: u64 = 256 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// Whether a conversation is one of the configuration folder `config`: a session's, or one of a teammate inside it.
#[must_use]
pub fn belongs(config: &Path, conversation: &ConversationId) -> bool {
    locate(config, conversation).is_some()
}

/// Reads at least `limit` entries of a conversation of the configuration folder `config`, and the rest of the last
/// record; fewer at its beginning or end.
///
/// # Errors
/// When there is no such conversation, or its transcript cannot be read: in words for a person.
pub fn read_page(
    config: &Path,
    conversation: &ConversationId,
    place: &Place,
    limit: usize,
) -> Result<Page, Trouble> {
    let trouble = |path: &Path, what: String| Trouble { subject: text::path(path), what, remedy: None };
    let Some(path) = locate(config, conversation) else {
        return Err(trouble(config, "This conversation has no transcript here (yet).".into()));
    };
    page(&path, place, limit.clamp(1, 1_000))
        .map_err(|error| trouble(&path, format!("The transcript cannot be read: {error}")))
}

/// The transcript of a conversation, `claude:<session>` or `claude:<session>/<subagent>`.
fn locate(config: &Path, conversation: &ConversationId) -> Option<PathBuf> {
    let name = conversation.as_str().strip_prefix("claude:")?;
    let (session, agent) = match name.split_once('/') {
        Some((session, agent)) => (session, Some(agent)),
        None => (name, None),
    };
    // Names come from other programs' files, and must not lead out of the folder.
    if !is_plain(session) || !agent.is_none_or(is_plain) {
        return None;
    }
    let inside = match agent {
        Some(agent) => PathBuf::from(session).join("subagents").join(format!("{agent}.jsonl")),
        None => PathBuf::from(format!("{session}.jsonl")),
    };
    let projects = fs::read_dir(config.join("projects")).ok()?.flatten();
    let found = projects.filter_map(|project| {
        let path = project.path().join(&inside);
        fs::metadata(&path).ok().filter(fs::Metadata::is_file).map(|metadata| (modified(&metadata), path))
    });
    found.max_by_key(|(modified, _)| *modified).map(|(_, path)| path)
}

fn page(path: &Path, place: &Place, limit: usize) -> io::Result<Page> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let of_subagent = path.parent().is_some_and(|folder| folder.ends_with("subagents"));
    let at = |text: &str| text.parse::<u64>().ok().filter(|place| *place <= length);
    match place {
        Place::After(place) if let Some(place) = at(place) => {
            after(&mut file, place, length, limit, of_subagent)
        }
        Place::Before(place) if let Some(place) = at(place) => before(&mut file, place, limit, of_subagent),
        // A place behind the end belongs to a transcript that was written anew.
        _ => before(&mut file, length, limit, of_subagent),
    }
}

/// The entries of some lines, by the line.
#[derive(Default)]
struct Shelf {
    lines: VecDeque<(u64, Vec<Entry>)>,
    count: usize,
    known: HashSet<String>,
}

impl Shelf {
    fn put(&mut self, offset: u64, uuid: Option<String>, entries: Vec<Entry>) {
        // Records are sometimes written twice.
        if entries.is_empty() || uuid.is_some_and(|uuid| !self.known.insert(uuid)) {
            return;
        }
        self.count += entries.len();
        self.lines.push_back((offset, entries));
    }

    /// Lets go of the oldest lines that `limit` does not need.
    fn keep_newest(&mut self, limit: usize) {
        while let Some((_, entries)) = self.lines.front()
            && self.count - entries.len() >= limit
        {
            self.count -= entries.len();
            self.lines.pop_front();
        }
    }

    fn into_entries(self) -> Vec<Entry> {
        self.lines.into_iter().flat_map(|(_, entries)| entries).collect()
    }
}

fn before(file: &mut File, end: u64, limit: usize, of_subagent: bool) -> io::Result<Page> {
    let mut window = FIRST;
    loop {
        let start = line_at(file, end.saturating_sub(window), end)?;
        let (mut shelf, mut entries) = (Shelf::default(), Entries::new(of_subagent));
        let mut dropped = false;
        let next = each_line(file, start, end, &mut |line| {
            let (uuid, those) = entries.of(line);
            shelf.put(line.offset, uuid, those);
            dropped |= shelf.count > limit;
            shelf.keep_newest(limit);
            true
        })?;
        if shelf.count < limit && start > 0 && window < LARGEST {
            window *= 4;
            continue;
        }
        let first = shelf.lines.front().map_or(start, |(offset, _)| *offset);
        let older = start > 0 || dropped && first > 0;
        return Ok(Page {
            title: None,
            before: older.then(|| first.to_string()),
            after: next.to_string(),
            entries: shelf.into_entries(),
            note: None,
        });
    }
}

fn after(file: &mut File, place: u64, length: u64, limit: usize, of_subagent: bool) -> io::Result<Page> {
    let start = line_at(file, place, length)?;
    let (mut shelf, mut entries) = (Shelf::default(), Entries::new(of_subagent));
    let next = each_line(file, start, length, &mut |line| {
        let (uuid, those) = entries.of(line);
        shelf.put(line.offset, uuid, those);
        shelf.count < limit
    })?;
    let before = (start > 0).then(|| start.to_string());
    Ok(Page { title: None, before, after: next.to_string(), entries: shelf.into_entries(), note: None })
}

/// Gives out the lines between two places until told to stop; where to go on.
pub(super) fn each_line(
    file: &mut File,
    start: u64,
    end: u64,
    each: &mut dyn FnMut(&super::lines::Line<'_>) -> bool,
) -> io::Result<u64> {
    file.seek(SeekFrom::Start(start))?;
    let mut lines = Lines::new(start);
    let mut chunk = vec![0; CHUNK];
    let mut stopped = None;
    while lines.taken() < end && stopped.is_none() {
        let most = CHUNK.min(usize::try_from(end - lines.taken()).unwrap_or(CHUNK));
        let count = file.read(&mut chunk[..most])?;
        if count == 0 {
            break;
        }
        lines.push(&chunk[..count], &mut |line| {
            if stopped.is_none() && !each(line) {
                stopped = Some(line.offset + line.bytes.len() as u64 + 1);
            }
        });
    }
    Ok(stopped.unwrap_or_else(|| lines.offset()))
}

/// Where the first line begins at or behind `place`.
fn line_at(file: &mut File, place: u64, end: u64) -> io::Result<u64> {
    if place == 0 {
        return Ok(0);
    }
    let mut at = place - 1;
    file.seek(SeekFrom::Start(at))?;
    let mut chunk = vec![0; CHUNK];
    while at < end {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        if let Some(found) = memchr::memchr(b'\n', &chunk[..count]) {
            return Ok((at + found as u64 + 1).min(end));
        }
        at += count as u64;
    }
    Ok(end)
}
