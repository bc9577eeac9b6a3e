use std::fmt::Write;

use expect_test::expect;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::{Limit, Waiting};

/// An idle session in the task's bridge.
fn idle(name: &str, cwd: &str) -> Candidate {
    Candidate {
        worker: WorkerId::new(name),
        name: name.into(),
        presence: Presence::Idle,
        cwd: Some(cwd.into()),
        repository: None,
        roles: Vec::new(),
        tasks: 0,
        writable: true,
        in_bridge: true,
        declined: false,
        reads_only: false,
        leads: false,
        person: false,
    }
}

fn task() -> Seeking {
    Seeking {
        owner: Some(WorkerId::new("asha")),
        folder: Some("/home/dev/acme/api".into()),
        repository: Some("/home/dev/acme".into()),
        role: Some("backend".into()),
        tried: vec![WorkerId::new("tried")],
        writes: true,
    }
}

fn told(heirs: &[Heir]) -> String {
    let mut told = String::new();
    for Heir { name, reasons, doubts, fit, .. } in heirs {
        let mark = if *fit { '+' } else { ' ' };
        let but = if doubts.is_empty() { "" } else { " but " };
        writeln!(told, "{mark} {name}: {}{but}{}", reasons.join(", "), doubts.join(", ")).unwrap();
    }
    told
}

fn names(heirs: &[Heir]) -> Vec<&str> {
    heirs.iter().map(|heir| heir.name.as_str()).collect()
}

#[test]
fn an_owner_is_gone_and_its_neighbours_are_looked_over() {
    let here = "/home/dev/acme/api";
    let candidates = [
        idle("asha", here),
        Candidate { presence: Presence::Gone, ..idle("dead", here) },
        Candidate { presence: Presence::Ended, ..idle("over", here) },
        Candidate { presence: Presence::Suspect, ..idle("suspect", here) },
        Candidate { person: true, ..idle("you", here) },
        Candidate { writable: false, in_bridge: false, ..idle("unreachable", here) },
        Candidate { presence: Presence::Working, ..idle("busy", here) },
        Candidate { presence: Presence::Background, ..idle("builder", here) },
        Candidate { roles: vec!["Backend-2".into()], ..idle("colleague", "/home/dev/acme/web") },
        idle("beside", "/home/dev/acme/api/src"),
        idle("elsewhere", "/home/dev/garden"),
        Candidate { in_bridge: false, ..idle("stranger", "/home/dev/garden") },
        Candidate { in_bridge: false, ..idle("around", "/home/dev") },
        Candidate { tasks: 2, ..idle("laden", here) },
        Candidate { leads: true, cwd: None, ..idle("lead", here) },
        idle("tried", here),
        Candidate { declined: true, ..idle("refused", here) },
        Candidate { reads_only: true, ..idle("reviewer", here) },
        Candidate { presence: Presence::WaitingForYou(Waiting::Permission), ..idle("asking", here) },
        Candidate { presence: Presence::Limited(Limit::Usage), ..idle("limited", here) },
        Candidate { presence: Presence::Unknown, writable: false, ..idle("python side", here) },
    ];
    expect![[r#"
        + colleague: idle, same repository, same role, backend, owns no task
        + beside: idle, same repository, owns no task
        + builder: its turn is over, work in the background goes on, same folder, owns no task
        + laden: idle, same folder but owns 2 tasks
        + elsewhere: idle, owns no task but works in another folder
        + lead: idle, owns no task but not known in which folder it works, leads a team
          busy: same folder, owns no task but at work: it comes to this when it can
          asking: same folder, owns no task but waits for you
          reviewer: idle, same folder, owns no task but can only read
          tried: idle, same folder, owns no task but had this task before
          around: idle, works in a folder above, owns no task but has had nothing to do with this work
          limited: same folder, owns no task but has reached a usage limit
          python side: same folder, owns no task but not known how it fares, cannot be woken: it hears of this when it looks for messages
          stranger: idle, owns no task but works in another folder, has had nothing to do with this work
          refused: idle, same folder, owns no task but gave this task back
    "#]]
    .assert_eq(&told(&heirs(&task(), &candidates)));
}

#[test]
fn a_task_without_a_place_asks_for_none() {
    let task = Seeking { folder: None, repository: None, ..task() };
    let candidates = [
        Candidate { cwd: None, ..idle("nowhere", "") },
        Candidate { in_bridge: false, ..idle("stranger", "/home/dev/garden") },
    ];
    expect![[r#"
        + nowhere: idle, owns no task
          stranger: idle, owns no task but has had nothing to do with this work
    "#]]
    .assert_eq(&told(&heirs(&task, &candidates)));
}

#[test]
fn a_reader_may_take_what_only_has_to_be_read() {
    let reviewer = [Candidate { reads_only: true, ..idle("reviewer", "/home/dev/acme/api") }];
    assert!(!heirs(&task(), &reviewer)[0].fit);
    assert!(heirs(&Seeking { writes: false, ..task() }, &reviewer)[0].fit);
}

#[test]
fn the_less_laden_of_two_goes_first() {
    let laden = |name, tasks| Candidate { tasks, ..idle(name, "/home/dev/acme/api") };
    let candidates = [laden("four", 4), laden("nine", 9), laden("none", 0), laden("one", 1)];
    assert_eq!(names(&heirs(&task(), &candidates)), ["none", "one", "four", "nine"]);
}

#[test]
fn folders_are_compared_part_by_part() {
    let near = |cwd: &str| near(&task(), &idle("a", cwd));
    assert_eq!(near("/home/dev/acme/api/"), Near::Same);
    assert_eq!(near("/home/dev/acme/api-old"), Near::Inside);
    assert_eq!(near("/home/dev/acme-old"), Near::Apart);
    assert_eq!(near("/home/dev"), Near::Above);
    // Everything lies in there.
    assert_eq!(near("/"), Near::Apart);
}

#[test]
fn another_working_tree_of_the_same_repository_is_near() {
    let beside = Candidate { repository: task().repository, ..idle("a", "/home/dev/trees/login") };
    assert_eq!(near(&task(), &beside), Near::Inside);
    assert_eq!(
        near(&Seeking { repository: None, ..task() }, &idle("a", "/home/dev/trees/login")),
        Near::Apart
    );
}

#[test]
fn roles_are_alike_when_only_their_number_differs() {
    assert!(is_alike("backend", "Backend-2") && is_alike("worker 1", "worker 2") && is_alike("w3", "w"));
    assert!(!is_alike("backend", "frontend") && !is_alike("1", "2") && !is_alike("back-", "back"));
}

#[test]
fn names_and_roles_of_others_are_shown_plain() {
    let odd = [Candidate { roles: vec!["back\u{1b}end".into()], ..idle("a\u{202E}b\n", "/x") }];
    let task = Seeking { role: Some("back\u{1b}end".into()), ..task() };
    let heir = &heirs(&task, &odd)[0];
    assert_eq!((heir.name.as_str(), heir.reasons[1].as_str()), ("ab", "same role, back end"));
}

const NAMES: [&str; 8] = ["asha", "tried", "a", "b", "c", "d", "e", "f"];

fn presence() -> impl Strategy<Value = Presence> {
    select(vec![
        Presence::Working,
        Presence::WaitingForYou(Waiting::Question),
        Presence::Idle,
        Presence::Idle,
        Presence::Background,
        Presence::Limited(Limit::Login),
        Presence::Quiet,
        Presence::Suspect,
        Presence::Gone,
        Presence::Ended,
        Presence::Unknown,
    ])
}

fn candidate(name: &'static str) -> impl Strategy<Value = Candidate> {
    let cwds = vec![None, Some("/home/dev/acme/api"), Some("/home/dev/acme"), Some("/"), Some("/tmp")];
    let flags = (any::<bool>(), any::<bool>(), 0..8_u8, any::<bool>(), any::<bool>(), 0..8_u8);
    (presence(), select(cwds), 0..6_usize, vec(select(vec!["backend", "backend-2", "web"]), 0..3), flags)
        .prop_map(move |(presence, cwd, tasks, roles, flags)| Candidate {
            presence,
            cwd: cwd.map(str::to_owned),
            roles: roles.into_iter().map(str::to_owned).collect(),
            tasks,
            writable: flags.0,
            in_bridge: flags.1,
            declined: flags.2 == 0,
            reads_only: flags.3,
            leads: flags.4,
            person: flags.5 == 0,
            // Some are called alike.
            name: if flags.2 > 4 { "one".into() } else { name.into() },
            ..idle(name, "")
        })
}

/// Each worker at most once, in any order.
fn candidates() -> impl Strategy<Value = (Vec<Candidate>, Vec<Candidate>)> {
    subsequence(NAMES.to_vec(), 0..=NAMES.len())
        .prop_flat_map(|names| names.into_iter().map(candidate).collect::<Vec<_>>())
        .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
}

proptest! {
    #[test]
    fn the_order_of_the_candidates_is_of_no_matter((one, other) in candidates(), writes in any::<bool>()) {
        let task = Seeking { writes, ..task() };
        prop_assert_eq!(heirs(&task, &one), heirs(&task, &other));
    }

    #[test]
    fn whoever_is_proposed_lives_and_can_be_reached((all, _) in candidates(), writes in any::<bool>()) {
        let task = Seeking { writes, ..task() };
        let heirs = heirs(&task, &all);
        let of = |heir: &Heir| all.iter().find(|one| one.worker == heir.worker).unwrap();
        for heir in &heirs {
            let one = of(heir);
            prop_assert!(task.owner.as_ref() != Some(&heir.worker), "the owner was proposed");
            prop_assert!(!matches!(one.presence, Presence::Gone | Presence::Ended | Presence::Suspect));
            prop_assert!(!one.person && (one.writable || one.in_bridge));
            if heir.fit {
                prop_assert!(matches!(one.presence, Presence::Idle | Presence::Background));
                prop_assert!(one.writable && !one.declined && !task.tried.contains(&one.worker));
                prop_assert!(!(one.reads_only && writes));
            } else {
                prop_assert!(!heir.doubts.is_empty(), "nothing says why not");
            }
        }
        let first_unfit = heirs.iter().position(|heir| !heir.fit).unwrap_or(heirs.len());
        prop_assert!(heirs[first_unfit..].iter().all(|heir| !heir.fit), "one that is fit stands behind");
        let expected = all.iter().filter(|one| is_possible(&task, one)).count();
        prop_assert_eq!(heirs.len(), expected);
    }

    #[test]
    fn another_task_in_its_hands_never_helps((all, _) in candidates(), which in 0..8_usize) {
        let place = |all: &[Candidate], worker: &WorkerId| {
            heirs(&task(), all).iter().position(|heir| heir.worker == *worker)
        };
        if let Some(worker) = all.get(which).map(|one| one.worker.clone()) {
            let mut laden = all.clone();
            laden[which].tasks += 1;
            prop_assert!(place(&laden, &worker) >= place(&all, &worker));
        }
    }
}
