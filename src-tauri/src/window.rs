//! The window: made when it is opened, gone when it is closed, one at a time.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use peerwatch_wire::Command;
use serde::{Deserialize, Serialize};
use tauri::{
    AppHandle, Emitter as _, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};
use tokio::sync::watch;

use crate::{link::Link, place::Place};

const LABEL: &str = "main";
const SMALLEST: Size = Size { width: 720.0, height: 480.0 };
const FIRST: Size = Size { width: 1080.0, height: 720.0 };

/// In the desktop's own units, so that it fits after a move to a finer screen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Size {
    width: f64,
    height: f64,
}

/// What is known of the window, whether it is open or not.
pub(crate) struct Window {
    /// Where its size is kept.
    kept: Option<PathBuf>,
    size: Mutex<Size>,
    /// One opening at a time.
    opening: tokio::sync::Mutex<()>,
    /// A window that closes is still there for a moment, and must not be taken for an open one.
    closing: watch::Sender<bool>,
    /// The page listens; before that it reads its place from its address.
    page_listens: Mutex<bool>,
    /// Grows with each page that begins or ends.
    pages: watch::Sender<u64>,
}

impl Window {
    pub(crate) fn new(kept: Option<PathBuf>) -> Self {
        let size = kept.as_deref().and_then(read_size).unwrap_or(FIRST);
        Self {
            kept,
            size: Mutex::new(size),
            opening: tokio::sync::Mutex::default(),
            closing: watch::Sender::new(false),
            page_listens: Mutex::new(false),
            pages: watch::Sender::new(0),
        }
    }

    /// A page asks for views: from now on it is told of places. What is answered changes when the page is done for.
    pub(crate) fn begin_page(&self) -> watch::Receiver<u64> {
        *lock(&self.page_listens) = true;
        self.pages.send_modify(|pages| *pages += 1);
        self.pages.subscribe()
    }
}

/// Opens the window at a place, or brings it there and to the front. Returns at once: a window must not be made inside
/// an event handler.
pub(crate) fn open(app: &AppHandle, place: Place, activation_token: Option<String>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = open_now(&app, &place, activation_token).await {
            eprintln!("the window could not be opened: {error}");
            tracing::error!("the window could not be opened: {error}");
        }
    });
}

async fn open_now(app: &AppHandle, place: &Place, token: Option<String>) -> tauri::Result<()> {
    let known = app.state::<Window>();
    let _one_at_a_time = known.opening.lock().await;
    let mut closing = known.closing.subscribe();
    let _closed = closing.wait_for(|closing| !closing).await;
    let window = match app.get_webview_window(LABEL) {
        Some(window) => {
            go(&window, place, *lock(&known.page_listens))?;
            window
        }
        None => {
            *lock(&known.page_listens) = false;
            make(app, place, *lock(&known.size))?
        }
    };
    raise(&window, token)
}

fn make(app: &AppHandle, place: &Place, size: Size) -> tauri::Result<WebviewWindow> {
    let page = WebviewUrl::App(format!("index.html#{}", place.route()).into());
    let window = WebviewWindowBuilder::new(app, LABEL, page)
        .title("Peerwatch")
        .inner_size(size.width, size.height)
        .min_inner_size(SMALLEST.width, SMALLEST.height)
        .visible(false)
        .on_navigation(is_our_page)
        .on_new_window(|_url, _features| tauri::webview::NewWindowResponse::Deny)
        .build()?;
    let app = app.clone();
    window.on_window_event({
        let window = window.clone();
        move |event| follow(&app, &window, event)
    });
    Ok(window)
}

/// Text from elsewhere is shown in this page: no link in it may lead the window away.
fn is_our_page(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

fn go(window: &WebviewWindow, place: &Place, page_listens: bool) -> tauri::Result<()> {
    let route = place.route();
    if page_listens {
        return window.emit_to(LABEL, "route", route);
    }
    let mut url = window.url()?;
    url.set_fragment(Some(&route));
    window.navigate(url)
}

fn raise(window: &WebviewWindow, token: Option<String>) -> tauri::Result<()> {
    window.unminimize()?;
    #[cfg(target_os = "linux")]
    if let Some(token) = token {
        let raised = window.clone();
        window.run_on_main_thread(move || use_token(&raised, &token))?;
    }
    #[cfg(not(target_os = "linux"))]
    drop(token);
    window.show()?;
    window.set_focus()
}

/// Desktops let a window take the focus that can show from which click it comes.
#[cfg(target_os = "linux")]
fn use_token(window: &WebviewWindow, token: &str) {
    use gtk::prelude::GtkWindowExt as _;
    match window.gtk_window() {
        Ok(window) => window.set_startup_id(token),
        Err(error) => tracing::debug!("the activation token could not be used: {error}"),
    }
}

fn follow(app: &AppHandle, window: &WebviewWindow, event: &WindowEvent) {
    let known = app.state::<Window>();
    match event {
        WindowEvent::Resized(physical) => {
            let changed = !window.is_maximized().unwrap_or(false) && !window.is_minimized().unwrap_or(false);
            if changed && let Ok(scale) = window.scale_factor() {
                let logical = physical.to_logical::<f64>(scale);
                *lock(&known.size) = Size { width: logical.width, height: logical.height };
            }
        }
        WindowEvent::CloseRequested { .. } => {
            known.closing.send_replace(true);
        }
        WindowEvent::Destroyed => {
            nobody_looks(app);
            known.pages.send_modify(|pages| *pages += 1);
            known.closing.send_replace(false);
            let size = *lock(&known.size);
            if let Some(Err(error)) = known.kept.as_deref().map(|path| write_size(path, size)) {
                tracing::warn!("the window's size could not be kept: {error}");
            }
        }
        _ => {}
    }
}

/// The page had no time to say so itself, and what a person looks at isn't notified.
fn nobody_looks(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let reply =
            app.state::<Link>().command(Command::LookingAt { worker: None, conversation: None }).await;
        tracing::debug!("the window has closed: {reply:?}");
    });
}

fn read_size(path: &Path) -> Option<Size> {
    let size: Size = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let sane = |length: f64, least: f64| length.is_finite() && (least..20_000.0).contains(&length);
    (sane(size.width, SMALLEST.width) && sane(size.height, SMALLEST.height)).then_some(size)
}

fn write_size(path: &Path, size: Size) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, serde_json::to_vec(&size)?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_kept_and_a_mad_one_is_not_believed() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("new/window.json");
        assert_eq!(read_size(&path), None);
        let size = Size { width: 900.0, height: 600.0 };
        write_size(&path, size).unwrap();
        assert_eq!(read_size(&path), Some(size));
        for mad in ["{}", "no", r#"{"width":1.0,"height":600.0}"#, r#"{"width":1e300,"height":600.0}"#] {
            fs::write(&path, mad).unwrap();
            assert_eq!(read_size(&path), None, "{mad}");
        }
    }

    #[test]
    fn only_our_own_page_is_shown() {
        let ours = |url: &str| is_our_page(&Url::parse(url).unwrap());
        assert!(ours("tauri://localhost/index.html#/worker/1"));
        assert!(ours("http://tauri.localhost/index.html"));
        assert!(!ours("https://example.org/"));
        assert!(!ours("file:///etc/passwd"));
        assert!(!ours("http://tauri.localhost.example.org/"));
    }
}
