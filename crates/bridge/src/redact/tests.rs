use expect_test::expect;
use proptest::prelude::*;

use super::redact;

/// Made up, in the forms of real ones; put together here so that nobody's scanner takes them for real.
fn secrets() -> Vec<(&'static str, String)> {
    let run = |length: usize| "aB3dE6gH9kL2".chars().cycle().take(length).collect::<String>();
    vec![
        ("AWS", format!("AKIA{}", "IOSFODNN7EXAMPLE")),
        ("AWS, temporary", format!("ASIA{}", "IOSFODNN7EXAMPLE")),
        (
            "private key",
            format!(
                "-----BEGIN RSA PRIVATE KEY-----\nMII{}\n{}\n-----END RSA PRIVATE KEY-----",
                run(61),
                run(64)
            ),
        ),
        ("private key, cut off", format!("-----BEGIN PRIVATE KEY-----\nMII{}\n{}", run(61), run(64))),
        ("GitHub", format!("ghp_{}", run(36))),
        ("GitHub, OAuth", format!("gho_{}", run(36))),
        ("GitHub, user", format!("ghu_{}", run(36))),
        ("GitHub, server", format!("ghs_{}", run(36))),
        ("GitHub, refresh", format!("ghr_{}", run(36))),
        ("GitHub, fine", format!("github_pat_{}_{}", run(22), run(59))),
        ("OpenAI", format!("sk-{}", run(48))),
        ("OpenAI, letters alone", format!("sk-{}", "abcdefgh".repeat(6))),
        ("OpenAI, project", format!("sk-proj-{}_{}", run(30), run(40))),
        ("Anthropic", format!("sk-ant-api03-{}-{}AA", run(40), run(40))),
        ("Slack", format!("xoxb-{}-{}", "123456789012", run(24))),
        ("Slack, app", format!("xapp-1-A0{}-{}", run(9), run(40))),
        ("Google", format!("AIza{}", run(35))),
        ("JWT", format!("eyJ{}.eyJ{}.{}", run(20), run(30), run(43))),
    ]
}

/// Whether a part that is long enough to be of use is still there.
fn leaks(secret: &str, redacted: &str) -> bool {
    let body = secret.trim_start_matches(|character: char| !character.is_ascii_lowercase());
    body.as_bytes().windows(14).any(|part| redacted.as_bytes().windows(14).any(|seen| seen == part))
        || (body.len() < 14 && redacted.contains(secret))
}

#[test]
fn fault_32_current_key_formats_are_found_wherever_they_stand() {
    for (name, secret) in secrets() {
        for text in [
            secret.clone(),
            format!("use {secret} for now"),
            format!("key={secret}, please"),
            format!("({secret})"),
            serde_json::json!({ "text": format!("first\n{secret}\nlast") }).to_string(),
        ] {
            let (redacted, changed) = redact(&text);
            assert!(changed && redacted.contains("_REDACTED"), "{name}: {text} -> {redacted}");
            assert!(!leaks(&secret, &redacted), "{name}: {text} -> {redacted}");
        }
    }
}

#[test]
fn fault_32_ordinary_prose_stays_whole() {
    for text in [
        "The password reset flow",
        "Passwords: they are hashed with argon2",
        "The password: it is stored hashed, the secret: nobody knows it",
        "Our secret is good documentation. The API key rotation is done; api_key handling too.",
        "Bearer authentication is required for the bearer token endpoint",
        "risk-management-and-disaster-recovery-planning for task-1234-with-a-long-name-5678",
        "password: string; secret: None, token: 5, password: <your password>, password=$DB_PASSWORD",
        "PWD=/home/dev/acme and pwd: ~/acme",
        "https://example.org:8080/path?x=1 and mail to a:b@example.org",
        "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "let password = read_password(); use secret::Vault; if password == other {}",
        "The secret: be patient, and ask for the password: twice if needed.",
        "",
    ] {
        assert_eq!(redact(text), (text.to_owned(), false));
    }
}

#[test]
fn a_value_goes_and_its_name_stays() {
    let texts = [
        "password: hunter2",
        "password=hunter2, user=bob",
        "password: swordfish",
        "Password = \"correct horse\" and more",
        "DB_PASSWORD='it; is' done",
        "user: bob; password: swordfish; host: db",
        "api_key: abc-def-1234. Thanks",
        "API key: k3yk3yk3y",
        "client_secret=shhh&x=1",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG",
        "run it with --password hunter2 --user bob",
        "Authorization: Bearer abc",
        "curl -H 'Bearer a1b2c3d4e5'",
        "postgres://bob:p4ss@db:5432/x and redis://:pw@cache",
        "access_token=a1b2c3d4e5f6",
        r#"{"password": "a\"b", "user": "bob", "secret": 12345, "api_key": null}"#,
        r#"{\"password\": \"hunter2\", \"x\": 1}"#,
    ];
    let redacted: Vec<String> = texts.iter().map(|text| redact(text).0).collect();
    expect![[r#"
        password: PASSWORD_REDACTED
        password=PASSWORD_REDACTED, user=bob
        password: PASSWORD_REDACTED
        Password = "PASSWORD_REDACTED" and more
        DB_PASSWORD='PASSWORD_REDACTED' done
        user: bob; password: PASSWORD_REDACTED; host: db
        api_key: API_KEY_REDACTED. Thanks
        API key: API_KEY_REDACTED
        client_secret=SECRET_REDACTED
        aws_secret_access_key = SECRET_REDACTED
        run it with --password PASSWORD_REDACTED --user bob
        Authorization: Bearer BEARER_TOKEN_REDACTED
        curl -H 'Bearer BEARER_TOKEN_REDACTED'
        postgres://bob:PASSWORD_REDACTED@db:5432/x and redis://:PASSWORD_REDACTED@cache
        access_token=TOKEN_REDACTED
        {"password": "PASSWORD_REDACTED", "user": "bob", "secret": "SECRET_REDACTED", "api_key": null}
        {\"password\": \"PASSWORD_REDACTED\", \"x\": 1}
    "#]]
    .assert_eq(&(redacted.join("\n") + "\n"));
}

#[test]
fn fault_32_the_bridges_own_tokens_are_found_and_checksums_are_not() {
    let token = "0123456789abcdef".repeat(4);
    let made = format!(
        "Your token (keep secret): {token}\nPartner token (share securely): {token}\n{{\"worker_token\": \"{token}\"}}"
    );
    let (redacted, _) = redact(&made);
    assert!(!redacted.contains(&token), "{redacted}");
    let checksum = format!("{token}  target/release/peerwatch");
    assert_eq!(redact(&checksum), (checksum.clone(), false));
}

#[test]
fn a_secret_that_reaches_over_strings_leaves_valid_json() {
    let text = r#"["-----BEGIN PRIVATE KEY-----", {"a": "x -----END PRIVATE KEY-----", "password": "b c"}]"#;
    let (redacted, changed) = redact(text);
    assert!(changed);
    assert!(serde_json::from_str::<serde_json::Value>(&redacted).is_ok(), "{redacted}");
    assert!(!redacted.contains("b c"), "{redacted}");
}

fn prose() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        6 => "[a-z]{1,12}",
        1 => prop::sample::select(vec![
            "password", "Password", "secret", "token", "Bearer", "api key", "API_KEY", "tokens", "secrets", "42", "2026",
            "it's", "sk-learn", "task-list", "\"quoted\"", "https://example.org/a", "naïve", "🦀",
        ]).prop_map(str::to_owned),
    ];
    let mark =
        prop::sample::select(vec![" ", " ", " ", ", ", ". ", "; ", "! ", "? ", " - ", "\n", " (", ") "]);
    prop::collection::vec((word, mark), 0..40)
        .prop_map(|words| words.into_iter().map(|(word, mark)| word + mark).collect())
}

/// Texts that are full of what redaction looks for.
fn trap() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "password",
            "api_key",
            "secret",
            "token",
            "Bearer ",
            "--password ",
            ":",
            "=",
            ": ",
            " = ",
            "\"",
            "'",
            "\\",
            "\\\"",
            "\n",
            " ",
            ",",
            "{",
            "}",
            "[",
            "]",
            "hunter2",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "sk-",
            "ghp_",
            "://u:",
            "@",
            "AKIAIOSFODNN7EXAMPLE",
            "a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0",
            "é",
            "🦀",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,6}",
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        trap().prop_map(serde_json::Value::from),
        any::<i32>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let name = prop_oneof![
            prop::sample::select(vec!["password", "api_key", "secret", "token", "user"])
                .prop_map(str::to_owned),
            trap(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn prose_without_secrets_is_unchanged(text in prose()) {
        prop_assert_eq!(redact(&text), (text.clone(), false));
    }

    #[test]
    fn json_stays_json(document in prop::collection::vec(document(), 0..3), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
        let (redacted, _) = redact(&text);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&redacted).is_ok(), "{} -> {}", text, redacted);
    }

    #[test]
    fn redacting_twice_is_redacting_once(text in trap()) {
        let (once, _) = redact(&text);
        prop_assert_eq!(redact(&once), (once.clone(), false));
    }

    #[test]
    fn no_text_is_too_odd(text in any::<String>()) {
        let (redacted, changed) = redact(&text);
        prop_assert_eq!(changed, redacted != text);
    }
}
