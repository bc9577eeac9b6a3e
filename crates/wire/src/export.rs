//! Keeps `ui/src/wire.ts` equal to these types: `cargo xtask wire` rewrites it, the test fails when it is stale.

use std::fmt::Write as _;
use std::path::Path;

use ts_rs::{Config, TS};

fn declarations() -> String {
    let config = Config::default().with_large_int("number");
    let mut text = String::from("// Generated from crates/wire by `cargo xtask wire`. Do not edit.\n");
    macro_rules! declare {
        ($($name:ident),* $(,)?) => {
            $( let _ = write!(text, "\nexport {}\n", crate::$name::decl(&config)); )*
        };
    }
    declare!(
        View,
        StatusView,
        WorkerView,
        WitnessView,
        JumpView,
        JumpReach,
        TerminalView,
        TerminalKind,
        Tried,
        Presence,
        WaitingFor,
        Group,
        SourceKind,
        TrayState,
        MachineState,
        ConversationView,
        DeliverMode,
        PluginView,
        QuietView,
        MutedFolderView,
        ConversationSettings,
        Severity,
        AlertView,
        HistoryView,
        ProblemView,
        ConnectionView,
        Settings,
        TaskView,
        TaskSource,
        TaskState,
        ProgressView,
        LateView,
        HandoverView,
        HandoverStep,
        HandoverPlan,
        HeirView,
        ConversationPage,
        Entry,
        EntryKind,
        Command,
        Page,
        PluginAct,
        SettingChange,
        Reply,
        Event,
    );
    text
}

#[test]
fn the_windows_types_are_these() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/wire.ts");
    let wanted = declarations();
    if std::env::var_os("PEERWATCH_EXPORT").is_some() {
        std::fs::create_dir_all(path.parent().expect("ui/src")).expect("make ui/src");
        std::fs::write(&path, &wanted).expect("write ui/src/wire.ts");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "ui/src/wire.ts is stale: run `cargo xtask wire`");
}
