//! An agent team: its configuration, its tasks, its inboxes, and its teammates' transcripts beside the lead's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;

use crate::act::Act;
use crate::deed::Deed;
use crate::error::{DemoError, Result, at};
use crate::session::{Session, input};
use crate::text::{hex, iso, quoted, uuid};
use crate::transcript::{Origin, Transcript};

/// A team of in-process teammates.
pub(crate) struct Team {
    home: PathBuf,
    name: String,
    lead_session: String,
    lead_process: String,
    cwd: String,
    subagents: PathBuf,
    created: Timestamp,
    teammates: Vec<Teammate>,
    tasks: Vec<Owned>,
}

/// A task of the team's list, in the order of their numbers.
struct Owned {
    owner: String,
    subject: String,
    done: bool,
}

struct Teammate {
    name: String,
    brief: String,
    joined: Timestamp,
    transcript: Transcript,
    works: bool,
}

impl Team {
    /// The team that every session with agent teams has from its start, alone.
    pub(crate) fn new(home: &Path, lead: &Session, when: Timestamp) -> Self {
        Self {
            home: home.into(),
            name: format!("session-{}", &lead.id[..8]),
            lead_session: lead.id.clone(),
            lead_process: format!(
                r#"{{"pid":{},"pidSpace":"demo","claimedAt":{},"procStart":{}}}"#,
                lead.pid(),
                when.as_millisecond(),
                quoted(lead.process_start())
            ),
            cwd: lead.cwd.clone(),
            subagents: lead.subagents(),
            created: when,
            teammates: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// A teammate is about to do something: whether it is in a turn then.
    pub(crate) fn expect(&mut self, name: &str, act: &Act) {
        if let Some(teammate) = self.teammates.iter_mut().find(|teammate| teammate.name == name) {
            teammate.works = !matches!(act, Act::Reports(_));
        }
    }

    /// A teammate does something.
    pub(crate) fn perform(&mut self, name: &str, act: &Act, when: Timestamp) -> Result<()> {
        if let Act::Joins(brief) = act {
            return self.join(name, brief, when);
        }
        let out_of_place = || DemoError::OutOfPlace {
            who: name.into(),
            why: format!("cannot do this as a teammate: {act:?}"),
        };
        let teammate =
            self.teammates.iter_mut().find(|teammate| teammate.name == name).ok_or_else(out_of_place)?;
        let transcript = &mut teammate.transcript;
        match act {
            Act::Says(text) => transcript.says(text, when),
            Act::Calls { tool, detail } => transcript.calls(tool, &input(tool, detail), when),
            Act::Gets(text) => transcript.gets(text, false, when),
            Act::Prompt(text) => transcript.prompt(&from_lead(text), &Origin::Lead, when),
            Act::Reports(text) => {
                transcript.ends(text, 0, when)?;
                self.report(name, text, when)
            }
            Act::Owns(subject) => self.own(name, subject, when),
            Act::Does(Deed::Completes { task, .. }) => self.complete(name, task, when),
            _ => Err(out_of_place()),
        }
    }

    fn join(&mut self, name: &str, brief: &str, when: Timestamp) -> Result<()> {
        let agent = format!("a{name}-{}", hex(&format!("{}{name}", self.name), 16));
        let path = self.subagents.join(format!("agent-{agent}.jsonl"));
        let mut transcript = Transcript::new(path.clone(), &self.lead_session, &self.cwd, Some(agent));
        transcript.prompt(&from_lead(brief), &Origin::Lead, when)?;
        write(
            &path.with_extension("meta.json"),
            &format!(
                r#"{{"agentType":"{name}","isBuiltIn":false,"description":{},"name":"{name}","spawnDepth":0,"requestShape":"background","requestNonInteractive":true,"taskKind":"in_process_teammate","teamName":"{}","color":"blue","spawnedAgentType":"general-purpose","permissionMode":"default"}}"#,
                quoted(brief),
                self.name
            ),
        )?;
        self.teammates.push(Teammate {
            name: name.into(),
            brief: brief.into(),
            joined: when,
            transcript,
            works: true,
        });
        self.configure()?;
        write(&self.folder().join("inboxes").join(format!("{name}.json")), "[]")
    }

    fn own(&mut self, name: &str, subject: &str, when: Timestamp) -> Result<()> {
        self.tasks.push(Owned { owner: name.into(), subject: subject.into(), done: false });
        self.write_task(self.tasks.len(), when)
    }

    fn complete(&mut self, name: &str, subject: &str, when: Timestamp) -> Result<()> {
        let is_it = |task: &Owned| task.owner == name && !task.done && task.subject.starts_with(subject);
        let place = self.tasks.iter().position(is_it).ok_or_else(|| DemoError::OutOfPlace {
            who: name.into(),
            why: format!("has no task “{subject}” to complete"),
        })?;
        self.tasks[place].done = true;
        self.write_task(place + 1, when)?;
        // Claude Code empties a list once all of it is done.
        let is_over = self.tasks.iter().all(|task| task.done);
        let over = if is_over { self.tasks.len() } else { 0 };
        (1..=over)
            .map(|number| self.task_file(number))
            .try_for_each(|path| fs::remove_file(&path).map_err(at(&path)))
    }

    fn write_task(&self, number: usize, when: Timestamp) -> Result<()> {
        let Owned { owner, subject, done } = &self.tasks[number - 1];
        let (path, subject) = (self.task_file(number), quoted(subject));
        let status = if *done { "completed" } else { "in_progress" };
        let text = format!(
            r#"{{"id":"{number}","subject":{subject},"description":{subject},"activeForm":{subject},"status":"{status}","blocks":[],"blockedBy":[],"owner":"{owner}"}}"#
        );
        write(&path, &text)?;
        // Nothing in it says when it was changed but the date of the file.
        let file = fs::File::options().append(true).open(&path).map_err(at(&path))?;
        file.set_modified(SystemTime::from(when)).map_err(at(&path))
    }

    fn task_file(&self, number: usize) -> PathBuf {
        self.home.join("tasks").join(&self.name).join(format!("{number}.json"))
    }

    /// What a teammate tells its lead, and that it is idle now.
    fn report(&self, name: &str, text: &str, when: Timestamp) -> Result<()> {
        let date = iso(when);
        let idle = format!(
            r#"{{"type":"idle_notification","from":"{name}","timestamp":"{date}","idleReason":"available"}}"#
        );
        let entry = |what: &str, text: &str| {
            format!(
                r#"{{"from":"{name}","text":{},"timestamp":"{date}","color":"blue","msgV":1,"msg_id":"{}","type":"message","read":false}}"#,
                quoted(text),
                uuid(&format!("{}{name}{date}{what}", self.name))
            )
        };
        write(
            &self.folder().join("inboxes").join("team-lead.json"),
            &format!("[{},{}]", entry("report", text), entry("idle", &idle)),
        )
    }

    /// The lead has read its inbox, which empties it.
    pub(crate) fn drain(&self) -> Result<()> {
        write(&self.folder().join("inboxes").join("team-lead.json"), "[]")
    }

    /// Whether any teammate is in a turn.
    pub(crate) fn works(&self) -> bool {
        self.teammates.iter().any(|teammate| teammate.works)
    }

    /// Whether somebody of this name is in the team.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.teammates.iter().any(|teammate| teammate.name == name)
    }

    fn configure(&self) -> Result<()> {
        let (team, cwd) = (&self.name, quoted(&self.cwd));
        let began = self.created.as_millisecond();
        let mut members = vec![format!(
            r#"{{"agentId":"team-lead@{team}","name":"team-lead","agentType":"team-lead","joinedAt":{began},"tmuxPaneId":"leader","cwd":{cwd},"subscriptions":[],"backendType":"in-process"}}"#
        )];
        members.extend(self.teammates.iter().map(|teammate| {
            format!(
                r#"{{"agentId":"{name}@{team}","name":"{name}","color":"blue","joinedAt":{joined},"tmuxPaneId":"in-process","subscriptions":[],"agentType":"general-purpose","model":"claude-opus-4-7","prompt":{brief},"planModeRequired":false,"cwd":{cwd},"backendType":"in-process"}}"#,
                name = teammate.name,
                joined = teammate.joined.as_millisecond(),
                brief = quoted(&teammate.brief),
            )
        }));
        write(
            &self.folder().join("config.json"),
            &format!(
                r#"{{"name":"{team}","createdAt":{began},"leadAgentId":"team-lead@{team}","leadSessionId":"{}","leadProcess":{},"members":[{}]}}"#,
                self.lead_session,
                self.lead_process,
                members.join(",")
            ),
        )
    }

    fn folder(&self) -> PathBuf {
        self.home.join("teams").join(&self.name)
    }
}

fn from_lead(text: &str) -> String {
    format!("<teammate-message teammate_id=\"team-lead\" summary=\"task\">\n{text}\n</teammate-message>")
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(at(folder))?;
    }
    fs::write(path, text).map_err(at(path))
}
