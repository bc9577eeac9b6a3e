//! What is done to tasks, and how the screenplay says it. A task is named by the beginning of its subject.

/// Something done to a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// `creates acme/api: Delete the old queue, after Move the export`: a task to be done in a folder, perhaps once another
    /// one is done.
    Creates { folder: String, subject: String, after: Option<String> },
    /// `claims Move the export`: a session takes it and begins.
    Claims(String),
    /// `reports-on Move the export: Half of it.`
    ReportsOn { task: String, text: String },
    /// `completes Move the export: All tests pass.` Whoever lost it meanwhile hands in late work by that. A teammate says no more
    /// than the task.
    Completes { task: String, text: String },
    /// `hands-over Move the export to web: It knows the queue.`: the person takes it from its owner without waiting, and gives it
    /// to another one.
    HandsOver { task: String, to: String, why: String },
    /// `adopts Move the export`: the person takes the last late work as the result.
    Adopts(String),
}

impl Deed {
    /// Reads a verb and what follows it; `None` when the verb is about something else.
    pub(crate) fn read(verb: &str, rest: &str) -> Option<Result<Self, String>> {
        let said = || rest.split_once(": ").ok_or_else(|| format!("“{verb}” needs a colon and what is said"));
        Some(match verb {
            "creates" => said().map(|(folder, what)| {
                let (subject, after) = what
                    .split_once(", after ")
                    .map_or((what, None), |(subject, after)| (subject, Some(after)));
                Self::Creates { folder: folder.into(), subject: subject.into(), after: after.map(Into::into) }
            }),
            "claims" => Ok(Self::Claims(rest.into())),
            "reports-on" => {
                said().map(|(task, text)| Self::ReportsOn { task: task.into(), text: text.into() })
            }
            "completes" => {
                let (task, text) = rest.split_once(": ").unwrap_or((rest, ""));
                Ok(Self::Completes { task: task.into(), text: text.into() })
            }
            "hands-over" => said().and_then(|(what, why)| {
                let (task, to) =
                    what.rsplit_once(" to ").ok_or_else(|| format!("“{verb}” needs somebody who gets it"))?;
                Ok(Self::HandsOver { task: task.into(), to: to.into(), why: why.into() })
            }),
            "adopts" => Ok(Self::Adopts(rest.into())),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_created_in_a_folder_perhaps_after_another_one() {
        let read = |rest| Deed::read("creates", rest).unwrap().unwrap();
        let whole = |after: Option<&str>| Deed::Creates {
            folder: "acme/api".into(),
            subject: "Delete the old queue".into(),
            after: after.map(Into::into),
        };
        assert_eq!(read("acme/api: Delete the old queue"), whole(None));
        assert_eq!(
            read("acme/api: Delete the old queue, after Move the export"),
            whole(Some("Move the export"))
        );
    }

    #[test]
    fn the_last_to_names_who_gets_it() {
        let deed = Deed::read("hands-over", "Move it to the queue to web: web knows it").unwrap().unwrap();
        let (task, to, why) = ("Move it to the queue".into(), "web".into(), "web knows it".into());
        assert_eq!(deed, Deed::HandsOver { task, to, why });
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = |verb, rest| Deed::read(verb, rest).unwrap().unwrap_err();
        assert_eq!(said("reports-on", "Move it"), "“reports-on” needs a colon and what is said");
        assert_eq!(said("hands-over", "Move it: why not"), "“hands-over” needs somebody who gets it");
        assert!(Deed::read("dances", "").is_none());
    }
}
