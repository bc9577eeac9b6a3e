//! What the engine answers to what a person asks for.

use std::time::Duration;

use peerwatch_core::{AlertId, ConversationId, Input, Moment, Person, Timestamp, WorkerId};
use peerwatch_wire::{ALWAYS_S, Command, Page, PluginAct, Reply, SettingChange};
use tokio::sync::oneshot;

use super::Loop;
use crate::draw::terminals;
use crate::engine::Ask;
use crate::{config, plugin, reading};

impl Loop {
    pub(super) fn answer(&mut self, ask: Ask) {
        let now = self.clock.now();
        let reply = match ask.command {
            Command::View if !self.has_looked(now) => return self.early.push(ask.reply),
            Command::View => return self.show_to(ask.reply, now),
            Command::LookAgain => {
                self.read_settings(now);
                self.looking.look_again();
                Reply::Done
            }
            Command::Read { conversation, page, limit } => {
                return self.read(conversation, page, limit, ask.reply);
            }
            Command::Pause { seconds } => {
                let until = until(now, seconds);
                self.warn("the pause", self.store.pause(until));
                self.person(Person::Pause(until), now)
            }
            Command::Mute { worker, seconds } => {
                let worker = WorkerId::new(worker);
                if self.roster.worker(&worker).is_none() {
                    Reply::Refused {
                        why: format!("no worker has the id {worker}; `peerwatch status` lists them"),
                    }
                } else {
                    let until = until(now, seconds);
                    self.warn("a mute", self.store.mute(&worker, until, now.wall));
                    self.person(Person::Mute(worker, until), now)
                }
            }
            Command::MuteFolder { folder, seconds } => {
                let until = until(now, seconds);
                self.warn("a mute", self.store.mute_folder(&folder, until));
                self.person(Person::MuteFolder(folder, until), now)
            }
            Command::Snooze { alert, seconds } => {
                self.person_on_alert(alert, Person::Snooze(AlertId(alert), Duration::from_secs(seconds)), now)
            }
            Command::Dismiss { alert } => self.person_on_alert(alert, Person::Dismiss(AlertId(alert)), now),
            Command::LookingAt { worker: None, conversation: Some(conversation) } => {
                self.person(Person::LookingInto(ConversationId::new(conversation)), now)
            }
            Command::LookingAt { worker, .. } => {
                let worker = worker.map(WorkerId::new);
                // Panes and windows move: what the window says of a jump is looked for anew.
                worker.iter().for_each(|worker| self.jumps.forget(worker));
                self.person(Person::LookingAt(worker), now)
            }
            Command::Change { setting } => self.change(&setting, now),
            Command::Recover { conversation, on } => {
                self.change_conversation(&conversation, |settings| settings.recover = on, now)
            }
            Command::Plugin { act } => return self.plugin(act, ask.reply),
            command @ (Command::Send { .. }
            | Command::Deliver { .. }
            | Command::Heartbeats { .. }
            | Command::Release { .. }
            | Command::Hook { .. }) => {
                let Some((reply, back)) = self.deliver(command, ask.reply, now) else { return };
                let _left = back.send(reply);
                return;
            }
            command @ (Command::PlanHandover { .. }
            | Command::HandOver { .. }
            | Command::TakeAnyway { .. }
            | Command::UndoHandover { .. }
            | Command::Adopt { .. }) => return self.answer_of_tasks(command, ask.reply, now),
            Command::Jump { worker } => return self.jump(&WorkerId::new(worker), ask.reply),
            Command::Terminals => return self.terminals(ask.reply),
            Command::Resume { worker } => return self.resume(&WorkerId::new(worker), ask.reply),
            Command::Fence { worker, on } => self.fence(&WorkerId::new(worker), on),
            Command::Fine { alert } => self.person_on_alert(alert, Person::Fine(AlertId(alert)), now),
            Command::Stop => {
                self.stopping = true;
                self.stop = Some(ask.reply);
                return;
            }
        };
        // Whoever asked may have left.
        let _left = ask.reply.send(reply);
    }

    fn person(&mut self, person: Person, now: Moment) -> Reply {
        self.roster.handle(Input::Person(person), now);
        Reply::Done
    }

    fn person_on_alert(&mut self, alert: u64, person: Person, now: Moment) -> Reply {
        if self.roster.alerts().any(|it| it.id.0 == alert) {
            self.person(person, now)
        } else {
            Reply::Refused { why: format!("no alert {alert} stands any longer") }
        }
    }

    /// Reads a conversation on a thread that may wait for the disk.
    fn read(&self, conversation: String, page: Page, limit: u32, reply: oneshot::Sender<Reply>) {
        let places = self.looking.places();
        let title = self.title(&conversation);
        tokio::task::spawn_blocking(move || {
            let _left = reply.send(reading::read(&places, &conversation, title, page, limit));
        });
    }

    fn title(&self, conversation: &str) -> String {
        let view = self.views.borrow();
        let talk = view.conversations.iter().find(|it| it.id == conversation).map(|it| it.title.clone());
        let worker = || {
            let worker = view.workers.iter().find(|it| it.conversation.as_deref() == Some(conversation))?;
            Some(worker.name.clone())
        };
        talk.or_else(worker).unwrap_or_else(|| conversation.to_owned())
    }

    /// Sessions' processes are looked at and multiplexers asked, so a thread of its own does it.
    fn terminals(&self, reply: oneshot::Sender<Reply>) {
        let living = terminals::living(&self.views.borrow());
        tokio::task::spawn_blocking(move || {
            let lines = terminals::draw(&terminals::in_use(&living));
            let _left = reply.send(Reply::Terminals { terminals: lines });
        });
    }

    /// Claude Code's own commands take their time, so a thread of its own runs them.
    fn plugin(&self, act: PluginAct, reply: oneshot::Sender<Reply>) {
        let folders = self.folders.clone();
        let with = plugin::Plugged { configs: self.looking.places().claude, program: None };
        let near = self.near.clone();
        tokio::task::spawn_blocking(move || {
            let mut steps = Vec::new();
            let answer = match plugin::plugin(&folders, with, act, &mut |step| steps.push(step)) {
                Ok(()) => Reply::Steps { steps },
                Err(why) => Reply::Refused { why },
            };
            let _left = reply.send(answer);
            // The view tells how things stand now.
            let _looked = near.command_blocking(Command::LookAgain);
        });
    }

    fn change(&mut self, setting: &SettingChange, now: Moment) -> Reply {
        match config::change(&self.folders.config, setting) {
            Ok(_) => {
                self.read_settings(now);
                Reply::Settings { settings: self.settings.clone() }
            }
            Err(error) => Reply::Refused { why: error.to_string() },
        }
    }
}

fn until(now: Moment, seconds: u64) -> Option<Timestamp> {
    match seconds {
        0 => None,
        ALWAYS_S.. => Some(Timestamp::FOREVER),
        seconds => Some(now.wall.plus(Duration::from_secs(seconds))),
    }
}
