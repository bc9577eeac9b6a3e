//! A notice as the server is told of it: its texts, its buttons and its hints, in the words that this server understands.

use std::collections::HashMap;
use std::path::PathBuf;

use zbus::Variant;

use super::picture::Picture;
use crate::{Notice, Options, ReplyField, Server, Urgency, text};

/// The action that stands for a field to answer in. An extension of KDE's, which other servers share; they say so among
/// their capabilities by the same word.
pub(super) const INLINE_REPLY: &str = "inline-reply";

/// The arguments of `Notify`, in the specification's order.
pub(super) struct Letter {
    pub(super) app: String,
    pub(super) icon: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) actions: Vec<String>,
    pub(super) hints: HashMap<&'static str, Variant<'static>>,
}

pub(super) fn write(
    notice: &Notice,
    server: &Server,
    options: &Options,
    picture: Option<&Picture>,
) -> Letter {
    let picture =
        picture.filter(|_| server.name != KDE || !is_installed(&options.desktop_entry, data_folders()));
    let reply = notice.reply.as_ref().filter(|_| server.inline_reply);
    let mut hints = hints(notice, options, reply);
    if let Some(picture) = picture {
        hints.insert("image-data", picture.hint());
    }
    Letter {
        app: options.app_name.clone(),
        // What is sent needs no name, and some servers complain of one that their theme doesn't know.
        icon: picture.map_or_else(|| options.icon.clone(), |_| String::new()),
        title: text::title(&notice.title),
        body: body(notice, server),
        actions: actions(notice, server, reply),
        hints,
    }
}

/// It finds the icon by the desktop entry, where that is installed, and would show the picture beside it.
const KDE: &str = "Plasma";

fn is_installed(desktop_entry: &str, mut data_folders: impl Iterator<Item = PathBuf>) -> bool {
    let file = format!("applications/{desktop_entry}.desktop");
    data_folders.any(|folder| folder.join(&file).is_file())
}

/// Where programs are installed, as the XDG base directory specification has it.
fn data_folders() -> impl Iterator<Item = PathBuf> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let home = || std::env::var("HOME").map(|home| format!("{home}/.local/share")).ok();
    let own = set("XDG_DATA_HOME").or_else(home);
    let shared = set("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let folders: Vec<PathBuf> =
        own.into_iter().map(PathBuf::from).chain(std::env::split_paths(&shared)).collect();
    folders.into_iter()
}

fn body(notice: &Notice, server: &Server) -> String {
    let body = text::body(&notice.body);
    match server.name.as_str() {
        _ if server.markup => text::escape_markup(&body).into_owned(),
        // Without a word about markup in its configuration, dunst reads it and doesn't say so.
        "dunst" => body.replace('<', "‹"),
        _ => body,
    }
}

fn actions(notice: &Notice, server: &Server, reply: Option<&ReplyField>) -> Vec<String> {
    match server.name.as_str() {
        _ if !server.actions => Vec::new(),
        // It has a button for the click on the body, which would stand there twice.
        "Xfce Notify Daemon" => without_its_double(action_list(notice, reply)),
        _ => action_list(notice, reply),
    }
}

fn hints(
    notice: &Notice,
    options: &Options,
    reply: Option<&ReplyField>,
) -> HashMap<&'static str, Variant<'static>> {
    let mut hints = HashMap::from([
        ("urgency", Variant::new(level(notice.urgency))),
        ("sender-pid", Variant::new(i64::from(std::process::id()))),
        ("suppress-sound", Variant::new(!notice.sound)),
    ]);
    // A name of the sound naming specification.
    let sound = if notice.sound { "message-new-instant".to_owned() } else { String::new() };
    let texts = [
        ("sound-name", sound),
        ("desktop-entry", options.desktop_entry.clone()),
        ("category", notice.category.clone()),
        (
            "x-kde-reply-placeholder-text",
            reply.map(|reply| text::label(&reply.placeholder)).unwrap_or_default(),
        ),
    ];
    for (name, value) in texts {
        if !value.is_empty() {
            hints.insert(name, Variant::new(value));
        }
    }
    hints
}

/// Pairs of key and label. The click on the body comes first, and says what the first button says.
fn action_list(notice: &Notice, reply: Option<&ReplyField>) -> Vec<String> {
    let has_default = notice.actions.iter().any(|action| action.key == crate::DEFAULT_ACTION);
    let first = notice.actions.first().map_or("Open", |action| action.label.as_str());
    let body_click = (!has_default).then_some((crate::DEFAULT_ACTION, first));
    let buttons = notice.actions.iter().map(|action| (action.key.as_str(), action.label.as_str()));
    let field = reply.map(|reply| (INLINE_REPLY, reply.label.as_str()));
    body_click
        .into_iter()
        .chain(buttons)
        .chain(field)
        .flat_map(|(key, label)| [key.to_owned(), text::label(label)])
        .collect()
}

/// The list without its second pair, where that says what the first one says.
fn without_its_double(mut list: Vec<String>) -> Vec<String> {
    if list.len() >= 4 && list[1] == list[3] {
        list.drain(2..4);
    }
    list
}

fn level(urgency: Urgency) -> u8 {
    match urgency {
        Urgency::Low => 0,
        Urgency::Normal => 1,
        Urgency::Critical => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Action;

    fn action(key: &str, label: &str) -> Action {
        Action { key: key.into(), label: label.into() }
    }

    #[test]
    fn a_program_is_installed_where_one_of_the_folders_has_its_entry() {
        let scratch = tempfile::tempdir().unwrap();
        let folders = || ["none", "share"].map(|name| scratch.path().join(name)).into_iter();
        assert!(!is_installed("Peerwatch", folders()));
        std::fs::create_dir_all(scratch.path().join("share/applications")).unwrap();
        std::fs::write(scratch.path().join("share/applications/Peerwatch.desktop"), "").unwrap();
        assert!(is_installed("Peerwatch", folders()));
        assert!(!is_installed("Peer", folders()));
    }

    #[test]
    fn a_click_on_the_body_does_what_the_first_button_says() {
        let notice =
            Notice { actions: vec![action("open", "Open"), action("snooze", "Snooze")], ..Notice::default() };
        assert_eq!(action_list(&notice, None), ["default", "Open", "open", "Open", "snooze", "Snooze"]);
        assert_eq!(action_list(&Notice::default(), None), ["default", "Open"]);
        let once = without_its_double(action_list(&notice, None));
        assert_eq!(once, ["default", "Open", "snooze", "Snooze"]);
        assert_eq!(without_its_double(once.clone()), once);
        let own = Notice { actions: vec![action("default", "Show it")], ..Notice::default() };
        assert_eq!(action_list(&own, None), ["default", "Show it"]);
    }
}
