//! Fences: where a person wants it, a session is kept from editing for a task that was taken from it.

use peerwatch_bridge::{Confirmation, Handover, HandoverStep};
use peerwatch_connect::fence::{self, Fence, Holder, Whom};
use peerwatch_core::WorkerId;
use peerwatch_wire::Reply;

use super::Loop;
use crate::board;

impl Loop {
    /// Switches the fence of a worker on or off.
    pub(super) fn fence(&mut self, worker: &WorkerId, on: bool) -> Reply {
        if on && self.roster.worker(worker).is_none() {
            return Reply::Refused {
                why: format!("no worker has the id {worker}; `peerwatch status` lists them"),
            };
        }
        if on {
            self.fenced.insert(worker.clone());
        } else {
            self.fenced.remove(worker);
        }
        self.warn("a fence", self.store.fence(worker, on));
        self.see_to_fences();
        Reply::Done
    }

    /// Lets those fences stand that handovers call for, and no others.
    pub(super) fn see_to_fences(&self) {
        if !self.is_the_engine {
            return;
        }
        let runtime = &self.folders.runtime;
        let handovers = self.board.handovers();
        let wanted: Vec<Fence> = handovers
            .iter()
            .filter(|(_, handover)| self.must_stop(handover))
            .filter_map(|(bridge, handover)| fence_of(self.board.named(bridge, handover.task), handover))
            .collect();
        let standing = fence::standing(runtime);
        for fence in standing.iter().filter(|fence| !wanted.contains(fence)) {
            if let Err(error) = fence::lower(runtime, fence) {
                tracing::warn!("a fence could not be lowered: {error}");
            }
        }
        for fence in wanted.iter().filter(|fence| !standing.contains(fence)) {
            if let Err(error) = fence::raise(runtime, fence) {
                tracing::warn!("a fence could not be raised: {error}");
            }
        }
    }

    /// Whether the old owner may still be at work, and is fenced.
    fn must_stop(&self, handover: &Handover) -> bool {
        let has_let_go = matches!(handover.confirmed, Some(Confirmation::Acknowledged | Confirmation::Gone));
        let holder = board::holder(&handover.from);
        handover.step != HandoverStep::Undone
            && !has_let_go
            && holder.is_some_and(|it| self.fenced.contains(&it))
    }
}

fn fence_of(task: String, handover: &Handover) -> Option<Fence> {
    let bearer = &handover.from.bearer;
    let process = bearer.process.as_ref()?;
    Some(Fence {
        holder: Holder {
            pid: process.pid,
            started: Some(process.start.clone()),
            session_id: bearer.session_id.clone().unwrap_or_default(),
        },
        whom: match bearer.agent.as_str() {
            "" => Whom::OwnAndSubagents,
            agent => Whom::Agent(agent.to_owned()),
        },
        task,
        epoch: Some(handover.from_epoch),
        subject: handover.subject.clone(),
        by: handover.to.as_ref().map(|to| to.role.clone()),
        at: handover.at.0,
        why: handover.reason.clone(),
    })
}
