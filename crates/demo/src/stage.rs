//! Who is on stage, and who is asked to do what.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::act::Act;
use crate::bridge::Bridge;
use crate::error::{DemoError, Result};
use crate::own_bridge::{self, Fate, OwnBridge, PERSON};
use crate::puppet::Player;
use crate::session::Session;
use crate::team::Team;

/// Everybody who plays, and the folder they play in.
pub(crate) struct Stage {
    pub(crate) home: PathBuf,
    pub(crate) database: PathBuf,
    pub(crate) player: Player,
    sessions: BTreeMap<String, Session>,
    teams: BTreeMap<String, Team>,
    bridges: Vec<Bridge>,
    own: OwnBridge,
}

impl Stage {
    /// `own` is the folder in which Peerwatch keeps its own things.
    pub(crate) fn new(home: PathBuf, database: PathBuf, own: &Path, player: Player) -> Self {
        Self {
            home,
            database,
            player,
            own: OwnBridge::new(own_bridge::place(own)),
            sessions: BTreeMap::new(),
            teams: BTreeMap::new(),
            bridges: Vec::new(),
        }
    }

    /// The processes that play sessions at present, by the session's name.
    pub(crate) fn pids(&self) -> BTreeMap<String, u32> {
        self.sessions.iter().map(|(name, session)| (name.clone(), session.pid())).collect()
    }

    /// Lets somebody do something; `when` dates what is written.
    pub(crate) fn perform(&mut self, who: &str, act: &Act, when: Timestamp) -> Result<()> {
        if let Some((lead, teammate)) = who.split_once('/') {
            return self.teammate(lead, teammate, act, when);
        }
        match act {
            Act::Starts(folder) => {
                let session = Session::start(&self.home, &self.player, who, folder, when)?;
                self.sessions.insert(who.into(), session);
                Ok(())
            }
            Act::Dies => {
                self.leave(who)?.dies();
                Ok(())
            }
            Act::Exits => self.leave(who)?.exits(),
            Act::Hears { from, text } => self.hears(who, from, text, when),
            Act::Opens(partner) => {
                self.bridges.push(Bridge::open(&self.database, who, partner, when)?);
                Ok(())
            }
            Act::Tells { kind, text } => {
                let (bridge, side) = self.bridge(who)?;
                bridge.send(side, kind, text, when)
            }
            Act::Reads => {
                let (bridge, side) = self.bridge(who)?;
                bridge.fetch(side, when)
            }
            Act::Beats(status) => {
                let (bridge, side) = self.bridge(who)?;
                bridge.beat(side, status, when)
            }
            Act::TakesPart => self.own.join(self.present(who)?, when),
            Act::Writes { to, text } if who == PERSON => {
                self.own.person_writes(self.present(to)?, text, when)
            }
            Act::Writes { to, text } => self.own.write(self.present(who)?, to, text, when),
            Act::Becomes(fate) => {
                let session = self.present(who)?;
                match fate {
                    Fate::Held => session.set_holds(true),
                    Fate::Accepted => session.set_holds(false),
                    Fate::Seen | Fate::Acknowledged => {}
                }
                self.own.becomes(session, *fate, when)
            }
            Act::Does(deed) if who == PERSON => self.own.does(None, deed, when),
            Act::Does(deed) => self.own.does(Some(self.present(who)?), deed, when),
            _ => self.session(who)?.perform(act, when),
        }
    }

    fn present(&self, name: &str) -> Result<&Session> {
        self.sessions.get(name).ok_or_else(|| absent(name))
    }

    fn teammate(&mut self, lead: &str, name: &str, act: &Act, when: Timestamp) -> Result<()> {
        let session = self.sessions.get_mut(lead).ok_or_else(|| absent(lead))?;
        let team = self.teams.entry(lead.into()).or_insert_with(|| Team::new(&self.home, session, when));
        // The registry is quicker than the transcripts, as with the real program.
        team.expect(name, act);
        session.teammates_work(team.works(), when)?;
        team.perform(name, act, when)
    }

    fn hears(&mut self, who: &str, from: &str, text: &str, when: Timestamp) -> Result<()> {
        if let Some(team) = self.teams.get(who).filter(|team| team.has(from)) {
            team.drain()?;
            return self.session(who)?.hears_teammate(from, text, when);
        }
        let pid = self.session(from)?.pid();
        self.session(who)?.hears(from, pid, text, when)
    }

    fn session(&mut self, name: &str) -> Result<&mut Session> {
        self.sessions.get_mut(name).ok_or_else(|| absent(name))
    }

    fn leave(&mut self, name: &str) -> Result<Session> {
        self.sessions.remove(name).ok_or_else(|| absent(name))
    }

    fn bridge(&self, role: &str) -> Result<(&Bridge, &'static str)> {
        self.bridges
            .iter()
            .find_map(|bridge| bridge.side(role).map(|side| (bridge, side)))
            .ok_or_else(|| absent(role))
    }
}

fn absent(who: &str) -> DemoError {
    DemoError::OutOfPlace { who: who.into(), why: "is not on stage".into() }
}
