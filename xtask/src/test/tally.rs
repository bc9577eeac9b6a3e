//! What test runners say about their cases, counted.

/// Counts of test cases, with the names of those that did not simply pass.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    /// Which failed.
    pub(crate) failures: Vec<String>,
    /// Which were skipped, and why.
    pub(crate) skips: Vec<String>,
    /// Which passed only when they were run once more.
    pub(crate) second_tries: Vec<String>,
}

impl Tally {
    /// A failure that passed when it was run once more.
    pub(crate) fn passed_at_second(&mut self, failure: &str) {
        if let Some(place) = self.failures.iter().position(|known| known == failure) {
            self.second_tries.push(self.failures.remove(place));
            self.failed -= 1;
            self.passed += 1;
        }
    }

    pub(crate) fn fail(&mut self, what: String) {
        self.failed += 1;
        self.failures.push(what);
    }

    pub(crate) fn skip(&mut self, what: String) {
        self.skipped += 1;
        self.skips.push(what);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend_from_slice(&other.failures);
        self.skips.extend_from_slice(&other.skips);
        self.second_tries.extend_from_slice(&other.second_tries);
    }

    pub(crate) fn counts(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Listens to one Rust test program.
#[derive(Default)]
pub(crate) struct RustListener {
    tally: Tally,
    /// Tests that ended well for the runner, but said that they did not run.
    said_skipped: Vec<String>,
    summed_up: bool,
}

impl RustListener {
    pub(crate) fn line(&mut self, line: &str) {
        if let Some((before, said)) = line.split_once("SKIPPED ")
            && (before.is_empty() || before.ends_with("... "))
            && !self.said_skipped.iter().any(|known| known == said)
        {
            self.said_skipped.push(said.to_owned());
        }
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.summed_up = true;
            self.tally.passed += count(counts, "passed");
            self.tally.failed += count(counts, "failed");
            self.tally.skipped += count(counts, "ignored");
        } else if let Some((name, end)) =
            line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        {
            self.case(name, end);
        }
    }

    fn case(&mut self, name: &str, end: &str) {
        if end == "FAILED" {
            self.tally.failures.push(name.to_owned());
        } else if let Some(reason) = end.strip_prefix("ignored") {
            let reason = reason.strip_prefix(", ").unwrap_or("ignored, no reason given");
            self.tally.skips.push(format!("{name}: {reason}"));
        }
    }

    /// The whole count, once the program has ended. A program that failed without saying which test did is one failed
    /// case; one that says nothing and ends well is one that passed.
    pub(crate) fn finish(mut self, program: &str, ended_well: bool, ending: &str) -> Tally {
        let said = self.said_skipped.len().min(self.tally.passed);
        self.tally.passed -= said;
        self.tally.skipped += said;
        self.tally.skips.extend(self.said_skipped);
        if !ended_well && self.tally.failed == 0 {
            self.tally.fail(ending.to_owned());
        } else if ended_well && !self.summed_up {
            self.tally.passed += 1;
        }
        for name in self.tally.failures.iter_mut().chain(&mut self.tally.skips) {
            *name = format!("{program}: {name}");
        }
        self.tally
    }
}

/// Listens to Vitest's own reporter.
#[derive(Default)]
pub(crate) struct VitestListener {
    tally: Tally,
}

impl VitestListener {
    pub(crate) fn line(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("Tests ") {
            self.tally.passed += count(counts, "passed");
            self.tally.failed += count(counts, "failed");
            self.tally.skipped += count(counts, "skipped") + count(counts, "todo");
        } else if let Some(name) = line.strip_prefix("FAIL ") {
            let name = name.trim().to_owned();
            if !self.tally.failures.contains(&name) {
                self.tally.failures.push(name);
            }
        } else if let Some(name) = line.strip_prefix("↓ ") {
            self.tally.skips.push(format!("{name}: marked so"));
        }
    }

    pub(crate) fn finish(mut self, ended_well: bool, ending: &str) -> Tally {
        if !ended_well && self.tally.failed == 0 {
            self.tally.fail(ending.to_owned());
        }
        if ended_well && self.tally.passed + self.tally.failed + self.tally.skipped == 0 {
            self.tally.fail("no test was seen".to_owned());
        }
        self.tally
    }
}

/// The number before `word` in a list such as `ok. 5 passed; 0 failed` or `2 failed | 3 passed (5)`.
fn count(text: &str, word: &str) -> usize {
    let words: Vec<&str> =
        text.split([' ', ';', ',', '|', '(', ')']).filter(|part| !part.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

/// `line` without the escape sequences that colour it.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once(|end: char| end.is_ascii_alphabetic()).map_or("", |(_, behind)| behind);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(output: &str, ended_well: bool) -> Tally {
        let mut listener = RustListener::default();
        output.lines().for_each(|line| listener.line(line));
        listener.finish("core", ended_well, "exit code 101")
    }

    fn vitest(output: &str, ended_well: bool) -> Tally {
        let mut listener = VitestListener::default();
        output.lines().for_each(|line| listener.line(line));
        listener.finish(ended_well, "exit code 1")
    }

    #[test]
    fn a_rust_program_is_counted_by_its_result_line() {
        let tally = rust(
            "running 3 tests\ntest a ... ok\ntest b::c ... FAILED\ntest d ... ignored, needs a Mac\n\
             test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.00s",
            false,
        );
        assert_eq!(tally.counts(), "1 passed, 1 failed, 1 skipped");
        assert_eq!(tally.failures, ["core: b::c"]);
        assert_eq!(tally.skips, ["core: d: needs a Mac"]);
    }

    #[test]
    fn a_test_that_says_it_was_skipped_did_not_pass() {
        let tally = rust(
            "test tray ... SKIPPED tray: the program Xvfb is not installed\nok\nSKIPPED tray: the program Xvfb is not installed\n\
             test core ... ok\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            true,
        );
        assert_eq!(tally.counts(), "1 passed, 0 failed, 1 skipped");
        assert_eq!(tally.skips, ["core: tray: the program Xvfb is not installed"]);
    }

    #[test]
    fn a_failure_that_passes_at_the_second_try_has_passed_and_stays_named() {
        let mut tally = rust("test a ... FAILED\ntest result: FAILED. 1 passed; 1 failed; 0 ignored", false);
        tally.passed_at_second("core: b");
        assert_eq!(tally.counts(), "1 passed, 1 failed, 0 skipped");
        tally.passed_at_second("core: a");
        assert_eq!(tally.counts(), "2 passed, 0 failed, 0 skipped");
        assert_eq!((tally.failures.len(), tally.second_tries), (0, vec!["core: a".to_owned()]));
    }

    #[test]
    fn a_program_that_dies_before_its_result_is_a_failure() {
        let tally = rust("running 2 tests\ntest a ... ok", false);
        assert_eq!(
            (tally.counts().as_str(), &tally.failures[..]),
            ("0 passed, 1 failed, 0 skipped", &["core: exit code 101".to_owned()][..])
        );
    }

    #[test]
    fn results_of_several_programs_add_up_and_one_without_a_harness_is_one_case() {
        let result = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(rust(&format!("{result}\n{result}"), true).passed, 4);
        assert_eq!(rust("all well", true).passed, 1);
    }

    #[test]
    fn vitest_is_counted_by_its_tests_not_by_its_files() {
        let tally = vitest(
            " \u{1b}[31mFAIL\u{1b}[39m  src/row.test.ts > a row > is drawn\n FAIL  src/row.test.ts > a row > is drawn\n\
             \u{1b}[2m Test Files \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m\u{1b}[22m\u{1b}[2m | \u{1b}[22m3 passed (4)\n\
             \u{1b}[2m      Tests \u{1b}[22m 1 failed | 12 passed | 2 skipped (15)",
            false,
        );
        assert_eq!(tally.counts(), "12 passed, 1 failed, 2 skipped");
        assert_eq!(tally.failures, ["src/row.test.ts > a row > is drawn"]);
    }

    #[test]
    fn vitest_that_fails_outside_a_test_or_runs_none_has_failed() {
        assert_eq!(
            vitest("Tests  3 passed (3)\nErrors  1 error", false).counts(),
            "3 passed, 1 failed, 0 skipped"
        );
        assert_eq!(vitest("No test files found", true).failed, 1);
    }
}
