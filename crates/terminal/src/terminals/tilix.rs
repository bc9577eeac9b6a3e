//! Tilix: the pane by its id, through the action that its own notifications use, which brings its window to the front
//! as well.
//!
//! `TILIX_ID` is the pane's id. A Tilix that is asked over D-Bus (`org.gtk.Actions`, at its application's path) knows the
//! action `activate-terminal`.

use super::konsole::bus_of;
use super::{At, Kind, Look, Part};
use crate::machine::Machine;
use crate::table::{Line, Reach, Tried};
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "Tilix",
        reach: Reach::ExactPane,
        by: "its action `activate-terminal` over D-Bus",
        tried: Tried::Tested,
    },
    is: |one| one.is(&["tilix"]),
    look,
};

fn look(at: &At) -> Look {
    let unknown = |why: String| Look::hosted("Tilix", at, Part::Unknown(why));
    let Some(id) = at.variable("TILIX_ID") else {
        return unknown("Tilix does not tell which pane it is".to_owned());
    };
    let step = Choice { bus: bus_of(at), id };
    match step.is_possible() {
        Ok(()) => Look::hosted("Tilix", at, Part::Raised(Box::new(step))),
        Err(why) => unknown(why),
    }
}

#[derive(Debug)]
struct Choice {
    bus: Option<String>,
    id: String,
}

#[cfg(target_os = "linux")]
const ACTION: &str = "activate-terminal";

#[cfg(target_os = "linux")]
impl Choice {
    fn is_possible(&self) -> Result<(), String> {
        let actions: Vec<String> = self.call("List", &())?;
        let knows = actions.iter().any(|action| action == ACTION);
        knows.then_some(()).ok_or_else(|| "this Tilix lets nobody outside choose a pane".into())
    }

    fn choose(&self, token: Option<&str>) -> Result<Seen, String> {
        use std::collections::HashMap;
        use zbus::Variant;
        // GTK 3 knows the token of Wayland by the name of X11's.
        let told = token.map(|token| ("desktop-startup-id", Variant::new(token)));
        let told: HashMap<&str, Variant> = told.into_iter().collect();
        let () = self.call("Activate", &(ACTION, vec![Variant::new(self.id.as_str())], told))?;
        Ok(Seen::Asked)
    }

    fn call<B, R>(&self, method: &str, body: &B) -> Result<R, String>
    where
        B: serde::Serialize + zbus::DynamicType,
        R: for<'a> zbus::wire::DynamicDeserialize<'a>,
    {
        let (name, path) = ("com.gexperts.Tilix", "/com/gexperts/Tilix");
        crate::bus::call(self.bus.as_deref(), name, path, "org.gtk.Actions", method, body)
    }
}

#[cfg(not(target_os = "linux"))]
impl Choice {
    fn is_possible(&self) -> Result<(), String> {
        let _ = (&self.bus, &self.id);
        Err("there is no D-Bus here".into())
    }

    fn choose(&self, _token: Option<&str>) -> Result<Seen, String> {
        self.is_possible().map(|()| Seen::Asked)
    }
}

impl Step for Choice {
    fn what(&self) -> String {
        "its pane of Tilix".into()
    }

    fn take(&self, _machine: &dyn Machine, token: Option<&str>) -> Result<Seen, String> {
        self.choose(token)
    }
}
