//! Agent teams: who is there, and that each of their messages is told once.

use std::fs;
use std::time::Duration;

use peerwatch_core::{Fact, Listing, Process, Turn};

use crate::home::*;

const LEAD: &str = "claude:41:s41";
const A: &str = "team:t:a";
const CONFIG: &str = "teams/t/config.json";
const INBOX: &str = "teams/t/inboxes/team-lead.json";

fn config(members: &str) -> String {
    format!(
        r#"{{"name":"t","leadAgentId":"team-lead@t","leadSessionId":"{SESSION}","leadProcess":{{"pid":41,"procStart":"s41"}},
        "members":[{{"agentId":"team-lead@t","name":"team-lead","tmuxPaneId":"leader"}}{members}]}}"#
    )
}

const INSIDE: &str =
    r#",{"agentId":"a@t","name":"a","agentType":"general-purpose","tmuxPaneId":"in-process"}"#;
const PANED: &str = r#",{"agentId":"a@t","name":"a","tmuxPaneId":"%2","backendType":"tmux","isActive":true}"#;

fn team(members: &str) -> Home {
    let home = Home::new();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    home.write(CONFIG, &config(members));
    home
}

fn second(home: &mut Home) {
    home.pass(Duration::from_secs(1));
}

#[test]
fn a_teammate_inside_its_lead_lives_and_dies_with_it() {
    let mut home = team(INSIDE);
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    assert_eq!(facts.workers(), [LEAD, A]);
    assert_eq!(facts.get(A, "Process"), Some(&Fact::Process(Process::Alive)));
    home.processes.end(41);
    second(&mut home);
    facts.learn(&home.poll());
    assert_eq!(facts.get(A, "Process"), Some(&Fact::Process(Process::Absent)));
}

#[test]
fn a_teammate_that_was_dismissed_is_taken_off_the_list() {
    let mut home = team(INSIDE);
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    second(&mut home);
    home.write(CONFIG, &config(""));
    facts.learn(&home.hint(&[CONFIG]));
    assert_eq!(facts.get(A, "Listing"), Some(&Fact::Listing(Listing::Removed)));
}

#[test]
fn a_folder_without_a_live_lead_or_pane_is_no_team() {
    let mut home = team(PANED);
    home.processes.end(41);
    assert_eq!(Facts::of(&home.poll()).workers(), [LEAD], "the crashed lead, and nobody else");
    let mut home = team(INSIDE);
    fs::rename(home.path().join("teams/t"), home.path().join("teams/t.deleted-1")).unwrap();
    assert_eq!(Facts::of(&home.poll()).workers(), [LEAD]);
}

#[test]
fn a_teammate_with_a_pane_has_no_entry_and_survives_its_lead() {
    let mut home = team(PANED);
    home.processes.live(52, "s52");
    home.processes
        .change(52, |one| one.arguments = ["claude", "--agent-id", "a@t"].map(str::to_owned).into());
    home.write("sessions/52.00.key", "");
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    let Some(Fact::Identity(identity)) = facts.get(A, "Identity") else { panic!() };
    assert_eq!((identity.pid, identity.partner.as_ref().map(|id| id.as_str())), (Some(52), Some(LEAD)));
    let Some(Fact::Background(background)) = facts.get(LEAD, "Background") else { panic!() };
    assert_eq!((background.teammates, background.teammate_panes), (1, 1), "which keeps the lead at busy");
    home.processes.end(41);
    second(&mut home);
    facts.learn(&home.poll());
    assert_eq!(facts.get(A, "Process"), Some(&Fact::Process(Process::Alive)));
    home.processes.end(52);
    second(&mut home);
    facts.learn(&home.poll());
    assert_eq!(facts.get(A, "Process"), Some(&Fact::Process(Process::Absent)));
}

#[test]
fn a_paned_teammate_s_own_transcript_tells_its_turn_and_is_no_ended_session() {
    let mut home = Home::live("team-tmux");
    home.pass(Duration::from_secs(300));
    let facts = Facts::of(&home.poll());
    assert_eq!(facts.get("team:session-e5e54873:researcher", "Turn"), Some(&Fact::Turn(Turn::Over)));
    assert!(!facts.workers().iter().any(|worker| worker.starts_with("claude:ended")));
}

fn letter(id: &str, text: &str) -> String {
    format!(r#"{{"from":"a","text":"{text}","timestamp":"@","msg_id":"{id}","type":"message","read":false}}"#)
}

const DELIVERED: &str = r##"{"type":"user","uuid":"#","timestamp":"@","message":{"role":"user","content":"Another Claude session sent a message:\n<teammate-message teammate_id=\"a\" color=\"blue\">\nready\n</teammate-message>\n\nThis came from another Claude session"}}"##;

#[test]
fn a_letter_is_told_once_although_the_inbox_is_drained_into_the_transcript() {
    let mut home = team(INSIDE);
    assert_eq!(home.poll().messages, []);
    second(&mut home);
    home.write(INBOX, &home.record(&format!("[{}]", letter("m1", "ready"))));
    let reading = home.hint(&[INBOX]);
    let told = letters(&reading.messages);
    assert_eq!(told, format!("new a[{A}] -> team-lead[{LEAD}] in claude:{SESSION} -: \"ready\"\n"));
    assert_eq!(Facts::of(&reading).get(LEAD, "Unread"), Some(&Fact::Unread(1)));
    let reading = home.poll();
    assert_eq!((reading.messages.len(), reading.receipts.len()), (0, 0), "while it stands there");
    home.write(INBOX, "[]");
    home.append(&transcript(), &home.record(DELIVERED));
    let reading = home.poll();
    assert_eq!(reading.receipts.iter().map(|receipt| receipt.id.as_str()).collect::<Vec<_>>(), ["m1"]);
    assert_eq!(reading.messages, [], "delivered");
    assert_eq!(Facts::of(&reading).get(LEAD, "Unread"), Some(&Fact::Unread(0)));
    second(&mut home);
    home.append(&transcript(), &home.record(DELIVERED));
    assert_eq!(home.poll().messages.len(), 1, "the same words once more are another message");
}

#[test]
fn a_letter_that_was_drained_unseen_is_told_from_the_transcript() {
    let mut home = team(INSIDE);
    home.poll();
    second(&mut home);
    home.append(&transcript(), &home.record(DELIVERED));
    let told = letters(&home.hint(&[&transcript()]).messages);
    assert_eq!(told, format!("new a[{A}] -> team-lead[{LEAD}] in claude:{SESSION} -: \"ready\"\n"));
}

#[test]
fn a_malformed_letter_hides_no_other() {
    let mut home = team(INSIDE);
    home.poll();
    second(&mut home);
    home.write(INBOX, &home.record(&format!(r#"[{{"nonsense":true}},{}]"#, letter("m1", "valid"))));
    let reading = home.poll();
    assert_eq!((reading.messages.len(), reading.troubles.len()), (1, 0));
}

#[test]
fn a_torn_team_file_is_looked_at_again_and_the_members_stay() {
    let mut home = team(INSIDE);
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    second(&mut home);
    home.write(CONFIG, "{\"members\":[");
    let reading = home.hint(&[CONFIG]);
    assert!(reading.again.is_some() && reading.troubles.is_empty());
    facts.learn(&reading);
    assert_eq!(facts.get(A, "Listing"), Some(&Fact::Listing(Listing::Listed)));
}

#[test]
fn a_torn_inbox_is_nobody_s_receipt() {
    let mut home = team(INSIDE);
    home.poll();
    second(&mut home);
    let inbox = home.record(&format!("[{}]", letter("m1", "ready")));
    home.write(INBOX, &inbox);
    home.poll();
    home.write(INBOX, &inbox[..20]);
    let reading = home.hint(&[INBOX]);
    assert_eq!((reading.receipts.len(), reading.again.is_some()), (0, true));
    home.write(INBOX, &inbox);
    let reading = home.poll();
    assert_eq!((reading.messages.len(), reading.receipts.len(), reading.troubles.len()), (0, 0, 0));
}

#[test]
fn a_team_that_ends_reads_no_letters() {
    let mut home = team(INSIDE);
    home.poll();
    second(&mut home);
    home.write(INBOX, &home.record(&format!("[{}]", letter("m1", "ready"))));
    home.poll();
    fs::remove_dir_all(home.path().join("teams/t")).unwrap();
    let reading = home.poll();
    assert_eq!(reading.receipts, []);
    assert_eq!(Facts::of(&reading).get(A, "Listing"), Some(&Fact::Listing(Listing::Removed)));
}

#[test]
fn a_lead_that_cleared_its_conversation_still_leads_its_teammates() {
    let mut home = team(INSIDE);
    let agent = format!("projects/-home-dev-acme/{SESSION}/subagents/agent-aa-1");
    let meta = r#"{"taskKind":"in_process_teammate","teamName":"t","name":"a"}"#;
    home.write(&format!("{agent}.meta.json"), meta);
    home.append(&format!("{agent}.jsonl"), &home.record(PROMPT));
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    second(&mut home);
    home.write("sessions/41.json", &home.entry(41, "99999999-2222-4333-8444-555555555555", IDLE));
    facts.learn(&home.hint(&["sessions/41.json"]));
    second(&mut home);
    home.append(&format!("{agent}.jsonl"), &home.record(SAID));
    facts.learn(&home.hint(&[&format!("{agent}.jsonl")]));
    assert_eq!(facts.get(A, "Turn"), Some(&Fact::Turn(Turn::Over)));
    let Some(Fact::Identity(identity)) = facts.get(A, "Identity") else { panic!() };
    assert_eq!(identity.partner.as_ref().map(|lead| lead.as_str()), Some(LEAD));
    let conversation = identity.conversation.clone().unwrap();
    assert_eq!(conversation.as_str(), format!("claude:{SESSION}/agent-aa-1"));
    assert!(peerwatch_sources::claude::belongs(home.path(), &conversation));
}
