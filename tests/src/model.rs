//! A stand-in for the Messages API on loopback: it answers by script and writes down every question.

mod http;
mod reply;
mod script;

use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::moment::Moment;
pub use script::{Act, agent, ask, background_agent, bash, call, fail, fail_times, murmur, say};
use script::{Deed, Pause, Rule};

/// One question that reached the model.
#[derive(Debug, Clone)]
pub struct Asked {
    /// When its last byte had arrived.
    pub at: Moment,
    /// The keyword of the script that answers it; `None` for side requests and unscripted prompts.
    pub keyword: Option<String>,
    /// How many of the script's acts were done before.
    pub step: usize,
    /// The names of the tools that were offered.
    pub tools: Vec<String>,
}

/// The stand-in; it ends with this value.
#[derive(Debug)]
pub struct Model {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    asked: Ledger<Asked>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    failures: HashMap<(String, usize), u32>,
    released: HashSet<String>,
    closing: bool,
}

impl Model {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        std::thread::spawn(move || serve(&listener, &served));
        Self { address, shared }
    }

    /// What a client needs as `ANTHROPIC_BASE_URL`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, a prompt that contains `keyword` is answered with `acts`, one for each time the model is asked;
    /// after the last act it says "Done.".
    pub fn when(&self, keyword: &str, acts: impl IntoIterator<Item = Act>) {
        let rule = Rule { keyword: keyword.to_owned(), acts: acts.into_iter().collect() };
        self.shared.lock().rules.push(rule);
    }

    /// Lets go every act of this keyword that waits with [`Act::when_released`].
    pub fn release(&self, keyword: &str) {
        self.shared.lock().released.insert(keyword.to_owned());
        self.shared.changed.notify_all();
    }

    /// All questions so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.all()
    }

    /// Waits for the question that the act number `step` of this keyword answers.
    pub fn await_asked(&self, keyword: &str, step: usize) -> Asked {
        let fits = |asked: &Asked| asked.keyword.as_deref() == Some(keyword) && asked.step == step;
        self.shared.asked.find(&format!("question {step} of {keyword}"), Duration::from_secs(30), fits)
    }

    /// Waits until this keyword was asked `count` times, retries included.
    pub fn await_attempts(&self, keyword: &str, count: usize) -> Vec<Asked> {
        let fits = |asked: &Asked| asked.keyword.as_deref() == Some(keyword);
        let attempts = self.shared.asked.gather(count, Duration::from_secs(60), fits);
        assert!(attempts.len() >= count, "{keyword} was asked {} times, not {count}", attempts.len());
        attempts
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.changed.notify_all();
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The act that answers this conversation, with the keyword and the step it belongs to.
    fn choose(&self, question: &Value) -> Option<(String, usize, Act)> {
        let mut state = self.lock();
        let (keyword, step) = script::place(&state.rules, question)?;
        let acts = state.rules.iter().rfind(|rule| rule.keyword == keyword)?.acts.clone();
        let act = script::pick(&keyword, &acts, step, &mut state.failures);
        Some((keyword, step, act))
    }

    fn wait_for(&self, keyword: &str, pause: Pause) {
        match pause {
            Pause::None => {}
            Pause::For(time) => {
                let state = self.lock();
                drop(self.changed.wait_timeout_while(state, time, |state| !state.closing));
            }
            Pause::UntilReleased => {
                let held = |state: &mut State| !state.closing && !state.released.contains(keyword);
                drop(self.changed.wait_while(self.lock(), held));
            }
        }
    }
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        if shared.lock().closing {
            return;
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            // A client that hangs up in the middle of an answer was interrupted: that is its right.
            let _ = answer(stream, &shared);
        });
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let request = http::read(&mut stream)?;
    let at = Moment::now();
    let path = request.target.split('?').next().unwrap_or_default();
    match (request.method.as_str(), path) {
        ("POST", "/v1/messages/count_tokens") => {
            http::send_json(&mut stream, 200, &json!({"input_tokens": 10}))
        }
        ("POST", "/v1/messages") => {
            let question = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
            answer_question(&mut stream, shared, &question, at)
        }
        _ => {
            http::send_json(&mut stream, 404, &json!({"type": "error", "error": {"type": "not_found_error"}}))
        }
    }
}

fn answer_question(
    stream: &mut TcpStream,
    shared: &Shared,
    question: &Value,
    at: Moment,
) -> std::io::Result<()> {
    let tools = script::tool_names(question);
    // Requests without tools ask for titles and summaries: they belong to no script.
    let chosen = if tools.is_empty() { None } else { shared.choose(question) };
    let keyword = chosen.as_ref().map(|(keyword, ..)| keyword.clone());
    let step = chosen.as_ref().map_or(0, |(_, step, _)| *step);
    shared.asked.push(Asked { at, keyword, step, tools });
    let (keyword, _, act) = chosen.unwrap_or_else(|| (String::new(), 0, say("Done.")));
    shared.wait_for(&keyword, act.pause);
    match act.deed {
        Deed::Fail { status, .. } => http::send_json(stream, status, &reply::error(status)),
        deed if question["stream"] == true => reply::stream(stream, question, &deed),
        deed => http::send_json(stream, 200, &reply::whole(question, &deed)),
    }
}

#[cfg(test)]
mod tests;
