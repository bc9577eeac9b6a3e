//! What would be done, before it is done.

use std::path::PathBuf;

use crate::claude::{Claude, shown};
use crate::plugin::{MARKETPLACE, PLUGIN, Plugin};
use crate::record::{self, Record};
use crate::settings::{self, Text};
use crate::{Error, Place, Step, fence, plugin};

/// Every step of [`crate::connect`], after checking that it can be done. Of the plugin's files, those that are not yet as they
/// should be.
///
/// # Errors
/// When it could not be done: no Claude Code, one too old, settings that cannot be used, a program missing.
pub fn plan(place: &Place) -> Result<Vec<Step>, Error> {
    check(place).map(|_| steps(place))
}

/// Every step of [`crate::disconnect`].
///
/// # Errors
/// When the settings or the record cannot be used.
pub fn plan_to_disconnect(place: &Place) -> Result<Vec<Step>, Error> {
    settings::File::of(&place.config).read()?;
    Ok(steps_back(place, &Record::read(&place.own)?, Claude::find(place).is_ok()))
}

/// What has to be there before anything is begun.
pub(crate) fn check(place: &Place) -> Result<(Claude, Option<Text>), Error> {
    for program in [&place.program, &place.hook] {
        if !program.is_file() {
            return Err(Error::NoProgram { path: program.clone() });
        }
    }
    let file = settings::File::of(&place.config);
    let before = file.read()?;
    if before.as_ref().and_then(Text::marketplace).is_some_and(is_foreign) {
        return Err(Error::NameTaken { path: file.path().to_owned() });
    }
    let claude = Claude::find(place)?;
    claude.is_new_enough()?;
    Ok((claude, before))
}

/// Ours is a folder, perhaps where an earlier Peerwatch kept it.
fn is_foreign(marketplace: &serde_json::Value) -> bool {
    let source = &marketplace["source"];
    let path = source["path"].as_str().unwrap_or_default();
    source["source"] != "directory" || std::path::Path::new(path).file_name() != Some("plugin".as_ref())
}

/// The commands that install the plugin.
pub(crate) fn commands(place: &Place) -> [Vec<String>; 2] {
    let folder = plugin::folder(&place.own).to_string_lossy().into_owned();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    [
        words(&["plugin", "marketplace", "add", &folder, "--scope", "user"]),
        words(&["plugin", "install", PLUGIN, "--scope", "user"]),
    ]
}

/// The commands that remove it.
pub(crate) const COMMANDS_BACK: [&[&str]; 2] = [
    &["plugin", "uninstall", PLUGIN, "--scope", "user"],
    &["plugin", "marketplace", "remove", MARKETPLACE, "--scope", "user"],
];

pub(crate) fn steps(place: &Place) -> Vec<Step> {
    let mut steps: Vec<Step> = Plugin::of(place).unwritten(place).map(Step::Write).collect();
    steps.push(Step::Write(record::path(&place.own)));
    steps.extend(commands(place).iter().map(|words| run(place, words)));
    steps.push(Step::AddKeys(settings::File::of(&place.config).path().to_owned()));
    steps
}

pub(crate) fn steps_back(place: &Place, record: &Record, with_commands: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    if with_commands {
        steps.extend(COMMANDS_BACK.iter().map(|words| run(place, words)));
    }
    steps.push(Step::TakeKeys(settings::File::of(&place.config).path().to_owned()));
    steps.extend(fences(place, record).map(Step::Remove));
    if record.is_last(&place.config) {
        steps.push(Step::Remove(plugin::folder(&place.own)));
        steps.push(Step::Remove(record::path(&place.own)));
    }
    steps
}

/// The folder of the fences, which go with the last connection: sessions that run keep the hook, and nobody would lower them.
pub(crate) fn fences(place: &Place, record: &Record) -> Option<PathBuf> {
    let runtime = place.socket.parent().filter(|_| record.is_only(&place.config))?;
    fence::folder(runtime)
}

pub(crate) fn run(place: &Place, words: &[impl AsRef<str>]) -> Step {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    let config = (place.config != place.home.join(".claude")).then(|| place.config.clone());
    Step::Run { command: shown(&words), config }
}
