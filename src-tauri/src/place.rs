//! The places of the window, written as the page's routes.

use std::fmt::Write as _;

/// Where the window opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Roster,
    Worker(String),
    Reassign(String),
    Conversation(String),
    Conversations,
    Tasks,
    History,
}

impl Place {
    /// As the page reads it: `/worker/<id>`, with everything unusual in the id escaped.
    pub(crate) fn route(&self) -> String {
        match self {
            Self::Roster => "/".into(),
            Self::Worker(id) => format!("/worker/{}", escaped(id)),
            Self::Reassign(id) => format!("/reassign/{}", escaped(id)),
            Self::Conversation(id) => format!("/conversation/{}", escaped(id)),
            Self::Conversations => "/conversations".into(),
            Self::Tasks => "/tasks".into(),
            Self::History => "/history".into(),
        }
    }
}

fn escaped(id: &str) -> String {
    id.bytes().fold(String::with_capacity(id.len()), |mut route, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                route.push(char::from(byte))
            }
            other => {
                let _never_fails = write!(route, "%{other:02X}");
            }
        }
        route
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_part_of_the_route_whatever_it_holds() {
        assert_eq!(Place::Roster.route(), "/");
        assert_eq!(Place::Worker("claude:4121".into()).route(), "/worker/claude%3A4121");
        assert_eq!(Place::Conversation("a/b#c ü".into()).route(), "/conversation/a%2Fb%23c%20%C3%BC");
    }
}
