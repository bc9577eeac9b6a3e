//! The menu in words, for views that could be.

use expect_test::{Expect, expect};
use peerwatch_wire::{
    AlertView, ConversationView, DeliverMode, MachineState, Settings, Severity, SourceKind, TaskSource,
    TaskState, TaskView,
};

use super::*;

fn worker(name: &str, presence: Presence, group: Group) -> WorkerView {
    WorkerView {
        id: format!("claude:{name}"),
        name: name.into(),
        source: SourceKind::Claude,
        presence,
        waiting_for: None,
        since: None,
        last_heard: None,
        pid: None,
        session_id: None,
        cwd: None,
        witnesses: Vec::new(),
        unread: None,
        tasks: Vec::new(),
        group,
        summary: "limited until 14:00".into(),
        role: None,
        partner: None,
        conversation: None,
        silent_s: None,
        threshold_s: None,
        muted_until: None,
        version: None,
        writable: true,
        fenced: false,
        jump: None,
    }
}

fn view(workers: Vec<WorkerView>) -> View {
    View {
        schema: 1,
        at: "2026-11-23T10:00:00Z".into(),
        revision: 1,
        tray: TrayState::NeedsYou,
        sentence: "2 of 4 need you".into(),
        machine: MachineState::Awake,
        workers,
        tasks: Vec::new(),
        handovers: Vec::new(),
        conversations: Vec::new(),
        alerts: Vec::new(),
        history: Vec::new(),
        problems: Vec::new(),
        connections: Vec::new(),
        plugin: peerwatch_wire::PluginView::default(),
        paused_until: None,
        held_back: 0,
        quiet: peerwatch_wire::QuietView::default(),
        false_alarms: 0,
        silences: 0,
        settings: Settings::default(),
    }
}

fn told(entries: &[Entry], indent: usize) -> String {
    let pad = " ".repeat(indent);
    entries
        .iter()
        .map(|entry| match entry {
            Entry::Line(label) => format!("{pad}({label})\n"),
            Entry::Button { label, act } => format!("{pad}{label} -> {act:?}\n"),
            Entry::Check { label, on, act } => {
                format!("{pad}[{}] {label} -> {act:?}\n", if *on { 'x' } else { ' ' })
            }
            Entry::Sub { label, entries } => format!("{pad}{label}:\n{}", told(entries, indent + 2)),
            Entry::Separator => format!("{pad}-\n"),
            Entry::Hidden => String::new(),
        })
        .collect()
}

fn menu(view: &View, expected: &Expect) {
    expected.assert_eq(&told(&Face::of(view, &TimeZone::UTC).menu, 0));
}

#[test]
fn who_needs_somebody_comes_first_and_who_is_lost_can_be_reassigned() {
    let mut asks = worker("api", Presence::WaitingForYou, Group::NeedsYou);
    asks.waiting_for = Some(WaitingFor::Permission);
    let mut lost = worker("ios", Presence::Gone, Group::Suspect);
    lost.tasks = vec!["1".into(), "2".into()];
    let workers = vec![
        asks,
        worker("web", Presence::Limited, Group::NeedsYou),
        worker("db", Presence::Suspect, Group::Suspect),
        lost,
        worker("old", Presence::Gone, Group::Ended),
        worker("docs", Presence::Working, Group::Working),
    ];
    menu(
        &view(workers),
        &expect![[r#"
        2 of 4 need you -> Open
        api: wants your permission -> OpenWorker("claude:api")
        web: limited until 14:00 -> OpenWorker("claude:web")
        -
        Reassign tasks:
          db: suspect -> Reassign("claude:db")
          ios: gone, 2 tasks -> Reassign("claude:ios")
        Pause notifications:
          For 15 minutes -> Pause(Quarter)
          For 1 hour -> Pause(Hour)
          Until tomorrow, 8:00 -> Pause(Tomorrow)
        -
        Open Peerwatch -> Open
        [ ] Start at login -> StartAtLogin(true)
        -
        Quit -> Quit
    "#]],
    );
}

fn task(id: &str, owner: &str, subject: &str, heir: Option<&str>) -> TaskView {
    TaskView {
        id: id.into(),
        source: TaskSource::Bridge,
        place: "main".into(),
        subject: subject.into(),
        description: None,
        state: TaskState::InProgress,
        owner: Some(owner.into()),
        owner_name: None,
        epoch: Some(1),
        lease_until: None,
        priority: 0,
        needs: Vec::new(),
        blocked: false,
        folder: None,
        deadline: None,
        attempts: 1,
        updated: None,
        progress: None,
        late: Vec::new(),
        handover: None,
        proposed: heir.map(str::to_owned),
        contested: None,
        fixed: None,
    }
}

#[test]
fn what_is_proven_lost_moves_with_one_click_and_for_the_rest_a_person_decides() {
    let workers = vec![
        worker("db", Presence::Suspect, Group::Suspect),
        worker("ios", Presence::Gone, Group::Suspect),
        worker("web", Presence::Idle, Group::Idle),
    ];
    let mut view = view(workers);
    view.tasks = vec![
        task("1", "claude:db", "Tune the index", Some("web")),
        task("2", "claude:ios", "Write the parser", Some("web")),
        task("3", "claude:ios", "Draw the icon", Some("web")),
        task("4", "claude:ios", "Nobody is free for this", None),
    ];
    let menu = Face::of(&view, &TimeZone::UTC).menu;
    let reassign =
        menu.iter().filter(|entry| matches!(entry, Entry::Sub { label, .. } if label == "Reassign tasks"));
    expect![[r#"
        Reassign tasks:
          All 2 tasks of the lost to the best free workers -> HandOverAll(["2", "3"])
          db: suspect -> Reassign("claude:db")
          ios: gone -> Reassign("claude:ios")
          → web: Write the parser -> HandOver("2")
          → web: Draw the icon -> HandOver("3")
    "#]]
    .assert_eq(&told(&reassign.cloned().collect::<Vec<_>>(), 0));
}

#[test]
fn a_pause_says_until_when_and_offers_its_end() {
    let mut view = view(Vec::new());
    view.paused_until = Some("2026-11-23T13:05:00Z".into());
    view.settings.start_at_login = true;
    let face = Face::of(&view, &TimeZone::fixed(jiff::tz::offset(1)));
    let paused =
        face.menu.iter().find(|entry| matches!(entry, Entry::Sub { label, .. } if label.contains("paused")));
    expect![[r#"
        Notifications paused until 14:05:
          Resume now -> Resume
          For 15 minutes -> Pause(Quarter)
          For 1 hour -> Pause(Hour)
          Until tomorrow, 8:00 -> Pause(Tomorrow)
    "#]]
    .assert_eq(&told(&[paused.unwrap().clone()], 0));
    assert!(face.menu.contains(&Entry::Check {
        label: "Start at login".into(),
        on: true,
        act: Act::StartAtLogin(false)
    }));
}

#[test]
fn a_crowd_is_counted_and_nobody_lost_is_said_in_words() {
    let workers = (0..11)
        .map(|n| worker(&format!("w{n}"), Presence::WaitingForYou, Group::NeedsYou))
        .collect::<Vec<_>>();
    let menu = Face::of(&view(workers), &TimeZone::UTC).menu;
    assert_eq!(menu[8], button("w7: waits for you", Act::OpenWorker("claude:w7".into())));
    assert_eq!(menu[9], button("… and 3 more", Act::Open));
    assert_eq!(told(&menu[13..14], 0), "Reassign tasks:\n  (No worker is lost or suspect)\n");
}

#[test]
fn the_places_of_the_menu_stay_whatever_happens() {
    fn places(entries: &[Entry]) -> usize {
        let inner = entries
            .iter()
            .map(|entry| if let Entry::Sub { entries, .. } = entry { places(entries) } else { 0 });
        entries.len() + inner.sum::<usize>()
    }
    let lost = (0..30).map(|n| worker(&format!("w{n}"), Presence::Gone, Group::Suspect)).collect::<Vec<_>>();
    let mut crowd = view(lost);
    crowd.paused_until = Some("2026-11-23T13:05:00Z".into());
    crowd.alerts = vec![undelivered(1, "A message to w1 waits")];
    let menus = [view(Vec::new()), crowd].map(|view| Face::of(&view, &TimeZone::UTC).menu);
    assert_eq!(places(&menus[0]), places(&menus[1]));
    let blind = Face::blind("Peerwatch is starting").menu;
    assert_eq!(blind.len(), menus[0].len());
    expect![[r#"
        Peerwatch is starting -> Open
        -
        -
        Open Peerwatch -> Open
        -
        Quit -> Quit
    "#]]
    .assert_eq(&told(&blind, 0));
}

#[test]
fn a_name_from_elsewhere_cannot_break_the_menu() {
    let hostile = format!("a\n\tb\u{202e}c\u{7}{}", "x".repeat(200));
    assert_eq!(plain(&hostile), format!("a bc{}…", "x".repeat(55)));
}

#[test]
fn a_long_name_leaves_room_for_what_its_worker_wants() {
    let mut asks = worker(&"x".repeat(80), Presence::WaitingForYou, Group::NeedsYou);
    let said = |worker: &WorkerView| says(worker, need(worker));
    assert_eq!(said(&asks), format!("{}…: waits for you", "x".repeat(44)));
    asks.presence = Presence::Limited;
    asks.summary = "usage limit: ".repeat(8);
    assert!(said(&asks).starts_with(&format!("{}…: usage limit", "x".repeat(23))));
}

#[test]
fn tomorrow_is_the_next_morning_even_when_the_clocks_change() {
    let at = |text: &str| text.parse::<Zoned>().unwrap();
    let hours = |text: &str| until_tomorrow(&at(text)).unwrap() / 3600;
    assert_eq!(hours("2026-11-23T22:00:00+01:00[Europe/Berlin]"), 10);
    assert_eq!(hours("2026-11-23T00:30:00+01:00[Europe/Berlin]"), 31);
    assert_eq!(hours("2026-10-24T22:00:00+02:00[Europe/Berlin]"), 11);
    assert_eq!(hours("2026-03-28T22:00:00+01:00[Europe/Berlin]"), 9);
}

fn conversation(
    number: u8,
    title: &str,
    workers: &[&str],
    unread: u32,
    mode: DeliverMode,
) -> ConversationView {
    ConversationView {
        id: format!("bridge:0b:conv_{number}"),
        title: title.into(),
        source: SourceKind::Bridge,
        path: None,
        messages: 9,
        unread: Some(unread),
        last_at: None,
        last_text: None,
        workers: workers.iter().map(|name| format!("claude:{name}")).collect(),
        deliver: Some(mode),
        own: true,
        heartbeats: true,
        braked: None,
    }
}

fn undelivered(number: u8, title: &str) -> AlertView {
    AlertView {
        id: u64::from(number),
        severity: Severity::NeedsYou,
        kind: "undelivered".into(),
        worker: None,
        conversation: Some(format!("bridge:0b:conv_{number}")),
        title: title.into(),
        body: "The session takes no messages.".into(),
        since: "2026-11-23T10:00:00Z".into(),
    }
}

fn with_mail(name: &str, unread: u32) -> WorkerView {
    WorkerView { unread: Some(unread), ..worker(name, Presence::Idle, Group::Idle) }
}

/// The lines of the menu about messages.
fn mail_lines(view: &View) -> String {
    let menu = Face::of(view, &TimeZone::UTC).menu;
    let lines = menu.iter().filter(|entry| {
        matches!(entry, Entry::Button { act: Act::OpenConversation(_) | Act::OpenConversations, .. })
    });
    told(&lines.cloned().collect::<Vec<_>>(), 0)
}

#[test]
fn messages_that_nobody_is_woken_for_are_one_line_and_those_that_arrive_by_themselves_none() {
    let mut view = view(vec![with_mail("api", 3), with_mail("web", 1), with_mail("db", 2)]);
    view.conversations = vec![
        conversation(1, "api and ios", &["api", "ios"], 3, DeliverMode::NextTurn),
        conversation(2, "db and web", &["db", "web"], 3, DeliverMode::Wake),
    ];
    expect![[r#"
        3 messages wait for api -> OpenConversation("bridge:0b:conv_1")
    "#]]
    .assert_eq(&mail_lines(&view));
    view.conversations[1].deliver = Some(DeliverMode::TellMe);
    expect![[r#"
        6 messages wait for 3 workers -> OpenConversations
    "#]]
    .assert_eq(&mail_lines(&view));
    view.conversations.truncate(1);
    view.workers[0].unread = Some(1);
    expect![[r#"
        1 message waits for api -> OpenConversation("bridge:0b:conv_1")
    "#]]
    .assert_eq(&mail_lines(&view));
}

#[test]
fn a_stuck_delivery_leads_to_its_conversation_and_several_to_all() {
    let mut view = view(vec![worker("api", Presence::Idle, Group::Idle)]);
    view.conversations = vec![conversation(1, "api and ios", &["api", "ios"], 0, DeliverMode::Wake)];
    view.alerts = vec![undelivered(1, "A message to api waits")];
    expect![[r#"
        A message to api waits -> OpenConversation("bridge:0b:conv_1")
    "#]]
    .assert_eq(&mail_lines(&view));
    view.conversations[0].braked = Some("They answer each other without end.".into());
    expect![[r#"
        Deliveries stand still: api and ios -> OpenConversation("bridge:0b:conv_1")
    "#]]
    .assert_eq(&mail_lines(&view));
    view.alerts.push(undelivered(2, "A message to web waits"));
    expect![[r#"
        Messages of 2 conversations are stuck -> OpenConversations
    "#]]
    .assert_eq(&mail_lines(&view));
}
