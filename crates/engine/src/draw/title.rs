//! What a conversation is called: by its name, where it has one, and by those who talk.

use peerwatch_core::{Room, Talk, excerpt};

/// So many of those who talk are named.
const CROWD: usize = 4;
/// Characters of one name.
const NAME: usize = 60;

/// "main: api, docs and web" for a bridge of that name, "api and web" for two who talk in one without.
pub(super) fn of(name: Option<&str>, room: &Room<'_>, talk: &Talk) -> String {
    let called = || room.workers.iter().map(|worker| excerpt(worker.name(), NAME)).collect::<Vec<_>>();
    // Two are called as in what they said last: the one may be no worker.
    let parties =
        talk.last.as_ref().map(|last| vec![excerpt(&last.from.name, NAME), excerpt(&last.to.name, NAME)]);
    let mut names = match (room.workers.len(), name) {
        (3.., _) => room.names.iter().map(|name| excerpt(name, NAME)).collect(),
        (_, None) => parties.unwrap_or_else(called),
        (_, Some(_)) => called(),
    };
    names.sort();
    titled(name.map(|name| excerpt(name, NAME)), names)
}

fn titled(name: Option<String>, mut names: Vec<String>) -> String {
    let rest = names.split_off(names.len().min(CROWD));
    let members = match (rest.len(), names.pop()) {
        (_, None) => String::new(),
        (0, Some(last)) if names.is_empty() => last,
        (0, Some(last)) => format!("{} and {last}", names.join(", ")),
        (more, Some(last)) => format!("{}, {last} and {more} more", names.join(", ")),
    };
    match (name, members.is_empty()) {
        (None, _) => members,
        (Some(name), true) => name,
        (Some(name), false) => format!("{name}: {members}"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_bridge_with_a_name_is_called_by_it_and_by_its_members() {
        let titled = |name: Option<&str>, names: &[&str]| {
            super::titled(name.map(str::to_owned), names.iter().map(ToString::to_string).collect())
        };
        let all = ["api", "docs", "infra", "tests", "web", "zoo"];
        let told: Vec<String> = [
            (None, 2),
            (None, 3),
            (Some("main"), 0),
            (Some("main"), 1),
            (Some("main"), 2),
            (Some("main"), 6),
        ]
        .map(|(name, count)| titled(name, &all[..count]))
        .into();
        assert_eq!(
            told,
            [
                "api and docs",
                "api, docs and infra",
                "main",
                "main: api",
                "main: api and docs",
                "main: api, docs, infra, tests and 2 more",
            ]
        );
    }
}
