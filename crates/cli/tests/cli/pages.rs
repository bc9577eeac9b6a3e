//! Help, errors and everything else that depends on nothing but what is typed.

use crate::home::Home;

#[test]
fn help_and_errors_say_what_to_do() {
    let home = Home::new();
    let path = |name: &str| home.path().join(name).display().to_string();
    trycmd::TestCases::new()
        .case("tests/cases/*.trycmd")
        .env("HOME", path("home"))
        .env("XDG_RUNTIME_DIR", path("run"))
        .env("XDG_CONFIG_HOME", path("config"))
        .env("XDG_DATA_HOME", path("data"))
        .env("XDG_STATE_HOME", path("state"))
        .env("CLAUDE_CONFIG_DIR", path("claude"))
        .env("LANG", "C.UTF-8")
        .env("COLUMNS", "100")
        .run();
}

#[test]
fn every_shell_gets_completions_and_every_subcommand_a_page() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = home.run(&["completions", shell]);
        assert!(said.code == 0 && said.out.contains("conversations"), "{shell}");
    }
    let pages = home.path().join("man");
    assert_eq!(home.run(&["man", "--dir", pages.to_str().unwrap()]).code, 0);
    let mut names: Vec<String> =
        pages.read_dir().unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.contains(&"peerwatch.1".to_string()), "{names:?}");
    assert!(names.contains(&"peerwatch-status.1".to_string()), "{names:?}");
    assert!(home.run(&["man"]).out.contains(".SH SYNOPSIS"));
}
