//! The window: do its types fit, and do its tests pass in a real browser?

use anyhow::Result;

use super::one_case;
use super::tally::{Tally, VitestListener};
use crate::project::Project;
use crate::{check, process};

pub(crate) fn check(project: &Project, tally: &mut Tally) -> Result<()> {
    one_case(tally, "the window's types", &mut check::window_types(project))?;
    let mut listener = VitestListener::default();
    let mut tests = project.npm(&["test", "--workspace", "ui"]);
    let status = process::watch(tests.env("NO_COLOR", "1"), |line| listener.line(line))?;
    tally.add(&listener.finish(status.success(), &process::ending(status)));
    Ok(())
}
