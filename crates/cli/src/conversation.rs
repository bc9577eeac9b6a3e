//! `peerwatch watch --conversation-id`: what happens in one conversation, a line each, from the moment it starts.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::bail;
use peerwatch_engine::rfc3339;
use peerwatch_wire::Event;

use crate::args::Global;
use crate::awake;
use crate::databases;
use crate::ending::Ending;
use crate::follow::{Followed, Update};
use crate::happening;
use crate::screen;
use crate::seat::{Seat, SeatError};

/// One conversation, and the side whose messages alone are told, when a token names it.
pub(crate) struct Conversation {
    id: String,
    gate: Option<Gate>,
}

/// A message is noticed in the database's log, up to this long before its commit lets everybody see it.
const COMMIT: Duration = Duration::from_millis(500);
const BREATH: Duration = Duration::from_millis(2);

/// The side that a token opens. The database may come later than the watch.
struct Gate {
    path: PathBuf,
    token: String,
    participant: Option<String>,
}

impl Conversation {
    /// Everything of a conversation, or with a token the messages of its side.
    ///
    /// # Errors
    /// When the token is wrong. A database that is not there yet is waited for.
    pub(crate) fn new(global: &Global, id: &str, token: Option<String>) -> anyhow::Result<Self> {
        let Some(token) = token else { return Ok(Self { id: id.into(), gate: None }) };
        let path = databases::holding(global, id)?;
        let mut gate = Gate { path, token, participant: None };
        if gate.path.exists() {
            gate.open(id)?;
        } else {
            screen::say("The database is not there yet; the token is checked when it comes.");
        }
        Ok(Self { id: id.into(), gate: Some(gate) })
    }

    /// Tells what happens until the person stops or the engine is lost.
    pub(crate) fn tell(mut self, followed: &Followed, json: bool) -> anyhow::Result<Ending> {
        loop {
            match followed.updates.recv() {
                Ok(Update::Event(event)) if self.concerns(&event)? => {
                    if json {
                        screen::print_json_line(&event)?;
                    } else {
                        // Heartbeats and messages are dated in UTC, and so is what is told of them.
                        let said = happening::said_at(&event, &rfc3339(awake::wall()), screen::width());
                        screen::print(said.as_slice())?;
                    }
                }
                Ok(Update::Stop) => return Ok(Ending::Fine),
                Ok(Update::Lost(why)) => bail!(why),
                Ok(Update::Event(_) | Update::View(_) | Update::Resized) => {}
                Err(_) => bail!("nothing can be heard any longer"),
            }
        }
    }

    /// Whether an event belongs here.
    fn concerns(&mut self, event: &Event) -> anyhow::Result<bool> {
        let is_here = |id: &str| id.starts_with("bridge:") && id.ends_with(&format!(":{}", self.id));
        let is_side = |id: &str| id.rsplit_once(':').is_some_and(|(conversation, _)| is_here(conversation));
        Ok(match event {
            Event::Message { conversation, id, .. } if is_here(conversation) => match &mut self.gate {
                Some(gate) => gate.admits(&self.id, id)?,
                None => true,
            },
            Event::Receipt { conversation, .. } => is_here(conversation),
            Event::Presence { worker, .. } => is_side(worker),
            Event::Alert { worker: Some(worker), .. } => is_side(worker),
            Event::Problem { .. } => true,
            _ => false,
        })
    }
}

impl Gate {
    fn open(&mut self, conversation: &str) -> anyhow::Result<Seat> {
        let seat = Seat::open(&self.path, conversation, Some(&self.token), awake::wall())?;
        if self.participant.is_none() {
            seat.note();
            self.participant = Some(seat.participant().into());
        }
        Ok(seat)
    }

    /// Whether a message is for this side. One that is not found is told rather than kept back.
    fn admits(&mut self, conversation: &str, id: &str) -> anyhow::Result<bool> {
        // A restored database may give a number a second time; its id then has the time behind it.
        let Some(number) = id.split('@').next().and_then(|number| number.parse().ok()) else {
            return Ok(true);
        };
        let seat = match Seat::open(&self.path, conversation, Some(&self.token), awake::wall()) {
            Ok(seat) => seat,
            Err(SeatError::Unusable(_)) if self.participant.is_some() => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        self.participant = Some(seat.participant().into());
        let began = Instant::now();
        loop {
            match seat.is_mine(number)? {
                Some(mine) => return Ok(mine),
                None if began.elapsed() > COMMIT => return Ok(true),
                None => std::thread::sleep(BREATH),
            }
        }
    }
}
