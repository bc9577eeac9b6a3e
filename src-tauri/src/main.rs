//! Peerwatch on the desktop: a tray icon with its menu, and a window that exists only while it is open.
//!
//! A thin shell: the engine watches, judges and notifies; here it is shown, and clicks become its commands.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod args;
mod autostart;
#[cfg(target_os = "linux")]
mod dark;
mod demo;
mod ending;
mod link;
mod page;
mod place;
mod shell;
mod tray;
mod window;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use peerwatch_engine::{Folders, Options};
use tauri::{App, AppHandle, RunEvent, async_runtime::spawn};

use crate::{args::Args, link::Link, window::Window};

fn main() -> ExitCode {
    // A demonstration plays its sessions and their tools with this program.
    if let Some(code) = peerwatch_demo::worker::take_over() {
        return code;
    }
    match run(&Args::parse()) {
        Ok(code) => u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("peerwatch-desktop: {error:#}");
            ExitCode::from(3)
        }
    }
}

fn run(args: &Args) -> anyhow::Result<i32> {
    has_display()?;
    let (play, options) = match args.demo {
        true => demo::begin(args.speed).map(|(play, options)| (Some(play), options))?,
        false => (None, options(args)),
    };
    let folders = options.folders.clone().or_else(Folders::of_the_user);
    if let Some(folders) = &folders {
        peerwatch_engine::write_logs(folders);
    }
    let window = Window::new(folders.map(|folders| folders.store.with_file_name("window.json")));
    let app = build(args, options, window).context("the desktop application could not be started")?;
    let code = app.run_return(on_run_event);
    drop(play);
    Ok(code)
}

fn options(args: &Args) -> Options {
    Options {
        config: args.config.clone(),
        claude_config: args.claude_config.clone(),
        databases: args.db.clone(),
        ..Options::default()
    }
}

fn build(args: &Args, options: Options, window: Window) -> tauri::Result<App> {
    let mut context = tauri::generate_context!();
    if args.demo {
        // An application of its own: it must neither open the real one's window nor start at login in its place.
        context.config_mut().identifier.push_str(".Demo");
    }
    let (link, opens) = Link::new(options);
    let first = args.opens_at();
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(on_second_start))
        .plugin(autostart::plugin())
        .manage(link)
        .manage(window)
        .manage(tray::Standing::default())
        .invoke_handler(tauri::generate_handler![page::view, page::subscribe, page::command])
        .setup(move |app| {
            #[cfg(target_os = "macos")]
            app.set_activation_policy(tauri::ActivationPolicy::Accessory);
            let app = app.handle();
            spawn(ending::keep_link(app.clone()));
            spawn(ending::watch_signals(app.clone()));
            #[cfg(target_os = "linux")]
            spawn(dark::follow(app.clone()));
            spawn(shell::keep_tray(app.clone()));
            spawn(shell::follow_opens(app.clone(), opens));
            spawn(shell::reconcile_login(app.clone()));
            if let Some(place) = first {
                window::open(app, place, None);
            }
            Ok(())
        })
        .build(context)
}

fn on_second_start(app: &AppHandle, argv: Vec<String>, _folder: String) {
    if let Some(place) = Args::of_second_start(&argv).opens_at() {
        window::open(app, place, None);
    }
}

fn on_run_event(app: &AppHandle, event: RunEvent) {
    match event {
        // The last window was closed: the tray stays. A code means that we end by our own will.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::open(app, place::Place::Roster, None),
        _ => {
            let _ = app;
        }
    }
}

/// Without a screen there is nothing to draw on, and the toolkit's own words for it help nobody.
#[cfg(target_os = "linux")]
fn has_display() -> anyhow::Result<()> {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    anyhow::ensure!(
        named("DISPLAY") || named("WAYLAND_DISPLAY"),
        "there is no display here; run `peerwatch run` to watch without one"
    );
    gtk::init().context("the display cannot be used; run `peerwatch run` to watch without one")
}

#[cfg(not(target_os = "linux"))]
fn has_display() -> anyhow::Result<()> {
    Ok(())
}
