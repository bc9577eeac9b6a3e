//! A screenplay for fifty sessions at once.

use std::fmt::Write as _;

const PLACES: [&str; 10] =
    ["api", "web", "infra", "docs", "billing", "search", "mobile", "data", "auth", "media"];
const TASKS: [&str; 5] = [
    "Replace the deprecated date calls",
    "Find out why the nightly build is slow",
    "Add pagination to the list endpoints",
    "Describe the new configuration keys",
    "Cover the retry logic with tests",
];

/// Five sessions in each of ten folders, in the states in which such a crowd is met.
pub(crate) fn fifty() -> String {
    let mut play = String::new();
    for n in 0..50 {
        let (place, number) = (PLACES[n % 10], n / 10 + 1);
        let (who, task) = (format!("{place}-{number}"), TASKS[n % 5]);
        let began = 4 + n % 7;
        let _ = writeln!(play, "-{}:00 {who} starts acme/{place}", 12 + n);
        let _ = writeln!(play, "0:{began:02} {who} prompt {task}");
        let _ = match n % 10 {
            3 => writeln!(
                play,
                "9:10 {who} calls Bash git push origin {place}-{number}\n9:11 {who} needs-permission"
            ),
            7 if n > 20 => writeln!(play, "9:2{} {who} asks Which of the two tables should I keep?", n % 9),
            8 if n > 30 => {
                writeln!(play, "8:00 {who} limited You've hit your usage limit · resets 6pm")
            }
            9 if n > 40 => writeln!(play, "7:30 {who} calls Bash npm test\n7:40 {who} dies"),
            1 | 4 | 6 => writeln!(play, "{}:20 {who} ends Done: {task}.", 2 + n % 6),
            _ => writeln!(play, "9:{:02} {who} works rust until 15:00", n % 50),
        };
    }
    play
}
