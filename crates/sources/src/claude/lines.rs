//! Cuts bytes that arrive in any portions into lines, in bounded memory.
//!
//! Lines of a transcript reach 50 MB, and the largest are of no interest: a line that [`is_noise`] is dropped while it
//! passes, and of one that is too long only the head and the end are kept. A torn line waits for its rest. How the bytes
//! were portioned makes no difference.

use std::collections::VecDeque;

use memchr::{memchr, memmem};

/// The longest line that is kept whole.
pub(super) const LONGEST: usize = 512 * 1024;
/// Of a longer line, so much of its end is kept: dates stand there.
pub(super) const END: usize = 2 * 1024;
/// What is looked at to tell noise.
const PREFIX: usize = 1024;

/// A complete line.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// The line without its end, or its head when it is too long.
    pub(super) bytes: &'a [u8],
    /// The end of a line that is too long.
    pub(super) end: Option<&'a [u8]>,
}

/// The line that has begun and not ended.
#[derive(Debug)]
pub(super) struct Lines {
    offset: u64,
    length: u64,
    head: Vec<u8>,
    end: VecDeque<u8>,
    noise: bool,
}

impl Lines {
    /// Begins at the beginning of a line.
    pub(super) fn new(offset: u64) -> Self {
        Self { offset, length: 0, head: Vec::new(), end: VecDeque::new(), noise: false }
    }

    /// Where the line that has not ended begins.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Up to where bytes have been taken.
    pub(super) fn taken(&self) -> u64 {
        self.offset + self.length
    }

    /// Takes the next bytes and gives out the lines that end in them.
    pub(super) fn push(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(&Line<'_>)) {
        while let Some(length) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(length);
            if self.length == 0 && line.len() <= LONGEST {
                if !is_noise(&line[..line.len().min(PREFIX)]) {
                    each(&Line { offset: self.offset, bytes: line, end: None });
                }
            } else {
                self.take(line);
                self.give(each);
            }
            self.offset += self.length.max(length as u64) + 1;
            self.restart();
            bytes = &rest[1..];
        }
        self.take(bytes);
    }

    fn take(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.noise {
            return;
        }
        let room = LONGEST.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        if self.head.len() >= PREFIX && is_noise(&self.head[..PREFIX]) {
            self.noise = true;
            self.head = Vec::new();
            return;
        }
        let over = &bytes[room..];
        self.end.extend(&over[over.len().saturating_sub(END)..]);
        self.end.drain(..self.end.len().saturating_sub(END));
    }

    fn give(&mut self, each: &mut dyn FnMut(&Line<'_>)) {
        if self.noise || is_noise(&self.head[..self.head.len().min(PREFIX)]) {
            return;
        }
        let clipped = self.length > self.head.len() as u64;
        let end = self.end.make_contiguous();
        each(&Line { offset: self.offset, bytes: &self.head, end: clipped.then_some(end) });
    }

    fn restart(&mut self) {
        self.length = 0;
        self.noise = false;
        self.end.clear();
        self.head.clear();
        // One large line must not hold its memory for ever, and there are many transcripts.
        self.head.shrink_to(4 * 1024);
    }
}

/// Flat records that say nothing about who works, waits or writes to whom; many of them are large.
const NOISE: [&str; 11] = [
    "agent-setting",
    "api-request-blob",
    "api-request-shape",
    "atis-latch",
    "file-history-delta",
    "file-history-snapshot",
    "fork-context-ref",
    "frame-link",
    "mode",
    "permission-mode",
    "tools-used",
];

impl Line<'_> {
    /// Whether its record is of no interest.
    pub(super) fn is_noise(&self) -> bool {
        is_noise(&self.bytes[..self.bytes.len().min(PREFIX)])
    }
}

/// Whether a record with this beginning is of no interest, told without parsing it.
fn is_noise(prefix: &[u8]) -> bool {
    if let Some(rest) = prefix.strip_prefix(br#"{"type":""#) {
        let is =
            |kind: &str| rest.strip_prefix(kind.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'"'));
        // What is taken into the queue may be a message; what leaves it says so elsewhere.
        return NOISE.iter().any(|kind| is(kind))
            || is("queue-operation") && memmem::find(prefix, br#""operation":"enqueue""#).is_none();
    }
    let Some(place) = memmem::find(prefix, ATTACHMENT) else { return false };
    let rest = &prefix[place + ATTACHMENT.len()..];
    memmem::find(&prefix[..place], br#""message":"#).is_none()
        && !QUEUED.starts_with(&rest[..rest.len().min(QUEUED.len())])
}

const ATTACHMENT: &[u8] = br#""attachment":{"type":""#;
/// The one attachment that matters: a message that arrived in the middle of a turn.
const QUEUED: &[u8] = br#"queued_command""#;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(portions: &[&[u8]]) -> Vec<(u64, Vec<u8>, Option<Vec<u8>>)> {
        let mut lines = Lines::new(0);
        let mut seen = Vec::new();
        for portion in portions {
            lines.push(portion, &mut |line| {
                seen.push((line.offset, line.bytes.to_vec(), line.end.map(<[u8]>::to_vec)));
            });
        }
        seen
    }

    #[test]
    fn a_torn_line_waits_for_its_rest() {
        assert_eq!(all(&[b"{\"a\":", b"1"]), []);
        assert_eq!(all(&[b"{\"a\":", b"1", b"}\n{"]), [(0, b"{\"a\":1}".to_vec(), None)]);
    }

    #[test]
    fn big_records_of_no_interest_are_dropped_while_they_pass() {
        let mut lines = Lines::new(0);
        let shape = format!("{{\"type\":\"api-request-shape\",\"x\":\"{}", "y".repeat(5_000_000));
        lines.push(shape.as_bytes(), &mut |_| panic!("nothing has ended"));
        assert_eq!(lines.head.capacity(), 0);
        let snapshot = b"\"}\n{\"parentUuid\":null,\"attachment\":{\"type\":\"prompt_snapshot\"},\"type\":\"attachment\"}\n";
        lines.push(snapshot, &mut |line| panic!("{line:?}"));
        assert_eq!(lines.offset(), (shape.len() + snapshot.len()) as u64);
    }

    #[test]
    fn a_message_in_the_middle_of_a_turn_is_kept_whatever_is_torn() {
        let line = b"{\"isSidechain\":false,\"attachment\":{\"type\":\"queued_command\",\"prompt\":\"x\"}}\n";
        for cut in 0..line.len() {
            assert_eq!(all(&[&line[..cut], &line[cut..]]).len(), 1, "cut at {cut}");
        }
    }

    #[test]
    fn of_a_line_of_50_mb_the_head_and_the_end_are_kept() {
        let mut lines = Lines::new(0);
        let mut seen = Vec::new();
        let mut each = |line: &Line<'_>| {
            seen.push((line.bytes.len(), line.end.map(|end| String::from_utf8_lossy(end).into_owned())));
        };
        lines.push(b"{\"type\":\"user\",\"message\":\"", &mut each);
        for _ in 0..50 {
            lines.push(&vec![b'x'; 1024 * 1024], &mut each);
        }
        lines.push(b"\",\"timestamp\":\"2026\"}\n", &mut each);
        assert!(lines.head.capacity() <= 64 * 1024);
        let (head, end) = seen.pop().unwrap();
        assert_eq!(head, LONGEST);
        assert!(end.unwrap().ends_with("xx\",\"timestamp\":\"2026\"}"));
    }

    proptest! {
        #[test]
        fn the_portions_make_no_difference(
            text in "(\\PC{0,40}|\\{\"type\":\"mode\",\"x\":\"[a-z]{0,2000}\"\\}|[a-z]{900,1100}|\n){0,12}",
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..20),
        ) {
            let bytes = text.as_bytes();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let portions: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(all(&portions), all(&[bytes]));
        }
    }
}
