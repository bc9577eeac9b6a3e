use super::*;
use expect_test::expect;

fn standing() -> Standing {
    Standing {
        mode: Mode::Wake,
        allow_bypassing: false,
        attempts: 0,
        pushed: None,
        accepted: None,
        trouble: None,
    }
}

fn recipient(word: StatusWord) -> Recipient {
    let status = Status { word, waiting_for: None };
    Recipient {
        process: Process::Alive,
        status,
        since: Tick(0),
        bypasses_permissions: false,
        has_inbox: true,
    }
}

fn all_statuses() -> [StatusWord; 6] {
    let unknown = StatusWord::Unknown("dreaming".into());
    [StatusWord::Absent, StatusWord::Busy, StatusWord::Idle, StatusWord::Waiting, StatusWord::Shell, unknown]
}

#[test]
fn the_mode_decides_who_is_woken() {
    let mut told = String::new();
    for mode in [Mode::Wake, Mode::NextTurn, Mode::TellMe] {
        for status in all_statuses() {
            let step = next(&Standing { mode, ..standing() }, &recipient(status.clone()), Tick(0));
            told.push_str(&format!("{mode:?} {status:?}: {step:?}\n"));
        }
    }
    expect![[r#"
        Wake Absent: Push
        Wake Busy: Push
        Wake Idle: Push
        Wake Waiting: Push
        Wake Shell: Push
        Wake Unknown("dreaming"): Push
        NextTurn Absent: Later(Unclear)
        NextTurn Busy: Push
        NextTurn Idle: Later(AtItsPrompt)
        NextTurn Waiting: Push
        NextTurn Shell: Later(AtItsPrompt)
        NextTurn Unknown("dreaming"): Later(Unclear)
        TellMe Absent: TellPerson(TellMe)
        TellMe Busy: TellPerson(TellMe)
        TellMe Idle: TellPerson(TellMe)
        TellMe Waiting: TellPerson(TellMe)
        TellMe Shell: TellPerson(TellMe)
        TellMe Unknown("dreaming"): TellPerson(TellMe)
    "#]]
    .assert_eq(&told);
}

/// Follows the plan with a recipient that never shows the message; tells each step and when.
fn unanswered(mode: Mode, status: StatusWord) -> String {
    let (mut standing, recipient) = (Standing { mode, ..standing() }, recipient(status));
    let (mut now, mut told) = (Tick(0), String::new());
    loop {
        let step = next(&standing, &recipient, now);
        told.push_str(&format!("{} s: {step:?}\n", now.0 / 1000));
        match step {
            Step::Push => {
                standing.attempts += 1;
                standing.pushed = Some(now);
            }
            Step::Wait(until) => now = until,
            Step::Later(_) | Step::TellPerson(_) => return told,
        }
    }
}

#[test]
fn a_push_is_repeated_ever_more_slowly_and_then_a_person_is_told() {
    expect![[r#"
        0 s: Push
        0 s: Wait(Tick(3000))
        3 s: Push
        3 s: Wait(Tick(9000))
        9 s: Push
        9 s: Wait(Tick(21000))
        21 s: Push
        21 s: Wait(Tick(45000))
        45 s: Push
        45 s: Wait(Tick(93000))
        93 s: TellPerson(Unanswered)
    "#]]
    .assert_eq(&unanswered(Mode::Wake, StatusWord::Idle));
}

#[test]
fn one_that_became_idle_before_the_repetition_is_not_woken_by_it() {
    let pushed = Standing { mode: Mode::NextTurn, attempts: 1, pushed: Some(Tick(0)), ..standing() };
    assert_eq!(next(&pushed, &recipient(StatusWord::Idle), Tick(4_000)), Step::Later(Why::AtItsPrompt));
}

#[test]
fn what_is_queued_is_not_pushed_again_unless_its_session_died() {
    let queued = Standing { attempts: 1, pushed: Some(Tick(0)), accepted: Some(Tick(90)), ..standing() };
    let mut recipient = recipient(StatusWord::Busy);
    assert_eq!(next(&queued, &recipient, Tick(i64::MAX)), Step::Later(Why::Queued));
    for dead in [Process::Absent, Process::Replaced, Process::Zombie] {
        recipient.process = dead;
        assert_eq!(next(&queued, &recipient, Tick(100)), Step::Later(Why::Gone));
    }
    // The session is resumed: for its new process the message was never pushed.
    recipient.process = Process::Alive;
    assert_eq!(next(&standing(), &recipient, Tick(200)), Step::Push);
}

#[test]
fn a_session_that_asks_for_nothing_is_put_into_a_dialog_only_if_that_is_allowed() {
    let bypassing = Recipient { bypasses_permissions: true, ..recipient(StatusWord::Idle) };
    assert_eq!(next(&standing(), &bypassing, Tick(0)), Step::TellPerson(Why::Bypassing));
    let allowed = Standing { allow_bypassing: true, ..standing() };
    assert_eq!(next(&allowed, &bypassing, Tick(0)), Step::Push);
}

#[test]
fn what_a_person_decided_is_not_tried_again() {
    for trouble in [Trouble::Held, Trouble::Denied, Trouble::Expired, Trouble::Refused, Trouble::TooLarge] {
        let troubled = Standing { attempts: 1, pushed: Some(Tick(0)), trouble: Some(trouble), ..standing() };
        let step = next(&troubled, &recipient(StatusWord::Idle), Tick(1_000_000));
        assert_eq!(step, Step::TellPerson(Why::Trouble(trouble)));
    }
    let unreachable =
        Standing { attempts: 1, pushed: Some(Tick(0)), trouble: Some(Trouble::Unreachable), ..standing() };
    assert_eq!(next(&unreachable, &recipient(StatusWord::Idle), Tick(3_000)), Step::Push);
}

#[test]
fn a_dialog_is_told_of_only_when_it_stays_open() {
    let held = Standing { attempts: 1, pushed: Some(Tick(0)), trouble: Some(Trouble::Held), ..standing() };
    let recipient = recipient(StatusWord::Idle);
    assert_eq!(next(&held, &recipient, Tick(2_999)), Step::Wait(Tick(3_000)));
    assert_eq!(next(&held, &recipient, Tick(3_000)), Step::TellPerson(Why::Trouble(Trouble::Held)));
}

#[test]
fn without_an_inbox_or_while_stopped_nothing_is_pushed_in_vain() {
    let closed = Recipient { has_inbox: false, ..recipient(StatusWord::Idle) };
    assert_eq!(next(&standing(), &closed, Tick(0)), Step::TellPerson(Why::NoInbox));
    let stopped = Recipient { process: Process::Stopped, ..recipient(StatusWord::Busy) };
    let pushed = Standing { attempts: 1, pushed: Some(Tick(0)), ..standing() };
    assert_eq!(next(&pushed, &stopped, Tick(9_000)), Step::Later(Why::Unclear));
}

#[test]
fn what_left_the_queue_of_a_session_at_its_prompt_unseen_is_pushed_again() {
    let queued = Standing { attempts: 1, pushed: Some(Tick(0)), accepted: Some(Tick(90)), ..standing() };
    let idle = Recipient { since: Tick(60_000), ..recipient(StatusWord::Idle) };
    assert_eq!(next(&queued, &idle, Tick(60_100)), Step::Wait(Tick(63_000)));
    assert_eq!(next(&queued, &idle, Tick(63_000)), Step::Push);
}

#[test]
fn a_menu_lies_over_the_prompt_and_a_question_belongs_to_a_turn() {
    let step = |waiting_for: &str| {
        let mut recipient = recipient(StatusWord::Waiting);
        recipient.status.waiting_for = Some(waiting_for.into());
        next(&Standing { mode: Mode::NextTurn, ..standing() }, &recipient, Tick(0))
    };
    assert_eq!(step("permission prompt"), Step::Push);
    assert_eq!(step("input needed"), Step::Push);
    assert_eq!(step("dialog open"), Step::Later(Why::AtItsPrompt));
}
