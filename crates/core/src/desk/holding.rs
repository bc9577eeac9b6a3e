//! What is told at once, what is held back, and when that is told.

use std::collections::VecDeque;

use super::{Desk, MOMENT, Wish};
use crate::cause::Cause;
use crate::effect::Effect;
use crate::held::HeldBack;
use crate::{AlertId, Moment};

impl Desk {
    /// An earlier run held this back.
    pub(crate) fn restore(&mut self, held: Vec<HeldBack>) {
        self.waits_for_a_look |= !held.is_empty();
        held.into_iter().for_each(|held| self.held.restore(held));
    }

    /// Every source has been read: what an earlier run held back either stands by now or is over.
    pub(crate) fn looked(&mut self, effects: &mut VecDeque<Effect>) {
        if !std::mem::take(&mut self.waits_for_a_look) {
            return;
        }
        let stands = |held: &HeldBack| held.cause().is_some_and(|cause| self.by_cause.contains_key(&cause));
        let over: Vec<String> = self
            .held
            .iter()
            .filter(|held| held.over.is_none() && !stands(held))
            .map(|held| held.key.clone())
            .collect();
        for key in over {
            self.held.over(&key, "over".into(), effects);
        }
    }

    /// Holds something back that no alert stands for.
    pub(crate) fn hold(&mut self, held: HeldBack, effects: &mut VecDeque<Effect>) {
        self.held.hold(held, effects);
    }

    /// Tells of an alert, unless something holds it back or the person looks at what it is about.
    pub(crate) fn tell(&mut self, id: AlertId, wish: Wish, now: Moment, effects: &mut VecDeque<Effect>) {
        let Some(alert) = self.alerts.get(&id) else { return };
        if !alert.pops || self.snoozed.contains_key(&id) || self.is_looked_at(alert) {
            return;
        }
        match wish {
            Wish::Soon => drop(self.snoozed.insert(id, now.tick.plus(MOMENT))),
            Wish::Told | Wish::Unseen if self.quiet.still(now).is_some() || self.waits(id) => {
                self.hold_back(id, wish, effects)
            }
            Wish::Later | Wish::WhileItStands => self.hold_back(id, wish, effects),
            Wish::Unseen => self.ask(id, now.tick, effects),
            Wish::Told | Wish::Through => self.show(id, effects),
            Wish::Never => {}
        }
    }

    /// Whether an earlier run held back of the same, and has not told of it yet.
    fn waits(&self, id: AlertId) -> bool {
        self.waits_for_a_look && self.alerts.get(&id).is_some_and(|alert| self.held.has(&alert.cause.key()))
    }

    fn show(&mut self, id: AlertId, effects: &mut VecDeque<Effect>) {
        let Some(alert) = self.alerts.get(&id) else { return };
        self.told.insert(id, alert.count);
        self.held.drop(&alert.cause.key(), effects);
        self.shown.show(id, &self.alerts, effects);
    }

    fn hold_back(&mut self, id: AlertId, wish: Wish, effects: &mut VecDeque<Effect>) {
        let Some(alert) = self.alerts.get(&id) else { return };
        let told = self.told.get(&id).copied().unwrap_or(0);
        let held = HeldBack {
            key: alert.cause.key(),
            title: alert.title.clone(),
            count: alert.count.saturating_sub(told).max(1),
            over: None,
            muted: matches!(wish, Wish::Later | Wish::WhileItStands),
            fleeting: wish == Wish::WhileItStands,
        };
        self.held.hold(held, effects);
    }

    /// Tells of what was held back and is wanted now; several in one notification.
    pub(crate) fn release(
        &mut self,
        wish_of: impl Fn(&Cause) -> Wish,
        now: Moment,
        effects: &mut VecDeque<Effect>,
    ) {
        if self.waits_for_a_look || self.held.len() == 0 {
            return;
        }
        let wish = |held: &HeldBack| held.cause().map_or(Wish::Told, |cause| wish_of(&cause));
        let unwanted = self.held.take(|held| wish(held) == Wish::Never);
        let still = self.quiet.still(now).is_some();
        let wanted = self.held.take(|held| match wish(held) {
            Wish::Told | Wish::Unseen | Wish::Soon => !still,
            Wish::Through => !still || held.over.is_none(),
            _ => false,
        });
        let let_go: Vec<String> = wanted.iter().chain(&unwanted).map(|held| held.key.clone()).collect();
        let id_of = |held: &HeldBack| self.by_cause.get(&held.cause()?).copied();
        let standing: Vec<AlertId> = wanted.iter().filter_map(id_of).collect();
        if still || matches!((wanted.as_slice(), standing.as_slice()), ([_], [_])) {
            for id in standing {
                match self.alerts.get(&id).map(|alert| wish_of(&alert.cause)) {
                    Some(Wish::Unseen) => self.ask(id, now.tick, effects),
                    _ => self.show(id, effects),
                }
            }
        } else if !wanted.is_empty() {
            self.told.extend(standing.iter().filter_map(|id| Some((*id, self.alerts.get(id)?.count))));
            self.shown.digest(wanted, &standing, &self.alerts, effects);
        }
        // Forgotten only when it is on its way to the screen.
        if !let_go.is_empty() {
            effects.push_back(Effect::LetGo(let_go));
        }
    }
}
