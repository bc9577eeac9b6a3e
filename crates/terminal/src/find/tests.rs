//! Ways on paper: who is within whom, and what is promised.

use expect_test::expect;

use super::*;
use crate::fake::Fake;

/// Two tmux servers, one in a pane of the other, the outer one shown by an xterm.
fn nested() -> Fake {
    let mut machine = Fake::default();
    machine.process(10, 1, "/usr/bin/xterm", "").process(11, 10, "/bin/bash", "/dev/pts/1");
    machine.process(12, 11, "/usr/bin/tmux", "/dev/pts/1");
    machine.process(20, 1, "/usr/bin/tmux", "").process(21, 20, "/bin/bash", "/dev/pts/2");
    machine.variable(21, "TMUX", "/run/outer,20,0");
    machine.process(22, 21, "/usr/bin/tmux", "/dev/pts/2").variable(22, "TMUX", "/run/outer,20,0");
    machine.process(30, 1, "/usr/bin/tmux", "").process(31, 30, "/bin/bash", "/dev/pts/3");
    machine.variable(31, "TMUX", "/run/inner,30,0");
    machine.process(32, 31, "/usr/bin/claude", "/dev/pts/3").variable(32, "TMUX", "/run/inner,30,0");
    machine.answer(
        "-S /run/outer list-panes",
        "pane %7 21 /dev/pts/2 $0 @0 1 1\nclient 12 /dev/pts/1 $0 5 0 %7\n",
    );
    machine.answer(
        "-S /run/inner list-panes",
        "pane %1 31 /dev/pts/3 $0 @0 1 0\nclient 22 /dev/pts/2 $0 5 0 %9\n",
    );
    machine.answer("-S /run/outer select-window", "client 12 /dev/pts/1 $0 5 0 %7\n");
    machine.answer("-S /run/inner select-window", "client 22 /dev/pts/2 $0 5 0 %1\n");
    machine.windows(10, 1);
    machine
}

#[test]
fn a_multiplexer_within_another_is_followed_to_the_window() {
    let machine = nested();
    let way = find(32, &machine);
    assert_eq!(way.capability(), &Capability::ExactPane);
    assert_eq!(way.sentence(), "jumps to pane %1 of tmux, in pane %7 of tmux, in the xterm window");
    let done = focus(&way, &machine, None).unwrap();
    assert_eq!(done.seen, Seen::InFront);
    let orders: Vec<String> =
        machine.asked().lines().filter(|line| line.contains("select")).map(str::to_owned).collect();
    expect![[r#"
        tmux -u -S /run/inner select-window -t $0:@0 ; select-pane -t %1 ; list-clients -F client #{client_pid} #{client_tty} #{session_id} #{client_activity} #{client_control_mode} #{pane_id}
        tmux -u -S /run/outer select-window -t $0:@0 ; list-clients -F client #{client_pid} #{client_tty} #{session_id} #{client_activity} #{client_control_mode} #{pane_id}"#]]
    .assert_eq(&orders.join("\n"));
}

#[test]
fn a_variable_of_an_outer_terminal_is_not_believed() {
    let mut machine = nested();
    // An xterm that was started from within tmux: its shell has tmux's variables, and is in none of its panes.
    machine.process(40, 31, "/usr/bin/xterm", "/dev/pts/3").process(41, 40, "/usr/bin/claude", "/dev/pts/4");
    machine.variable(41, "TMUX", "/run/inner,30,0").variable(41, "TMUX_PANE", "%1").windows(40, 1);
    assert_eq!(find(41, &machine).sentence(), "jumps to the xterm window");
    assert_eq!(machine.asked(), "", "tmux was not asked");
}

/// As GNOME on Wayland has it.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_whose_window_nobody_may_raise_is_not_said_to_come_to_the_front() {
    let mut machine = Fake::default();
    machine.process(20, 1, "/Applications/iTerm.app/Contents/MacOS/iTerm2", "");
    machine.process(21, 20, "/usr/bin/claude", "/dev/pts/1").answer("osascript", "found\n");
    let way = find(21, &machine);
    assert!(matches!(way.capability(), Capability::PaneOnly(_)), "{way:?}");
    expect!["chooses its session of iTerm2, but can't raise the window that shows it: it is on no desktop that is known here"].assert_eq(way.sentence());
    assert!(focus(&way, &machine, None).is_err());
    assert!(machine.asked().contains("osascript"), "it is chosen all the same");
}

#[test]
fn what_cannot_be_done_is_said_beforehand() {
    let mut machine = nested();
    machine.answer("-S /run/inner list-panes", "pane %1 31 /dev/pts/3 $0 @0 1 0\n");
    let way = find(32, &machine);
    assert!(matches!(way.capability(), Capability::NotPossible(_)) && !way.is_possible());
    expect!["can't jump: no terminal shows its tmux session; `tmux -S /run/inner attach -t '$0'` does"]
        .assert_eq(way.sentence());
    assert!(matches!(focus(&way, &machine, None), Err(FocusError::NotPossible(_))));

    assert_eq!(find(99, &machine).sentence(), "can't jump: its process has ended");
    machine.process(50, 1, "/usr/bin/claude", "");
    assert_eq!(find(50, &machine).sentence(), "can't jump: it has no terminal");
    machine.process(51, 1, "/usr/sbin/sshd", "").process(52, 51, "/usr/bin/claude", "/dev/pts/9");
    assert_eq!(find(52, &machine).sentence(), "can't jump: its terminal is on another machine");
}

#[test]
fn a_pane_is_chosen_even_where_its_window_is_far_away() {
    let mut machine = nested();
    machine.process(10, 1, "/usr/sbin/sshd", "");
    let way = find(32, &machine);
    expect![
        "chooses pane %1 of tmux, in pane %7 of tmux, but can't raise the window that shows it: its terminal is on another machine"
    ]
    .assert_eq(way.sentence());
    let error = focus(&way, &machine, None).unwrap_err();
    expect!["the window that shows it could not be brought to the front: its terminal is on another machine"]
        .assert_eq(&error.to_string());
    assert!(machine.asked().contains("select-pane -t %1"));
}

#[test]
fn of_two_clients_the_one_whose_window_is_here_is_taken() {
    let mut machine = nested();
    machine.process(60, 1, "/usr/sbin/sshd", "").process(61, 60, "/usr/bin/tmux", "/dev/pts/8");
    let panes =
        "pane %1 31 /dev/pts/3 $0 @0 1 0\nclient 61 /dev/pts/8 $0 9 0 %9\nclient 22 /dev/pts/2 $0 5 0 %9\n";
    machine.answer("-S /run/inner list-panes", panes);
    assert_eq!(find(32, &machine).capability(), &Capability::ExactPane);
}

#[test]
fn a_terminal_with_tabs_is_exact_when_it_has_one() {
    let mut machine = Fake::default();
    machine.process(10, 1, "/usr/bin/xfce4-terminal", "").process(11, 10, "/bin/zsh", "/dev/pts/1");
    machine.process(12, 11, "/usr/bin/claude", "/dev/pts/1").windows(10, 1);
    assert_eq!(find(12, &machine).sentence(), "jumps to the xfce4-terminal window");
    machine.process(13, 10, "/bin/zsh", "/dev/pts/2");
    expect!["raises the xfce4-terminal window, and no more: xfce4-terminal lets nobody outside choose a tab"]
        .assert_eq(find(12, &machine).sentence());
    machine.windows(10, 2);
    expect!["raises a window of xfce4-terminal, and no more: nothing tells its windows apart"]
        .assert_eq(find(12, &machine).sentence());
}

#[test]
fn an_unknown_terminal_is_found_by_its_window() {
    let mut machine = Fake::default();
    machine
        .process(10, 1, "/opt/new-term", "")
        .process(11, 10, "/usr/bin/claude", "/dev/pts/1")
        .windows(10, 1);
    let way = find(11, &machine);
    assert_eq!(way.capability(), &Capability::WindowOnly);
    assert_eq!(way.sentence(), "raises the new-term window, and no more: nothing is known of new-term");
}

#[test]
fn other_multiplexers_are_followed_too() {
    let mut machine = Fake::default();
    machine
        .process(10, 1, "/usr/bin/foot", "")
        .process(11, 10, "/usr/bin/zellij", "/dev/pts/1")
        .windows(10, 1);
    machine.process(20, 1, "/usr/bin/zellij", "").arguments(20, "zellij --server /run/zellij/v1/before");
    machine.process(22, 1, "/usr/bin/zellij", "").arguments(22, "zellij --server /run/zellij/v1/other");
    machine.process(21, 20, "/usr/bin/claude", "/dev/pts/2").variable(21, "ZELLIJ_SESSION_NAME", "before");
    machine
        .variable(21, "ZELLIJ_PANE_ID", "3")
        .answer("zellij", "")
        .answer("list-sessions", "other\nrenamed\n");
    let pane = |id: u32, is_plugin: bool, tab: u32| {
        format!(r#"{{"id": {id}, "is_plugin": {is_plugin}, "tab_position": {tab}, "title": "x"}}"#)
    };
    let panes = format!("[{}, {}, {}]", pane(3, true, 0), pane(2, false, 0), pane(3, false, 1));
    machine.answer("list-panes", &panes);
    machine.answer("list-clients", "CLIENT_ID ZELLIJ_PANE_ID RUNNING_COMMAND\n1 terminal_3 claude\n");
    let way = find(21, &machine);
    assert_eq!(way.sentence(), "jumps to pane 3 of Zellij, in the foot window");
    assert_eq!(focus(&way, &machine, None).map(|done| done.seen), Ok(Seen::InFront));
    expect![[r#"
        zellij list-sessions --short --no-formatting
        zellij --session renamed action list-panes --json
        zellij --session renamed action go-to-tab 2
        zellij --session renamed action focus-pane-id terminal_3
        zellij --session renamed action list-clients"#]]
    .assert_eq(&machine.asked());

    machine.process(30, 1, "/usr/bin/screen", "").draws_on(30, "/dev/pts/5");
    machine.process(31, 30, "/usr/bin/claude", "/dev/pts/6").variable(31, "WINDOW", "2");
    machine.process(32, 1, "/usr/bin/screen", "/dev/pts/55");
    expect!["can't jump: no terminal shows its screen session; `screen -r 30` does"]
        .assert_eq(find(31, &machine).sentence());
    machine.process(32, 10, "/usr/bin/screen", "/dev/pts/5");
    assert_eq!(find(31, &machine).sentence(), "jumps to window 2 of screen, in the foot window");
}

#[test]
fn panes_of_wezterm_are_found_by_their_whole_device() {
    let mut machine = Fake::default();
    machine
        .process(10, 1, "/usr/bin/wezterm-gui", "")
        .process(11, 10, "/usr/bin/claude", "/dev/pts/1")
        .windows(10, 1);
    machine.variable(11, "WEZTERM_PANE", "4");
    let panes = r#"[{"pane_id": 2, "tty_name": "/dev/pts/10"}, {"pane_id": 5, "tty_name": "/dev/pts/1"}]"#;
    machine.answer("cli --no-auto-start list", panes).answer("activate-pane", "");
    let way = find(11, &machine);
    assert_eq!(way.sentence(), "jumps to pane 5 of WezTerm");
    assert!(focus(&way, &machine, None).is_ok() && machine.asked().contains("activate-pane --pane-id 5"));
}

#[test]
fn an_editor_is_raised_and_says_that_it_is_no_more() {
    let mut machine = Fake::default();
    machine.process(10, 1, "/usr/share/code/code", "").process(11, 10, "/usr/share/code/code", "");
    machine
        .process(12, 11, "/bin/zsh", "/dev/pts/1")
        .process(13, 12, "/usr/bin/claude", "/dev/pts/1")
        .windows(10, 1);
    expect!["raises the code window, and no more: its editor lets nobody outside choose a terminal"]
        .assert_eq(find(13, &machine).sentence());
}
