//! A client of an MCP server over standard input and output: one call at a time, each answer awaited.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::Running;

/// A server, and the connection to it; the server ends with this value.
#[derive(Debug)]
pub struct Client {
    process: Running,
    stdin: ChildStdin,
    answers: BufReader<ChildStdout>,
    next: u64,
    greeted: Duration,
}

impl Client {
    /// Starts a server and greets it.
    ///
    /// # Panics
    /// When it does not start or does not greet back.
    pub fn start(name: &str, mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let began = Instant::now();
        let mut process = Running::start(name, &mut command);
        let stdin = process.child().stdin.take().expect("its input");
        let answers = BufReader::new(process.child().stdout.take().expect("its output"));
        let mut client = Self { process, stdin, answers, next: 1, greeted: Duration::ZERO };
        client.ask(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}),
        );
        client.greeted = began.elapsed();
        client.write(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    /// How long it took from the start of the process to its greeting.
    pub fn greeted(&self) -> Duration {
        self.greeted
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// The tools' names, in the server's order.
    pub fn tools(&mut self) -> Vec<String> {
        let answer = self.ask("tools/list", json!({}));
        let tools = answer["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
        tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect()
    }

    /// Calls a tool; the whole result.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.ask("tools/call", json!({"name": tool, "arguments": arguments}))
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.next;
        self.next += 1;
        self.write(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            assert!(self.answers.read_line(&mut line).expect("an answer") > 0, "the server has ended");
            let mut answer: Value = serde_json::from_str(&line).expect("JSON");
            if answer["id"] == id {
                assert!(answer["error"].is_null(), "{answer}");
                return answer["result"].take();
            }
        }
    }

    fn write(&mut self, message: &Value) {
        let line = format!("{message}\n");
        self.stdin.write_all(line.as_bytes()).expect("the server listens");
    }
}
