//! Finds the lines of a transcript that hold a few given bytes, the newest first, in bounded memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use memchr::{memchr, memmem, memrchr};

use super::lines::{END, LONGEST, Line};

const CHUNK: u64 = 256 * 1024;

/// Gives out each complete line that holds `needle`, from the end of the file backwards, until told to stop. Only the
/// newest `most` bytes are searched; a line that begins before them is given out whole.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn search(
    path: &Path,
    needle: &[u8],
    most: u64,
    each: &mut dyn FnMut(&Line<'_>) -> bool,
) -> io::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let floor = length.saturating_sub(most);
    // Up to here nothing has been searched yet.
    let mut end = length;
    while end > floor && !needle.is_empty() {
        let start = end.saturating_sub(CHUNK).max(floor);
        // What begins before `end` may reach over it.
        let bytes = read(&mut file, start, (end + needle.len() as u64 - 1).min(length))?;
        let Some(hit) = memmem::rfind(&bytes, needle) else {
            end = start;
            continue;
        };
        let hit = start + hit as u64;
        let begin = begin_of(&mut file, hit)?;
        let Some(finish) = end_of(&mut file, hit, length)? else {
            // The line is still being written.
            end = begin;
            continue;
        };
        let (head, rest) = kept(&mut file, begin, finish)?;
        if !each(&Line { offset: begin, bytes: &head, end: rest.as_deref() }) {
            return Ok(());
        }
        end = begin;
    }
    Ok(())
}

/// Where the line begins in which `place` is.
fn begin_of(file: &mut File, place: u64) -> io::Result<u64> {
    let mut end = place;
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        if let Some(found) = memrchr(b'\n', &read(file, start, end)?) {
            return Ok(start + found as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Where the line ends in which `place` is, without its line end.
fn end_of(file: &mut File, place: u64, length: u64) -> io::Result<Option<u64>> {
    let mut start = place;
    while start < length {
        let end = (start + CHUNK).min(length);
        if let Some(found) = memchr(b'\n', &read(file, start, end)?) {
            return Ok(Some(start + found as u64));
        }
        start = end;
    }
    Ok(None)
}

/// A line; of one that is too long its head and its end.
fn kept(file: &mut File, begin: u64, finish: u64) -> io::Result<(Vec<u8>, Option<Vec<u8>>)> {
    let (longest, end) = (LONGEST as u64, END as u64);
    if finish - begin <= longest {
        return Ok((read(file, begin, finish)?, None));
    }
    let head = read(file, begin, begin + longest)?;
    Ok((head, Some(read(file, (finish - end).max(begin + longest), finish)?)))
}

fn read(file: &mut File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(end - start).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &[u8], needle: &str, most: u64) -> Vec<(u64, usize, bool)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut all = Vec::new();
        search(file.path(), needle.as_bytes(), most, &mut |line| {
            all.push((line.offset, line.bytes.len(), line.end.is_some()));
            true
        })
        .unwrap();
        all
    }

    #[test]
    fn lines_are_given_out_newest_first_and_each_once() {
        let text = b"x one x\nno\nx two\nx torn";
        assert_eq!(found(text, "x", u64::MAX), [(11, 5, false), (0, 7, false)]);
    }

    #[test]
    fn only_the_newest_part_is_searched() {
        let text = format!("x\n{}\nlong {} x\n", "y".repeat(1000), "z".repeat(1000));
        assert_eq!(found(text.as_bytes(), "x", 100), [(1003, 1007, false)]);
    }

    #[test]
    fn of_a_line_of_many_chunks_the_head_and_the_end_are_kept() {
        let text = format!("a\n{}needle{}\nb needle\n", "y".repeat(1_000_000), "z".repeat(1_000_000));
        assert_eq!(found(text.as_bytes(), "needle", u64::MAX), [(2_000_009, 8, false), (2, LONGEST, true)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_is_missed_where_chunks_meet(shift in 0_usize..40, lines in 1_usize..4) {
            let line = format!("{}needle-of-some-length{}", "y".repeat(262_144 - 30), "z".repeat(9));
            let text = format!("{}\n{}", "s".repeat(shift), format!("{line}\n").repeat(lines));
            prop_assert_eq!(found(text.as_bytes(), "needle-of-some-length", u64::MAX).len(), lines);
        }
    }
}
