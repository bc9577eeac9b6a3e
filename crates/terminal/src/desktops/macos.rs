//! macOS: a program comes to the front through System Events.

use super::{Desktop, Found, Owner, Window};
use crate::call::{Call, run};
use crate::way::Seen;

#[derive(Debug)]
pub(super) struct MacOs;

impl Desktop for MacOs {
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        Ok(Found { window: Window { id: owner.pid.to_string() }, is_doubtful: true })
    }

    fn raise(&self, window: &Window, _token: Option<&str>) -> Result<Seen, String> {
        let call = Call::new("/usr/bin/osascript").with(["-e", &script(&window.id)]);
        run(&call).map(|_| Seen::Asked).map_err(|error| error.to_string())
    }
}

/// The id is a pid, digits only.
fn script(pid: &str) -> String {
    format!(
        r#"tell application "System Events" to set frontmost of (first process whose unix id is {pid}) to true"#
    )
}
