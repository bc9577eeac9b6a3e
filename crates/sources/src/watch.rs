//! Tells sources where to look again, at once, and costs nothing while nothing happens.
//!
//! It promises nothing: events may be lost, doubled or late, folders may come, go and be replaced. Whatever it cannot
//! watch is named as a trouble, and the slow poll goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::thread;

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use peerwatch_core::SourceId;

use crate::printable::printable;
use crate::{Bell, Hint, Trouble, Watch};

mod routes;

use routes::{Place, Route, Routes};

/// Watches folders for all sources, with one watch of the operating system on each.
pub struct Lookout {
    shared: Arc<Shared>,
}

struct Shared {
    routes: Arc<RwLock<Routes>>,
    errands: Sender<Errand>,
    footing: Mutex<Footing>,
}

/// What is watched at present. Never locked by the watcher's own thread, which must answer while this waits for it.
#[derive(Default)]
struct Footing {
    watcher: Option<RecommendedWatcher>,
    roots: BTreeMap<PathBuf, Root>,
    unable: Option<Trouble>,
}

struct Root {
    deep: bool,
    folder: Option<(u64, u64)>,
    trouble: Option<Trouble>,
}

/// What the watcher's own thread cannot do itself.
enum Errand {
    /// A folder that somebody stands on came, went or moved.
    Settle,
    /// A folder appeared within a deep watch: hints of what happens in it are only complete from now on.
    Enter(PathBuf),
    /// The system allows no more watches.
    Full(Trouble),
}

impl Default for Lookout {
    fn default() -> Self {
        Self::new()
    }
}

impl Lookout {
    /// A lookout without wishes.
    #[must_use]
    pub fn new() -> Self {
        let (errands, waiting) = channel();
        let shared = Arc::new(Shared { routes: Arc::default(), errands, footing: Mutex::default() });
        let weak = Arc::downgrade(&shared);
        if let Err(error) = thread::Builder::new().name("lookout".into()).spawn(move || run(&weak, &waiting))
        {
            tracing::warn!(%error, "folders that come later are not watched");
        }
        Self { shared }
    }

    /// Watches for a source from now on what it wishes now, and returns what cannot be watched. Cheap when nothing has
    /// changed, and to be called after each look: it also finds folders that were replaced unseen.
    pub fn watch(&self, source: &SourceId, wishes: &[Watch], paths: &[PathBuf], bell: &Bell) -> Vec<Trouble> {
        let mut footing = self.shared.footing();
        let places: Vec<Place> = wishes.iter().filter_map(Place::find).collect();
        let known = {
            let routes = self.shared.routes.read().unwrap_or_else(PoisonError::into_inner);
            routes.0.get(source).is_some_and(|route| route.places == places && route.paths == paths)
        };
        let before = self.shared.routes.read().unwrap_or_else(PoisonError::into_inner).0.contains_key(source);
        if !known {
            let route = Route { bell: bell.clone(), places: places.clone(), paths: paths.to_vec() };
            self.shared.write().0.insert(source.clone(), route);
        }
        let begun = self.shared.settle(&mut footing);
        if before && places.iter().any(|place| begun.contains(&place.real)) {
            // What happened there before it was watched has rung for nobody.
            bell.ring(Hint::Everything);
        }
        let mine = |root: &PathBuf| places.iter().any(|place| place.real.starts_with(root));
        let roots = footing.roots.iter().filter(|(path, _)| mine(path));
        footing.unable.iter().chain(roots.filter_map(|(_, root)| root.trouble.as_ref())).cloned().collect()
    }

    /// Watches nothing for a source any more.
    pub fn forget(&self, source: &SourceId) {
        let mut footing = self.shared.footing();
        self.shared.write().0.remove(source);
        self.shared.settle(&mut footing);
    }
}

impl Shared {
    fn footing(&self) -> MutexGuard<'_, Footing> {
        self.footing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Routes> {
        self.routes.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the operating system's watches what the wishes need, and returns the folders that were not watched before.
    fn settle(&self, footing: &mut Footing) -> Vec<PathBuf> {
        let wanted = self.wanted();
        let stale = |path: &PathBuf, root: &Root| {
            wanted.get(path) != Some(&root.deep) || root.folder != identity(path)
        };
        let gone: Vec<PathBuf> = footing
            .roots
            .iter()
            .filter(|(path, root)| stale(path, root))
            .map(|(path, _)| path.clone())
            .collect();
        for path in gone {
            footing.roots.remove(&path);
            if let Some(watcher) = &mut footing.watcher {
                // It may have gone by itself.
                let _ = watcher.unwatch(&path);
            }
        }
        if footing.watcher.is_none() && !wanted.is_empty() {
            self.begin(footing);
        }
        let mut begun = Vec::new();
        for (path, deep) in wanted {
            if !footing.roots.contains_key(&path) && add(footing, &path, deep) {
                begun.push(path);
            }
        }
        begun
    }

    /// The folders to watch, without those that a deep watch covers.
    fn wanted(&self) -> BTreeMap<PathBuf, bool> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let mut wanted: BTreeMap<PathBuf, bool> = BTreeMap::new();
        for place in routes.0.values().flat_map(|route| &route.places) {
            *wanted.entry(place.real.clone()).or_default() |= place.is_deep();
        }
        let deep: Vec<PathBuf> =
            wanted.iter().filter(|(_, deep)| **deep).map(|(path, _)| path.clone()).collect();
        wanted.retain(|path, _| !deep.iter().any(|above| path != above && path.starts_with(above)));
        wanted
    }

    fn begin(&self, footing: &mut Footing) {
        let (routes, errands) = (self.routes.clone(), self.errands.clone());
        let hear = move |event| heard(&routes, &errands, event);
        let config = Config::default().with_follow_symlinks(false);
        match RecommendedWatcher::new(hear, config) {
            Ok(watcher) => {
                footing.watcher = Some(watcher);
                footing.unable = None;
            }
            Err(error) => footing.unable = Some(unable(Path::new("file watcher"), &error)),
        }
    }

    /// Folders came or went: everybody finds their places anew.
    fn find_anew(&self) {
        let mut footing = self.footing();
        let mut moved = false;
        for route in self.write().0.values_mut() {
            let places: Vec<Place> =
                route.places.iter().filter_map(|place| Place::find(&place.wish)).collect();
            if places != route.places {
                route.places = places;
                route.bell.ring(Hint::Everything);
                moved = true;
            }
        }
        let begun = self.settle(&mut footing);
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = |route: &&Route| route.places.iter().any(|place| begun.contains(&place.real));
        // Only now is nothing missed that happens there.
        routes.0.values().filter(fresh).for_each(|route| route.bell.ring(Hint::Everything));
        if !begun.is_empty() || moved {
            // The next step may have come before this one was watched.
            let _ = self.errands.send(Errand::Settle);
        }
    }

    fn enter(&self, folder: &Path) {
        if folder.is_dir() {
            let mut footing = self.footing();
            // The watcher has seen to this folder already, or does so before it answers.
            if let Some(Ok(())) =
                footing.watcher.as_mut().map(|watcher| watcher.watch(folder, RecursiveMode::Recursive))
            {
                footing.unable = None;
            }
            drop(footing);
            self.routes.read().unwrap_or_else(PoisonError::into_inner).tell(&[folder.to_owned()]);
        }
    }
}

fn run(shared: &Weak<Shared>, errands: &Receiver<Errand>) {
    while let Ok(errand) = errands.recv() {
        let Some(shared) = shared.upgrade() else { return };
        match errand {
            Errand::Settle => shared.find_anew(),
            Errand::Enter(folder) => shared.enter(&folder),
            Errand::Full(trouble) => shared.footing().unable = Some(trouble),
        }
    }
}

fn add(footing: &mut Footing, path: &Path, deep: bool) -> bool {
    let Some(watcher) = &mut footing.watcher else { return false };
    let folder = identity(path);
    let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
    let trouble = match watcher.watch(path, mode) {
        Ok(()) => None,
        Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => return false,
        Err(error) => Some(unable(path, &error)),
    };
    footing.roots.insert(path.to_owned(), Root { deep, folder, trouble });
    true
}

/// An event of the operating system, on the watcher's own thread.
fn heard(routes: &RwLock<Routes>, errands: &Sender<Errand>, event: notify::Result<Event>) {
    let routes = routes.read().unwrap_or_else(PoisonError::into_inner);
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            if let (ErrorKind::MaxFilesWatch, Some(path)) = (&error.kind, error.paths.first()) {
                let _ = errands.send(Errand::Full(unable(path, &error)));
            }
            routes.tell_all();
            return;
        }
    };
    if event.need_rescan() {
        routes.tell_all();
        let _ = errands.send(Errand::Settle);
    }
    if is_reading(&event.kind) {
        return;
    }
    routes.tell(&event.paths);
    let shape = matches!(
        event.kind,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) | EventKind::Any
    );
    if shape && event.paths.iter().any(|path| routes.is_footing(path)) {
        let _ = errands.send(Errand::Settle);
    }
    let folder = matches!(
        event.kind,
        EventKind::Create(CreateKind::Folder) | EventKind::Modify(ModifyKind::Name(RenameMode::To))
    );
    if folder && cfg!(target_os = "linux") {
        for path in event.paths.iter().filter(|path| routes.is_deep(path)) {
            let _ = errands.send(Errand::Enter(path.clone()));
        }
    }
}

/// Whether an event only says that somebody reads: sources do that themselves, and must not wake themselves.
fn is_reading(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if *access != AccessKind::Close(AccessMode::Write))
}

fn unable(path: &Path, error: &notify::Error) -> Trouble {
    let limit = match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        ErrorKind::Io(error) => error.raw_os_error() == Some(24),
        _ => false,
    };
    let subject = printable(&path.to_string_lossy(), 200);
    if limit {
        return Trouble {
            subject,
            what: "The system allows no more file watches; changes are seen seconds late.".into(),
            remedy: Some(
                "Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl.".into(),
            ),
        };
    }
    let what = format!("It cannot be watched, so changes are seen seconds late: {error}.");
    Trouble { subject, what: printable(&what, 300), remedy: None }
}

/// Which folder stands at a path, where the system tells.
fn identity(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path).ok()?;
        Some((found.dev(), found.ino()))
    }
    #[cfg(not(unix))]
    {
        path.exists().then_some((0, 0))
    }
}
