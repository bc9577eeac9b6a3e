//! "It's fine": a person says that a silence is none, and it is learned from.

use super::Roster;
use crate::alert;
use crate::cause::Cause;
use crate::{AlertId, Moment};

impl Roster {
    /// So long a silence is usual for this worker from now on. Any other alert is only taken off the list.
    pub(super) fn fine(&mut self, id: AlertId, now: Moment) {
        let Some(cause) = self.desk.alerts().find(|alert| alert.id == id).map(|alert| alert.cause.clone())
        else {
            return;
        };
        let Cause::Silent(worker, _) = &cause else {
            return self.desk.dismiss(id, now, &mut self.effects);
        };
        self.desk.fine(&cause, now, &mut self.effects);
        if let Some(worker) = self.workers.get_mut(worker) {
            worker.allow_silence(now.tick);
        }
        self.judge(worker, now);
        // One that lasts longer than anything is usual is not told of again; any other is when it gets longer still.
        let wording = self.workers.get(worker).and_then(alert::called_for);
        if wording.is_none_or(|wording| wording.cause != cause) {
            self.desk.readmit(&cause);
        }
    }
}
