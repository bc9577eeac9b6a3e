//! How the program ends: by a person's word, the system's, or the engine's; always with the engine at rest.

use std::time::Duration;

use tauri::{AppHandle, Manager as _};

use crate::link::{Ended, Link, Sight};

/// An engine that doesn't come to rest is left behind; its store survives that.
const PATIENCE: Duration = Duration::from_secs(5);
/// An engine that cannot run is tried again after this long.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Ends the program once the engine has stopped.
pub(crate) fn quit(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if app.state::<Link>().stop() {
            tokio::time::sleep(PATIENCE).await;
            tracing::warn!("the engine didn't stop in time");
        }
        app.exit(0);
    });
}

/// Keeps the link to the engine, and ends the program with it. An engine that cannot run is tried again: a full disk or
/// a missing folder may be mended meanwhile.
pub(crate) async fn keep_link(app: AppHandle) {
    let mut said = String::new();
    while let Ended::Cannot(error) = app.state::<Link>().keep().await {
        let why = format!("Peerwatch cannot watch: {error}");
        if said != why {
            // The log may be what cannot be written.
            eprintln!("{why}");
            tracing::error!("the engine cannot run: {error}");
            said.clone_from(&why);
        }
        app.state::<Link>().see(Sight::Blind(why));
        tokio::time::sleep(TRY_AGAIN).await;
    }
    app.exit(0);
}

/// Quits when the system asks: a shutdown, a logout, Ctrl-C in a terminal.
pub(crate) async fn watch_signals(app: AppHandle) {
    match asked_to_end().await {
        Ok(why) => {
            tracing::info!("ending: {why}");
            quit(&app);
        }
        Err(error) => tracing::warn!("signals cannot be heard: {error}"),
    }
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
        _ = hang_up.recv() => "SIGHUP",
    })
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<&'static str> {
    tokio::signal::ctrl_c().await.map(|()| "Ctrl-C")
}
