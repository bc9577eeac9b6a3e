//! Who wants to hear of which paths.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use peerwatch_core::SourceId;

use crate::{Bell, Hint, Watch};

/// The wishes of all sources.
#[derive(Default)]
pub(super) struct Routes(pub(super) BTreeMap<SourceId, Route>);

/// The wishes of one source.
pub(super) struct Route {
    pub(super) bell: Bell,
    pub(super) places: Vec<Place>,
    /// Only these, when there are any.
    pub(super) paths: Vec<PathBuf>,
}

/// Where one wish of a source leads at present.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) wish: Watch,
    /// The folder that is watched: the wished one, without links, or the nearest that exists above it.
    pub(super) real: PathBuf,
    /// The next step down to the wished folder, while that does not exist.
    pub(super) awaited: Option<PathBuf>,
}

impl Place {
    /// Finds where a wish leads.
    pub(super) fn find(wish: &Watch) -> Option<Place> {
        let mut folder = wish.folder.as_path();
        let mut below = None;
        loop {
            if let Some(real) = folder.canonicalize().ok().filter(|real| real.is_dir()) {
                let awaited = below.map(|name| real.join(name));
                return Some(Place { wish: wish.clone(), real, awaited });
            }
            below = folder.file_name();
            folder = match folder.parent() {
                Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
                Some(parent) => parent,
                None => return None,
            };
        }
    }

    /// Whether subfolders of the watched folder matter.
    pub(super) fn is_deep(&self) -> bool {
        self.wish.deep && self.awaited.is_none()
    }

    /// The path in the source's own terms, when it concerns this wish.
    fn translate(&self, path: &Path) -> Option<PathBuf> {
        match &self.awaited {
            Some(awaited) => (path == awaited).then(|| self.wish.folder.clone()),
            None => {
                let rest = path.strip_prefix(&self.real).ok()?;
                let near = self.wish.deep || rest.components().nth(1).is_none();
                near.then(|| {
                    if rest.as_os_str().is_empty() {
                        self.wish.folder.clone()
                    } else {
                        self.wish.folder.join(rest)
                    }
                })
            }
        }
    }
}

impl Route {
    /// What of `paths` this source wants to hear, in its own terms.
    fn concerned(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let mut told = Vec::new();
        for path in paths {
            for place in &self.places {
                let Some(own) = place.translate(path) else { continue };
                let wanted = self.paths.is_empty()
                    || place.awaited.is_some()
                    || own == place.wish.folder
                    || self.paths.iter().any(|only| *only == own || only == path);
                if wanted && !told.contains(&own) {
                    told.push(own);
                }
            }
        }
        told
    }
}

impl Routes {
    /// Rings for everybody whom these paths concern.
    pub(super) fn tell(&self, paths: &[PathBuf]) {
        for route in self.0.values() {
            let told = route.concerned(paths);
            if !told.is_empty() {
                route.bell.ring(Hint::Paths(told));
            }
        }
    }

    /// Rings for everybody.
    pub(super) fn tell_all(&self) {
        self.0.values().for_each(|route| route.bell.ring(Hint::Everything));
    }

    /// Whether a path is one that a wish stands on, or waits for.
    pub(super) fn is_footing(&self, path: &Path) -> bool {
        let mut places = self.0.values().flat_map(|route| &route.places);
        places.any(|place| place.real == path || place.awaited.as_deref() == Some(path))
    }

    /// Whether a path lies within a folder that is watched with its subfolders.
    pub(super) fn is_deep(&self, path: &Path) -> bool {
        let mut places = self.0.values().flat_map(|route| &route.places);
        places.any(|place| place.is_deep() && path.starts_with(&place.real))
    }
}
