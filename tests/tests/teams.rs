//! Real agent teams: leads and their teammates, in the lead's process and in panes of their own.
#![cfg(target_os = "linux")]

use peerwatch_tests::model::{Act, bash, call, say};
use peerwatch_tests::require;
use peerwatch_tests::watched::Watched;
use peerwatch_tests::world::World;
use serde_json::json;

fn teammate(name: &str, prompt: &str) -> Act {
    let kind = "general-purpose";
    call("Agent", json!({"name": name, "description": "Builds", "prompt": prompt, "subagent_type": kind}))
}

#[test]
fn a_team_is_a_lead_and_its_teammates() {
    let world = require!(World::begin());
    world.model.when("assemble", [teammate("builder", "construct the thing"), say("Assembled.")]);
    world.model.when("construct", [bash("touch built.txt"), say("Constructed.").when_released()]);
    let watched = Watched::begin(&world.peerwatch);
    let lead = world.claude.session("api").with_teams().start();
    lead.prompt("assemble a team");
    world.model.await_asked("construct", 0);

    lead.await_status("waiting");
    let asked = watched.expect(&lead, "waiting_for_you");
    assert_eq!(asked.waiting_for.as_deref(), Some("permission"));
    lead.approve();
    world.model.await_asked("construct", 1);
    let teammate =
        watched.worker_where("the teammate", |worker| worker.source == "team" && worker.name == "builder");
    assert_eq!(teammate.pid, None, "an in-process teammate has no process of its own");
    watched.worker_where("the teammate at work", |worker| {
        worker.name == "builder" && worker.presence == "working"
    });
    world.model.release("construct");
    lead.await_status("idle");
    watched
        .worker_where("the teammate at rest", |worker| worker.name == "builder" && worker.presence == "idle");
}

#[test]
fn a_lead_of_teammates_in_panes_is_judged_by_its_own_turn() {
    let world = require!(World::begin());
    world.model.when("assemble", [teammate("builder", "construct the thing"), say("Assembled.")]);
    world.model.when("construct", [bash("sleep 1"), say("Constructed.").when_released()]);
    let watched = Watched::begin(&world.peerwatch);
    let lead = world.claude.session("api").with_teams().with(&["--teammate-mode", "tmux"]).start();
    lead.prompt("assemble a team");
    world.model.await_asked("construct", 1);
    let builder = |presence: &str| {
        watched.worker_where(&format!("the builder {presence}"), |worker| {
            worker.source == "team" && worker.name == "builder" && worker.presence == presence
        })
    };
    builder("working");
    world.model.release("construct");
    builder("idle");
    // As long as a teammate has a pane, the client itself calls its lead busy.
    watched.expect(&lead, "idle");
    assert_eq!(lead.entry().and_then(|entry| entry.status).as_deref(), Some("busy"));
}
