//! Connects a configuration folder of Claude Code with Peerwatch.

use crate::plan::{check, commands, run};
use crate::plugin::Plugin;
use crate::record::{self, Record};
use crate::settings::{File, Restored, Text, Traces};
use crate::{Error, Place, Report, Settings, Step};

/// Installs the plugin, telling each step once it is done. Doing it again repairs what has moved or is older.
///
/// # Errors
/// When something that is needed is missing (then nothing was changed), or a step fails (then [`crate::disconnect`] undoes
/// those before it).
pub fn connect(place: &Place, mut told: impl FnMut(&Step)) -> Result<Report, Error> {
    let (claude, before) = check(place)?;
    let mut steps = Vec::new();
    let mut done = |step: Step| {
        told(&step);
        steps.push(step);
    };

    Plugin::of(place).write(place)?.into_iter().map(Step::Write).for_each(&mut done);

    // Before Claude Code is asked: whatever happens now can be undone.
    let mut record = Record::read(&place.own)?;
    let known = record.of(&place.config).cloned();
    let base = base(before.as_ref(), known.as_ref());
    let mut traces = Traces::before(base.as_ref());
    traces.pieces = known.map(|known| known.pieces).unwrap_or_default();
    record.keep(&place.own, &place.config, traces.clone())?;
    done(Step::Write(record::path(&place.own)));

    for words in commands(place) {
        claude.run(&words.iter().map(String::as_str).collect::<Vec<_>>())?;
        done(run(place, &words));
    }

    let file = File::of(&place.config);
    let after = file.read()?.filter(|after| after.marketplace().is_some() && after.plugin() == Some(true));
    let after = after.ok_or_else(|| Error::NotShown { path: file.path().to_owned() })?;
    let settings = match file.keep_with_ours(base.as_ref(), &after) {
        Restored::Kept(pieces) => {
            traces.pieces = pieces;
            Settings::Kept
        }
        Restored::Left(why) => {
            traces.pieces.clear();
            tracing::info!("the settings keep the form that Claude Code gave them: {why}");
            Settings::Left { why }
        }
    };
    record.keep(&place.own, &place.config, traces)?;
    done(Step::AddKeys(file.path().to_owned()));
    let notes = vec![
        "Sessions that run already take it up after /reload-plugins, or when they start anew.".to_owned(),
    ];
    Ok(Report { steps, settings, notes })
}

/// The user's own text: what was there before we first came.
fn base(before: Option<&Text>, known: Option<&Traces>) -> Option<Text> {
    let before = before?;
    let named = before.marketplace().is_some() || before.plugin().is_some();
    match known {
        Some(known) => before.without(known),
        None if named => before.without(&Traces::unknown()),
        None => Some(before.clone()),
    }
}
