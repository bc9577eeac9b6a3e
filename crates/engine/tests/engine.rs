//! The engine on real files, real processes and a real database, in a scratch folder.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use peerwatch_core::Timestamp;
use peerwatch_engine::{
    Clocks, Engine, Folders, Notifications, Options, StartError, client, read_once, start,
};
use peerwatch_wire::{ALWAYS_S, Command, Event, Presence, Reply, SettingChange, View, WaitingFor};

/// A scratch home for an engine and the sessions it watches.
struct Home {
    folder: tempfile::TempDir,
    children: Mutex<Vec<Child>>,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("pw").tempdir().unwrap();
        fs::create_dir_all(folder.path().join("claude/sessions")).unwrap();
        Self { folder, children: Mutex::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn options(&self) -> Options {
        Options {
            claude_config: vec![self.path("claude")],
            databases: vec![self.path("bridge.db")],
            only_these: true,
            folders: Some(Folders::below(&self.path("own"))),
            notifications: Notifications::Off,
            ..Options::default()
        }
    }

    fn start(&self) -> Engine {
        start(self.options()).unwrap()
    }

    /// A real process to stand for a session.
    fn process(&self) -> u32 {
        self.process_on(&[])
    }

    /// Such a process on a desktop that these variables tell of.
    fn process_on(&self, desktop: &[(&str, &str)]) -> u32 {
        let mut process = Process::new("sleep");
        process.arg("600").env_remove("SWAYSOCK").envs(desktop.iter().copied()).stdin(Stdio::null());
        let child = process.spawn().unwrap();
        let pid = child.id();
        self.children.lock().unwrap().push(child);
        pid
    }

    fn kill(&self, pid: u32) {
        let mut children = self.children.lock().unwrap();
        let child = children.iter_mut().find(|child| child.id() == pid).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Writes a registry entry as Claude Code does.
    fn register(&self, pid: u32, name: &str, status: &str, waiting_for: Option<&str>) {
        let now = wall().0;
        let waiting = waiting_for.map(|words| format!(r#","waitingFor":"{words}""#)).unwrap_or_default();
        let entry = format!(
            r#"{{"pid":{pid},"sessionId":"00000000-0000-4000-8000-{pid:012}","cwd":"/home/dev/acme/{name}","startedAt":{now},
               "procStart":"{}","version":"2.1.330","kind":"interactive","entrypoint":"cli","name":"{name}","status":"{status}",
               "updatedAt":{now},"statusUpdatedAt":{now}{waiting}}}"#,
            proc_start(pid)
        );
        fs::write(self.path(&format!("claude/sessions/{pid}.json")), entry.replace('\n', "")).unwrap();
    }

    fn bridge(&self) -> rusqlite::Connection {
        let db = rusqlite::Connection::open(self.path("bridge.db")).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_a_role TEXT NOT NULL, session_b_role TEXT NOT NULL,
               session_a_token TEXT NOT NULL, session_b_token TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL, from_session TEXT NOT NULL,
               to_session TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT, timestamp TEXT NOT NULL, read INTEGER DEFAULT 0);
             CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT NOT NULL, session_id TEXT NOT NULL, status TEXT NOT NULL,
               last_heartbeat TEXT NOT NULL, PRIMARY KEY (conversation_id, session_id));
             CREATE TABLE IF NOT EXISTS audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT, session_id TEXT, action TEXT NOT NULL,
               details TEXT, timestamp TEXT NOT NULL);
             INSERT OR IGNORE INTO conversations VALUES ('conv_00000000000000aa', 'backend', 'frontend', 'x', 'y',
               strftime('%Y-%m-%dT%H:%M:%f', 'now'), strftime('%Y-%m-%dT%H:%M:%f', 'now', '+12 hours'));",
        )
        .unwrap();
        db
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        for child in self.children.lock().unwrap().iter_mut() {
            let _ended_before = child.kill();
            let _reaped = child.wait();
        }
    }
}

fn say(db: &rusqlite::Connection, text: &str) {
    db.execute(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)
         VALUES ('conv_00000000000000aa', 'a', 'b', ?, '{\"action_type\": \"info\"}', strftime('%Y-%m-%dT%H:%M:%f', 'now'))",
        [text],
    )
    .unwrap();
}

fn wall() -> Timestamp {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(now.as_millis()).unwrap())
}

#[cfg(target_os = "linux")]
fn proc_start(pid: u32) -> String {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().to_owned()
}

/// Waits for a view that fulfils the wish; the engine says when to look, the limit only ends a hopeless wait.
fn until(engine: &Engine, wish: impl Fn(&View) -> bool) -> Arc<View> {
    let mut views = engine.handle().views();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let waited = runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(20), views.wait_for(|view| wish(view)))
            .await
            .map(|view| view.unwrap().clone())
    });
    waited.unwrap_or_else(|_| panic!("not within 20 s; the view is {:#?}", engine.handle().view().workers))
}

fn presence(view: &View, name: &str) -> Option<Presence> {
    view.workers.iter().find(|worker| worker.name == name).map(|worker| worker.presence)
}

#[test]
fn sessions_are_found_and_followed_to_their_death() {
    let home = Home::new();
    let (api, web) = (home.process(), home.process());
    home.register(api, "api", "busy", None);
    let engine = home.start();
    until(&engine, |view| presence(view, "api") == Some(Presence::Working));

    home.register(web, "web", "waiting", Some("permission prompt"));
    let view = until(&engine, |view| presence(view, "web") == Some(Presence::WaitingForYou));
    let web_view = view.workers.iter().find(|worker| worker.name == "web").unwrap();
    assert_eq!(web_view.waiting_for, Some(WaitingFor::Permission));
    assert!(!web_view.witnesses.is_empty(), "a verdict has witnesses");
    assert_eq!(view.sentence, "1 of 2 needs you");

    let killed = Instant::now();
    home.kill(api);
    until(&engine, |view| presence(view, "api") == Some(Presence::Gone));
    assert!(killed.elapsed() < Duration::from_secs(15), "the system told of the death");

    home.register(web, "web", "idle", None);
    let view = until(&engine, |view| presence(view, "web") == Some(Presence::Idle));
    assert!(view.history.iter().any(|ended| ended.kind == "waiting"), "the wait is over: {:?}", view.history);
}

#[test]
fn each_message_of_another_connection_is_told_once() {
    let home = Home::new();
    let db = home.bridge();
    say(&db, "before the engine began");
    let engine = home.start();
    until(&engine, |view| view.conversations.iter().any(|it| it.messages == 1));
    let mut events = engine.handle().events();
    for number in 0..50 {
        say(&db, &format!("message {number}"));
    }
    until(&engine, |view| view.conversations.iter().any(|it| it.messages == 51 && it.unread == Some(51)));
    let mut texts = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Message { text, .. } = event {
            texts.push(text);
        }
    }
    assert_eq!(texts, (0..50).map(|number| format!("message {number}")).collect::<Vec<_>>());
}

#[test]
fn what_was_told_before_a_restart_is_not_told_again() {
    let home = Home::new();
    let db = home.bridge();
    let engine = home.start();
    until(&engine, |view| !view.conversations.is_empty() || view.connections.iter().any(|it| it.connected));
    say(&db, "while it ran");
    until(&engine, |view| view.conversations.iter().any(|it| it.messages == 1));
    engine.stop();

    say(&db, "while it was off");
    let engine = start_and_listen(&home);
    let (engine, events) = engine;
    until(&engine, |view| view.conversations.iter().any(|it| it.messages >= 1));
    let texts: Vec<String> = drain(events).into_iter().filter_map(message_text).collect();
    assert_eq!(texts, ["while it was off"]);
}

#[test]
fn what_was_held_back_and_the_mutes_outlive_the_engine() {
    let home = Home::new();
    let asking = home.process();
    home.register(asking, "api", "waiting", Some("permission prompt"));
    let engine = home.start();
    let order = |engine: &Engine, command| {
        assert_eq!(engine.handle().command_blocking(command), Reply::Done);
    };
    order(&engine, Command::MuteFolder { folder: "/gone/shop".into(), seconds: ALWAYS_S });
    order(&engine, Command::Pause { seconds: 3_600 });
    until(&engine, |view| view.alerts.iter().any(|alert| alert.kind == "waiting"));
    home.register(asking, "api", "idle", None);
    until(&engine, |view| view.alerts.is_empty());
    home.register(asking, "api", "waiting", Some("permission prompt"));
    until(&engine, |view| view.held_back == 1);
    engine.stop();

    let engine = home.start();
    let view = until(&engine, |view| view.held_back == 1 && view.alerts.len() == 1);
    assert!(view.paused_until.is_some());
    let folders: Vec<_> =
        view.quiet.folders.iter().map(|it| (it.folder.as_str(), it.until.as_str())).collect();
    assert_eq!(folders, [("/gone/shop", "9999-01-01T00:00:00Z")]);
    order(&engine, Command::Pause { seconds: 0 });
    order(&engine, Command::MuteFolder { folder: "/gone/shop".into(), seconds: 0 });
    until(&engine, |view| view.held_back == 0 && view.quiet.folders.is_empty());
    engine.stop();

    let engine = home.start();
    let view = until(&engine, |view| view.alerts.len() == 1);
    assert_eq!((view.held_back, view.quiet.folders.len()), (0, 0), "told, so nothing is left of it");
}

/// Starts an engine and listens from its first breath.
fn start_and_listen(home: &Home) -> (Engine, tokio::sync::broadcast::Receiver<Event>) {
    let engine = home.start();
    let events = engine.handle().events();
    (engine, events)
}

fn drain(mut events: tokio::sync::broadcast::Receiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

fn message_text(event: Event) -> Option<String> {
    match event {
        Event::Message { text, .. } => Some(text),
        _ => None,
    }
}

#[test]
fn eight_hours_of_sleep_silence_nobody() {
    let home = Home::new();
    let db = home.bridge();
    db.execute(
        "INSERT INTO session_status VALUES ('conv_00000000000000aa', 'b', 'working', strftime('%Y-%m-%dT%H:%M:%f', 'now'))",
        [],
    )
    .unwrap();
    let api = home.process();
    home.register(api, "api", "busy", None);
    let slept = Arc::new(AtomicI64::new(0));
    let (began, asleep) = (Instant::now(), slept.clone());
    let clocks = Clocks(Arc::new(move || {
        let more = u64::try_from(asleep.load(Ordering::SeqCst)).unwrap();
        (began.elapsed() + Duration::from_millis(more), Timestamp(wall().0 + i64::try_from(more).unwrap()))
    }));
    let engine = start(Options { clocks: Some(clocks), ..home.options() }).unwrap();
    until(&engine, |view| {
        presence(view, "api") == Some(Presence::Working)
            && presence(view, "frontend") == Some(Presence::Working)
    });

    slept.store(8 * 3_600_000, Ordering::SeqCst);
    until(&engine, |view| view.machine == peerwatch_wire::MachineState::Settling);
    let view = engine.handle().view();
    assert_eq!(presence(&view, "api"), Some(Presence::Working));
    assert_eq!(presence(&view, "frontend"), Some(Presence::Working));
    assert!(view.alerts.is_empty(), "{:?}", view.alerts);
}

#[test]
fn the_second_engine_is_refused_and_a_client_reaches_the_first() {
    let home = Home::new();
    assert!(matches!(client::connect(&home.options()), Err(client::ConnectError::NotRunning)));
    let engine = home.start();
    until(&engine, |view| view.sentence == "No workers yet");
    match start(home.options()) {
        Err(StartError::AlreadyRunning { pid }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{other:?}"),
    }
    let mut near = client::connect(&home.options()).unwrap();
    let Reply::View { view } = near.command(&Command::View).unwrap() else { panic!("a view") };
    assert_eq!(view.sentence, "No workers yet");

    let mut views = client::connect(&home.options()).unwrap().views().unwrap();
    assert!(views.next().unwrap().unwrap().workers.is_empty());
    let api = home.process();
    home.register(api, "api", "idle", None);
    let seen = views.find(|view| view.as_ref().unwrap().workers.len() == 1);
    assert!(seen.is_some());

    assert_eq!(near.command(&Command::Stop).unwrap(), Reply::Done);
    engine.run_until_stopped();
    assert!(!home.path("own/run/engine.sock").exists(), "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn the_socket_is_for_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let engine = home.start();
    until(&engine, |view| view.connections.iter().any(|it| it.connected));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.path("own/run")), 0o700);
    assert_eq!(mode(&home.path("own/run/engine.sock")), 0o600);
}

#[test]
fn settings_are_kept_and_followed() {
    let home = Home::new();
    let engine = start(Options { only_these: false, databases: Vec::new(), ..home.options() }).unwrap();
    let path = home.path("bridge.db").display().to_string();
    drop(home.bridge());
    let add = Command::Change { setting: SettingChange::AddDatabase(path.clone()) };
    let Reply::Settings { settings } = engine.handle().command_blocking(add) else { panic!("settings") };
    assert_eq!(settings.databases, std::slice::from_ref(&path));
    until(&engine, |view| {
        view.connections.iter().any(|it| it.connected && it.path.as_deref() == Some(&path))
    });
    assert!(fs::read_to_string(home.path("own/config.toml")).unwrap().contains("bridge.db"));
}

#[test]
fn recovery_is_switched_for_one_conversation_and_left_to_the_rest_again() {
    let home = Home::new();
    let engine = home.start();
    let recover = |on| {
        let command = Command::Recover { conversation: "bridge:ab:conv_1".into(), on };
        match engine.handle().command_blocking(command) {
            Reply::Settings { settings } => settings.conversations,
            other => panic!("{other:?}"),
        }
    };
    let only = |on| vec![("bridge:ab:conv_1".to_owned(), Some(on))];
    let held = |on| recover(on).into_iter().map(|(id, it)| (id, it.recover)).collect::<Vec<_>>();
    assert_eq!(held(Some(true)), only(true));
    assert_eq!(held(Some(false)), only(false));
    let view = until(&engine, |view| !view.settings.conversations.is_empty());
    assert!(!view.settings.recover, "what holds for all is as before");
    assert_eq!(held(None), []);
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_gave_a_task_back_is_proposed_last() {
    let home = Home::new();
    let (now, names) = (wall(), ["api", "docs", "web"]);
    let pids = names.map(|_| home.process());
    for (pid, name) in pids.iter().zip(names) {
        home.register(*pid, name, "idle", None);
    }
    let engine = home.start();
    let mut store = peerwatch_bridge::Store::open(&home.path("own/bridge.db")).unwrap();
    let main = store.bridge("main", now).unwrap();
    let letters = [(pids[0], "backend"), (pids[1], "writer"), (pids[2], "frontend")].map(|(pid, role)| {
        let process = peerwatch_bridge::Process { pid, start: proc_start(pid) };
        let bearer = peerwatch_bridge::Bearer { process: Some(process), ..Default::default() };
        store.join(&main, role, &bearer, &|_| false, now).unwrap().participant
    });
    let what = peerwatch_bridge::NewTask { subject: "Write the parser".into(), ..Default::default() };
    let task = store.create_task(&main, &what, &peerwatch_bridge::Actor::Person, now).unwrap().id;
    store.claim_task(task, &letters[1], now).unwrap();
    store.release_task(task, None, &letters[1], "no time", now).unwrap();
    store.claim_task(task, &letters[0], now).unwrap();
    let has = |view: &View, role: &str| view.workers.iter().any(|it| it.role.as_deref() == Some(role));
    let joined = |view: &View| ["backend", "writer", "frontend"].iter().all(|role| has(view, role));
    until(&engine, |view| view.tasks.iter().any(|it| it.attempts == 2 && it.owner.is_some()) && joined(view));
    let plan = Command::PlanHandover { task: task.to_string() };
    let Reply::Plan { plan } = engine.handle().command_blocking(plan) else { panic!("no plan") };
    let heirs: Vec<_> = plan.heirs.iter().map(|heir| (heir.name.as_str(), heir.doubts.join(", "))).collect();
    let [("web", _), ("docs", doubts)] = heirs.as_slice() else { panic!("{heirs:?}") };
    assert!(doubts.ends_with("gave this task back"), "{doubts}");
}

#[test]
fn without_an_engine_the_sources_are_read_once() {
    let home = Home::new();
    let api = home.process();
    home.register(api, "api", "waiting", Some("input needed"));
    say(&home.bridge(), "hello");
    let view = read_once(&home.options());
    assert_eq!(presence(&view, "api"), Some(Presence::WaitingForYou));
    assert_eq!(view.conversations.len(), 1);
    assert!(!home.path("own/peerwatch.db").exists(), "looking leaves nothing behind");
}

#[test]
fn a_conversation_is_read_page_by_page() {
    let home = Home::new();
    let db = home.bridge();
    for number in 0..30 {
        say(&db, &format!("message {number}"));
    }
    let engine = home.start();
    let view = until(&engine, |view| view.conversations.iter().any(|it| it.messages == 30));
    let id = view.conversations[0].id.clone();
    let read = |page| match engine.handle().command_blocking(Command::Read {
        conversation: id.clone(),
        page,
        limit: 20,
    }) {
        Reply::Page { page } => page,
        other => panic!("{other:?}"),
    };
    let newest = read(peerwatch_wire::Page::Newest);
    assert_eq!(newest.entries.len(), 20);
    assert_eq!(newest.entries[19].text, "message 29");
    let older = read(peerwatch_wire::Page::Before(newest.before.unwrap()));
    assert_eq!(older.entries[0].text, "message 0");
    assert_eq!(older.before, None);
}

/// What the original's `check_partner_status` answers: its whole rule is an age below 120 seconds.
fn original_says_alive(path: &Path, side: &str, now: Timestamp) -> bool {
    let db = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT CAST(round((julianday(last_heartbeat) - 2440587.5) * 86400000) AS INTEGER) FROM session_status WHERE session_id = ?";
    let beat: rusqlite::Result<i64> = db.query_row(sql, [side], |row| row.get(0));
    beat.is_ok_and(|beat| now.0 - beat < 120_000)
}

#[cfg(target_os = "linux")]
#[test]
fn a_worker_in_a_tool_call_of_twenty_minutes_stays_alive_for_its_partner_and_a_killed_one_does_not() {
    let home = Home::new();
    let api = home.process();
    home.register(api, "api", "busy", None);
    let passed = Arc::new(AtomicI64::new(0));
    let (beginning, more) = (wall(), passed.clone());
    let clock = move || Timestamp(beginning.0 + more.load(Ordering::SeqCst));
    let told = clock.clone();
    let clocks = Clocks(Arc::new(move || {
        let now = told();
        (Duration::from_millis(u64::try_from(now.0 - beginning.0).unwrap()), now)
    }));
    let engine = start(Options { clocks: Some(clocks), ..home.options() }).unwrap();
    until(&engine, |view| presence(view, "api") == Some(Presence::Working));

    let own = home.path("own/bridge.db");
    let mut store = peerwatch_bridge::Store::open(&own).unwrap();
    let main = store.bridge("main", clock()).unwrap();
    let process = peerwatch_bridge::Process { pid: api, start: proc_start(api) };
    let bearer = peerwatch_bridge::Bearer { process: Some(process), ..Default::default() };
    let joined = store.join(&main, "backend", &bearer, &|_| false, clock()).unwrap();
    let view = until(&engine, |view| view.workers.iter().any(|it| it.role.as_deref() == Some("backend")));
    assert_eq!(view.workers.len(), 1, "the session and its side are one worker: {:#?}", view.workers);
    let beaten = |at: i64| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !original_says_alive(&own, &joined.participant, Timestamp(at)) {
            assert!(Instant::now() < deadline, "no heartbeat at minute {}", at / 60_000);
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    beaten(clock().0);

    // The clock goes on by less than what would count as a sleep.
    let step = |engine: &Engine| {
        passed.fetch_add(4_000, Ordering::SeqCst);
        engine.handle().command_blocking(Command::LookAgain);
    };
    for number in 0..20 * 60 / 4 {
        step(&engine);
        // The worst moment for its partner is just before the next heartbeat is due.
        if number % 8 == 7 {
            beaten(clock().0);
        }
    }
    let heartbeat = store.heartbeat(&main, &joined.participant).unwrap().unwrap();
    assert!(heartbeat.1.contains("process alive"), "a heartbeat says by what evidence: {heartbeat:?}");

    let killed = Instant::now();
    home.kill(api);
    until(&engine, |view| presence(view, "api") == Some(Presence::Gone));
    assert!(killed.elapsed() < Duration::from_secs(2), "said {:?} after the death", killed.elapsed());
    for _ in 0..130 / 4 + 1 {
        step(&engine);
    }
    assert!(!original_says_alive(&own, &joined.participant, clock()), "nobody beats for the dead");
}

#[test]
fn settings_are_followed_also_while_something_happens_all_the_time() {
    let home = Home::new();
    let db = home.bridge();
    let engine = home.start();
    until(&engine, |view| view.connections.iter().any(|it| it.connected));
    fs::write(home.path("own/config.toml"), "deliver = \"tell_me\"\n").unwrap();
    let began = Instant::now();
    while engine.handle().view().settings.deliver != peerwatch_wire::DeliverMode::TellMe {
        assert!(began.elapsed() < Duration::from_secs(20), "the settings were not read again");
        say(&db, "still talking");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_session_had_fetched_when_it_died_waits_again() {
    let home = Home::new();
    let api = home.process();
    home.register(api, "api", "busy", None);
    let engine = home.start();
    until(&engine, |view| presence(view, "api") == Some(Presence::Working));
    let mut store = peerwatch_bridge::Store::open(&home.path("own/bridge.db")).unwrap();
    let main = store.bridge("main", wall()).unwrap();
    let process = peerwatch_bridge::Process { pid: api, start: proc_start(api) };
    let bearer = peerwatch_bridge::Bearer { process: Some(process.clone()), ..Default::default() };
    let reader = store.join(&main, "backend", &bearer, &|_| false, wall()).unwrap().participant;
    let sender = store.join(&main, "frontend", &Default::default(), &|_| false, wall()).unwrap().participant;
    let from = peerwatch_bridge::Sender { conversation: main.clone(), participant: sender };
    let draft = peerwatch_bridge::Draft { text: "the limiter is yours".into(), ..Default::default() };
    let none = peerwatch_bridge::Limits { per_minute: 0 };
    store.send(&from, std::slice::from_ref(&reader), &draft, &none, wall()).unwrap();
    let fetcher = peerwatch_bridge::Fetcher { process: Some(process), call: Some("toolu_1".into()) };
    // The engine finds no inbox, so it leaves the message to the fetch.
    let fetched = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(20));
        let fetched = store.fetch(&main, &reader, &fetcher, &|_| false, wall()).unwrap();
        (!fetched.is_empty()).then_some(fetched)
    });
    assert_eq!(fetched.map(|letters| letters.len()), Some(1));

    home.kill(api);
    let waits = |store: &peerwatch_bridge::Store| {
        store.letters(&main, 0, 10).unwrap().iter().any(|letter| !letter.read)
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while !waits(&store) {
        assert!(Instant::now() < deadline, "the message is lost with its reader");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_table_of_terminals_marks_the_desktop_of_a_session_that_lives() {
    let home = Home::new();
    let engine = home.start();
    until(&engine, |view| view.sentence == "No workers yet");
    let mut near = client::connect(&home.options()).unwrap();
    let mut here = || -> Vec<String> {
        let Reply::Terminals { terminals } = near.command(&Command::Terminals).unwrap() else {
            panic!("the table")
        };
        assert!(terminals.iter().any(|line| line.name == "tmux") && terminals.len() > 20);
        terminals.into_iter().filter(|line| line.here).map(|line| line.name).collect()
    };
    let before = here();
    assert!(!before.contains(&"Hyprland".to_owned()), "this test needs another desktop than Hyprland");
    let api = home.process_on(&[("WAYLAND_DISPLAY", "wayland-7"), ("HYPRLAND_INSTANCE_SIGNATURE", "a_1")]);
    home.register(api, "api", "idle", None);
    until(&engine, |view| presence(view, "api") == Some(Presence::Idle));
    assert!(here().contains(&"Hyprland".to_owned()));
    home.kill(api);
    until(&engine, |view| presence(view, "api") == Some(Presence::Gone));
    assert_eq!(here(), before);
}
