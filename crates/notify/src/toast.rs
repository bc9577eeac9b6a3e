//! A notice in the words of Windows: the XML of a toast, and the tag by which it is replaced and withdrawn.

use std::fmt::Write as _;

use crate::{Action, DEFAULT_ACTION, Notice, Urgency, text};

/// The toast that this notice is. A click on the body comes back as [`DEFAULT_ACTION`], one on a button as its key.
pub(crate) fn xml(notice: &Notice) -> String {
    let mut xml = format!("<toast launch=\"{DEFAULT_ACTION}\"");
    // It stays on the screen; without a button Windows takes it for any other.
    if notice.urgency == Urgency::Critical && buttons(notice).next().is_some() {
        xml.push_str(" scenario=\"reminder\"");
    }
    xml.push_str("><visual><binding template=\"ToastGeneric\">");
    for text in [text::title(&notice.title), text::body(&notice.body)] {
        let _never_fails = write!(xml, "<text>{}</text>", escaped(&text));
    }
    xml.push_str("</binding></visual><actions>");
    for Action { key, label } in buttons(notice) {
        let (key, label) = (escaped(key), escaped(&text::label(label)));
        let _never_fails = write!(xml, "<action content=\"{label}\" arguments=\"{key}\"/>");
    }
    xml.push_str("</actions>");
    if !notice.sound {
        xml.push_str("<audio silent=\"true\"/>");
    }
    xml.push_str("</toast>");
    xml
}

/// A click on the body needs no button of its own.
fn buttons(notice: &Notice) -> impl Iterator<Item = &Action> {
    // Windows refuses a toast with more.
    notice.actions.iter().filter(|action| action.key != DEFAULT_ACTION).take(5)
}

fn escaped(text: &str) -> String {
    text::escape_markup(text).replace('"', "&quot;")
}

/// The same for the same key: a tag has room for 64 characters, and a key is longer than that where an id in it is.
pub(crate) fn tag(key: &str) -> String {
    // FNV-1a.
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn an_urgent_notice_stays_makes_no_sound_and_cannot_break_out_of_its_quotes() {
        let action = |key: &str, label: &str| Action { key: key.into(), label: label.into() };
        let notice = Notice {
            title: "billing <is> gone".into(),
            body: "its process & all\nsince 2 min".into(),
            urgency: Urgency::Critical,
            actions: vec![action(DEFAULT_ACTION, "Open"), action("reassign", "\"Reassign\"…")],
            ..Notice::default()
        };
        let lines = xml(&notice).replace("><", ">\n<");
        expect![[r#"
            <toast launch="default" scenario="reminder">
            <visual>
            <binding template="ToastGeneric">
            <text>billing &lt;is&gt; gone</text>
            <text>its process &amp; all
            since 2 min</text>
            </binding>
            </visual>
            <actions>
            <action content="&quot;Reassign&quot;…" arguments="reassign"/>
            </actions>
            <audio silent="true"/>
            </toast>"#]]
        .assert_eq(&lines);
        let calm = Notice { sound: true, actions: Vec::new(), ..notice };
        assert!(!xml(&calm).contains("scenario") && !xml(&calm).contains("silent"));
    }

    #[test]
    fn a_tag_is_short_and_each_key_has_its_own() {
        let long = "waiting:claude:".repeat(20);
        assert_eq!(tag(&long).len(), 16);
        assert_eq!(tag("gone:a"), tag("gone:a"));
        assert_ne!(tag("gone:a"), tag("gone:b"));
    }
}
