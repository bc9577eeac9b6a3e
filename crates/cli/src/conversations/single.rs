//! What holds for one conversation: how its messages reach sessions, whether its lost tasks are reassigned, who beats there.

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use peerwatch_engine::client::Client;
use peerwatch_wire::{
    Command, ConversationSettings, ConversationView, DeliverMode, Reply, Settings, SourceKind, View,
};

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::palette::{DIM, STRONG};
use crate::printable::line;
use crate::reach::{self, Reach};
use crate::shapes::HoldsView;
use crate::{find, screen};

/// What shall hold from now on; what is not named stays.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Wishes {
    /// How its messages reach sessions: wake them, wait for their next turn, tell you only, or as usual
    #[arg(long, value_name = "HOW", requires = "conversation")]
    deliver: Option<How>,

    /// Whether tasks whose owners are proven gone are reassigned there without you
    #[arg(long, value_name = "WHETHER", requires = "conversation")]
    recover: Option<Whether>,

    /// Whether heartbeats are written there, in a database of others, for workers that are proven alive
    #[arg(long, value_name = "WHETHER", requires = "conversation")]
    heartbeats: Option<Switch>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Wake,
    NextTurn,
    TellMe,
    Usual,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Whether {
    On,
    Off,
    Usual,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Switch {
    On,
    Off,
}

/// Says what holds for a conversation, after what is wished has been set.
pub(super) fn run(global: &Global, name: &str, wishes: Wishes) -> anyhow::Result<Ending> {
    let mut view = match wishes.is_empty() {
        true => Reach::open(global)?.view()?,
        false => reach::engine_view(global)?,
    };
    let conversation = bridges(&view, name)?;
    if !wishes.is_empty() {
        let id = conversation.id.clone();
        let mut client = reach::engine(global)?;
        for command in wishes.commands(&id) {
            view.settings = asked(&mut client, &command)?;
        }
    }
    let conversation = bridges(&view, name)?;
    if global.json {
        screen::print_json(&shape(conversation, &view.settings))?;
    } else {
        screen::print(&lines(conversation, &view.settings))?;
    }
    Ok(Ending::Fine)
}

fn asked(client: &mut Client, command: &Command) -> anyhow::Result<Settings> {
    match client.command(command).context("the engine did not answer")? {
        Reply::Settings { settings } => Ok(settings),
        Reply::Refused { why } => bail!(why),
        other => bail!("the engine gave an unexpected answer: {other:?}"),
    }
}

/// The conversation that is meant: only those of bridges have settings of their own.
fn bridges<'a>(view: &'a View, name: &str) -> Result<&'a ConversationView, WrongUse> {
    let id = find::conversation(view, name)?;
    let found = view.conversations.iter().find(|one| one.id == id && one.source == SourceKind::Bridge);
    found.ok_or_else(|| {
        WrongUse(format!("“{}” is no conversation of a bridge: nothing holds for it alone", line(name)))
    })
}

impl Wishes {
    fn is_empty(&self) -> bool {
        self.deliver.is_none() && self.recover.is_none() && self.heartbeats.is_none()
    }

    fn commands(&self, conversation: &str) -> Vec<Command> {
        let conversation = || conversation.to_owned();
        let deliver = self.deliver.map(|how| Command::Deliver {
            conversation: conversation(),
            mode: match how {
                How::Wake => Some(DeliverMode::Wake),
                How::NextTurn => Some(DeliverMode::NextTurn),
                How::TellMe => Some(DeliverMode::TellMe),
                How::Usual => None,
            },
        });
        let recover = self.recover.map(|whether| Command::Recover {
            conversation: conversation(),
            on: match whether {
                Whether::On => Some(true),
                Whether::Off => Some(false),
                Whether::Usual => None,
            },
        });
        let beat = |switch| Command::Heartbeats { conversation: conversation(), on: switch == Switch::On };
        [deliver, recover, self.heartbeats.map(beat)].into_iter().flatten().collect()
    }
}

fn shape(conversation: &ConversationView, settings: &Settings) -> HoldsView {
    let ConversationSettings { deliver, heartbeats, recover } = own(conversation, settings);
    HoldsView { conversation: conversation.id.clone(), deliver, heartbeats, recover }
}

fn own(conversation: &ConversationView, settings: &Settings) -> ConversationSettings {
    settings.conversations.get(&conversation.id).cloned().unwrap_or_default()
}

fn lines(conversation: &ConversationView, settings: &Settings) -> Vec<String> {
    let own = own(conversation, settings);
    let mark = |single: bool| if single { "" } else { ", as usual" };
    let recovers = own.recover.unwrap_or(settings.recover);
    let deliver = means(own.deliver.unwrap_or_else(|| usual(conversation, settings)));
    let recover = if recovers { "reassigned by itself" } else { "left to you" };
    let mut facts = vec![
        ("messages", format!("{deliver}{}", mark(own.deliver.is_some()))),
        ("lost tasks", format!("{recover}{}", mark(own.recover.is_some()))),
    ];
    if !conversation.own {
        let beats = if own.heartbeats { "written for workers that are proven alive" } else { "not written" };
        facts.push(("heartbeats", beats.into()));
    }
    let mut out = vec![format!("{STRONG}{}{STRONG:#}", line(&conversation.title))];
    out.extend(facts.into_iter().map(|(what, is)| format!("  {DIM}{what:<12}{DIM:#}{is}")));
    out
}

/// How messages arrive where nothing was chosen: what the person writes wakes, what stands with others is only told of.
fn usual(conversation: &ConversationView, settings: &Settings) -> DeliverMode {
    match (conversation.own, conversation.workers.len()) {
        (true, 1) => DeliverMode::Wake,
        (true, _) => settings.deliver,
        (false, _) => DeliverMode::TellMe,
    }
}

fn means(mode: DeliverMode) -> &'static str {
    match mode {
        DeliverMode::Wake => "wake the session",
        DeliverMode::NextTurn => "with the session's next turn",
        DeliverMode::TellMe => "you are told only",
    }
}
