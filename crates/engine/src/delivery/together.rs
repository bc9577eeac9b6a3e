//! Which messages go into a session together.

use std::path::Path;

use peerwatch_bridge::Letter;
use peerwatch_deliver::Parcel;

use super::round::Way;

/// So many messages go together at most, with so many bytes of text.
const MOST_TOGETHER: usize = 20;
const MOST_TEXT: usize = 100_000;

pub(super) fn parcels<'l>(letters: &'l [(String, Letter)], reply_to: Option<&'l Path>) -> Vec<Parcel<'l>> {
    let parcel = |(uid, letter): &'l (String, Letter)| Parcel {
        uid,
        from_name: &letter.from_role,
        text: &letter.text,
        reply_to,
    };
    letters.iter().map(parcel).collect()
}

/// The messages that go together: those of the same sender that come next and were never pushed; of those that are
/// pushed again, exactly those that were pushed together, for Claude Code knows only the same text again.
pub(super) fn together<'w>(company: &[&'w Way]) -> Vec<&'w Way> {
    let Some(first) = company.first() else { return Vec::new() };
    let pushed = |way: &Way| way.pending.letter.receipt.pushed.as_ref().map(|(when, _)| *when);
    let mut room = MOST_TEXT;
    let mut fits = |way: &&&Way| {
        let before = room;
        room = room.saturating_sub(way.pending.letter.text.len());
        before == MOST_TEXT || room > 0
    };
    let same = |way: &&&Way| {
        way.conversation == first.conversation
            && way.pending.letter.from == first.pending.letter.from
            && pushed(way) == pushed(first)
    };
    company.iter().take_while(same).take_while(|way| fits(way)).take(MOST_TOGETHER).copied().collect()
}
