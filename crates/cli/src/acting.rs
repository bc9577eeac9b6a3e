//! For whom a command acts that is given with `--as`: whoever has that role, or the process that started the command.

use peerwatch_bridge::{Bearer, Kind, Process};
use peerwatch_core::Timestamp;
use peerwatch_sources::claude;
use peerwatch_sources::process::{self, Processes};

use crate::ancestry::{self, Ancestor};
use crate::args::Global;
use crate::ending::WrongUse;
use crate::ledger::Ledger;
use crate::printable::line;
use crate::{fare, life};

/// Whose work a command does.
#[derive(clap::Args, Debug)]
pub(crate) struct Acting {
    /// The role in the task's bridge for which this is done
    #[arg(long = "as", value_name = "ROLE")]
    role: String,

    /// The process that holds the role if nobody does, instead of whoever started this
    #[arg(long, value_name = "PID")]
    pid: Option<u32>,
}

impl Acting {
    /// The letter of the role, which somebody has or had. From a holder who left or is proven gone it is taken over: by the
    /// Claude Code session that the command was started in, else by the program that started it.
    pub(crate) fn letter(
        &self,
        global: &Global,
        ledger: &mut Ledger,
        conversation: &str,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let holder = ledger.participant(conversation, &self.role)?;
        if holder.kind == Kind::Person {
            let why = "the person owns no tasks; name the role of a worker with --as";
            return Err(WrongUse(why.into()).into());
        }
        let fare = fare::of(&ledger.store, &holder, process::system().as_ref(), now)?;
        // A side of a conversation with tokens is never vacant.
        if holder.bridge.is_none() || (holder.left.is_none() && !fare.is_gone()) {
            return Ok(holder.participant);
        }
        self.join(global, ledger, conversation, &holder.role, now)
    }

    /// The same; a role that nobody ever had is taken as well.
    pub(crate) fn seat(
        &self,
        global: &Global,
        ledger: &mut Ledger,
        conversation: &str,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let all = ledger.store.participants(conversation)?;
        if all.iter().any(|one| one.role == self.role || one.participant == self.role) {
            return self.letter(global, ledger, conversation, now);
        }
        self.join(global, ledger, conversation, &self.role, now)
    }

    fn join(
        &self,
        global: &Global,
        ledger: &mut Ledger,
        conversation: &str,
        role: &str,
        now: Timestamp,
    ) -> anyhow::Result<String> {
        let processes = process::system();
        let bearer = self.bearer(global, processes.as_ref())?;
        let is_dead = |of: &Process| processes.look(of.pid, Some(&of.start)).is_dead();
        Ok(ledger.store.join(conversation, role, &bearer, &is_dead, now)?.participant)
    }

    fn bearer(&self, global: &Global, processes: &dyn Processes) -> anyhow::Result<Bearer> {
        if let Some(pid) = self.pid {
            return self.program(pid, processes);
        }
        let (configs, ancestors) = (life::configs(global), ancestry::ancestors());
        for one in &ancestors {
            if let Some(session) = claude::caller(&configs, one.pid, processes) {
                return Ok(Bearer {
                    process: Some(Process { pid: session.pid, start: session.start }),
                    session_id: session.session_id,
                    agent: String::new(),
                    claude_config: Some(session.config.to_string_lossy().into_owned()),
                    cwd: session.cwd,
                });
            }
        }
        let Some(starter) = ancestors.iter().find(|one| !is_passing(one, processes)) else {
            let why =
                "nobody who started this stays, so nobody would hold the role; name a process with --pid";
            return Err(WrongUse(why.into()).into());
        };
        self.program(starter.pid, processes)
    }

    /// A process that is no session may hold several roles, each as a part of its own.
    fn program(&self, pid: u32, processes: &dyn Processes) -> anyhow::Result<Bearer> {
        let Some(start) = processes.start(pid) else {
            return Err(WrongUse(format!("no process with the pid {pid} runs")).into());
        };
        let cwd = std::env::current_dir().ok().map(|cwd| cwd.to_string_lossy().into_owned());
        let agent = self.role.trim().to_owned();
        Ok(Bearer { process: Some(Process { pid, start }), agent, cwd, ..Bearer::default() })
    }

    /// The role, for a sentence.
    pub(crate) fn name(&self) -> String {
        line(&self.role)
    }
}

/// Whether a process only passes a command on and ends with it: `timeout`, or a shell with `-c`.
fn is_passing(one: &Ancestor, processes: &dyn Processes) -> bool {
    if !ancestry::is_shell(&one.name) {
        return false;
    }
    let arguments = processes.arguments(one.pid).unwrap_or_default();
    passes_on(&one.name, arguments.get(1).map(String::as_str))
}

fn passes_on(name: &str, first: Option<&str>) -> bool {
    let wraps = matches!(name, "timeout" | "setsid" | "sudo");
    wraps || first.is_some_and(|flag| flag.starts_with('-') && !flag.starts_with("--") && flag.contains('c'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_with_a_script_works_and_one_with_a_command_passes_it_on() {
        assert!(
            passes_on("sh", Some("-c")) && passes_on("bash", Some("-lc")) && passes_on("timeout", Some("5"))
        );
        assert!(
            !passes_on("bash", Some("build.sh")) && !passes_on("bash", None) && !passes_on("zsh", Some("-i"))
        );
    }
}
