//! Notifications on a session bus of their own, against a server that writes down what it is asked.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    reason = "a test that lacks its bus or its server has nothing else to do than to end"
)]

mod bus;
mod flood;
mod replies;
mod server;
mod stories;
mod trouble;

use std::time::Duration;

use peerwatch_notify::{Action, Happening, Notice, Notifier, NotifierState, Options, Server, start};
use tokio::{runtime::Handle, sync::mpsc::UnboundedReceiver, time::timeout};

use crate::{
    bus::Bus,
    server::{Abilities, Recorder},
};

/// Longer than anything takes here; only a broken test waits for it.
const LONG: Duration = Duration::from_secs(30);

/// A desktop with a bus, a recording server on it, and a notifier that has found both.
struct Desktop {
    bus: Bus,
    server: Recorder,
    notifier: Notifier,
    happenings: UnboundedReceiver<Happening>,
}

impl Desktop {
    async fn with(abilities: Abilities) -> Self {
        Self::with_picture(abilities, None).await
    }

    async fn with_picture(abilities: Abilities, picture: Option<&'static [u8]>) -> Self {
        let bus = Bus::start().await;
        let server = Recorder::start(bus.address(), abilities).await;
        let options = Options { picture, ..options(&bus) };
        let (notifier, mut happenings) = start(&Handle::current(), options);
        assert!(matches!(next(&mut happenings).await, Happening::State(NotifierState::Ready(_))));
        Self { bus, server, notifier, happenings }
    }

    async fn next(&mut self) -> Happening {
        next(&mut self.happenings).await
    }
}

fn options(bus: &Bus) -> Options {
    Options { bus: Some(bus.address().into()), patience: LONG, give_up: LONG, ..Options::default() }
}

async fn next(happenings: &mut UnboundedReceiver<Happening>) -> Happening {
    let happening = timeout(LONG, happenings.recv()).await.expect("something should have happened");
    happening.expect("the notifier should not have ended")
}

fn notice(key: &str, title: &str) -> Notice {
    Notice { key: key.into(), title: title.into(), body: "since 2 min".into(), ..Notice::default() }
}

fn action(key: &str, label: &str) -> Action {
    Action { key: key.into(), label: label.into() }
}

fn shown(key: &str) -> Happening {
    Happening::Shown { key: key.into() }
}

fn ready(abilities: Abilities) -> Happening {
    let Abilities { actions, inline_reply, markup } = abilities;
    let (name, version) = ("recorder".into(), "1.0".into());
    let do_not_disturb = Some(false);
    let server = Server { name, version, actions, inline_reply, markup, do_not_disturb, ..Server::default() };
    Happening::State(NotifierState::Ready(server))
}
