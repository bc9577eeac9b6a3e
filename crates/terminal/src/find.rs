//! From a process outwards: its terminal, what shows that, and so on to the window; then the same way back in order.

use std::time::Instant;

use crate::desktops::{Desktop, Owner, Window};
use crate::machine::Machine;
use crate::terminals::{self, Hosted, Look, Part};
use crate::trail::{Ancestor, Trail};
use crate::way::{Capability, Done, FocusError, Seen, Step, Way};

/// A multiplexer within a multiplexer within …: nobody goes further.
pub(crate) const DEEPEST: usize = 6;

/// The way from a process to its terminal, as it is now, and what a jump along it would do. Changes nothing.
#[must_use]
pub fn find(pid: u32, machine: &dyn Machine) -> Way {
    let leg = seek(pid, machine, 0);
    let panes: Vec<String> = leg.panes.iter().map(|step| step.what()).collect();
    let panes = panes.join(", in ");
    let (capability, sentence) = match &leg.end {
        End::Exact(window) if panes.is_empty() => (Capability::ExactPane, format!("jumps to {window}")),
        End::Exact(window) => (Capability::ExactPane, format!("jumps to {panes}, in {window}")),
        End::Tab(tab) if panes.is_empty() => (Capability::ExactPane, format!("jumps to {tab}")),
        End::Tab(tab) => (Capability::ExactPane, format!("jumps to {panes}, in {tab}")),
        End::Window { window, why } if panes.is_empty() => {
            (Capability::WindowOnly, format!("raises {window}, and no more: {why}"))
        }
        End::Window { window, why } => {
            (Capability::WindowOnly, format!("jumps to {panes} and raises {window}, and no more: {why}"))
        }
        End::Nothing(why) if panes.is_empty() => {
            (Capability::NotPossible(why.clone()), format!("can't jump: {why}"))
        }
        End::Nothing(why) => (
            Capability::PaneOnly(why.clone()),
            format!("chooses {panes}, but can't raise the window that shows it: {why}"),
        ),
    };
    Way { capability, sentence, steps: leg.panes.into_iter().chain(leg.window).collect() }
}

/// Goes a way: chooses each pane, then raises the window. What fails is said at the end, and keeps nothing else back.
///
/// # Errors
/// When there is no way, or a step of it fails.
pub fn focus(way: &Way, machine: &dyn Machine, activation_token: Option<&str>) -> Result<Done, FocusError> {
    if let Capability::NotPossible(why) = &way.capability {
        return Err(FocusError::NotPossible(why.clone()));
    }
    let begun = Instant::now();
    let mut seen = Seen::InFront;
    let mut failed = None;
    for step in &way.steps {
        match step.take(machine, activation_token) {
            Ok(Seen::InFront) => {}
            Ok(Seen::Asked) => seen = Seen::Asked,
            Err(why) => failed = failed.or(Some(FocusError::Failed { what: step.what(), why })),
        }
    }
    if let Capability::PaneOnly(why) = &way.capability {
        let what = "the window that shows it".to_owned();
        failed = failed.or(Some(FocusError::Failed { what, why: why.clone() }));
    }
    let what: Vec<String> = way.steps.iter().map(|step| step.what()).collect();
    match failed {
        Some(error) => Err(error),
        None => Ok(Done { seen, what: what.join(", in "), took: begun.elapsed() }),
    }
}

/// Whether a person has the end of this way before their eyes: every pane chosen, and the window with the focus.
/// `None` where a part of it can't be known.
#[must_use]
pub fn is_in_front(way: &Way, machine: &dyn Machine) -> Option<bool> {
    if way.capability != Capability::ExactPane {
        return None;
    }
    let mut all = Some(true);
    for step in &way.steps {
        match step.is_in_front(machine) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// A way in the making.
struct Leg {
    /// Panes of multiplexers, the innermost first.
    panes: Vec<Box<dyn Step>>,
    /// What is to be done with tab and window.
    window: Vec<Box<dyn Step>>,
    end: End,
}

/// How a way ends.
enum End {
    /// In a window that is one terminal.
    Exact(String),
    /// In a tab of a window.
    Tab(String),
    /// In a window of which a part is meant.
    Window { window: String, why: String },
    /// Before a window: why.
    Nothing(String),
}

impl Leg {
    fn ends(why: impl Into<String>) -> Self {
        Self { panes: Vec::new(), window: Vec::new(), end: End::Nothing(why.into()) }
    }
}

fn seek(pid: u32, machine: &dyn Machine, depth: usize) -> Leg {
    let trail = Trail::of(pid, machine);
    match terminals::look(&trail, machine).map(|(_, look)| look) {
        Some(Look::Nothing(why)) => Leg::ends(why),
        Some(Look::Window(hosted)) => in_window(hosted, machine),
        Some(Look::Panes(_)) if depth >= DEEPEST => {
            Leg::ends("its multiplexers are within each other without end")
        }
        Some(Look::Panes(all)) => {
            let mut best: Option<Leg> = None;
            for shown in all {
                let mut leg = seek(shown.client, machine, depth + 1);
                leg.panes.insert(0, shown.step);
                let arrives = !matches!(leg.end, End::Nothing(_));
                if arrives || best.is_none() {
                    best = Some(leg);
                }
                if arrives {
                    break;
                }
            }
            best.unwrap_or_else(|| Leg::ends("no terminal shows it"))
        }
        None => elsewhere(&trail, machine),
    }
}

fn in_window(hosted: Hosted, machine: &dyn Machine) -> Leg {
    let owner = Owner { pid: hosted.owner, window_id: hosted.window_id, titles: hosted.titles.clone() };
    let mut found = window_of(&owner, machine);
    let is_single = has_one_terminal(hosted.owner, machine);
    if let Ok(found) = &mut found {
        found.is_doubtful &= !is_single;
    }
    let name = format!("the {} window", hosted.name);
    // What brings its own window to the front needs no help; another window must not come before it.
    let needs_help = |found: &Placed| !found.is_doubtful && cfg!(target_os = "linux");
    let is_left_alone = matches!(hosted.part, Part::Raised(_)) && !found.as_ref().is_ok_and(needs_help);
    let (end, chosen) = match (hosted.part, &found) {
        // Where no program may raise a window, it cannot raise its own either (GNOME on Wayland).
        (Part::Raised(step), Err(why)) if cfg!(target_os = "linux") => {
            return Leg { panes: vec![step], window: Vec::new(), end: End::Nothing(why.clone()) };
        }
        (Part::Raised(step), _) => (End::Tab(step.what()), Some(step)),
        (_, Err(why)) => return Leg::ends(why.clone()),
        (part, Ok(found)) if found.is_doubtful => {
            let step = if let Part::Chosen(step) = part { Some(step) } else { None };
            let why = "nothing tells its windows apart".to_owned();
            (End::Window { window: format!("a window of {}", hosted.name), why }, step)
        }
        (Part::Whole, _) => (End::Exact(name.clone()), None),
        (Part::Chosen(step), _) => (End::Tab(step.what()), Some(step)),
        // It has one tab: that is all that can be meant.
        (Part::Unknown(_), _) if is_single => (End::Exact(name.clone()), None),
        (Part::Unknown(why), _) => (End::Window { window: name.clone(), why }, None),
    };
    let raised = found
        .ok()
        .filter(|_| !is_left_alone)
        .map(|found| Box::new(Raise { name, desktop: found.desktop, window: found.window }));
    let raised = raised.map(|step| -> Box<dyn Step> { step });
    Leg { panes: Vec::new(), window: chosen.into_iter().chain(raised).collect(), end }
}

/// Whether all that a terminal started is on one device.
fn has_one_terminal(owner: u32, machine: &dyn Machine) -> bool {
    let mut devices: Vec<String> =
        machine.children(owner).into_iter().filter_map(|child| machine.terminal(child)).collect();
    devices.sort();
    devices.dedup();
    devices.len() == 1
}

/// A terminal that nobody taught us: it may be in the window of one of those that led to the process.
fn elsewhere(trail: &Trail, machine: &dyn Machine) -> Leg {
    if trail.ancestors.is_empty() {
        return Leg::ends("its process has ended");
    }
    for one in trail.ancestors.iter().skip(1) {
        let owner = Owner { pid: one.pid, window_id: None, titles: Vec::new() };
        if let Ok(found) = window_of(&owner, machine) {
            return in_window_of(one, found);
        }
    }
    Leg::ends(match trail.tty {
        Some(_) => "nothing tells what shows its terminal",
        None => "it has no terminal",
    })
}

fn in_window_of(one: &Ancestor, found: Placed) -> Leg {
    let name = format!("the {} window", one.called());
    let why = format!("nothing is known of {}", one.called());
    let raise = Raise { name: name.clone(), desktop: found.desktop, window: found.window };
    Leg { panes: Vec::new(), window: vec![Box::new(raise)], end: End::Window { window: name, why } }
}

/// A window, and the desktop it is on.
struct Placed {
    desktop: Box<dyn Desktop>,
    window: Window,
    is_doubtful: bool,
}

fn window_of(owner: &Owner, machine: &dyn Machine) -> Result<Placed, String> {
    let mut why = "it is on no desktop that is known here".to_owned();
    for desktop in machine.desktops(&machine.environment(owner.pid)) {
        match desktop.find(owner) {
            Ok(found) => return Ok(Placed { desktop, window: found.window, is_doubtful: found.is_doubtful }),
            Err(reason) => why = reason,
        }
    }
    Err(why)
}

/// A window, raised.
#[derive(Debug)]
struct Raise {
    name: String,
    desktop: Box<dyn Desktop>,
    window: Window,
}

impl Step for Raise {
    fn what(&self) -> String {
        self.name.clone()
    }

    fn take(&self, _machine: &dyn Machine, token: Option<&str>) -> Result<Seen, String> {
        self.desktop.raise(&self.window, token)
    }

    fn is_in_front(&self, _machine: &dyn Machine) -> Option<bool> {
        self.desktop.is_in_front(&self.window)
    }
}

#[cfg(test)]
mod tests;
