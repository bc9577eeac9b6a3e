//! tmux: the pane by its id, in the client that shows it or was used last.
//!
//! Names of sessions and numbers of windows change, so none is used: tmux's own ids (`$1`, `@3`, `%5`) are for life. The
//! pane is the one whose first process led to ours; else the one with our terminal's device; else the one that
//! `TMUX_PANE` names. The server is found by `TMUX` (`<socket>,<server's pid>,<session>`) of the process or of one between
//! it and the server.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{At, Kind, Look, Shown};
use crate::call::Call;
use crate::machine::{Environment, Machine};
use crate::table::{Line, Reach, Tried};
use crate::trail::{Ancestor, Trail};
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "tmux",
        reach: Reach::ExactPane,
        by: "`select-window`, `select-pane`, `switch-client` by ids on the server's own socket; then the client's terminal",
        tried: Tried::Tested,
    },
    is: |one| one.is(&["tmux", "tmux: server"]),
    look,
};

/// One line for each pane and each client. None of these holds a blank.
const PANES: &str =
    "pane #{pane_id} #{pane_pid} #{pane_tty} #{session_id} #{window_id} #{window_active} #{pane_active}";
const CLIENTS: &str =
    "client #{client_pid} #{client_tty} #{session_id} #{client_activity} #{client_control_mode} #{pane_id}";

fn look(at: &At) -> Look {
    let server = at.host;
    let socket = at.trail.variable(Some(server.pid), at.machine, |one| socket(one, Some(server.pid)));
    match socket.or_else(|| socket_of_arguments(&at.machine.arguments(server.pid))) {
        Some(socket) => panes(at.trail, at.machine, &Server { program: program(server), socket }),
        None => Look::Nothing("nothing tells the socket of its tmux server".into()),
    }
}

/// A process that the server no longer leads to, by what it was given at its start.
pub(super) fn by_environment(trail: &Trail, machine: &dyn Machine) -> Option<Look> {
    trail.tty.as_ref()?;
    let socket = trail.variable(None, machine, |one| socket(one, None))?;
    let found = panes(trail, machine, &Server { program: "tmux".into(), socket });
    matches!(found, Look::Panes(_)).then_some(found)
}

fn socket(environment: &Environment, server: Option<u32>) -> Option<String> {
    // The socket's path may hold commas itself.
    let mut parts = environment.get("TMUX")?.rsplitn(3, ',');
    let (_session, pid) = (parts.next()?, parts.next()?.parse::<u32>().ok()?);
    server.is_none_or(|server| server == pid).then(|| parts.next().map(str::to_owned))?
}

/// A server keeps the words of the command that started it.
fn socket_of_arguments(words: &[String]) -> Option<String> {
    let at = words.iter().position(|word| word.starts_with("-S"))?;
    let beside = words.get(at)?.strip_prefix("-S").filter(|rest| !rest.is_empty());
    beside.or(words.get(at + 1).map(String::as_str)).map(str::to_owned)
}

/// The server's own program: another version may not speak with it.
fn program(server: &Ancestor) -> PathBuf {
    if server.program.is_file() { server.program.clone() } else { "tmux".into() }
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Server {
    program: PathBuf,
    socket: String,
}

impl Server {
    fn run(&self, machine: &dyn Machine, commands: &[&[&str]]) -> Result<String, String> {
        let mut words: Vec<OsString> = vec!["-u".into(), "-S".into(), self.socket.clone().into()];
        for (index, command) in commands.iter().enumerate() {
            if index > 0 {
                words.push(";".into());
            }
            words.extend(command.iter().map(OsString::from));
        }
        machine.run(&Call::new(&self.program).with(words)).map_err(|error| error.to_string())
    }
}

/// A pane as one session holds it: a window may be linked into several.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Pane {
    id: String,
    pid: u32,
    tty: String,
    session: String,
    window: String,
    is_shown: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Client {
    pid: u32,
    tty: String,
    session: String,
    activity: u64,
    is_control: bool,
    pane: String,
}

fn read(said: &str) -> (Vec<Pane>, Vec<Client>) {
    let (mut panes, mut clients) = (Vec::new(), Vec::new());
    for line in said.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let text = |index: usize| fields.get(index).map(|field| (*field).to_owned());
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        let pid = |index: usize| u32::try_from(number(index)?).ok();
        let pane = || {
            Some(Pane {
                id: text(1)?,
                pid: pid(2)?,
                tty: text(3)?,
                session: text(4)?,
                window: text(5)?,
                is_shown: number(6)? == 1 && number(7)? == 1,
            })
        };
        let client = || {
            Some(Client {
                pid: pid(1)?,
                tty: text(2)?,
                session: text(3)?,
                activity: number(4)?,
                is_control: number(5)? == 1,
                pane: text(6)?,
            })
        };
        match fields.first() {
            Some(&"pane") => panes.extend(pane()),
            Some(&"client") => clients.extend(client()),
            _ => {}
        }
    }
    (panes, clients)
}

fn panes(trail: &Trail, machine: &dyn Machine, server: &Server) -> Look {
    let asked: [&[&str]; 2] = [&["list-panes", "-a", "-F", PANES], &["list-clients", "-F", CLIENTS]];
    let said = match server.run(machine, &asked) {
        Ok(said) => said,
        Err(why) => return Look::Nothing(format!("its tmux server can't be asked: {why}")),
    };
    let (panes, clients) = read(&said);
    let Some(ours) = ours(trail, machine, &panes) else {
        return Look::Nothing("its pane of tmux is closed".into());
    };
    let held: Vec<&Pane> = panes.iter().filter(|pane| pane.id == ours).collect();
    let shown: Vec<Shown> = ranked(&held, &clients)
        .into_iter()
        .map(|(pane, client)| {
            let step = Choice { server: server.clone(), pane: pane.clone(), client: client.clone() };
            Shown { step: Box::new(step), client: client.pid }
        })
        .collect();
    if shown.is_empty() {
        let session = held.first().map_or("", |pane| &pane.session);
        let socket = crate::resume::for_shell(&server.socket);
        return Look::Nothing(format!(
            "no terminal shows its tmux session; `tmux -S {socket} attach -t '{session}'` does"
        ));
    }
    Look::Panes(shown)
}

/// The id of the pane that is ours, by three ways that trust less and less.
fn ours(trail: &Trail, machine: &dyn Machine, panes: &[Pane]) -> Option<String> {
    let by_process = trail
        .ancestors
        .iter()
        .find_map(|one| panes.iter().find(|pane| pane.pid == one.pid))
        .map(|pane| &pane.id);
    let by_device = || Some(&panes.iter().find(|pane| Some(&pane.tty) == trail.tty.as_ref())?.id);
    let named = || trail.variable(None, machine, |one| one.get("TMUX_PANE").map(str::to_owned));
    let by_name = || {
        let named = named()?;
        Some(&panes.iter().find(|pane| pane.id == named)?.id)
    };
    by_process.or_else(by_device).or_else(by_name).cloned()
}

/// Who could show the pane: who does already, then who has its session, then anybody; of those alike, who was used last.
fn ranked<'a>(held: &[&'a Pane], clients: &'a [Client]) -> Vec<(&'a Pane, &'a Client)> {
    let mut pairs: Vec<(&Pane, &Client)> = clients
        .iter()
        .filter_map(|client| {
            let own = held.iter().find(|pane| pane.session == client.session);
            Some((*own.or(held.first())?, client))
        })
        .collect();
    pairs.sort_by_key(|(pane, client)| {
        let is_own = pane.session == client.session;
        let shows_it = is_own && client.pane == pane.id;
        (client.is_control, !shows_it, !is_own, std::cmp::Reverse(client.activity))
    });
    pairs
}

/// The pane, shown by one client.
#[derive(Debug)]
struct Choice {
    server: Server,
    pane: Pane,
    client: Client,
}

impl Step for Choice {
    fn what(&self) -> String {
        format!("pane {} of tmux", self.pane.id)
    }

    fn take(&self, machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        let (pane, client) = (&self.pane, &self.client);
        let window = format!("{}:{}", pane.session, pane.window);
        let select_window: &[&str] = &["select-window", "-t", &window];
        let select_pane: &[&str] = &["select-pane", "-t", &pane.id];
        let switch: &[&str] = &["switch-client", "-c", &client.tty, "-t", &pane.session];
        let look: &[&str] = &["list-clients", "-F", CLIENTS];
        let mut commands = vec![select_window];
        // Choosing the pane that is chosen already would undo its zoom.
        commands.extend((!self.pane.is_shown).then_some(select_pane));
        commands.extend((client.session != pane.session).then_some(switch));
        commands.push(look);
        let said = self.server.run(machine, &commands)?;
        match self.is_shown(&said) {
            true => Ok(Seen::InFront),
            false => Err("tmux shows another pane".into()),
        }
    }

    fn is_in_front(&self, machine: &dyn Machine) -> Option<bool> {
        let said = self.server.run(machine, &[&["list-clients", "-F", CLIENTS]]).ok()?;
        Some(self.is_shown(&said))
    }
}

impl Choice {
    fn is_shown(&self, said: &str) -> bool {
        let (_, clients) = read(said);
        clients.iter().any(|client| client.tty == self.client.tty && client.pane == self.pane.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    const SAID: &str = "\
pane %1 101 /dev/pts/1 $0 @0 1 1
pane %2 102 /dev/pts/10 $0 @0 1 0
pane %3 103 /dev/pts/3 $0 @1 0 1
pane %3 103 /dev/pts/3 $4 @1 1 1
client 201 /dev/pts/20 $0 900 0 %1
client 202 /dev/pts/21 $4 100 0 %3
client 203 /dev/pts/22 $5 999 1 %9
";

    fn ours_of(pid: u32, machine: &Fake) -> Option<String> {
        ours(&Trail::of(pid, machine), machine, &read(SAID).0)
    }

    #[test]
    fn the_pane_is_found_by_process_then_device_then_name() {
        let mut machine = Fake::default();
        machine.process(103, 50, "/bin/bash", "/dev/pts/3");
        machine.process(300, 103, "/usr/bin/claude", "/dev/pts/77").variable(300, "TMUX_PANE", "%1");
        assert_eq!(ours_of(300, &machine).as_deref(), Some("%3"), "its shell is the pane's");
        machine.process(301, 1, "/usr/bin/claude", "/dev/pts/1");
        assert_eq!(ours_of(301, &machine).as_deref(), Some("%1"), "the whole device is compared");
        machine.process(302, 1, "/usr/bin/claude", "/dev/pts/78").variable(302, "TMUX_PANE", "%2");
        assert_eq!(ours_of(302, &machine).as_deref(), Some("%2"));
        machine.process(303, 1, "/usr/bin/claude", "/dev/pts/78").variable(303, "TMUX_PANE", "%22");
        assert_eq!(ours_of(303, &machine), None);
    }

    #[test]
    fn the_client_that_shows_it_comes_first_and_one_without_a_screen_last() {
        let (panes, clients) = read(SAID);
        let order = |id: &str| {
            let held: Vec<&Pane> = panes.iter().filter(|pane| pane.id == id).collect();
            let ranked = ranked(&held, &clients);
            ranked.iter().map(|(pane, client)| (pane.session.clone(), client.pid)).collect::<Vec<_>>()
        };
        let pair = |session: &str, pid| (session.to_owned(), pid);
        assert_eq!(order("%3"), [pair("$4", 202), pair("$0", 201), pair("$0", 203)]);
        assert_eq!(order("%2"), [pair("$0", 201), pair("$0", 202), pair("$0", 203)]);
    }

    #[test]
    fn the_socket_is_that_of_the_server_that_leads_to_the_process() {
        let environment = |tmux: &str| [("TMUX", tmux)].into_iter().collect::<Environment>();
        assert_eq!(socket(&environment("/tmp/a,b/s,77,0"), Some(77)).as_deref(), Some("/tmp/a,b/s"));
        assert_eq!(socket(&environment("/tmp/s,77,0"), Some(78)), None, "of an outer tmux");
        assert_eq!(socket(&environment("nonsense"), None), None);
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(socket_of_arguments(&words("tmux -S /x/s new")).as_deref(), Some("/x/s"));
        assert_eq!(socket_of_arguments(&words("tmux -f/dev/null -S/x/s new")).as_deref(), Some("/x/s"));
        assert_eq!(socket_of_arguments(&words("tmux new")), None);
    }
}
