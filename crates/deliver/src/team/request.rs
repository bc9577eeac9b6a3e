//! What the lead of a team is asked, in words for a model.

/// A task that should go to somebody else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request<'a> {
    /// The task's number.
    pub task: &'a str,
    /// Who has it, by its name in the team; `None` when nobody has.
    pub from: Option<&'a str>,
    /// Who should get it, by its name in the team.
    pub to: &'a str,
    /// Why, as the end of a sentence that begins with "because": "builder has ended".
    pub why: &'a str,
    /// The handover card: what whoever takes over should know. May be empty.
    pub card: &'a str,
}

impl Request<'_> {
    /// The letter.
    pub(super) fn text(&self, subject: &str) -> String {
        let Self { task, from, to, why, card } = self;
        let owner = from.map_or_else(String::new, |from| format!(" from {from}"));
        let mut text = format!(
            "Please reassign task #{task} (\"{subject}\"){owner} to {to}, because {why}.\n\
             Do it with TaskUpdate: taskId \"{task}\", owner \"{to}\", status \"pending\". TaskUpdate tells {to} by itself."
        );
        if let Some(from) = from {
            text += &format!(
                "\nIf {from} can still read you, tell it to stop working on task #{task} and to report what it has."
            );
        }
        if !card.trim().is_empty() {
            text += &format!(
                "\nSend {to} this with SendMessage, so that it can go on from there:\n\n{}",
                card.trim()
            );
        }
        text
    }
}
