//! Follows one transcript: its end at first, then only what is added.
//!
//! The file is opened for each look and read from where the look before ended. A file that was replaced, truncated or
//! written anew is begun again; one that moved is found under its new path by whoever looks for it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::lines::Lines;
use super::story::Story;

/// How much of the end is read at first; more, in steps, while the turn cannot be told from it.
const FIRST: u64 = 64 * 1024;
/// So many bytes before the place of reading must still be what they were.
const PROOF: usize = 64;
/// After a restart so much is read at most of what was added meanwhile, in a second or two.
const CATCH_UP: u64 = 256 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// Which file a path led to.
pub(super) type Identity = (u64, u64);

/// A transcript that is being followed.
#[derive(Debug)]
pub(super) struct Transcript {
    path: PathBuf,
    identity: Option<Identity>,
    lines: Lines,
    proof: Vec<u8>,
    whole: bool,
    /// What its records say.
    pub(super) story: Story,
    /// When the file was last written, in milliseconds since the epoch.
    pub(super) modified: i64,
    /// Up to where its records are history: what stands behind arrived under our eyes.
    pub(super) history: u64,
    /// Bytes read so far, by which tests prove that nothing is read twice.
    pub(super) read: u64,
}

/// What following came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Followed {
    /// Nothing was added.
    Same,
    /// Lines or parts of them were added.
    Grown,
    /// It was read for the first time, or is not the file that it was.
    Anew,
    /// There is no such file.
    Missing,
}

impl Transcript {
    /// A transcript of which nothing has been read.
    pub(super) fn new(path: PathBuf, of_subagent: bool) -> Self {
        Self {
            path,
            identity: None,
            lines: Lines::new(0),
            proof: Vec::new(),
            whole: false,
            story: Story::new(of_subagent),
            modified: 0,
            history: 0,
            read: 0,
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether all of it has been read, from the first line on.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Follows it to another place: the same file, renamed or moved.
    pub(super) fn move_to(&mut self, path: PathBuf) {
        self.path = path;
    }

    /// Where to go on after a restart: which file, and the beginning of the line that had not ended.
    pub(super) fn place(&self) -> Option<(Identity, u64)> {
        Some((self.identity?, self.lines.offset()))
    }

    /// Reads what was added. At first `budget` bounds how much of the end is searched for the turn, unless
    /// everything since `from` was asked for.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub(super) fn follow(&mut self, budget: u64, from: Option<(Identity, u64)>) -> io::Result<Followed> {
        // A look that finds nothing new opens nothing: each opening is an event for whoever watches the folder.
        if let Ok(metadata) = fs::metadata(&self.path)
            && self.identity == Some(identity(&metadata))
            && metadata.len() == self.lines.taken()
        {
            self.modified = modified(&metadata);
            return Ok(Followed::Same);
        }
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Followed::Missing),
            other => other?,
        };
        let metadata = file.metadata()?;
        let (identity, length) = (identity(&metadata), metadata.len());
        self.modified = modified(&metadata);
        if self.identity != Some(identity)
            || length < self.lines.taken()
            || !self.is_proven(&mut file, length)?
        {
            self.begin(&mut file, identity, length, budget, from)?;
            return Ok(Followed::Anew);
        }
        if length == self.lines.taken() {
            return Ok(Followed::Same);
        }
        self.add(&mut file, length)?;
        Ok(Followed::Grown)
    }

    /// Whether the bytes before the place of reading are those that were read, when there is more to read.
    fn is_proven(&mut self, file: &mut File, length: u64) -> io::Result<bool> {
        if length == self.lines.taken() {
            return Ok(true);
        }
        let mut bytes = vec![0; self.proof.len()];
        file.seek(SeekFrom::Start(self.lines.taken() - self.proof.len() as u64))?;
        match file.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes == self.proof),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn begin(
        &mut self,
        file: &mut File,
        identity: Identity,
        length: u64,
        budget: u64,
        from: Option<(Identity, u64)>,
    ) -> io::Result<()> {
        self.identity = Some(identity);
        let from =
            from.filter(|(known, place)| *known == identity && *place <= length).map(|(_, place)| place);
        self.history = from.unwrap_or(length);
        let wanted = self.history.max(length.saturating_sub(CATCH_UP));
        let mut window = FIRST;
        loop {
            // The first line of a window is mostly torn: it begins behind the first line end.
            let start = length.saturating_sub(window).min(wanted);
            self.story = self.story.anew();
            self.lines = Lines::new(start);
            self.proof.clear();
            self.whole = start == 0;
            if start > 0 {
                let begin = self.next_line(file, start, length)?;
                self.lines = Lines::new(begin);
            }
            self.add(file, length)?;
            if self.story.is_decided() || start == 0 || window >= budget {
                return Ok(());
            }
            window = (window * 8).min(budget);
        }
    }

    /// Where the first line begins that begins at or behind `start`.
    fn next_line(&mut self, file: &mut File, start: u64, length: u64) -> io::Result<u64> {
        let mut place = start - 1;
        file.seek(SeekFrom::Start(place))?;
        let mut chunk = vec![0; CHUNK];
        while place < length {
            let count = file.read(&mut chunk)?;
            if count == 0 {
                break;
            }
            self.read += count as u64;
            if let Some(found) = memchr::memchr(b'\n', &chunk[..count]) {
                return Ok(place + found as u64 + 1);
            }
            place += count as u64;
        }
        Ok(place)
    }

    fn add(&mut self, file: &mut File, length: u64) -> io::Result<()> {
        let mut left = length.saturating_sub(self.lines.taken());
        file.seek(SeekFrom::Start(self.lines.taken()))?;
        let mut chunk = vec![0; CHUNK.min(usize::try_from(left).unwrap_or(CHUNK))];
        while left > 0 {
            let most = chunk.len().min(usize::try_from(left).unwrap_or(CHUNK));
            let count = file.read(&mut chunk[..most])?;
            if count == 0 {
                break;
            }
            self.read += count as u64;
            left -= count as u64;
            let story = &mut self.story;
            self.lines.push(&chunk[..count], &mut |line| story.learn(line));
            self.prove(&chunk[..count]);
        }
        Ok(())
    }

    fn prove(&mut self, bytes: &[u8]) {
        self.proof.extend_from_slice(&bytes[bytes.len().saturating_sub(PROOF)..]);
        self.proof.drain(..self.proof.len().saturating_sub(PROOF));
    }
}

/// When a file was last written, in milliseconds since the epoch.
pub(super) fn modified(metadata: &Metadata) -> i64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or_default()
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Elsewhere the time of creation tells one file from another.
#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> Identity {
    let since = metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    (0, since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or_default())
}
