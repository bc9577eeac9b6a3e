//! A recording: times, and what is on disk then. `tests/recordings/README.md` says how one is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::acts::Act;

/// One scenario, with what is expected of whoever watches it.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The scenario, in a few words.
    pub title: String,
    /// What happened, in a sentence.
    pub happened: String,
    /// What a person must be told, and by when; anything else that is told is a false alarm.
    pub tidings: Vec<Tiding>,
    /// Which verdict must hold, and for how long.
    pub spells: Vec<Spell>,
    pub(super) cues: Vec<Cue>,
    /// How long it is.
    pub length: Duration,
}

/// What must be told of a worker: not before, and not later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tiding {
    /// The worker.
    pub who: String,
    /// The kind of the alert: `waiting`, `limited`, `silent`, `gone`.
    pub kind: String,
    /// Not before.
    pub from: Duration,
    /// Not later.
    pub to: Duration,
}

impl Tiding {
    /// Whether it tells of a loss.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        matches!(self.kind.as_str(), "silent" | "gone")
    }
}

/// A verdict that must hold for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spell {
    /// The worker.
    pub who: String,
    /// The presence in one word.
    pub word: String,
    /// From then.
    pub from: Duration,
    /// Until then.
    pub to: Duration,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) struct Cue {
    pub(super) at: Duration,
    pub(super) who: String,
    pub(super) act: Act,
    /// One of a row; while the machine sleeps it does not happen.
    pub(super) repeated: bool,
}

/// All recordings of `tests/recordings`, in the order of their names.
///
/// # Panics
/// When one cannot be read: with the file, the line, and what is wrong.
#[must_use]
pub fn all() -> Vec<Recording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let files = fs::read_dir(&folder).expect("the recordings").flatten().map(|file| file.path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    files.sort();
    files.iter().map(|path| of_file(path)).collect()
}

/// The recording of this name.
///
/// # Panics
/// When there is none, or it cannot be read.
#[must_use]
pub fn named(name: &str) -> Recording {
    of_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings").join(format!("{name}.txt")))
}

fn of_file(path: &Path) -> Recording {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Recording::read(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

impl Recording {
    /// Reads a recording.
    ///
    /// # Errors
    /// When a line is not of the known form: which, and why.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut recording = Self {
            title: String::new(),
            happened: String::new(),
            tidings: Vec::new(),
            spells: Vec::new(),
            cues: Vec::new(),
            length: Duration::ZERO,
        };
        let mut is_calm = false;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let wrong = |why: String| format!("line {}: {why}", number + 1);
            match line.split_once(' ').unwrap_or((line, "")) {
                ("" | "#", _) => {}
                (word, _) if word.starts_with('#') => {}
                ("title:", rest) => recording.title = rest.trim().into(),
                ("happens:", rest) => recording.happened = rest.trim().into(),
                ("expect:", rest) if rest.trim() == "nobody is alarmed" => is_calm = true,
                ("expect:", rest) => recording.expect(rest).map_err(wrong)?,
                (time, rest) => recording.cue(time, rest.trim()).map_err(wrong)?,
            }
        }
        recording.cues.sort_by_key(|cue| cue.at);
        let end = recording.cues.iter().find(|cue| matches!(cue.act, Act::Ends));
        recording.length = end.ok_or("it has no end: `0:30:00 recording ends`")?.at;
        if is_calm != recording.tidings.is_empty() {
            return Err("either somebody `is told` something, or `nobody is alarmed`".into());
        }
        Ok(recording)
    }

    /// `WHO is told KIND from A to B`, or `WHO is PRESENCE from A to B`.
    fn expect(&mut self, text: &str) -> Result<(), String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (who, kind, word, from, to) = match words.as_slice() {
            [who, "is", "told", kind, "from", from, "to", to] => (who, Some(kind), "", from, to),
            [who, "is", word, "from", from, "to", to] => (who, None, *word, from, to),
            _ => return Err(format!("“{text}” is no expectation")),
        };
        let (who, from, to) = ((*who).into(), span(from)?, span(to)?);
        match kind {
            Some(kind) => self.tidings.push(Tiding { who, kind: (*kind).into(), from, to }),
            None => self.spells.push(Spell { who, word: word.into(), from, to }),
        }
        Ok(())
    }

    /// `TIME WHO VERB …`, and perhaps `every SPAN until TIME`.
    fn cue(&mut self, time: &str, rest: &str) -> Result<(), String> {
        let first = span(time)?;
        let row = rest.rsplit_once(" every ");
        let row = row.and_then(|(rest, row)| Some((rest, row.split_once(" until ")?)));
        let (rest, row) = match row {
            Some((rest, (every, until))) => (rest, Some((span(every.trim())?, span(until.trim())?))),
            None => (rest, None),
        };
        let (who, what) = rest.split_once(' ').ok_or("nothing happens")?;
        let (verb, rest) = what.trim().split_once(' ').unwrap_or((what.trim(), ""));
        let act = Act::read(verb, rest.trim())?;
        let mut put = |at, repeated| {
            self.cues.push(Cue { at, who: who.into(), act: act.clone(), repeated });
        };
        match row {
            None => put(first, false),
            Some((every, until)) if every > Duration::ZERO => {
                let times = std::iter::successors(Some(first), |at| Some(*at + every));
                times.take_while(|at| *at <= until).for_each(|at| put(at, true));
            }
            Some(_) => return Err("`every` needs a span".into()),
        }
        Ok(())
    }

    /// The losses of a worker that must be told of.
    pub(super) fn losses<'a>(&'a self, who: &'a str) -> impl Iterator<Item = &'a Tiding> {
        self.tidings.iter().filter(move |it| it.is_loss() && it.who == who)
    }
}

/// `H:MM:SS`.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("“{text}” is no time of the form H:MM:SS");
    let parts: Vec<u64> =
        text.split(':').map(|part| part.parse().map_err(|_| wrong())).collect::<Result<_, _>>()?;
    match parts.as_slice() {
        [hours, minutes @ 0..60, seconds @ 0..60] => {
            Ok(Duration::from_secs(hours * 3600 + minutes * 60 + seconds))
        }
        _ => Err(wrong()),
    }
}

/// The same, written.
#[must_use]
pub fn written(span: Duration) -> String {
    let seconds = span.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "\
title: a row
happens: beats
expect: backend is told silent from 0:01:00 to 0:02:00
expect: backend is working from 0:00:00 to 0:01:00
# a remark
0:00:00 backend opens frontend
0:00:10 backend beats working every 0:00:30 until 0:01:10
0:03:00 recording ends";

    #[test]
    fn a_recording_is_read_in_the_order_of_its_times() {
        let recording = Recording::read(WHOLE).unwrap();
        let times: Vec<String> = recording.cues.iter().map(|cue| written(cue.at)).collect();
        assert_eq!(times, ["0:00:00", "0:00:10", "0:00:40", "0:01:10", "0:03:00"]);
        assert_eq!((recording.tidings.len(), recording.spells.len()), (1, 1));
        assert_eq!(recording.losses("backend").count(), 1);
    }

    #[test]
    fn a_mistake_names_its_line() {
        let said = |text: &str| Recording::read(text).unwrap_err();
        assert_eq!(said("title: x\n0:60:00 a dies"), "line 2: “0:60:00” is no time of the form H:MM:SS");
        assert_eq!(said("0:00:01 a dances"), "line 1: nobody knows how to “dances”");
        assert_eq!(said("expect: a is gone"), "line 1: “a is gone” is no expectation");
        assert!(said("0:00:01 a dies").contains("no end"));
        assert!(said("0:00:01 recording ends").contains("nobody is alarmed"));
    }
}
