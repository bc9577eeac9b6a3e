//! The shell around the engine: what is seen goes to the tray, what is clicked becomes commands and windows.

use std::time::Duration;

use jiff::{Zoned, tz::TimeZone};
use peerwatch_engine::Open;
use peerwatch_wire::{Command, Reply, SettingChange};
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    autostart, ending,
    link::{Link, Sight},
    page,
    place::Place,
    tray::{Act, Click, Face, Tray, clicks},
    window,
};

/// The icon waits so long for the first look.
const FIRST_SIGHT: Duration = Duration::from_secs(2);

/// Draws the tray anew whenever its face changes, and follows its clicks.
pub(crate) async fn keep_tray(app: AppHandle) {
    let mut sight = app.state::<Link>().sight();
    let (clicked, heard) = clicks();
    tauri::async_runtime::spawn(follow_clicks(app.clone(), heard));
    // A face that changes while a panel takes the icon in is lost on some: the first one should last.
    let seen = sight.wait_for(|sight| matches!(sight, Sight::View(_)));
    drop(tokio::time::timeout(FIRST_SIGHT, seen).await);
    let mut face = face_of(&sight.borrow_and_update());
    let tray = match Tray::start(&app, face.clone(), clicked).await {
        Ok(tray) => tray,
        Err(error) => {
            // Without a tray the window is the only way in.
            tracing::warn!("there is no tray: {error}");
            return window::open(&app, Place::Roster, None);
        }
    };
    while sight.changed().await.is_ok() {
        let newer = face_of(&sight.borrow_and_update());
        if newer != face {
            face = newer;
            tray.show(face.clone()).await;
        }
    }
}

/// What was clicked in a notification opens the window there.
pub(crate) async fn follow_opens(app: AppHandle, mut opens: UnboundedReceiver<Open>) {
    while let Some(Open { worker, conversation, reassign, tasks, history, activation_token }) =
        opens.recv().await
    {
        let place = match (worker, conversation) {
            (Some(worker), _) if reassign => Place::Reassign(worker),
            (Some(worker), _) => Place::Worker(worker),
            (None, Some(conversation)) => Place::Conversation(conversation),
            (None, None) if tasks => Place::Tasks,
            (None, None) if history => Place::History,
            (None, None) => Place::Roster,
        };
        window::open(&app, place, activation_token);
    }
}

/// The setting follows the desktop: a person may have changed it there while we were away.
pub(crate) async fn reconcile_login(app: AppHandle) {
    autostart::refresh(&app);
    let mut sight = app.state::<Link>().sight();
    let is_view = |sight: &Sight| matches!(sight, Sight::View(_));
    let said = match sight.wait_for(is_view).await.as_deref() {
        Ok(Sight::View(view)) => view.settings.start_at_login,
        _ => return,
    };
    let on = autostart::is_on(&app);
    if said != on {
        let setting = SettingChange::StartAtLogin(on);
        report(app.state::<Link>().command(Command::Change { setting }).await);
    }
}

async fn follow_clicks(app: AppHandle, mut heard: UnboundedReceiver<Click>) {
    while let Some(Click { act, activation_token: token }) = heard.recv().await {
        let place = match act {
            Act::Open => Place::Roster,
            Act::OpenWorker(worker) => Place::Worker(worker),
            Act::OpenConversation(conversation) => Place::Conversation(conversation),
            Act::OpenConversations => Place::Conversations,
            Act::Reassign(worker) => Place::Reassign(worker),
            Act::HandOver(task) => {
                hand_over(&app, task).await;
                continue;
            }
            Act::HandOverAll(tasks) => {
                for task in tasks {
                    hand_over(&app, task).await;
                }
                continue;
            }
            Act::Quit => {
                ending::quit(&app);
                continue;
            }
            Act::Pause(pause) => {
                carry_out(&app, Command::Pause { seconds: pause.seconds(&Zoned::now()) }).await;
                continue;
            }
            Act::Resume => {
                carry_out(&app, Command::Pause { seconds: 0 }).await;
                continue;
            }
            Act::StartAtLogin(on) => {
                carry_out(&app, Command::Change { setting: SettingChange::StartAtLogin(on) }).await;
                continue;
            }
        };
        window::open(&app, place, token);
    }
}

/// To whoever is best. What is refused is told in the window: a tray can't answer.
async fn hand_over(app: &AppHandle, task: String) {
    let command = Command::HandOver {
        task,
        to: None,
        card: None,
        reason: None,
        take_anyway: false,
        pass_brakes: false,
    };
    if let Reply::Refused { why } = page::carry_out(app, command).await {
        tracing::warn!("a task was not handed over: {why}");
        window::open(app, Place::Tasks, None);
    }
}

async fn carry_out(app: &AppHandle, command: Command) {
    report(page::carry_out(app, command).await);
}

fn report(reply: Reply) {
    if let Reply::Refused { why } = reply {
        tracing::warn!("refused: {why}");
    }
}

fn face_of(sight: &Sight) -> Face {
    match sight {
        Sight::View(view) => Face::of(view, &TimeZone::system()),
        Sight::Blind(why) => Face::blind(why),
    }
}
