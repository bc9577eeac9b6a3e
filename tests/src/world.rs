//! The World put together: what most tests need, on a machine without a screen or on a desktop.

use crate::claude::{Claude, Cli};
use crate::desktop::{Desktop, Programs};
use crate::model::Model;
use crate::product::{Binaries, Peerwatch};
use crate::require::Missing;
use crate::scratch::Scratch;
use crate::turns::Turn;

/// Peerwatch and real sessions on a machine without a screen.
#[derive(Debug)]
pub struct World {
    /// The product.
    pub peerwatch: Peerwatch,
    /// The sessions.
    pub claude: Claude,
    /// What the sessions think with.
    pub model: Model,
    /// Where all of it lives.
    pub scratch: Scratch,
    _turn: Turn,
}

impl World {
    /// Begins a World, when it is this test's turn.
    pub fn begin() -> Result<Self, Missing> {
        let (binaries, cli) = (Binaries::find()?, Cli::find()?);
        let turn = Turn::heavy();
        let (scratch, model) = (Scratch::new(), Model::start());
        let claude = Claude::install(&scratch, cli, &model);
        Ok(Self { peerwatch: Peerwatch::headless(&scratch, binaries), claude, model, scratch, _turn: turn })
    }
}

/// Peerwatch on a desktop, alone until sessions are brought in.
#[derive(Debug)]
pub struct Desk {
    /// The product.
    pub peerwatch: Peerwatch,
    /// The desktop.
    pub desktop: Desktop,
    /// Where all of it lives.
    pub scratch: Scratch,
    _turn: Turn,
}

impl Desk {
    /// Begins a World with a desktop, when it is this test's turn.
    pub fn begin() -> Result<Self, Missing> {
        let (binaries, programs) = (Binaries::find_desktop()?, Programs::find()?);
        let turn = Turn::heavy();
        let scratch = Scratch::new();
        let desktop = Desktop::start(&scratch, &programs);
        let peerwatch = Peerwatch::on(&desktop, &scratch, binaries);
        Ok(Self { peerwatch, desktop, scratch, _turn: turn })
    }
}
