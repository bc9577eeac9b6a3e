//! `settings.json`: which of it is ours, and how everything else keeps its bytes.

mod text;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::plugin::{MARKETPLACE, PLUGIN};

/// What Claude Code 2.1.330 adds to the user's settings for a marketplace and a plugin.
const MARKETPLACES: &str = "extraKnownMarketplaces";
const PLUGINS: &str = "enabledPlugins";
/// Both, in the order in which Claude Code adds them.
const OURS: [text::Path; 2] = [[MARKETPLACES, MARKETPLACE], [PLUGINS, PLUGIN]];
const BOM: &str = "\u{FEFF}";

/// The keys that are ours, as a person reads them.
pub(crate) const KEYS: [&str; 2] =
    ["extraKnownMarketplaces → peerwatch", "enabledPlugins → peerwatch@peerwatch"];

/// What we left in a settings file: enough to take it out again, and nothing of the user's own text.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Traces {
    /// Whether there was a file before.
    pub(crate) existed: bool,
    /// The pieces of text that were put in, in that order; none where Claude Code's own form was left.
    pub(crate) pieces: Vec<String>,
    /// The objects that came only with our keys.
    pub(crate) objects: Vec<String>,
}

impl Traces {
    /// Those of a connection to a file with this text, before anything was put in.
    pub(crate) fn before(base: Option<&Text>) -> Self {
        let absent = |[outer, _]: &text::Path| base.is_none_or(|base| base.value.get(outer).is_none());
        let objects = OURS.iter().filter(|path| absent(path)).map(|[outer, _]| (*outer).to_owned());
        Self { existed: base.is_some(), pieces: Vec::new(), objects: objects.collect() }
    }

    /// Where no record tells: objects that hold nothing but ours are taken for ours.
    pub(crate) fn unknown() -> Self {
        let objects = OURS.map(|[outer, _]| outer.to_owned()).to_vec();
        Self { existed: true, pieces: Vec::new(), objects }
    }
}

/// The text of a settings file, which is one JSON object.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Text {
    text: String,
    value: Value,
}

impl Text {
    fn parse(text: String) -> Result<Self, String> {
        let value = serde_json::from_str::<Value>(text.strip_prefix(BOM).unwrap_or(&text))
            .map_err(|error| error.to_string())?;
        if value.is_object() { Ok(Self { text, value }) } else { Err("it is not a JSON object".to_owned()) }
    }

    /// What stands under our marketplace's name.
    pub(crate) fn marketplace(&self) -> Option<&Value> {
        self.value.get(MARKETPLACES)?.get(MARKETPLACE)
    }

    /// Whether our plugin is switched on, if it is named at all.
    pub(crate) fn plugin(&self) -> Option<bool> {
        self.value.get(PLUGINS)?.get(PLUGIN).map(|on| *on == true)
    }

    /// The same with our keys, whose values are taken from `other`; and the pieces that were put in.
    fn with_ours_of(&self, other: &Self) -> Option<(Self, Vec<String>)> {
        let (bom, mut text) = self.split();
        let mut pieces = Vec::new();
        for path @ [outer, inner] in OURS {
            let value = other.value.get(outer)?.get(inner)?;
            let (with, piece) = text::put(path, value, &text)?;
            (text, pieces) = (with, pieces.into_iter().chain([piece]).collect());
        }
        let with = Self::parse(format!("{bom}{text}")).ok()?;
        (with.has_ours_of(other) && with.is_beside_ours(self)).then_some((with, pieces))
    }

    /// The text without what is ours: `None` where there was no file before and nothing else is in it.
    pub(crate) fn without(&self, traces: &Traces) -> Option<Self> {
        let without = self.cut(&traces.pieces).unwrap_or_else(|| self.take(&traces.objects));
        let nothing = without.value.as_object().is_some_and(serde_json::Map::is_empty);
        (traces.existed || !nothing).then_some(without)
    }

    fn cut(&self, pieces: &[String]) -> Option<Self> {
        if pieces.is_empty() {
            return None;
        }
        let text = pieces.iter().rev().try_fold(self.text.clone(), |text, piece| text::cut(piece, &text))?;
        let without = Self::parse(text).ok()?;
        (without.is_beside_ours(self) && without.has_none()).then_some(without)
    }

    fn take(&self, objects: &[String]) -> Self {
        let (bom, mut text) = self.split();
        for path @ [outer, _] in OURS {
            let emptied = objects.iter().any(|object| object == outer);
            text = text::take(path, emptied, &text).unwrap_or(text);
        }
        let without = Self::parse(format!("{bom}{text}")).ok();
        without.filter(|without| without.is_beside_ours(self)).unwrap_or_else(|| self.clone())
    }

    fn split(&self) -> (&'static str, String) {
        match self.text.strip_prefix(BOM) {
            Some(text) => (BOM, text.to_owned()),
            None => ("", self.text.clone()),
        }
    }

    fn has_none(&self) -> bool {
        self.marketplace().is_none() && self.plugin().is_none()
    }

    fn has_ours_of(&self, other: &Self) -> bool {
        self.marketplace() == other.marketplace() && self.plugin() == other.plugin()
    }

    /// Whether both say the same, our keys and empty objects around them left aside.
    fn is_beside_ours(&self, other: &Self) -> bool {
        same(&beside_ours(&self.value), &beside_ours(&other.value))
    }
}

fn beside_ours(value: &Value) -> Value {
    let mut value = value.clone();
    for [outer, inner] in OURS {
        let Some(object) = value.get_mut(outer).and_then(Value::as_object_mut) else { continue };
        object.remove(inner);
        if object.is_empty()
            && let Some(root) = value.as_object_mut()
        {
            root.remove(outer);
        }
    }
    value
}

/// Numbers are compared as Claude Code keeps them: it writes 1.50 as 1.5, and long integers rounded.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let alike = |(key, one): (&String, &Value)| other.get(key).is_some_and(|other| same(one, other));
            one.len() == other.len() && one.iter().all(alike)
        }
        _ => one == other,
    }
}

/// The settings file of one configuration folder.
#[derive(Clone, Debug)]
pub(crate) struct File {
    path: PathBuf,
}

/// How the file's own text was restored around our keys.
pub(crate) enum Restored {
    /// Every byte that is not ours is as it was; these pieces are ours.
    Kept(Vec<String>),
    /// The form that Claude Code gave it was left, and why.
    Left(String),
}

impl File {
    pub(crate) fn of(config: &Path) -> Self {
        Self { path: config.join("settings.json") }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is in it; `None` when there is no file.
    ///
    /// # Errors
    /// When it cannot be read, or is no JSON object: then nobody should write to it.
    pub(crate) fn read(&self) -> Result<Option<Text>, Error> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.path.is_symlink() => {
                return Ok(None);
            }
            Err(error) => return Err(self.broken(&error.to_string())),
        };
        Text::parse(text).map(Some).map_err(|why| self.broken(&why))
    }

    /// After our keys came into `base`: puts them into its text.
    pub(crate) fn keep_with_ours(&self, base: Option<&Text>, after: &Text) -> Restored {
        let Some(base) = base else { return Restored::Kept(Vec::new()) };
        if !base.is_beside_ours(after) {
            return Restored::Left(CHANGED.to_owned());
        }
        match base.with_ours_of(after) {
            Some((wanted, pieces)) => self.replace(after, &wanted, pieces),
            None => Restored::Left("its form has no place for them that is certain".to_owned()),
        }
    }

    /// After our keys left: gives it the text that stays without them.
    pub(crate) fn keep_without_ours(&self, base: Option<&Text>, after: Option<&Text>) -> Restored {
        let kept = Restored::Kept(Vec::new());
        match (base, after) {
            (None, None) => kept,
            (Some(base), Some(after)) if base.is_beside_ours(after) && base.has_none() => {
                self.replace(after, base, Vec::new())
            }
            (None, Some(after)) if beside_ours(&after.value) == serde_json::json!({}) => {
                self.remove(after).map_or_else(|why| Restored::Left(why.to_string()), |()| kept)
            }
            _ => Restored::Left(CHANGED.to_owned()),
        }
    }

    fn replace(&self, found: &Text, wanted: &Text, pieces: Vec<String>) -> Restored {
        if found.text == wanted.text {
            return Restored::Kept(pieces);
        }
        match self.write(found, wanted) {
            Ok(()) => Restored::Kept(pieces),
            Err(error) => Restored::Left(error.to_string()),
        }
    }

    /// Replaces the file behind any symbolic link in one step, its mode kept, if it still holds `found`.
    fn write(&self, found: &Text, wanted: &Text) -> io::Result<()> {
        let target = fs::canonicalize(&self.path)?;
        let folder = target.parent().ok_or(io::ErrorKind::NotFound)?;
        let mut new = tempfile::Builder::new().prefix(".settings.json.peerwatch").tempfile_in(folder)?;
        new.write_all(wanted.text.as_bytes())?;
        new.as_file().set_permissions(fs::metadata(&target)?.permissions())?;
        new.as_file().sync_all()?;
        self.still_holds(found)?;
        new.persist(&target).map_err(|error| error.error)?;
        self.still_holds(wanted)
    }

    fn remove(&self, found: &Text) -> io::Result<()> {
        self.still_holds(found)?;
        fs::remove_file(&self.path)
    }

    fn still_holds(&self, text: &Text) -> io::Result<()> {
        if fs::read(&self.path)? == text.text.as_bytes() { Ok(()) } else { Err(io::Error::other(CHANGED)) }
    }

    fn broken(&self, why: &str) -> Error {
        Error::Settings { path: self.path.clone(), why: why.to_owned() }
    }
}

const CHANGED: &str = "something else in it was changed meanwhile";

#[cfg(test)]
mod tests;
