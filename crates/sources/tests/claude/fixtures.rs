//! Fixture by fixture: what is seen in the folders of real sessions.

use expect_test::{Expect, expect};

use crate::home::{Facts, Home, letters};

fn check(mut home: Home, expected: &Expect) {
    let reading = home.poll();
    let mut told = Facts::of(&reading).table(home.wall);
    told += &letters(&reading.messages);
    told += &reading.troubles.iter().map(|trouble| format!("{trouble:?}\n")).collect::<String>();
    expected.assert_eq(&told);
}

#[test]
fn live_fresh() {
    check(
        Home::live("fresh"),
        &expect![[r#"
        claude:25496:680636
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               0.1 s  Heartbeat(StatusChange)
               0.0 s  api-d4 in /home/dev/acme/api pid Some(25496) role "interactive" reads "claude:fe2d9882-46b1-4682-bfca-b023aab96a8b" partner None
               0.2 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.1 s  Status Idle 
               0.2 s  Turn(NotBegun)
    "#]],
    );
}

#[test]
fn live_idle() {
    check(
        Home::live("idle"),
        &expect![[r#"
        claude:25521:680705
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               0.5 s  Heartbeat(StatusChange)
               0.6 s  Heartbeat(Transcript)
               0.0 s  api-e0 in /home/dev/acme/api pid Some(25521) role "interactive" reads "claude:46bf47ae-1c76-40cf-b3c1-5406cb45b863" partner None
               1.1 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.5 s  Status Idle 
               0.6 s  Turn(Over)
    "#]],
    );
}

#[test]
fn live_busy() {
    check(
        Home::live("busy"),
        &expect![[r#"
        claude:25565:680850
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               1.0 s  Heartbeat(StatusChange)
               1.1 s  Heartbeat(Transcript)
               0.0 s  api-0a in /home/dev/acme/api pid Some(25565) role "interactive" reads "claude:0c29c9ac-1017-459d-8c61-dc46a647f007" partner None
               1.5 s  Listing(Listed)
               0.0 s  Process(Alive)
               1.0 s  Status Busy 
               1.1 s  Turn(Thinking)
    "#]],
    );
}

#[test]
fn live_busy_tool() {
    check(
        Home::live("busy-tool"),
        &expect![[r#"
        claude:25610:681042
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               1.5 s  Heartbeat(StatusChange)
               1.5 s  Heartbeat(Transcript)
               0.0 s  api-92 in /home/dev/acme/api pid Some(25610) role "interactive" reads "claude:7badc82c-faba-47b8-841c-5741b86525ba" partner None
               2.0 s  Listing(Listed)
               0.0 s  Process(Alive)
               1.5 s  Status Busy 
               1.5 s  Turn(Tool { name: "Bash", detail: Some("sleep 20") })
    "#]],
    );
}

#[test]
fn live_waiting_permission() {
    check(
        Home::live("waiting-permission"),
        &expect![[r#"
        claude:25662:681290
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               1.0 s  Heartbeat(StatusChange)
               1.1 s  Heartbeat(Transcript)
               0.0 s  api-e4 in /home/dev/acme/api pid Some(25662) role "interactive" reads "claude:e6ee1181-549e-4834-922f-4b8da764dbab" partner None
               2.0 s  Listing(Listed)
               0.0 s  Process(Alive)
               1.0 s  Status Waiting permission prompt
               1.1 s  Turn(Tool { name: "Bash", detail: Some("touch /tmp/x1") })
    "#]],
    );
}

#[test]
fn live_waiting_question() {
    check(
        Home::live("waiting-question"),
        &expect![[r#"
        claude:25711:681532
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               1.0 s  Heartbeat(StatusChange)
               1.1 s  Heartbeat(Transcript)
               0.0 s  api-39 in /home/dev/acme/api pid Some(25711) role "interactive" reads "claude:3e0d299e-0457-4ddb-84f8-da2a0fd01374" partner None
               1.5 s  Listing(Listed)
               0.0 s  Process(Alive)
               1.0 s  Status Waiting input needed
               1.1 s  Turn(Tool { name: "AskUserQuestion", detail: Some("Which colour?") })
    "#]],
    );
}

#[test]
fn live_shell() {
    check(
        Home::live("shell"),
        &expect![[r#"
        claude:25756:681730
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               1.0 s  Heartbeat(StatusChange)
               1.0 s  Heartbeat(Transcript)
               0.0 s  api-48 in /home/dev/acme/api pid Some(25756) role "interactive" reads "claude:52787191-ba2c-460b-afce-1b94526132b6" partner None
               1.7 s  Listing(Listed)
               0.0 s  Process(Alive)
               1.0 s  Status Shell 
               1.0 s  Turn(Over)
    "#]],
    );
}

#[test]
fn live_ended() {
    check(
        Home::live("ended"),
        &expect![[r#"
        claude:ended:c80c3a59-e589-45af-92ff-a75fed8f2f2b
               1.1 s  Heartbeat(Transcript)
               0.1 s  hello in /home/dev/acme/api pid None role "?" reads "claude:c80c3a59-e589-45af-92ff-a75fed8f2f2b" partner None
               0.1 s  Listing(Over)
               1.1 s  Turn(Over)
    "#]],
    );
}

#[test]
fn live_killed() {
    check(
        Home::live("killed"),
        &expect![[r#"
        claude:25856:682158
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               2.0 s  Heartbeat(StatusChange)
               2.0 s  Heartbeat(Transcript)
               0.0 s  api-9b in /home/dev/acme/api pid Some(25856) role "interactive" reads "claude:0d1c70da-de6d-45bc-a233-386de2502e71" partner None
               2.5 s  Listing(Listed)
               0.0 s  Process(Absent)
               2.0 s  Status Busy 
               2.0 s  Turn(Tool { name: "Bash", detail: Some("sleep 20") })
    "#]],
    );
}

#[test]
fn live_interrupted() {
    check(
        Home::live("interrupted"),
        &expect![[r#"
        claude:25907:682453
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               0.6 s  Heartbeat(StatusChange)
               0.6 s  Heartbeat(Transcript)
               0.0 s  api-8a in /home/dev/acme/api pid Some(25907) role "interactive" reads "claude:f8d4c427-4ff6-453e-909b-a9a622eb0175" partner None
               3.7 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.6 s  Status Idle 
               0.6 s  Turn(Interrupted)
    "#]],
    );
}

#[test]
fn live_interrupted_early() {
    check(
        Home::live("interrupted-early"),
        &expect![[r#"
        claude:25963:682873
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               0.7 s  Heartbeat(StatusChange)
               2.4 s  Heartbeat(Transcript)
               0.0 s  api-c1 in /home/dev/acme/api pid Some(25963) role "interactive" reads "claude:bf72f967-605f-493b-91ef-852681dadc8c" partner None
               3.7 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.7 s  Status Idle 
               2.4 s  Turn(Thinking)
    "#]],
    );
}

#[test]
fn live_api_error() {
    check(
        Home::live("api-error"),
        &expect![[r#"
        claude:26011:683299
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               0.5 s  Heartbeat(StatusChange)
               0.6 s  Heartbeat(Transcript)
               0.0 s  api-39 in /home/dev/acme/api pid Some(26011) role "interactive" reads "claude:8b694e6a-92d7-4815-a72c-736329a0919c" partner None
               2.1 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.5 s  Status Idle 
               0.6 s  Turn(Failed { error: "unknown", text: "API Error: 400 mock invalid_request_error" })
    "#]],
    );
}

#[test]
fn live_api_retrying() {
    check(
        Home::live("api-retrying"),
        &expect![[r#"
        claude:26059:683571
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               5.0 s  Heartbeat(StatusChange)
               5.2 s  Heartbeat(Transcript)
               0.0 s  api-91 in /home/dev/acme/api pid Some(26059) role "interactive" reads "claude:066a0025-3a70-453d-bc4b-80ab89981f2c" partner None
               5.5 s  Listing(Listed)
               0.0 s  Process(Alive)
               5.0 s  Status Busy 
               0.6 s  Turn(Retrying { attempts: 4 })
    "#]],
    );
}

#[test]
fn live_peer_message() {
    check(
        Home::live("peer-message"),
        &expect![[r#"
        claude:26104:684181
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               1.7 s  Heartbeat(StatusChange)
               1.7 s  Heartbeat(Transcript)
               0.0 s  api-f6 in /home/dev/acme/api pid Some(26104) role "interactive" reads "claude:acbd1658-1774-44c7-a215-39f267d37cc4" partner None
               8.9 s  Listing(Listed)
               0.0 s  Process(Alive)
               1.7 s  Status Idle 
               1.7 s  Turn(Over)
        old peerwatch[?] -> api-f6[claude:26104:684181] in claude:acbd1658-1774-44c7-a215-39f267d37cc4 -: "builder is silent for 25 minutes"
        old peerwatch[?] -> api-f6[claude:26104:684181] in claude:acbd1658-1774-44c7-a215-39f267d37cc4 -: "second message, during a tool"
        old another session[?] -> api-f6[claude:26104:684181] in claude:acbd1658-1774-44c7-a215-39f267d37cc4 -: "a plain message without the wrapper"
    "#]],
    );
}

#[test]
fn live_subagent() {
    check(
        Home::live("subagent"),
        &expect![[r#"
        claude:26161:685121
               0.0 s  Background(Background { subagents: 1, teammates: 0, teammate_panes: 0 })
               5.9 s  Heartbeat(StatusChange)
               5.3 s  Heartbeat(Subagent)
               5.1 s  Heartbeat(Transcript)
               0.0 s  api-96 in /home/dev/acme/api pid Some(26161) role "interactive" reads "claude:87ff0453-f599-4e9c-a973-cb0da3f90308" partner None
               6.4 s  Listing(Listed)
               0.0 s  Process(Alive)
               5.9 s  Status Busy 
               5.1 s  Turn(Over)
    "#]],
    );
}

#[test]
fn live_cleared() {
    check(
        Home::live("cleared"),
        &expect![[r#"
        claude:26217:685807
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               0.6 s  Heartbeat(StatusChange)
               0.6 s  Heartbeat(Transcript)
               0.0 s  api-b9 in /home/dev/acme/api pid Some(26217) role "interactive" reads "claude:7f1cd620-d07f-4a62-82c4-817e93ad5b36" partner None
               2.3 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.6 s  Status Idle 
               0.6 s  Turn(Over)
        claude:ended:e0931f8c-9add-4714-92b9-d080ced0c6bc
               1.7 s  Heartbeat(Transcript)
               1.7 s  hello in /home/dev/acme/api pid None role "?" reads "claude:e0931f8c-9add-4714-92b9-d080ced0c6bc" partner None
               1.7 s  Listing(Over)
               1.7 s  Turn(Over)
    "#]],
    );
}

#[test]
fn live_double_resume() {
    check(
        Home::live("double-resume"),
        &expect![[r#"
        claude:26267:686079
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               1.3 s  Heartbeat(StatusChange)
               1.3 s  Heartbeat(Transcript)
               0.0 s  api-b0 in /home/dev/acme/api pid Some(26267) role "interactive" reads "claude:e7e33579-7426-4557-be02-cdc6bf90146b" partner None
               1.9 s  Listing(Listed)
               0.0 s  Process(Alive)
               1.3 s  Status Idle 
               1.4 s  Turn(Over)
        claude:26308:686240
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
               0.1 s  Heartbeat(StatusChange)
               1.3 s  Heartbeat(Transcript)
               0.0 s  api-20 in /home/dev/acme/api pid Some(26308) role "interactive" reads "claude:e7e33579-7426-4557-be02-cdc6bf90146b" partner None
               0.3 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.1 s  Status Idle 
               1.4 s  Turn(Over)
    "#]],
    );
}

#[test]
fn live_team() {
    check(
        Home::live("team"),
        &expect![[r#"
        claude:26343:686325
               0.0 s  Background(Background { subagents: 0, teammates: 1, teammate_panes: 0 })
               8.9 s  Heartbeat(StatusChange)
               7.2 s  Heartbeat(Transcript)
               0.0 s  api-3e in /home/dev/acme/api pid Some(26343) role "interactive" reads "claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1" partner None
               9.4 s  Listing(Listed)
               0.0 s  Process(Alive)
               8.9 s  Status Busy 
               7.2 s  Turn(Over)
               0.0 s  Unread(0)
        team:session-8894d8d9:builder
               7.9 s  Heartbeat(Messages)
               7.7 s  Heartbeat(Transcript)
               0.0 s  builder in /home/dev/acme/api pid None role "general-purpose" reads "claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1/agent-abuilder-e3ad9fb3f622239a" partner Some("claude:26343:686325")
               8.3 s  Listing(Listed)
               0.0 s  Process(Alive)
               7.7 s  Turn(Thinking)
               0.0 s  Unread(1)
        team:session-8894d8d9:researcher
               7.8 s  Heartbeat(Transcript)
               0.0 s  researcher in /home/dev/acme/api pid None role "general-purpose" reads "claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1/agent-aresearcher-493f7fd2ead0fa16" partner Some("claude:26343:686325")
               8.1 s  Listing(Listed)
               0.0 s  Process(Alive)
               7.8 s  Turn(Over)
               0.0 s  Unread(0)
        old team-lead[claude:26343:686325] -> builder[team:session-8894d8d9:builder] in claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1/agent-abuilder-e3ad9fb3f622239a -: "PLAY: builder"
        old team-lead[claude:26343:686325] -> researcher[team:session-8894d8d9:researcher] in claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1/agent-aresearcher-493f7fd2ead0fa16 -: "PLAY: researcher"
        old researcher[team:session-8894d8d9:researcher] -> team-lead[claude:26343:686325] in claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1 idle_notification: "Ready."
        old builder[team:session-8894d8d9:builder] -> team-lead[claude:26343:686325] in claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1 -: "Started the limiter."
    "#]],
    );
}

#[test]
fn live_team_tmux() {
    check(
        Home::live("team-tmux"),
        &expect![[r#"
        claude:26405:687311
               0.0 s  Background(Background { subagents: 0, teammates: 1, teammate_panes: 2 })
               8.9 s  Heartbeat(StatusChange)
               6.4 s  Heartbeat(Transcript)
               0.0 s  api-95 in /home/dev/acme/api pid Some(26405) role "interactive" reads "claude:e5e54873-bad7-4018-90c3-d830cb1c9223" partner None
               9.3 s  Listing(Listed)
               0.0 s  Process(Alive)
               8.9 s  Status Busy 
               6.4 s  Turn(Over)
               0.0 s  Unread(0)
        team:session-e5e54873:builder
               7.0 s  Heartbeat(Transcript)
               0.0 s  builder in /home/dev/acme/api pid Some(26465) role "general-purpose" reads "claude:85d92c78-0d77-41fe-b5b4-05499fe5b323" partner Some("claude:26405:687311")
               8.6 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.0 s  Status Busy 
               7.0 s  Turn(Thinking)
               0.0 s  Unread(0)
        team:session-e5e54873:researcher
               6.9 s  Heartbeat(Transcript)
               0.0 s  researcher in /home/dev/acme/api pid Some(26490) role "general-purpose" reads "claude:9dd6da30-7c7f-41c2-b5d4-18f3e2581337" partner Some("claude:26405:687311")
               8.4 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.0 s  Status Idle 
               7.1 s  Turn(Over)
               0.0 s  Unread(0)
        old builder[team:session-e5e54873:builder] -> team-lead[claude:26405:687311] in claude:e5e54873-bad7-4018-90c3-d830cb1c9223 -: "Started the limiter."
        old researcher[team:session-e5e54873:researcher] -> team-lead[claude:26405:687311] in claude:e5e54873-bad7-4018-90c3-d830cb1c9223 idle_notification: "Ready."
        old team-lead[claude:26405:687311] -> builder[team:session-e5e54873:builder] in claude:85d92c78-0d77-41fe-b5b4-05499fe5b323 -: "PLAY: builder"
        old team-lead[claude:26405:687311] -> researcher[team:session-e5e54873:researcher] in claude:9dd6da30-7c7f-41c2-b5d4-18f3e2581337 -: "PLAY: researcher"
    "#]],
    );
}

#[test]
fn synthetic() {
    check(
        Home::synthetic(),
        &expect![[r#"
        claude:39999:9039999
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
            7200.0 s  Heartbeat(StatusChange)
            7200.0 s  Heartbeat(Transcript)
               0.0 s  old-3a in /home/dev/acme/old pid Some(39999) role "interactive" reads "claude:aa00bb11-cc22-4d33-8e44-ff5566778899" partner None
            3600.0 s  Listing(Listed)
               0.0 s  Process(Absent)
            7200.0 s  Status Busy 
            7200.0 s  Turn(Tool { name: "Read", detail: Some("/home/dev/acme/old/a.rs") })
        claude:41001:9041001
               0.0 s  Background(Background { subagents: 0, teammates: 1, teammate_panes: 0 })
               0.0 s  Children(Children { count: 0, busy: false, command: None })
              95.0 s  Heartbeat(StatusChange)
             280.0 s  Heartbeat(Subagent)
              95.0 s  Heartbeat(Transcript)
               0.0 s  api-lead in /home/dev/acme/api pid Some(41001) role "interactive" reads "claude:7c1e4d2a-5b3f-4e8a-9c60-1f2a3b4c5d6e" partner None
            3600.0 s  Listing(Listed)
               0.0 s  Process(Alive)
              95.0 s  Status Busy 
              95.0 s  Turn(Tool { name: "Bash", detail: Some("cargo test --workspace") })
               0.0 s  Unread(2)
        claude:41002:9041002
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
             240.0 s  Heartbeat(StatusChange)
             240.0 s  Heartbeat(Transcript)
               0.0 s  web-7f in /home/dev/acme/web pid Some(41002) role "interactive" reads "claude:0b9d8e7f-1a2b-4c3d-8e4f-5a6b7c8d9e0f" partner None
            3600.0 s  Listing(Listed)
               0.0 s  Process(Alive)
             240.0 s  Status Idle 
             241.0 s  Turn(Over)
        claude:41003:9041003
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
              42.0 s  Heartbeat(StatusChange)
              43.0 s  Heartbeat(Transcript)
               0.0 s  infra-prod-1c in /home/dev/acme/infra.prod pid Some(41003) role "interactive" reads "claude:e4a1b2c3-d4e5-4f60-8a7b-9c0d1e2f3a4b" partner None
            3600.0 s  Listing(Listed)
               0.0 s  Process(Alive)
              42.0 s  Status Waiting permission prompt
              43.0 s  Turn(Tool { name: "Bash", detail: Some("terraform apply") })
        claude:41004:9041004
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
             600.0 s  Heartbeat(StatusChange)
             600.0 s  Heartbeat(Transcript)
               0.0 s  docs-site-e2 in /home/dev/acme/docs_site pid Some(41004) role "interactive" reads "claude:5d6c7b8a-9e0f-4a1b-8c2d-3e4f5a6b7c8d" partner None
            3600.0 s  Listing(Listed)
               0.0 s  Process(Alive)
             600.0 s  Status Shell 
             601.0 s  Turn(Over)
        claude:41006:9041006
               0.0 s  Background(Background { subagents: 0, teammates: 0, teammate_panes: 0 })
              12.0 s  Heartbeat(StatusChange)
              12.0 s  Heartbeat(Transcript)
               0.0 s  nightly-batch in /home/dev/acme/batch pid Some(41006) role "bg" reads "claude:b7f3c1d2-0e1f-4a2b-9c3d-4e5f60718293" partner None
            3600.0 s  Listing(Listed)
               0.0 s  Process(Alive)
              12.0 s  Status Busy 
              12.0 s  Turn(Tool { name: "Bash", detail: Some("cargo update") })
        claude:ended:c0a80101-2b3c-4d5e-8f60-718293a4b5c6
            4950.0 s  Heartbeat(Transcript)
            4950.0 s  c0a80101-2b3c-4d5e-8f60-718293a4b5c6 in /home/dev/acme/api pid None role "?" reads "claude:c0a80101-2b3c-4d5e-8f60-718293a4b5c6" partner None
            4950.0 s  Listing(Over)
            4950.0 s  Turn(Failed { error: "rate_limit", text: "You've hit your session limit · resets 3pm (Europe/Berlin)" })
        team:session-7c1e4d2a:builder
            1480.0 s  Heartbeat(Transcript)
               0.0 s  builder in /home/dev/acme/api pid None role "general-purpose" reads "claude:7c1e4d2a-5b3f-4e8a-9c60-1f2a3b4c5d6e/agent-b8d1e0f2a3c4d5e6" partner Some("claude:41001:9041001")
            1885.0 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.0 s  Status Busy 
            1480.0 s  Turn(Tool { name: "Bash", detail: Some("cargo build") })
               0.0 s  Unread(1)
        team:session-7c1e4d2a:researcher
             398.0 s  Heartbeat(Messages)
               0.0 s  researcher in /home/dev/acme/api pid None role "general-purpose" reads "?" partner Some("claude:41001:9041001")
            1890.0 s  Listing(Listed)
               0.0 s  Process(Alive)
               0.0 s  Status Idle 
               0.0 s  Unread(0)
        old team-lead[claude:41001:9041001] -> builder[team:session-7c1e4d2a:builder] in claude:7c1e4d2a-5b3f-4e8a-9c60-1f2a3b4c5d6e/agent-b8d1e0f2a3c4d5e6 task_assignment: "Change the limiter"
        old researcher[team:session-7c1e4d2a:researcher] -> team-lead[claude:41001:9041001] in claude:7c1e4d2a-5b3f-4e8a-9c60-1f2a3b4c5d6e -: "Limiter is in limiter.rs; default is 100/min."
        old researcher[team:session-7c1e4d2a:researcher] -> team-lead[claude:41001:9041001] in claude:7c1e4d2a-5b3f-4e8a-9c60-1f2a3b4c5d6e idle_notification: "[to team-lead] Limiter location"
        old team-lead[claude:41001:9041001] -> builder[team:session-7c1e4d2a:builder] in claude:7c1e4d2a-5b3f-4e8a-9c60-1f2a3b4c5d6e/agent-b8d1e0f2a3c4d5e6 -: "Build the limiter change."
        old api-lead[?] -> web-7f[claude:41002:9041002] in claude:0b9d8e7f-1a2b-4c3d-8e4f-5a6b7c8d9e0f -: "The /users reply now has tenant_id."
    "#]],
    );
}
