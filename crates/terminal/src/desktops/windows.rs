//! Windows: a process's window comes to the front through `AppActivate`, which says whether it did.

use super::{Desktop, Found, Owner, Window};
use crate::call::{Call, run};
use crate::way::Seen;

#[derive(Debug)]
pub(super) struct Windows;

impl Desktop for Windows {
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        Ok(Found { window: Window { id: owner.pid.to_string() }, is_doubtful: true })
    }

    fn raise(&self, window: &Window, _token: Option<&str>) -> Result<Seen, String> {
        let words = ["-NoProfile", "-NonInteractive", "-Command", &script(&window.id)];
        let said = run(&Call::new("powershell.exe").with(words)).map_err(|error| error.to_string())?;
        match said.trim() {
            "True" => Ok(Seen::Asked),
            _ => Err("Windows did not let it come to the front".into()),
        }
    }
}

/// The id is a pid, digits only.
fn script(pid: &str) -> String {
    format!("(New-Object -ComObject WScript.Shell).AppActivate({pid})")
}
