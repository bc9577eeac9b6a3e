//! An actor that is a Claude Code session: a process, its registry entry and its transcript.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::act::Act;
use crate::error::{DemoError, Result};
use crate::inbox::Inbox;
use crate::puppet::{Player, Puppet};
use crate::registry::Entry;
use crate::text::{hex, quoted, uuid};
use crate::transcript::{Origin, Transcript, project_folder};

/// A session on stage.
pub(crate) struct Session {
    name: String,
    pub(crate) id: String,
    pub(crate) cwd: String,
    puppet: Puppet,
    entry: Entry,
    transcript: Transcript,
    inbox: Option<Inbox>,
    turn_began: Timestamp,
    subagent: Option<Subagent>,
    in_turn: bool,
    teammates_work: bool,
}

struct Subagent {
    transcript: Transcript,
    meta: String,
}

impl Session {
    pub(crate) fn start(
        home: &Path,
        player: &Player,
        name: &str,
        folder: &str,
        when: Timestamp,
    ) -> Result<Self> {
        let puppet = Puppet::start(player, name)?;
        let cwd = folder_of(folder);
        let id = uuid(&format!("{name}{folder}"));
        let entry = Entry::new(home, puppet.pid(), &puppet.start, &id, &cwd, name, when);
        entry.declare("idle", None, when)?;
        let path = home.join("projects").join(project_folder(&cwd)).join(format!("{id}.jsonl"));
        let inbox = Inbox::open(home, inbox_of(home, puppet.pid()), puppet.pid(), &id, &path);
        let transcript = Transcript::new(path, &id, &cwd, None);
        Ok(Self {
            name: name.into(),
            id,
            cwd,
            puppet,
            entry,
            transcript,
            inbox,
            turn_began: when,
            subagent: None,
            in_turn: false,
            teammates_work: false,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn pid(&self) -> u32 {
        self.puppet.pid()
    }

    pub(crate) fn process_start(&self) -> &str {
        &self.puppet.start
    }

    /// The folder beside the transcript in which subagents and teammates write theirs.
    pub(crate) fn subagents(&self) -> std::path::PathBuf {
        self.transcript.path().with_extension("").join("subagents")
    }

    /// Kills the process, and leaves everything as it lies.
    pub(crate) fn dies(self) {
        self.puppet.kill();
    }

    /// Ends in order: the entry goes, the transcript stays.
    pub(crate) fn exits(self) -> Result<()> {
        self.entry.remove()
    }

    /// Does what a session can do by itself.
    pub(crate) fn perform(&mut self, act: &Act, when: Timestamp) -> Result<()> {
        match act {
            Act::Prompt(text) => self.turn(text, &Origin::Human, when),
            Act::Notified(text) => {
                self.puppet.rest();
                self.turn(text, &Origin::Task, when)
            }
            Act::Thinks(text) => self.transcript.thinks(text, when),
            Act::Says(text) => self.transcript.says(text, when),
            Act::Calls { tool, detail } => {
                if tool == "Bash" {
                    self.puppet.run(detail);
                }
                self.transcript.calls(tool, &input(tool, detail), when)
            }
            Act::Gets(text) => self.answer(text, false, when),
            Act::Fails(text) => self.answer(text, true, when),
            Act::NeedsPermission => {
                // Until the person allows it, nothing runs.
                self.puppet.rest();
                self.entry.declare("waiting", Some("permission prompt"), when)
            }
            Act::Asks(question) => {
                self.transcript.calls("AskUserQuestion", &input("AskUserQuestion", question), when)?;
                self.entry.declare("waiting", Some("input needed"), when)
            }
            Act::Plans(plan) => {
                self.transcript.calls("ExitPlanMode", &input("ExitPlanMode", plan), when)?;
                self.entry.declare("waiting", Some("permission prompt"), when)
            }
            Act::Hangs => {
                self.puppet.rest();
                Ok(())
            }
            Act::Allowed => self.entry.declare("busy", None, when),
            Act::Answered(text) => {
                self.transcript.gets(text, false, when)?;
                self.absorb(when)?;
                self.entry.declare("busy", None, when)
            }
            Act::Ends(text) => self.over(text, "idle", when),
            Act::Leaves(text) => self.over(text, "shell", when),
            Act::Limited(text) => {
                self.transcript.limited(text, when)?;
                self.entry.declare("idle", None, when)
            }
            Act::Spawns(description) => self.spawn(description, when),
            Act::Finishes => self.finish(when),
            other => Err(self.out_of_place(other)),
        }
    }

    /// Another session's message starts a turn.
    pub(crate) fn hears(&mut self, from: &str, pid: u32, text: &str, when: Timestamp) -> Result<()> {
        self.turn(text, &Origin::Peer(from, pid), when)
    }

    /// While a teammate is in a turn, its lead's entry says `busy` too.
    pub(crate) fn teammates_work(&mut self, work: bool, when: Timestamp) -> Result<()> {
        if self.teammates_work == work {
            return Ok(());
        }
        self.teammates_work = work;
        if self.in_turn { Ok(()) } else { self.entry.declare(if work { "busy" } else { "idle" }, None, when) }
    }

    /// A teammate's report starts a turn of its lead.
    pub(crate) fn hears_teammate(&mut self, from: &str, text: &str, when: Timestamp) -> Result<()> {
        let text =
            format!("<teammate-message teammate_id=\"{from}\" color=\"blue\">\n{text}\n</teammate-message>");
        self.turn(&text, &Origin::Lead, when)
    }

    /// Whether its person is asked before it has a message.
    pub(crate) fn set_holds(&self, holds: bool) {
        if let Some(inbox) = &self.inbox {
            inbox.set_holds(holds);
        }
    }

    /// What stands in its queue comes before the model.
    fn absorb(&mut self, when: Timestamp) -> Result<()> {
        let queue = self.inbox.as_ref().map(Inbox::take).unwrap_or_default();
        queue.iter().try_for_each(|mail| self.transcript.absorbs(&mail.text, &mail.uid, when))
    }

    fn set_in_turn(&mut self, in_turn: bool) {
        self.in_turn = in_turn;
        if let Some(inbox) = &self.inbox {
            inbox.set_at_work(in_turn);
        }
    }

    fn turn(&mut self, text: &str, origin: &Origin<'_>, when: Timestamp) -> Result<()> {
        self.set_in_turn(true);
        self.turn_began = when;
        self.entry.declare("busy", None, when)?;
        self.transcript.prompt(text, origin, when)
    }

    fn answer(&mut self, text: &str, failed: bool, when: Timestamp) -> Result<()> {
        self.puppet.rest();
        self.transcript.gets(text, failed, when)?;
        self.absorb(when)
    }

    fn over(&mut self, text: &str, status: &str, when: Timestamp) -> Result<()> {
        if self.transcript.is_open() {
            return Err(self.out_of_place(&Act::Ends(text.into())));
        }
        let took = when.as_millisecond() - self.turn_began.as_millisecond();
        self.absorb(when)?;
        self.set_in_turn(false);
        self.entry.declare(if self.teammates_work { "busy" } else { status }, None, when)?;
        self.transcript.ends(text, took, when)?;
        if status == "shell" {
            self.puppet.run("npm run import -- --full");
        }
        Ok(())
    }

    /// The agent's file appears; the tool itself answers at once, as it does in the background.
    fn spawn(&mut self, description: &str, when: Timestamp) -> Result<()> {
        self.transcript.calls("Agent", &input("Agent", description), when)?;
        self.transcript.gets("Async agent launched successfully.", false, when)?;
        let agent = format!("a{}", hex(&format!("{}{description}", self.id), 16));
        let folder = self.subagents();
        let path = folder.join(format!("agent-{agent}.jsonl"));
        let mut transcript = Transcript::new(path, &self.id, &self.cwd, Some(agent.clone()));
        transcript.prompt(description, &Origin::Lead, when)?;
        transcript.calls("Grep", &input("Grep", "TODO"), when)?;
        let meta = format!(
            r#"{{"agentType":"general-purpose","isBuiltIn":true,"description":{},"spawnDepth":1,"requestShape":"background""#,
            quoted(description)
        );
        let subagent = Subagent { transcript, meta };
        subagent.describe("}")?;
        self.subagent = Some(subagent);
        Ok(())
    }

    fn finish(&mut self, when: Timestamp) -> Result<()> {
        let Some(mut subagent) = self.subagent.take() else {
            return Err(self.out_of_place(&Act::Finishes));
        };
        subagent.transcript.gets("12 matches", false, when)?;
        subagent.transcript.ends("Done.", 0, when)?;
        subagent.describe(r#","finished":true}"#)
    }

    fn out_of_place(&self, act: &Act) -> DemoError {
        DemoError::OutOfPlace { who: self.name.clone(), why: format!("cannot do this now: {act:?}") }
    }
}

impl Subagent {
    fn describe(&self, end: &str) -> Result<()> {
        let path = self.transcript.path().with_extension("meta.json");
        std::fs::write(&path, format!("{}{end}", self.meta)).map_err(crate::error::at(&path))
    }
}

/// Where a folder of the screenplay is on the invented machine.
pub(crate) fn folder_of(folder: &str) -> String {
    if cfg!(windows) { format!(r"C:\dev\{folder}") } else { format!("/home/dev/{folder}") }
}

/// Where a session takes messages.
pub(crate) fn inbox_of(home: &Path, pid: u32) -> PathBuf {
    home.join("cc-socks").join(format!("{pid}.sock"))
}

/// The input of a tool call, as JSON.
pub(crate) fn input(tool: &str, detail: &str) -> String {
    let text = quoted(detail);
    match tool {
        "Bash" => format!(r#"{{"command":{text},"description":{text}}}"#),
        "Read" | "Edit" | "Write" => format!(r#"{{"file_path":{text}}}"#),
        "Grep" | "Glob" => format!(r#"{{"pattern":{text}}}"#),
        "WebFetch" => format!(r#"{{"url":{text}}}"#),
        "ExitPlanMode" => format!(r#"{{"plan":{text}}}"#),
        "AskUserQuestion" => format!(
            r#"{{"questions":[{{"question":{text},"header":"Choice","multiSelect":false,"options":[{{"label":"Yes","description":"Go on"}},{{"label":"No","description":"Leave it"}}]}}]}}"#
        ),
        _ => format!(r#"{{"description":{text},"prompt":{text}}}"#),
    }
}
