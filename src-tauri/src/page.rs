//! What the page may ask for: the view, each newer view, and commands. Nothing else.

use peerwatch_wire::{Command, Reply, SettingChange, View};
use tauri::{AppHandle, Manager as _, State, ipc::Channel};

use crate::{
    autostart,
    link::{Link, Sight},
    tray::Standing,
    window::Window,
};

/// The view as it was drawn last; a sentence when there is none.
#[tauri::command]
pub(crate) fn view(link: State<'_, Link>, tray: State<'_, Standing>) -> Result<View, String> {
    match &*link.sight().borrow() {
        Sight::View(view) => Ok(with_tray(view, &tray)),
        Sight::Blind(why) => Err(why.clone()),
    }
}

/// The view and each newer one, until the page subscribes again or goes away.
#[tauri::command]
pub(crate) fn subscribe(app: AppHandle, views: Channel<View>) -> Result<(), String> {
    let mut page = app.state::<Window>().begin_page();
    let mut sight = app.state::<Link>().sight();
    let tray = app.state::<Standing>().inner().clone();
    if let Sight::Blind(why) = &*sight.borrow() {
        return Err(why.clone());
    }
    tauri::async_runtime::spawn(async move {
        loop {
            let newest = sight.borrow_and_update().clone();
            if let Sight::View(view) = newest
                && views.send(with_tray(&view, &tray)).is_err()
            {
                return;
            }
            // What is sent to a page that has gone would be kept for ever.
            tokio::select! {
                _ = page.changed() => return,
                more = sight.changed() => if more.is_err() { return },
            }
        }
    });
    Ok(())
}

/// The engine may be another process's: it knows nothing of our icon.
fn with_tray(view: &View, tray: &Standing) -> View {
    let mut view = view.clone();
    view.connections.extend(tray.connection());
    view
}

/// Has the engine do something.
#[tauri::command]
pub(crate) async fn command(app: AppHandle, command: Command) -> Result<Reply, String> {
    Ok(carry_out(&app, command).await)
}

/// Start at login is the desktop's matter first: the setting follows what the desktop has done.
pub(crate) async fn carry_out(app: &AppHandle, command: Command) -> Reply {
    if let Command::Change { setting: SettingChange::StartAtLogin(on) } = &command
        && let Err(why) = autostart::switch(app, *on)
    {
        return Reply::Refused { why };
    }
    app.state::<Link>().command(command).await
}
