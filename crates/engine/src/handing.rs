//! Handovers in words.

use peerwatch_bridge::{Actor, Confirmation, Handover, HandoverStep};

/// How a handover stands, in a sentence.
pub(crate) fn summary(handover: &Handover) -> String {
    let from = &handover.from.role;
    if let Some(why) = &handover.closed {
        return format!("ended before its time: {why}");
    }
    let to = handover.to.as_ref().map(|to| to.role.as_str());
    match (handover.step, handover.confirmed) {
        (HandoverStep::Revoked, _) => {
            format!("{from} was told and has not confirmed; take it anyway, or wait for its answer")
        }
        (HandoverStep::Confirmed, how) => match &handover.wanted {
            Some(_) => format!("{}; its next owner gets it as soon as it can be reached", ground(from, how)),
            None => format!("{}; nobody is free to take it yet", ground(from, how)),
        },
        (HandoverStep::Granted, how) => {
            format!(
                "{}; {} has the card and has not begun",
                ground(from, how),
                to.unwrap_or("its next owner")
            )
        }
        (HandoverStep::Begun, how) => {
            format!("{}; {} has begun", ground(from, how), to.unwrap_or("its next owner"))
        }
        (HandoverStep::Undone, _) => format!("taken back; {from} has it again"),
    }
}

/// What makes sure that the old owner does not go on.
fn ground(from: &str, confirmed: Option<Confirmation>) -> String {
    match confirmed {
        Some(Confirmation::Acknowledged) => format!("{from} has confirmed"),
        Some(Confirmation::Gone) => format!("{from} is proven gone"),
        Some(Confirmation::TakenAnyway) => format!("taken without an answer of {from}"),
        None => format!("{from} has not confirmed"),
    }
}

/// Whether the old owner may still be at work on it: nothing proves that it stopped.
pub(crate) fn is_advisory(handover: &Handover) -> bool {
    handover.step != HandoverStep::Undone
        && matches!(handover.confirmed, None | Some(Confirmation::TakenAnyway))
}

/// Who did something, as a person reads it.
pub(crate) fn actor(actor: &Actor, role_of: impl Fn(&str) -> Option<String>) -> String {
    match actor {
        Actor::Person => "you".into(),
        Actor::Peerwatch => "Peerwatch".into(),
        Actor::Participant(letter) => role_of(letter).unwrap_or_else(|| letter.clone()),
    }
}
