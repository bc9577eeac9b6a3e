//! `config.toml`: read into [`Settings`], changed in place with its comments kept.

use std::fs;
use std::io;
use std::path::Path;

use peerwatch_core::QuietHours;
use peerwatch_wire::{ConversationSettings, DeliverMode, SettingChange, Settings};
use thiserror::Error;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

/// Why the configuration cannot be read or changed.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("{path} cannot be read: {error}")]
    Read { path: String, error: io::Error },
    #[error("{path} is not valid TOML: {error}")]
    Syntax { path: String, error: toml_edit::TomlError },
    #[error("{path} has a setting of the wrong kind: {error}")]
    Kind { path: String, error: toml_edit::de::Error },
    #[error("“{text}” is no span of hours for quiet_hours in {path}; write them as 22:00-08:00")]
    Hours { path: String, text: String },
    #[error("{path} cannot be written: {error}")]
    Write { path: String, error: io::Error },
}

/// The settings of a configuration file; the defaults when there is none.
pub(crate) fn read(path: &Path) -> Result<Settings, ConfigError> {
    let document = document(path)?;
    let settings: Settings = toml_edit::de::from_str(&document.to_string())
        .map_err(|error| ConfigError::Kind { path: shown(path), error })?;
    match &settings.quiet_hours {
        Some(hours) => hours_of(path, hours).map(|_| settings),
        None => Ok(settings),
    }
}

/// Quiet hours as they stand in the file.
fn hours_of(path: &Path, text: &str) -> Result<QuietHours, ConfigError> {
    QuietHours::parse(text).ok_or_else(|| ConfigError::Hours { path: shown(path), text: text.to_owned() })
}

/// Changes one setting in the file, leaving everything else as it stands.
pub(crate) fn change(path: &Path, change: &SettingChange) -> Result<Settings, ConfigError> {
    let mut document = document(path)?;
    let root = document.as_table_mut();
    match change {
        SettingChange::NotifyWaiting(on) => set(root, "notify_waiting", value(*on)),
        SettingChange::NotifySilent(on) => set(root, "notify_silent", value(*on)),
        SettingChange::NotifyMessages(on) => set(root, "notify_messages", value(*on)),
        SettingChange::QuietHours(Some(hours)) => {
            set(root, "quiet_hours", value(hours_of(path, hours)?.to_string()));
        }
        SettingChange::QuietHours(None) => {
            root.remove("quiet_hours");
        }
        SettingChange::UrgentBreaksThrough(on) => set(root, "urgent_breaks_through", value(*on)),
        SettingChange::Sound(on) => set(root, "sound", value(*on)),
        SettingChange::BridgeSilence(seconds) => set(root, "bridge_silence_s", whole(*seconds)),
        SettingChange::SessionSilence(Some(seconds)) => set(root, "session_silence_s", whole(*seconds)),
        SettingChange::SessionSilence(None) => {
            root.remove("session_silence_s");
        }
        SettingChange::Deliver(mode) => set(root, "deliver", value(word(*mode))),
        SettingChange::DeliverToBypassing(on) => set(root, "deliver_to_bypassing", value(*on)),
        SettingChange::Recover(on) => set(root, "recover", value(*on)),
        SettingChange::EditTeamTasks(on) => set(root, "edit_team_tasks", value(*on)),
        SettingChange::StartAtLogin(on) => set(root, "start_at_login", value(*on)),
        SettingChange::AddDatabase(path) => add(root, "databases", path),
        SettingChange::RemoveDatabase(path) => remove(root, "databases", path),
        SettingChange::AddClaudeConfig(path) => add(root, "claude_config", path),
        SettingChange::RemoveClaudeConfig(path) => remove(root, "claude_config", path),
    }
    store(path, &document)
}

/// Changes what holds for one conversation; what is as for all others leaves no trace.
pub(crate) fn change_conversation(
    path: &Path,
    conversation: &str,
    settings: &ConversationSettings,
) -> Result<Settings, ConfigError> {
    let mut document = document(path)?;
    let root = document.as_table_mut();
    let all = root.entry("conversations").or_insert_with(|| Item::Table(implicit()));
    if let Some(all) = all.as_table_like_mut() {
        let own = all.entry(conversation).or_insert_with(|| Item::Table(Table::new()));
        if let Some(own) = own.as_table_like_mut() {
            place(own, "deliver", settings.deliver.map(|mode| value(word(mode))));
            place(own, "heartbeats", settings.heartbeats.then(|| value(true)));
            place(own, "recover", settings.recover.map(value));
            if own.is_empty() {
                all.remove(conversation);
            }
        }
        if all.is_empty() {
            root.remove("conversations");
        }
    }
    store(path, &document)
}

/// A table that is written only as the head of those within it.
fn implicit() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

/// A mode as it stands in the file.
fn word(mode: DeliverMode) -> &'static str {
    match mode {
        DeliverMode::Wake => "wake",
        DeliverMode::NextTurn => "next_turn",
        DeliverMode::TellMe => "tell_me",
    }
}

fn store(path: &Path, document: &DocumentMut) -> Result<Settings, ConfigError> {
    write(path, &document.to_string()).map_err(|error| ConfigError::Write { path: shown(path), error })?;
    read(path)
}

fn document(path: &Path) -> Result<DocumentMut, ConfigError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(ConfigError::Read { path: shown(path), error }),
    };
    text.parse().map_err(|error| ConfigError::Syntax { path: shown(path), error })
}

/// Whole or not at all: a crash in between leaves the old file.
fn write(path: &Path, text: &str) -> io::Result<()> {
    // A link stays a link: people keep such files elsewhere.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("toml.new");
    fs::write(&beside, text)?;
    fs::rename(&beside, &path)
}

/// Puts a value in the place of the one before, with the comments around it.
fn set(root: &mut dyn TableLike, key: &str, mut item: Item) {
    match root.get_mut(key) {
        Some(old) => {
            if let (Some(new), Some(old)) = (item.as_value_mut(), old.as_value()) {
                *new.decor_mut() = old.decor().clone();
            }
            *old = item;
        }
        None => drop(root.insert(key, item)),
    }
}

/// Sets a value, or takes it away.
fn place(root: &mut dyn TableLike, key: &str, item: Option<Item>) {
    match item {
        Some(item) => set(root, key, item),
        None => drop(root.remove(key)),
    }
}

fn add(root: &mut toml_edit::Table, key: &str, entry: &str) {
    let list = root.entry(key).or_insert_with(|| value(Array::new()));
    if let Some(list) = list.as_array_mut()
        && !list.iter().any(|known| known.as_str() == Some(entry))
    {
        list.push(entry);
    }
}

fn remove(root: &mut toml_edit::Table, key: &str, entry: &str) {
    if let Some(list) = root.get_mut(key).and_then(Item::as_array_mut) {
        list.retain(|known| known.as_str() != Some(entry));
    }
}

fn whole(seconds: u64) -> Item {
    value(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_change_keeps_comments_and_everything_else() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config.toml");
        fs::write(&path, "# mine\nbridge_silence_s = 300 # as before\nfuture = \"kept\"\ndatabases = [\n  \"/a.db\", # the old one\n]\n").unwrap();
        change(&path, &SettingChange::BridgeSilence(120)).unwrap();
        change(&path, &SettingChange::AddDatabase("/b.db".into())).unwrap();
        let settings = change(&path, &SettingChange::NotifyMessages(false)).unwrap();
        assert_eq!(settings.databases, ["/a.db", "/b.db"]);
        expect![[r#"
            # mine
            bridge_silence_s = 120 # as before
            future = "kept"
            databases = [
              "/a.db", "/b.db", # the old one
            ]
            notify_messages = false
        "#]]
        .assert_eq(&fs::read_to_string(&path).unwrap());
    }

    #[test]
    fn what_holds_for_one_conversation_stands_in_a_table_of_its_own() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config.toml");
        fs::write(&path, "deliver = \"wake\" # mine\n").unwrap();
        let own = ConversationSettings {
            deliver: Some(DeliverMode::TellMe),
            heartbeats: true,
            recover: Some(true),
        };
        let settings = change_conversation(&path, "bridge:ab:conv_1", &own).unwrap();
        assert_eq!(settings.conversations["bridge:ab:conv_1"], own);
        expect![[r#"
            deliver = "wake" # mine

            [conversations."bridge:ab:conv_1"]
            deliver = "tell_me"
            heartbeats = true
            recover = true
        "#]]
        .assert_eq(&fs::read_to_string(&path).unwrap());
        change_conversation(&path, "bridge:ab:conv_1", &ConversationSettings::default()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "deliver = \"wake\" # mine\n");
    }

    #[test]
    fn what_a_person_wrote_beside_the_settings_of_a_conversation_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config.toml");
        let written = "# the release team\n[conversations.\"bridge:ab:conv_1\"]\n# never wake it\ndeliver = \"tell_me\" # on purpose\nrecover = true # at night\nmine = 1\n";
        fs::write(&path, written).unwrap();
        let mut own = read(&path).unwrap().conversations["bridge:ab:conv_1"].clone();
        assert_eq!(own.recover, Some(true));
        own.recover = Some(false);
        change_conversation(&path, "bridge:ab:conv_1", &own).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), written.replace("recover = true", "recover = false"));
        own.recover = None;
        change_conversation(&path, "bridge:ab:conv_1", &own).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), written.replace("recover = true # at night\n", ""));
    }

    #[test]
    fn without_a_file_the_defaults_hold() {
        let scratch = tempfile::tempdir().unwrap();
        assert_eq!(read(&scratch.path().join("none.toml")).unwrap(), Settings::default());
    }

    #[test]
    fn quiet_hours_are_refused_before_they_are_written_when_they_are_none() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config.toml");
        let hours = |text: &str| change(&path, &SettingChange::QuietHours(Some(text.into())));
        assert_eq!(hours("22:00 - 8:00").unwrap().quiet_hours.as_deref(), Some("22:00-08:00"));
        let refused = hours("at night").unwrap_err().to_string();
        assert!(refused.contains("“at night” is no span of hours"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "quiet_hours = \"22:00-08:00\"\n");
        change(&path, &SettingChange::QuietHours(None)).unwrap();
        assert_eq!(read(&path).unwrap(), Settings::default());
        fs::write(&path, "quiet_hours = \"22\"\n").unwrap();
        assert!(matches!(read(&path), Err(ConfigError::Hours { .. })));
    }

    #[test]
    fn a_broken_file_is_named_and_never_overwritten() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("config.toml");
        fs::write(&path, "databases = [").unwrap();
        let error = change(&path, &SettingChange::NotifySilent(true)).unwrap_err();
        assert!(error.to_string().contains("config.toml is not valid TOML"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "databases = [");
    }
}
