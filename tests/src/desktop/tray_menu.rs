//! A tray item's menu, read through `com.canonical.dbusmenu` into a tree of labels.

use std::collections::HashMap;

use zbus::Proxy;
use zbus::{OwnedVariant, Variant};

/// One line of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuEntry {
    /// The number by which it is clicked.
    pub id: i32,
    /// Its text without mnemonics; empty for a separator.
    pub label: String,
    /// Whether it is a line between groups.
    pub separator: bool,
    /// Whether it can be clicked.
    pub enabled: bool,
    /// Whether it is shown at all.
    pub visible: bool,
    /// Its check mark, for entries that can have one.
    pub checked: Option<bool>,
    /// The submenu.
    pub children: Vec<MenuEntry>,
}

type Properties = HashMap<String, OwnedVariant>;
type Layout = (i32, Properties, Vec<OwnedVariant>);

/// Reads the whole menu.
pub(super) async fn read(menu: &Proxy<'_>) -> Vec<MenuEntry> {
    // Some libraries fill a menu only when it is about to be shown; others do not know the call.
    let _ = menu.call::<_, _, bool>("AboutToShow", &0i32).await;
    let everything: Vec<String> = Vec::new();
    let read = menu.call::<_, _, (u32, Layout)>("GetLayout", &(0i32, -1i32, everything)).await;
    let (_revision, (_, _, children)) = read.expect("the layout of the tray menu");
    children.into_iter().filter_map(entry).collect()
}

/// Clicks the entry with this number.
pub(super) async fn click(menu: &Proxy<'_>, id: i32) {
    let clicked = menu.call::<_, _, ()>("Event", &(id, "clicked", Variant::from(0i32), 0u32)).await;
    clicked.expect("a click in the tray menu");
}

/// The entry at a path of labels, each exact or else the first that begins so.
pub(super) fn at<'m>(menu: &'m [MenuEntry], labels: &[&str]) -> Option<&'m MenuEntry> {
    let (first, rest) = labels.split_first()?;
    let shown = || menu.iter().filter(|entry| entry.visible);
    let exact = shown().find(|entry| entry.label == *first);
    let entry = exact.or_else(|| shown().find(|entry| entry.label.starts_with(first)))?;
    if rest.is_empty() { Some(entry) } else { at(&entry.children, rest) }
}

fn entry(value: OwnedVariant) -> Option<MenuEntry> {
    let (id, properties, children) = Layout::try_from(value).ok()?;
    let text = |name: &str| properties.get(name).and_then(|value| <&str>::try_from(value).ok());
    let truth = |name: &str| properties.get(name).and_then(|value| bool::try_from(value).ok());
    let state = properties.get("toggle-state").and_then(|value| i32::try_from(value).ok());
    Some(MenuEntry {
        id,
        label: without_mnemonics(text("label").unwrap_or_default()),
        separator: text("type") == Some("separator"),
        enabled: truth("enabled").unwrap_or(true),
        visible: truth("visible").unwrap_or(true),
        checked: text("toggle-type").filter(|kind| !kind.is_empty()).map(|_| state == Some(1)),
        children: children.into_iter().filter_map(entry).collect(),
    })
}

/// `_` marks the letter to press, `__` is an underscore.
fn without_mnemonics(label: &str) -> String {
    label.split("__").map(|part| part.replace('_', "")).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: i32, label: &str, children: Vec<MenuEntry>) -> MenuEntry {
        let label = without_mnemonics(label);
        MenuEntry { id, label, separator: false, enabled: true, visible: true, checked: None, children }
    }

    #[test]
    fn an_entry_is_found_by_its_labels() {
        let menu = [line(1, "_Open", vec![]), line(2, "_Pause", vec![line(3, "for 1 hour", vec![])])];
        assert_eq!(at(&menu, &["Open"]).unwrap().id, 1);
        assert_eq!(at(&menu, &["Pause", "for 1"]).unwrap().id, 3);
        assert_eq!(at(&menu, &["Quit"]), None);
    }

    #[test]
    fn a_doubled_underscore_is_one_and_a_single_one_none() {
        assert_eq!(without_mnemonics("_my__module_"), "my_module");
    }
}
