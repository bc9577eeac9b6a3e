//! `peerwatch stop`: end the running engine in order.

use peerwatch_wire::Command;

use crate::args::Global;
use crate::ending::Ending;
use crate::order;

pub(crate) fn run(global: &Global) -> anyhow::Result<Ending> {
    order::give(global, &Command::Stop, "The engine stops.")
}
