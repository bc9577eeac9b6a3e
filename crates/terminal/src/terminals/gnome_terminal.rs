//! GNOME Terminal: the tab by its id, the way in which GNOME Shell's search opens it (`ActivateResult`), which also
//! brings its window to the front.
//!
//! `GNOME_TERMINAL_SCREEN` ends with the tab's id: `/org/gnome/Terminal/screen/6dc3…_a4f1`, whose `_` are `-` in the id.

use super::konsole::bus_of;
use super::{At, Kind, Look, Part};
use crate::machine::Machine;
use crate::table::{Line, Reach, Tried};
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "GNOME Terminal",
        reach: Reach::ExactPane,
        by: "`ActivateResult` of its search over D-Bus, where `shell-integration-enabled` is set in its settings; else the window alone",
        tried: Tried::Tested,
    },
    is: |one| one.begins("gnome-terminal"),
    look,
};

fn look(at: &At) -> Look {
    let Some(id) = at.variable("GNOME_TERMINAL_SCREEN").as_deref().and_then(tab_id) else {
        let why = "GNOME Terminal does not tell which tab it is".to_owned();
        return Look::hosted("GNOME Terminal", at, Part::Unknown(why));
    };
    let step = Choice { bus: bus_of(at), id };
    if let Err(why) = step.is_known() {
        return Look::hosted("GNOME Terminal", at, Part::Unknown(why));
    }
    Look::hosted("GNOME Terminal", at, Part::Raised(Box::new(step)))
}

fn tab_id(path: &str) -> Option<String> {
    let last = path.rsplit('/').next()?;
    let is_id = |c: char| c.is_ascii_hexdigit() || c == '_';
    (last.len() == 36 && last.chars().all(is_id)).then(|| last.replace('_', "-"))
}

#[derive(Debug)]
struct Choice {
    bus: Option<String>,
    id: String,
}

#[cfg(target_os = "linux")]
impl Choice {
    /// The search answers for this tab: it is there, and the terminal was built with a search.
    fn is_known(&self) -> Result<(), String> {
        type Metas = Vec<std::collections::HashMap<String, zbus::OwnedVariant>>;
        let metas: Metas = self.call("GetResultMetas", &(vec![&self.id],))?;
        if metas.is_empty() { Err("GNOME Terminal does not know its tab".into()) } else { Ok(()) }
    }

    fn choose(&self) -> Result<Seen, String> {
        let no_words: Vec<&str> = Vec::new();
        let () = self.call("ActivateResult", &(&self.id, no_words, 0u32))?;
        Ok(Seen::Asked)
    }

    fn call<B, R>(&self, method: &str, body: &B) -> Result<R, String>
    where
        B: serde::Serialize + zbus::DynamicType,
        R: for<'a> zbus::wire::DynamicDeserialize<'a>,
    {
        let (name, path) = ("org.gnome.Terminal", "/org/gnome/Terminal/SearchProvider");
        let interface = "org.gnome.Shell.SearchProvider2";
        crate::bus::call(self.bus.as_deref(), name, path, interface, method, body)
    }
}

#[cfg(not(target_os = "linux"))]
impl Choice {
    fn is_known(&self) -> Result<(), String> {
        let _ = (&self.bus, &self.id);
        Err("there is no D-Bus here".into())
    }

    fn choose(&self) -> Result<Seen, String> {
        self.is_known().map(|()| Seen::Asked)
    }
}

impl Step for Choice {
    fn what(&self) -> String {
        "its tab of GNOME Terminal".into()
    }

    fn take(&self, _machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        self.choose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_is_named_by_the_end_of_its_path() {
        let path = "/org/gnome/Terminal/screen/6dc3a1f0_0b1c_4f6e_9f0a_2b7d5c1e8a4f";
        assert_eq!(tab_id(path).as_deref(), Some("6dc3a1f0-0b1c-4f6e-9f0a-2b7d5c1e8a4f"));
        assert_eq!(tab_id("/org/gnome/Terminal/screen/x"), None);
    }
}
