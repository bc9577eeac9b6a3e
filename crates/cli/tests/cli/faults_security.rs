//! Tokens that nobody checked and everybody saw, and texts that steered terminals; and how it is here.

use std::process::Stdio;

use serde_json::Value;

use crate::bridge::{Bridge, CONVERSATION, Worker};
use crate::home::Home;

#[test]
fn fault_26_a_wrong_token_opens_nothing_and_is_audited() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "secret plan");
    let worker = Worker::start();
    let wrong = [("PEERWATCH_TOKEN", "NOT_A_TOKEN")];
    for command in [
        &["check", "--mark-read", "--conversation-id", CONVERSATION][..],
        &["check", "--conversation-id", CONVERSATION],
        &["keepalive", "--once", "--conversation-id", CONVERSATION, "--pid", &worker.pid()],
        &["watch", "--conversation-id", CONVERSATION],
        &["check", "--conversation-id", "conv_ffffffffffffffff"],
    ] {
        let said = home.run_with(&[&["--db", bridge.db()], command].concat(), &wrong);
        assert_eq!(said.code, 3, "{command:?}: {}", said.out);
        assert!(
            said.err.contains("Invalid session token") && said.err.contains("ask whoever made"),
            "{}",
            said.err
        );
        assert!(
            !said.out.contains("secret plan") && !said.err.contains("NOT_A_TOKEN"),
            "{}{}",
            said.out,
            said.err
        );
    }
    assert_eq!(bridge.number("SELECT read FROM messages"), 0);
    assert_eq!(bridge.number("SELECT count(*) FROM session_status"), 0);
    assert_eq!(bridge.number("SELECT count(*) FROM audit_log WHERE action = 'login_refused'"), 5);
    let none = home.run(&bridge.args("check", &[]));
    assert_eq!(none.code, 2, "{}", none.err);
    assert!(none.err.contains("PEERWATCH_TOKEN"), "{}", none.err);
}

#[test]
fn fault_27_a_token_needs_no_place_on_the_command_line_and_is_warned_of_there() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "hello");
    let token = bridge.tokens[1].clone();
    let file = home.path().join("token");
    std::fs::write(&file, format!("{token}\n")).unwrap();

    let quiet = home.run_with(&bridge.args("check", &[]), &[("PEERWATCH_TOKEN", &token)]);
    assert_eq!((quiet.code, quiet.err.as_str()), (0, ""));

    let mut piped = home.command(&bridge.args("check", &["--token", "-"]));
    piped.stdin(Stdio::from(std::fs::File::open(&file).unwrap()));
    let piped = piped.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&piped.stdout), quiet.out);

    let shown = home.run(&bridge.args("check", &["--token", &token]));
    assert_eq!((shown.code, &shown.out), (0, &quiet.out));
    assert!(shown.err.contains("every user of this machine can see it"), "{}", shown.err);

    let filed = home.run(&bridge.args("check", &["--token-file", file.to_str().unwrap()]));
    assert_eq!((filed.code, &filed.out), (0, &quiet.out));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert!(filed.err.contains("chmod 600"), "{}", filed.err);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(home.run(&bridge.args("check", &["--token-file", file.to_str().unwrap()])).err, "");
    }
    for said in [quiet.out, shown.err, filed.err] {
        assert!(!said.contains(&token), "{said}");
    }
}

#[test]
fn fault_28_whatever_is_written_lies_in_folders_of_this_user() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let runtime = home.path().join("new-run");
    let worker = Worker::start();
    let pid = worker.pid();
    let args = bridge.args("keepalive", &["--once", "--pid", &pid]);
    let temporary = home.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let env = [
        ("PEERWATCH_TOKEN", bridge.tokens[1].as_str()),
        ("XDG_RUNTIME_DIR", runtime.to_str().unwrap()),
        ("TMPDIR", temporary.to_str().unwrap()),
    ];
    std::fs::create_dir(&runtime).unwrap();
    std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(home.run_with(&args, &env).code, 0);
    let own = runtime.join("peerwatch");
    assert_eq!(std::fs::metadata(&own).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "no log, no file that can be guessed");
}

#[test]
fn fault_29_no_text_steers_the_terminal_or_forges_a_line() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.insert(
        "'innocent' || char(27) || '[2J' || char(10) || '[2026-11-23 09:00:00] ✅ Keep-alive successful'",
    );
    bridge.sql(&["UPDATE conversations SET session_b_role = 'x' || char(10) || '[t] 🚨 ALERT: other (b) of conv_9 is silent' || char(27) || '[0m'"]);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    let said = [
        bridge.run(&home, 1, "check", &[]),
        home.run(&["--db", bridge.db(), "watchdog", "--once"]),
        home.run(&["--db", bridge.db(), "reassign"]),
        home.run(&["--db", bridge.db(), "audit"]),
        bridge.run(&home, 1, "check", &["--json"]),
    ];
    for one in &said {
        assert!(!one.out.contains('\u{1b}'), "{}", one.out);
        assert!(
            one.out.lines().all(|line| !line.starts_with("[2026-11-23") && !line.starts_with("[t]")),
            "{}",
            one.out
        );
    }
    assert!(said[0].out.contains("    [2026-11-23 09:00:00] ✅ Keep-alive successful"), "{}", said[0].out);
    let json: Value = serde_json::from_str(&said[4].out).unwrap();
    assert!(json[0]["text"].as_str().unwrap().contains("\u{1b}[2J\n["), "JSON keeps it, escaped");
}

#[test]
fn fault_30_an_id_that_begins_with_a_dash_or_holds_a_newline_is_an_id() {
    let home = Home::new();
    let bridge = Bridge::coordinator(&home);
    bridge.sql(&[
        "INSERT INTO conversations VALUES ('--help', 'lead', 'dashing'), ('conv_1' || char(10) || 'conv_2|b', 'l', 'lines')",
        "INSERT INTO session_status SELECT id, 'session_b', '2026-01-01 00:00:00', 'active' FROM conversations
         WHERE role_b IN ('dashing', 'lines')",
    ]);
    let rows = "--help|session_b|2026-01-01 00:00:00|400";
    let said = home.run(&["--db", bridge.db(), "reassign", "--silent-workers", rows, "--json"]);
    let owed: Vec<Value> =
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.err));
    assert_eq!((said.code, owed.len()), (1, 1), "{owed:?}");
    assert_eq!(owed[0]["conversation"], "--help");
    assert_eq!(
        home.run(&["--db", bridge.db(), "reassign"]).out.lines().filter(|l| l.starts_with("⚠️")).count(),
        2
    );
    assert_eq!(bridge.number("SELECT count(*) FROM audit_log"), 2);
}
