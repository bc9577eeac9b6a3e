//! What the end of a transcript says, learned record by record.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use peerwatch_core::Turn;

use super::lines::Line;
use super::messages::{self, Heard};
use super::record::{Body, Call, Record};
use super::sightings::{self, Glimpse, Spoke};

/// So many of the newest records are known again when they come twice.
const REMEMBERED: usize = 512;
/// More calls at once than any model makes.
const MOST_CALLS: usize = 256;

/// The state that the records so far add up to.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    /// Whether this is a subagent's own transcript, in which every record is marked as a subagent's.
    of_subagent: bool,
    turn: Option<(Turn, i64)>,
    /// When the newest record with work was written.
    pub(super) worked: Option<i64>,
    /// The same for a subagent that writes into this transcript.
    pub(super) side_worked: Option<i64>,
    /// How many such records there were, of either: a clock that was set back dates them in no order.
    pub(super) works: u64,
    pub(super) side_works: u64,
    /// Calls that have not been answered, with their times.
    open: Vec<(Call, i64)>,
    /// Requests to the model since its last output.
    requests: Vec<(Option<String>, i64, bool)>,
    /// The session ended in order, and nothing has come since.
    pub(super) closed: bool,
    /// The turn is known for certain: its beginning, or an end, has been seen.
    decided: bool,
    /// Whether the newest line that could have mattered could not be read.
    pub(super) broken: bool,
    title: Option<String>,
    ai_title: Option<String>,
    pub(super) last_prompt: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) version: Option<String>,
    pub(super) team: Option<String>,
    pub(super) agent: Option<String>,
    heard: Vec<Heard>,
    sighted: Vec<Glimpse>,
    spoken: Vec<Spoke>,
    known: VecDeque<u64>,
}

impl Story {
    /// Of a session, or of one of its subagents.
    pub(super) fn new(of_subagent: bool) -> Self {
        Self { of_subagent, ..Self::default() }
    }

    /// The same, with nothing learned.
    pub(super) fn anew(&self) -> Self {
        Self::new(self.of_subagent)
    }

    /// The turn, and since when, in milliseconds since the epoch.
    pub(super) fn turn(&self) -> Option<(Turn, i64)> {
        let (turn, at) = self.turn.clone()?;
        let Some((_, newest, _)) = self.requests.last() else { return Some((turn, at)) };
        if !self.requests.iter().any(|(_, _, again)| *again) || !matches!(turn, Turn::Thinking) {
            return Some((turn, at));
        }
        let attempts = u32::try_from(self.requests.len()).unwrap_or(u32::MAX);
        Some((Turn::Retrying { attempts }, at.max(*newest)))
    }

    /// Since when the oldest call that is still unanswered has been open.
    pub(super) fn tool_since(&self) -> Option<i64> {
        self.open.iter().map(|(_, at)| *at).min()
    }

    /// Whether enough of the end has been read to trust [`Story::turn`].
    pub(super) fn is_decided(&self) -> bool {
        self.decided
    }

    /// What a person would call it: the title given by a person, by Claude Code, or the newest prompt.
    pub(super) fn name(&self) -> Option<&str> {
        [&self.title, &self.ai_title, &self.last_prompt].into_iter().find_map(|name| name.as_deref())
    }

    /// The messages learned of since the last call.
    pub(super) fn take_heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.heard)
    }

    /// The messages seen since the last call, by their senders' identities.
    pub(super) fn take_sighted(&mut self) -> Vec<Glimpse> {
        std::mem::take(&mut self.sighted)
    }

    /// The sides of bridges spoken for since the last call, each once.
    pub(super) fn take_spoken(&mut self) -> Vec<Spoke> {
        std::mem::take(&mut self.spoken)
    }

    /// Learns from the next line.
    pub(super) fn learn(&mut self, line: &Line<'_>) {
        let Ok(mut record) = Record::read(line) else {
            self.broken = true;
            return;
        };
        record.side &= !self.of_subagent;
        if self.is_known(&record) {
            return;
        }
        self.heard.extend(messages::of(line.offset, &record));
        self.sighted.extend(sightings::of(&record));
        self.cwd = record.cwd.or(self.cwd.take());
        self.version = record.version.or(self.version.take());
        self.team = record.team.or(self.team.take());
        self.agent = record.agent.or(self.agent.take());
        let at = record.at.or_else(|| self.turn.as_ref().map(|(_, at)| *at)).unwrap_or_default();
        self.proceed(record.body, at, record.side);
    }

    /// Records are sometimes written twice.
    fn is_known(&mut self, record: &Record) -> bool {
        let identity = match (&record.uuid, &record.body) {
            (Some(uuid), _) => uuid,
            (None, Body::Request { id: Some(id), .. }) => id,
            _ => return false,
        };
        let mut hasher = DefaultHasher::new();
        identity.hash(&mut hasher);
        let hash = hasher.finish();
        if self.known.contains(&hash) {
            return true;
        }
        if self.known.len() == REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back(hash);
        false
    }

    fn proceed(&mut self, body: Body, at: i64, side: bool) {
        match body {
            Body::Title { text, by_person: true } => self.title = Some(text),
            Body::Title { text, by_person: false } => self.ai_title = Some(text),
            Body::LastPrompt(text) => self.last_prompt = Some(text),
            Body::Closed => self.closed = true,
            Body::Enqueued { .. } => {}
            Body::Request { id, again } => self.asked(id, at, again),
            Body::Other => {}
            _ if side => {
                self.side_worked = self.side_worked.max(Some(at));
                self.side_works += 1;
            }
            body => self.work(body, at),
        }
    }

    fn work(&mut self, body: Body, at: i64) {
        if !matches!(&body, Body::System { subtype, .. } if !is_work(subtype)) {
            self.worked = self.worked.max(Some(at));
            self.works += 1;
            self.closed = false;
            self.broken = false;
        }
        match body {
            Body::Prompt { .. } => {
                self.output(at);
                self.open.clear();
                self.decided = true;
                self.begin(Turn::Thinking, at);
            }
            Body::Results { tools } => {
                self.output(at);
                self.open.retain(|(call, _)| !tools.contains(&call.id));
                self.set_by_open(Turn::Thinking, at);
            }
            Body::Answer { tools, stop } => self.answer(tools, stop.as_deref(), at),
            Body::Interrupted => self.end(Turn::Interrupted, at),
            Body::Failed { error, text } => self.end(Turn::Failed { error, text }, at),
            Body::System { subtype, attempt } => self.system(&subtype, attempt, at),
            Body::Queued { .. }
            | Body::Enqueued { .. }
            | Body::Request { .. }
            | Body::Title { .. }
            | Body::LastPrompt(_)
            | Body::Closed
            | Body::Other => {}
        }
    }

    fn answer(&mut self, tools: Vec<Call>, stop: Option<&str>, at: i64) {
        self.output(at);
        self.note_sides(&tools, at);
        let called = !tools.is_empty();
        self.open.extend(tools.into_iter().map(|call| (call, at)));
        self.open.truncate(MOST_CALLS);
        match stop {
            None | Some("tool_use" | "pause_turn") => self.set_by_open(Turn::Thinking, at),
            Some(_) if called => self.set_by_open(Turn::Thinking, at),
            Some(_) => self.end(Turn::Over, at),
        }
        // A single call tells all; whether others of the same answer are open may stand before what was read.
        self.decided |= called;
    }

    fn note_sides(&mut self, tools: &[Call], at: i64) {
        for (call, claim) in tools.iter().filter_map(|call| Some((call, call.claim.as_ref()?))) {
            self.spoken.retain(|before| !before.is_for(claim));
            self.spoken.push(Spoke::new(&call.name, claim, at));
        }
    }

    fn system(&mut self, subtype: &str, attempt: Option<u32>, at: i64) {
        match subtype {
            "turn_duration" | "stop_hook_summary" if !self.is_cut_short() => self.end(Turn::Over, at),
            "api_error" => self.set(Turn::Retrying { attempts: attempt.unwrap_or(1) }, at),
            _ => {}
        }
    }

    fn is_cut_short(&self) -> bool {
        matches!(self.turn, Some((Turn::Failed { .. } | Turn::Interrupted, _)))
    }

    fn asked(&mut self, id: Option<String>, at: i64, again: bool) {
        // Requests are written out of order with the output that came before them.
        if self.worked.is_none_or(|worked| at > worked) && self.requests.len() < MOST_CALLS {
            self.requests.push((id, at, again));
        }
    }

    fn output(&mut self, at: i64) {
        self.requests.retain(|(_, asked, _)| *asked > at);
    }

    fn end(&mut self, turn: Turn, at: i64) {
        self.requests.clear();
        self.open.clear();
        self.decided = true;
        self.set(turn, at);
    }

    fn set_by_open(&mut self, otherwise: Turn, at: i64) {
        match self.open.last().map(|(call, _)| call.clone()) {
            Some(call) => self.set(Turn::Tool { name: call.name, detail: call.detail }, at),
            None => self.set(otherwise, at),
        }
    }

    /// What was true before stays dated from its beginning.
    fn set(&mut self, turn: Turn, at: i64) {
        if self.turn.as_ref().is_none_or(|(same, _)| *same != turn) {
            self.begin(turn, at);
        }
    }

    /// Times never run backwards here, because of two facts the newer one counts.
    fn begin(&mut self, turn: Turn, at: i64) {
        let before = self.turn.as_ref().map_or(at, |(_, before)| *before);
        self.turn = Some((turn, at.max(before)));
    }
}

/// Whether a `system` record proves that work was done, rather than that something was tried or announced.
fn is_work(subtype: &str) -> bool {
    matches!(subtype, "turn_duration" | "stop_hook_summary" | "compact_boundary" | "local_command")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(records: &[&str]) -> Story {
        let mut story = Story::default();
        for (index, record) in records.iter().enumerate() {
            let text = record.replace('@', &format!("2026-11-23T04:00:{index:02}Z"));
            story.learn(&Line { offset: 0, bytes: text.as_bytes(), end: None });
        }
        story
    }

    fn ending(records: &[&str]) -> String {
        let story = told(records);
        let second = |at: i64| (at - 1_795_406_400_000) / 1000;
        format!(
            "{:?} worked {:?}",
            story.turn().map(|(turn, at)| (turn, second(at))),
            story.worked.map(second)
        )
    }

    const PROMPT: &str = r#"{"type":"user","timestamp":"@","message":{"content":"do it"}}"#;
    const CALL: &str = r#"{"type":"assistant","timestamp":"@","message":{"content":[{"type":"tool_use","id":"a","name":"Bash","input":{"command":"ls"}}],"stop_reason":"tool_use"}}"#;
    const RESULT: &str =
        r#"{"type":"user","timestamp":"@","message":{"content":[{"type":"tool_result","tool_use_id":"a"}]}}"#;
    const SAID: &str = r#"{"type":"assistant","uuid":"said","timestamp":"@","message":{"content":[{"type":"text","text":"x"}],"stop_reason":"end_turn"}}"#;
    const ASKED: &str = r#"{"type":"api-request","timestamp":"@","tail":["x"]}"#;
    const AGAIN: &str = r#"{"type":"api-request","timestamp":"@","base":"b","tail":[]}"#;

    #[test]
    fn a_turn_is_told_by_its_last_records() {
        assert_eq!(ending(&[]), "None worked None");
        assert_eq!(ending(&[PROMPT, ASKED]), "Some((Thinking, 0)) worked Some(0)");
        assert_eq!(
            ending(&[PROMPT, CALL]),
            "Some((Tool { name: \"Bash\", detail: Some(\"ls\") }, 1)) worked Some(1)"
        );
        assert_eq!(ending(&[PROMPT, CALL, RESULT]), "Some((Thinking, 2)) worked Some(2)");
        assert_eq!(ending(&[PROMPT, SAID]), "Some((Over, 1)) worked Some(1)");
    }

    #[test]
    fn retries_are_no_work() {
        let story = [PROMPT, ASKED, AGAIN, AGAIN];
        assert_eq!(ending(&story), "Some((Retrying { attempts: 3 }, 3)) worked Some(0)");
        assert_eq!(ending(&[PROMPT, ASKED, AGAIN, CALL]), ending(&[PROMPT, ASKED, ASKED, CALL]));
    }

    #[test]
    fn a_record_that_comes_twice_changes_nothing() {
        assert_eq!(ending(&[PROMPT, SAID, PROMPT, SAID]), "Some((Thinking, 2)) worked Some(2)");
    }

    #[test]
    fn a_new_prompt_after_an_unwritten_interruption_begins_anew() {
        assert_eq!(ending(&[PROMPT, ASKED, PROMPT]), "Some((Thinking, 2)) worked Some(2)");
    }

    #[test]
    fn of_two_calls_at_once_the_open_one_is_told() {
        let second = CALL.replace("\"a\"", "\"b\"").replace("ls", "make");
        let story = ending(&[PROMPT, &second, CALL, RESULT]);
        assert_eq!(story, "Some((Tool { name: \"Bash\", detail: Some(\"make\") }, 3)) worked Some(3)");
    }

    proptest::proptest! {
        #[test]
        fn no_line_of_any_shape_ends_the_watch(
            kind in "user|assistant|system|attachment|api-request|custom-title|last-prompt|x",
            value in r#"(null|7|"\\PC{0,20}"|\[\{"type":"(text|tool_use|tool_result)","(text|id|tool_use_id|name|input)":("é"|\{\}|3)\}\]|\{"type":"queued_command","content":\[4\],"origin":\{"kind":"peer"\}\})"#,
            key in "message|attachment|origin|timestamp|uuid|base|tail|customTitle|lastPrompt",
            clipped in proptest::prelude::any::<bool>(),
        ) {
            let text = format!(r#"{{"type":"{kind}","{key}":{value},"message":{{"content":{value}}}}}"#);
            let (head, end) = text.as_bytes().split_at(text.len() / 2);
            let mut story = Story::default();
            match clipped {
                true => story.learn(&Line { offset: 0, bytes: head, end: Some(end) }),
                false => story.learn(&Line { offset: 0, bytes: text.as_bytes(), end: None }),
            }
            story.turn();
            let entries = super::super::entries::Entries::new(false).of(&Line { offset: 0, bytes: text.as_bytes(), end: None });
            proptest::prop_assert!(entries.1.len() < 4);
        }
    }
}
