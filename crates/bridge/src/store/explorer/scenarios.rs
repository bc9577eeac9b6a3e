//! All orders of what workers, engines and a person do to one task.

use super::actors::{Actor, Step};
use super::{Explored, Scenario};

fn worker(letter: &'static str, steps: &[Step]) -> Actor {
    Actor { name: letter, steps: steps.to_vec(), again: None }
}

/// An engine, or a command line that does the work of one. After a crash it goes on from what the store tells.
fn driver(name: &'static str, heir: &'static str) -> Actor {
    let steps = vec![Step::LookAtTask, Step::Revoke, Step::LookForHandover, Step::Confirm, Step::Grant(heir)];
    Actor { name, steps, again: Some(2) }
}

fn person(steps: &[Step]) -> Actor {
    Actor { name: "person", steps: steps.to_vec(), again: Some(steps.len()) }
}

/// Explores it, and says how much that was. What is told of must have come to pass, lest nothing was tried.
fn held(title: &str, scenario: &Scenario, happened: &[&str]) -> Explored {
    let began = std::time::Instant::now();
    let explored = scenario.explore().unwrap_or_else(|broken| panic!("{title}:\n{broken}"));
    let Explored { orders, states, steps, .. } = &explored;
    println!("{title}: {orders} orders, {states} states, {steps} steps, {:?}", began.elapsed());
    for wanted in happened {
        let did = explored.happened.iter().any(|told| told.starts_with(wanted));
        assert!(did, "never: {wanted}; but: {:#?}", explored.happened);
    }
    explored
}

#[test]
fn an_owner_goes_on_while_its_task_is_handed_to_an_heir() {
    let explored = held(
        "an owner that works on, an engine, an heir",
        &Scenario {
            begun_by: None,
            actors: vec![
                worker("a", &[Step::Claim, Step::Progress, Step::Complete]),
                driver("engine", "b"),
                worker("b", &[Step::Claim, Step::Complete]),
            ],
            crashes: 1,
        },
        &[
            "a claims",
            "a completes",
            "engine confirms",
            "engine grants",
            "b claims",
            "b completes",
            "engine crashes",
            "a completes, refused: this task was taken over by web",
            "a completes, refused: this task was taken over by nobody yet",
        ],
    );
    assert!(explored.orders > 10_000, "{explored:?}");
}

#[test]
fn an_owner_acknowledges_and_hands_in_late() {
    let explored = held(
        "an owner that hears and hands in late, an engine, an heir",
        &Scenario {
            begun_by: Some("a"),
            actors: vec![
                worker("a", &[Step::Acknowledge, Step::CompleteAnyhow]),
                driver("engine", "b"),
                worker("b", &[Step::ClaimNext, Step::Progress, Step::Complete]),
            ],
            crashes: 1,
        },
        &[
            "a acknowledges 1",
            "engine confirms",
            "engine grants",
            "b claims the next",
            "b completes",
            "a completes, refused: this task was taken over by web",
        ],
    );
    assert!(explored.orders > 10_000, "{explored:?}");
}

#[test]
fn a_person_takes_undoes_and_adopts() {
    let explored = held(
        "a person that takes, undoes and adopts, an engine, an owner, an heir",
        &Scenario {
            begun_by: Some("a"),
            actors: vec![
                worker("a", &[Step::Progress, Step::Complete]),
                driver("engine", "b"),
                worker("b", &[Step::Progress, Step::CompleteAnyhow]),
                person(&[Step::LookForHandover, Step::TakeAnyway, Step::Undo, Step::Adopt]),
            ],
            crashes: 1,
        },
        &[
            "person takes anyway",
            "person undoes",
            "person adopts",
            "engine grants",
            "b reports",
            "b completes, refused: this task was taken over by api",
            "person undoes, refused: the new owner has begun",
            "a completes, refused: task 1 changed hands and is in epoch 3 now",
        ],
    );
    assert!(explored.orders > 1_000_000, "{explored:?}");
}

#[test]
fn two_engines_hand_one_task_to_two_heirs() {
    let explored = held(
        "two engines with an heir each, an owner",
        &Scenario {
            begun_by: Some("a"),
            actors: vec![
                worker("a", &[Step::Complete]),
                driver("engine", "b"),
                driver("command line", "c"),
                worker("b", &[Step::CompleteAnyhow]),
                worker("c", &[Step::CompleteAnyhow]),
            ],
            crashes: 1,
        },
        &[
            "engine revokes",
            "command line revokes",
            "engine grants",
            "command line grants",
            "b completes",
            "c completes",
            "engine grants, refused: handover 1 is at another step",
            "command line revokes, refused: task 1 is being handed over",
        ],
    );
    assert!(explored.orders > 1_000_000, "{explored:?}");
}

#[test]
fn several_want_an_open_task_and_give_it_back() {
    let explored = held(
        "three that claim, give back and complete, a person that gives up",
        &Scenario {
            begun_by: None,
            actors: vec![
                worker("a", &[Step::Claim, Step::Release, Step::ClaimNext, Step::Complete]),
                worker("b", &[Step::ClaimNext, Step::Release]),
                worker("c", &[Step::Claim, Step::CompleteAnyhow]),
                person(&[Step::Cancel, Step::Adopt]),
            ],
            crashes: 1,
        },
        &[
            "a claims",
            "b claims the next",
            "c claims, refused: task 1 is api's",
            "a releases",
            "c completes, refused: this task was taken over by",
            "person gives up",
            "person adopts",
        ],
    );
    assert!(explored.orders > 10_000, "{explored:?}");
}

#[test]
fn what_is_remembered_changes_nothing() {
    let scenario = Scenario {
        begun_by: Some("a"),
        actors: vec![worker("a", &[Step::Complete]), driver("engine", "b"), worker("b", &[Step::Complete])],
        crashes: 0,
    };
    let (quick, whole) = (scenario.explore().unwrap(), scenario.explore_each().unwrap());
    println!("{} orders: {} steps with memory, {} without", whole.orders, quick.steps, whole.steps);
    assert_eq!(quick.orders, whole.orders);
    // One of seven, then one of the six others, then five in their order.
    assert_eq!(whole.orders, 7 * 6);
    assert!(quick.steps < whole.steps);
}
