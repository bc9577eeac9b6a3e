//! The false-alarm suite: nobody is alarmed without need, and no loss is missed.

use std::time::Duration;

use peerwatch_tests::verdicts::recording::Recording;
use peerwatch_tests::verdicts::suite::{self, Faults};
use peerwatch_tests::verdicts::{figures, recording};

#[test]
fn nobody_is_alarmed_without_need_and_no_loss_is_missed() {
    let lines = suite::with_each(&recording::all(), suite::judged);
    let faults = suite::faults_of(lines.iter().map(|line| &line.faults));
    assert_eq!(faults, Faults::default(), "\n{}", suite::table(&lines));
}

/// The looks of the slow polls fall otherwise then. A whole night is not played five times.
#[test]
fn at_whichever_second_peerwatch_is_started() {
    let evening = Duration::from_secs(2 * 3600);
    let short = recording::all().into_iter().filter(|recording| recording.length <= evening);
    let plays: Vec<(Recording, Duration)> =
        short.flat_map(|it| (1..5).map(move |late| (it.clone(), Duration::from_secs(late)))).collect();
    for (title, faults) in when_late(&plays) {
        assert_eq!(faults, Faults::default(), "{title}");
    }
}

#[test]
fn whoever_starts_peerwatch_in_the_middle_of_it_is_not_alarmed_either() {
    let calm = recording::all().into_iter().filter(|recording| recording.tidings.is_empty());
    let plays: Vec<(Recording, Duration)> =
        calm.flat_map(|it| [1, 2].map(|third| (it.clone(), it.length * third / 3))).collect();
    for (title, faults) in when_late(&plays) {
        assert_eq!(faults.false_alarms, Vec::<String>::new(), "{title}");
    }
}

#[test]
fn what_should_be_known_within_two_minutes_is() {
    for figure in figures::measured() {
        assert!(figure.is_reached(), "{}: {:?}", figure.name, figure.spread());
    }
}

#[test]
fn a_recording_with_a_false_alarm_and_a_missed_loss_is_found_out() {
    let text = "title: wrong\nhappens: a side is lost and a session waits\n\
        expect: a is told silent from 0:00:30 to 0:01:00\nexpect: b is told gone from 0:01:00 to 0:02:00\n\
        expect: s is idle from 0:00:10 to 0:09:00\n\
        0:00:00 a opens b\n0:00:30 a beats working\n\
        0:00:00 s starts 41 /home\n0:02:00 s waits permission prompt\n0:09:00 recording ends";
    let line = suite::judged(&Recording::read(text).expect("a recording"));
    expect_test::expect!["FALSE ALARM: s waiting at 0:02:05; MISSED: b gone by 0:02:00; LATE: a silent at 0:05:30; WRONG: s waiting at 0:02:05, not idle"]
    .assert_eq(&line.faults.words());
}

fn when_late(plays: &[(Recording, Duration)]) -> Vec<(String, Faults)> {
    let play = |(recording, late): &(Recording, Duration)| {
        let title = format!("{}, {} s later", recording.title, late.as_secs());
        (title, suite::faults_when_late(recording, *late))
    };
    suite::with_each(plays, play)
}
