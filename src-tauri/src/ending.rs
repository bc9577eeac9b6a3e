//! How the program ends: by a person's word, the system's, or the engine's; always with the engine at rest.

use std::time::Duration;

use tauri::{AppHandle, Manager as _};

use crate::link::{Ended, Link, Sight};

/// An engine that doesn't come to rest is left behind; its store survives that.
const PATIENCE: Duration = Duration::from_secs(5);

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

/// Keeps the link to the engine, and ends the program with it.
pub(crate) async fn keep_link(app: AppHandle) {
    match app.state::<Link>().keep().await {
        Ended::Stopped => app.exit(0),
        Ended::Cannot(error) => {
            eprintln!("Peerwatch cannot watch: {error}");
            tracing::error!("the engine cannot run: {error}");
            app.state::<Link>().see(Sight::Blind(format!("Peerwatch cannot watch: {error}")));
        }
    }
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
