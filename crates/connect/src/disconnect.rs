//! Takes the plugin away again.

use std::path::Path;

use crate::claude::Claude;
use crate::files::remove_folder;
use crate::plan::{COMMANDS_BACK, fences, run};
use crate::record::{self, Record};
use crate::settings::{File, Restored, Text, Traces};
use crate::{Error, Place, Report, Settings, Step, plugin, running};

/// Seen with Claude Code 2.1.330: a session whose plugin's folder is gone shows its person two failed hooks every turn.
const STAYS: &str = "The plugin's folder stays for the sessions that run now; it goes when they have ended.";

/// Undoes [`crate::connect`], telling each step once it is done. Where nothing is connected, nothing changes.
///
/// # Errors
/// When the settings or the record cannot be used (then nothing was changed), or a file cannot be written.
pub fn disconnect(place: &Place, mut told: impl FnMut(&Step)) -> Result<Report, Error> {
    let file = File::of(&place.config);
    let before = file.read()?;
    let mut record = Record::read(&place.own)?;
    let known = record.of(&place.config).cloned();
    let named =
        before.as_ref().is_some_and(|before| before.marketplace().is_some() || before.plugin().is_some());
    let mut report = Report { steps: Vec::new(), settings: Settings::Kept, notes: Vec::new() };
    if known.is_none() && !named {
        report.notes.push(format!("{} was not connected.", place.config.display()));
        return Ok(report);
    }
    let mut done = |step: Step| {
        told(&step);
        report.steps.push(step);
    };

    match Claude::find(place) {
        Ok(claude) => {
            for words in COMMANDS_BACK {
                // It fails where the person has removed the plugin already; what remains is seen below.
                match claude.run(words) {
                    Ok(_) => done(run(place, words)),
                    Err(error) => report.notes.push(error.to_string()),
                }
            }
        }
        Err(error) => {
            report.notes.push(format!("{error}. Its own list of plugins may still name peerwatch."))
        }
    }

    let traces = known.unwrap_or_else(Traces::unknown);
    let base = before.as_ref().and_then(|before| before.without(&traces));
    let after = file.read()?;
    if let Restored::Left(why) = file.keep_without_ours(base.as_ref(), after.as_ref()) {
        if let Some(why) = still_named(&file)? {
            return Err(Error::Settings { path: file.path().to_owned(), why });
        }
        report.settings = Settings::Left { why };
    }
    done(Step::TakeKeys(file.path().to_owned()));
    if let Some(fences) = fences(place, &record) {
        remove_folder(&fences)?;
        done(Step::Remove(fences));
    }

    record.forget(&place.own, &place.config)?;
    if record.tidy(&place.own)? {
        done(Step::Remove(plugin::folder(&place.own)));
        done(Step::Remove(record::path(&place.own)));
    } else if running::any(&place.config) {
        report.notes.push(STAYS.to_owned());
    }
    Ok(report)
}

/// Takes away what [`disconnect`] had to leave for sessions that were running; nothing when all is in order.
///
/// # Errors
/// When the record cannot be read, or something cannot be removed.
pub fn tidy(own: &Path) -> Result<(), Error> {
    if record::path(own).is_file() {
        Record::read(own)?.tidy(own)?;
    }
    Ok(())
}

/// Whether the settings would still load the plugin whose folder is about to go.
fn still_named(file: &File) -> Result<Option<String>, Error> {
    let named = file.read()?.is_some_and(|text: Text| text.plugin() == Some(true));
    Ok(named.then(|| "it still names the plugin, and was changed meanwhile".to_owned()))
}
