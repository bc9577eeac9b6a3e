use super::*;
use crate::model::{ask, bash, say};
use crate::turns::Turn;

#[test]
fn a_real_session_goes_through_its_states_and_leaves_nothing_behind() {
    let cli = crate::require!(Cli::find());
    let _turn = Turn::heavy();
    let scratch = Scratch::new();
    let model = Model::start();
    model.when("think hard", [say("Done thinking.").when_released()]);
    model.when("run it", [bash("touch proof.txt"), say("It ran.")]);
    model.when("which one", [ask("Which colour?", &["Red", "Blue"]), say("Red it is.")]);
    let claude = Claude::install(&scratch, cli, &model);
    let session = claude.session("api").start();

    session.prompt("think hard please");
    model.await_asked("think hard", 0);
    session.await_status("busy");
    model.release("think hard");
    session.await_status("idle");

    session.prompt("run it");
    let entry = session.await_status("waiting");
    assert_eq!(entry.waiting_for.as_deref(), Some("permission prompt"));
    session.approve();
    model.await_asked("run it", 1);
    session.await_status("idle");
    assert!(session.folder().join("proof.txt").is_file());

    session.prompt("which one");
    let entry = session.await_status("waiting");
    assert_eq!(entry.waiting_for.as_deref(), Some("input needed"));
    session.approve();
    model.await_asked("which one", 1);
    session.await_status("idle");
    assert!(session.transcript_path().is_file());

    let first = session.id();
    assert_ne!(session.clear(), first);
    session.kill();
    assert!(session.registry_path().is_file(), "a crash leaves the entry behind");
    let resumed = claude.session("api").resuming(&first).start();
    assert_eq!(resumed.id(), first);
    let process = Stray::of(resumed.pid()).unwrap();
    resumed.exit();
    assert!(!resumed.registry_path().exists());
    drop(claude);
    assert!(!process.is_alive());
}
