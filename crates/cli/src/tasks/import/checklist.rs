//! A list as Markdown: `- [ ]` is a task, `- [x]` is done, and what is nested under a task belongs to it.

use peerwatch_bridge::NewTask;

use super::Entry;

/// The longest subject; a longer line stands whole in the description.
const SUBJECT: usize = 200;
/// A tab goes to the next multiple of this.
const TAB: usize = 4;

/// A box of a checklist.
struct Item<'a> {
    indent: usize,
    done: bool,
    text: &'a str,
}

/// Where a line belongs.
struct Open {
    indent: usize,
    /// The entry; `None` under one that is done.
    entry: Option<usize>,
}

/// Reads all entries that are not done. A task needs those nested under it, each of which has its line as its key.
pub(super) fn read(text: &str) -> Vec<Entry> {
    let (mut entries, mut open, mut fenced) = (Vec::new(), Vec::<Open>::new(), false);
    let mut described: Vec<Vec<String>> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let blank = line.trim().is_empty();
        let indent = indent_of(line);
        let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        if !blank && !fenced {
            // Whatever stands no deeper than an item ends it.
            while open.last().is_some_and(|one| one.indent >= indent) {
                open.pop();
            }
        }
        fenced ^= fence;
        match item(line).filter(|_| !fenced && !fence) {
            Some(item) => {
                let entry = begin(&mut entries, &open, &item, at + 1);
                described.resize(entries.len(), Vec::new());
                open.push(Open { indent: item.indent, entry });
            }
            None => {
                if let Some(Open { indent: own, entry: Some(entry) }) = open.last() {
                    described[*entry].push(dedented(line, own + 2));
                }
            }
        }
    }
    for (entry, lines) in entries.iter_mut().zip(described) {
        describe(entry, &lines);
    }
    entries
}

fn begin(entries: &mut Vec<Entry>, open: &[Open], item: &Item<'_>, line: usize) -> Option<usize> {
    if item.done {
        return None;
    }
    let key = format!("line {line}");
    // Under a box that is done, the nearest that is not is meant.
    if let Some(parent) = open.iter().rev().find_map(|one| one.entry) {
        entries[parent].needs.push(key.clone());
    }
    let what = NewTask { subject: item.text.to_owned(), ..NewTask::default() };
    entries.push(Entry { line, key: Some(key), what, ..Entry::default() });
    Some(entries.len() - 1)
}

fn describe(entry: &mut Entry, lines: &[String]) {
    let text = lines.join("\n");
    let text = text.trim_matches('\n').trim_end();
    let subject = &entry.what.subject;
    let description = match subject.char_indices().nth(SUBJECT) {
        None => text.to_owned(),
        Some(_) => {
            let short: String = subject.chars().take(SUBJECT - 1).collect();
            let whole = format!("{subject}\n\n{text}").trim_end().to_owned();
            entry.what.subject = format!("{}…", short.trim_end());
            whole
        }
    };
    entry.what.description = Some(description).filter(|text| !text.is_empty());
}

/// A line that is a box of a list: a bullet or a number, and `[ ]` or `[x]` behind it.
fn item(line: &str) -> Option<Item<'_>> {
    let text = line.trim_start();
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let rest = match digits {
        0 => text.strip_prefix(['-', '*', '+'])?,
        1..=9 => text[digits..].strip_prefix(['.', ')'])?,
        _ => return None,
    };
    let boxed = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (done, rest) = match boxed.get(..3)? {
        "[ ]" => (false, &boxed[3..]),
        "[x]" | "[X]" => (true, &boxed[3..]),
        _ => return None,
    };
    let text = rest.strip_prefix([' ', '\t'])?.trim();
    (!text.is_empty()).then_some(Item { indent: indent_of(line), done, text })
}

fn indent_of(line: &str) -> usize {
    let mut columns = 0;
    for c in line.chars() {
        match c {
            ' ' => columns += 1,
            '\t' => columns += TAB - columns % TAB,
            _ => break,
        }
    }
    columns
}

/// A line without the indentation that it has by its place.
fn dedented(line: &str, columns: usize) -> String {
    let own = indent_of(line);
    format!("{}{}", " ".repeat(own.saturating_sub(columns)), line.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    const PAGE: &str = "\
# Plan

Some words, and - [ ] no box.

- [ ] Release 2.0
  Before the fair.
  - not earlier

  Ask Ada.
  - [ ] Write the notes
    ```
    - [ ] an example
    ```
  - [x] Choose a name
    Sparrow.
    - [ ] Register it
  1. [ ] Tag it
Not theirs.
* [X] Old
\t* [ ] Under old
+ [ ] Tell everybody
";

    fn said(text: &str) -> String {
        let shown = |entry: &Entry| {
            let needs = entry.needs.join(", ");
            let description = entry.what.description.as_deref().unwrap_or("-");
            format!("{} {} [{needs}] {description:?}", entry.line, entry.what.subject)
        };
        read(text).iter().map(shown).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn boxes_are_tasks_and_what_is_nested_belongs_to_them() {
        expect![[r#"
            5 Release 2.0 [line 10, line 16, line 17] "Before the fair.\n- not earlier\n\nAsk Ada."
            10 Write the notes [] "```\n- [ ] an example\n```"
            16 Register it [] "-"
            17 Tag it [] "-"
            20 Under old [] "-"
            21 Tell everybody [] "-""#]]
        .assert_eq(&said(PAGE));
    }

    #[test]
    fn a_line_that_is_too_long_for_a_subject_stands_whole_in_the_description() {
        let long = "word ".repeat(60);
        let read = read(&format!("- [ ] {long}\n  and more"));
        let what = &read[0].what;
        assert!(what.subject.chars().count() <= SUBJECT && what.subject.ends_with('…'), "{}", what.subject);
        assert_eq!(what.description, Some(format!("{}\n\nand more", long.trim())));
    }

    #[test]
    fn nothing_that_is_no_box_is_a_task() {
        assert!(read("- [ ]\n- []  x\n- [/] y\n-[ ] z\n[ ] a\n1234567890. [ ] b\n").is_empty());
    }
}
