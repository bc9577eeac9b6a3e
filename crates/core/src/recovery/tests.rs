use std::fmt::Write;

use expect_test::expect;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::Tick;

const WALL: i64 = 1_800_000_000_000;

fn second(second: i64) -> Moment {
    Moment { tick: Tick(second * 1000), wall: Timestamp(WALL + second * 1000) }
}

/// A task whose owner died at that second, where recovery is on for all.
fn lost(task: &str, at: i64) -> Lost {
    Lost {
        task: task.into(),
        worker: WorkerId::new("asha"),
        loss: Loss::Gone,
        since: second(at),
        switched: Switched::ForAll,
        attempts: 1,
        handovers: 0,
        last_handover: None,
        has_heir: true,
    }
}

/// Plays an engine that asks when it is told to, and whose heirs all die as soon as they have a task.
struct Play {
    lost: Vec<Lost>,
    last: Option<Timestamp>,
    dying: bool,
    told: String,
}

impl Play {
    fn of(lost: Vec<Lost>) -> Self {
        Self { lost, last: None, dying: false, told: String::new() }
    }

    /// From one second to another, one step a second; `settled` says from when.
    fn run(&mut self, from: i64, to: i64, settled: i64) -> &mut Self {
        for at in from..=to {
            let now = second(at);
            while let Choice::Now(task) = next(&self.lost, &Pace::default(), self.last, at >= settled, now) {
                writeln!(self.told, "{at} s: {task}").unwrap();
                self.hand_over(&task, now);
            }
        }
        self
    }

    fn hand_over(&mut self, task: &str, now: Moment) {
        self.last = Some(now.wall);
        let index = self.lost.iter().position(|one| one.task == task).unwrap();
        if self.dying {
            let one = &mut self.lost[index];
            one.handovers += 1;
            (one.last_handover, one.since) = (Some(now.wall), now);
        } else {
            self.lost.remove(index);
        }
    }

    fn end(&mut self, at: i64) -> String {
        for one in &self.lost {
            let hold = one.hold(&Pace::default(), self.last, true, second(at));
            let words = hold.map_or("free".into(), |hold| hold.words(second(at)));
            writeln!(self.told, "{at} s: {} waits: {words}", one.task).unwrap();
        }
        std::mem::take(&mut self.told)
    }
}

#[test]
fn a_loss_is_made_good_two_seconds_later() {
    let mut play = Play::of(vec![lost("1", 10)]);
    expect![[r#"
        12 s: 1
    "#]]
    .assert_eq(&play.run(10, 100, 0).end(100));
}

#[test]
fn one_a_minute_the_oldest_loss_first() {
    let mut play = Play::of(vec![lost("late", 15), lost("b", 10), lost("a", 10)]);
    expect![[r#"
        12 s: a
        72 s: b
        80 s: late waits: another task was just handed over, 52 s more
    "#]]
    .assert_eq(&play.run(10, 80, 0).end(80));
}

#[test]
fn whose_heirs_keep_dying_is_left_to_a_person() {
    let mut play = Play::of(vec![lost("1", 0)]);
    play.dying = true;
    expect![[r#"
        2 s: 1
        302 s: 1
        602 s: 1
        2000 s: 1 waits: it was tried 3 times; a person must decide
    "#]]
    .assert_eq(&play.run(0, 2000, 0).end(2000));
}

#[test]
fn three_who_began_it_are_three_attempts_whoever_moved_it() {
    let one = Lost { attempts: 3, ..lost("1", 0) };
    expect![[r#"
        100 s: 1 waits: it was tried 3 times; a person must decide
    "#]]
    .assert_eq(&Play::of(vec![one]).run(0, 100, 0).end(100));
}

#[test]
fn nothing_moves_unless_it_is_switched_on_and_proven() {
    let off = Lost { switched: Switched::Off, ..lost("off", 0) };
    let silent = Lost { loss: Loss::Silent, ..lost("silent", 0) };
    let wanted = Lost { loss: Loss::Silent, switched: Switched::ForBridge, ..lost("silent, wanted", 1) };
    let alone = Lost { has_heir: false, ..lost("alone", 0) };
    expect![[r#"
        3 s: silent, wanted
        300 s: off waits: automatic recovery is off
        300 s: silent waits: its owner is silent, not proven gone
        300 s: alone waits: nobody is free to take it
    "#]]
    .assert_eq(&Play::of(vec![off, silent, wanted, alone]).run(0, 300, 0).end(300));
}

#[test]
fn while_the_machine_settles_a_death_is_certain_and_a_silence_is_not() {
    let silent = Lost { loss: Loss::Silent, switched: Switched::ForBridge, ..lost("2", 0) };
    let mut play = Play::of(vec![lost("1", 0), silent.clone()]);
    expect![[r#"
        2 s: 1
        300 s: 2
    "#]]
    .assert_eq(&play.run(0, 400, 300).end(400));
    let choice = next(&[silent], &Pace::default(), None, false, second(50));
    assert_eq!(choice, Choice::At(second(55)));
}

#[test]
fn the_brakes_of_before_a_restart_still_hold() {
    let one = Lost { last_handover: Some(second(-100).wall), ..lost("1", 0) };
    assert_eq!(next(&[one], &Pace::default(), None, true, second(10)), Choice::At(second(200)));
    let last = Some(second(-5).wall);
    assert_eq!(next(&[lost("1", 0)], &Pace::default(), last, true, second(10)), Choice::At(second(55)));
}

#[test]
fn a_clock_set_back_shortens_no_brake_and_makes_none_endless() {
    // An hour ahead of now, as it seems.
    let one = Lost { last_handover: Some(second(3600).wall), ..lost("1", 0) };
    assert_eq!(next(&[one], &Pace::default(), None, true, second(10)), Choice::At(second(310)));
}

#[test]
fn a_night_of_sleep_uses_up_no_grace() {
    let asleep = Moment { tick: Tick(1_000), wall: Timestamp(WALL + 30_000_000) };
    let choice = next(&[lost("1", 0)], &Pace::default(), None, true, asleep);
    assert_eq!(choice, Choice::At(asleep.plus(Duration::from_secs(1))));
}

fn any_lost(index: usize) -> impl Strategy<Value = Lost> {
    let switches = vec![Switched::Off, Switched::ForAll, Switched::ForAll, Switched::ForBridge];
    let losses = vec![Loss::Gone, Loss::Gone, Loss::Silent];
    (select(switches), select(losses), 0..600_i64, 1..4_u32, 0..4_u32, any::<bool>()).prop_map(
        move |(switched, loss, at, attempts, handovers, has_heir)| Lost {
            switched,
            loss,
            attempts,
            handovers,
            has_heir,
            ..lost(&index.to_string(), at)
        },
    )
}

fn many_lost() -> impl Strategy<Value = Vec<Lost>> {
    vec(any::<bool>(), 0..6).prop_flat_map(|all| (0..all.len()).map(any_lost).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn no_brake_is_ever_passed(lost in many_lost(), woke in 0..400_i64) {
        let pace = Pace::default();
        let mut play = Play { dying: true, ..Play::of(lost.clone()) };
        let mut done: Vec<(i64, String)> = Vec::new();
        let mut at = 0;
        // Asks only when it was told to; every loss is news.
        while at < 4_000 {
            let known: Vec<Lost> = play.lost.iter().filter(|one| one.since <= second(at)).cloned().collect();
            let news = lost.iter().map(|one| one.since.tick.0 / 1000).filter(|since| *since > at).min();
            match next(&known, &pace, play.last, at >= woke, second(at)) {
                Choice::Now(task) => {
                    play.hand_over(&task, second(at));
                    done.push((at, task));
                }
                Choice::At(when) => {
                    prop_assert!(when > second(at), "told to ask in the past");
                    at = news.unwrap_or(i64::MAX).min((when.tick.0 + 999) / 1000);
                }
                Choice::Nothing => at = news.unwrap_or(4_000),
            }
        }
        for pair in done.windows(2) {
            prop_assert!(pair[1].0 - pair[0].0 >= 60, "two in a minute: {done:?}");
        }
        for one in &lost {
            let own: Vec<i64> = done.iter().filter(|(_, task)| *task == one.task).map(|(at, _)| *at).collect();
            let proven = match one.loss {
                Loss::Gone => one.switched != Switched::Off,
                Loss::Silent => one.switched == Switched::ForBridge,
            };
            let may = proven && one.has_heir && one.attempts < 3;
            prop_assert!(own.windows(2).all(|pair| pair[1] - pair[0] >= 300), "too soon: {done:?}");
            let settled = |at: i64| one.loss == Loss::Gone || at >= woke;
            let graced = |at: i64| second(at).tick >= one.since.tick.plus(pace.grace);
            prop_assert!(own.iter().all(|at| graced(*at) && settled(*at)));
            // Nothing that may be handed over is forgotten: there is time enough for all of them.
            let expected = if may { 3_u32.saturating_sub(one.handovers) } else { 0 };
            prop_assert_eq!(own.len(), expected as usize);
        }
    }
}
