//! The real window, driven from outside through WebKitWebDriver.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::ledger::eventually;
use crate::process::Running;
use crate::require::{Missing, node_module, program};
use crate::scratch::Scratch;

const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const PATIENCE: Duration = Duration::from_secs(10);

/// The driver program and the accessibility rules, if this machine has them.
#[derive(Debug, Clone)]
pub struct Programs {
    driver: PathBuf,
    rules: PathBuf,
}

impl Programs {
    /// Looks for both.
    pub fn find() -> Result<Self, Missing> {
        Ok(Self { driver: program("WebKitWebDriver")?, rules: node_module("axe-core/axe.min.js")? })
    }
}

/// A running WebKitWebDriver; applications that it starts end with it.
#[derive(Debug)]
pub struct Driver {
    base: String,
    rules: PathBuf,
    process: Running,
}

impl Driver {
    /// Starts the driver on a free port; `environment` is what the application will see besides the scratch home.
    ///
    /// # Panics
    /// When it does not listen in time.
    pub fn start(scratch: &Scratch, programs: &Programs, environment: &[(String, String)]) -> Self {
        let port = free_port();
        let mut command = scratch.command(&programs.driver);
        command.envs(environment.iter().cloned());
        command.envs([("TAURI_AUTOMATION", "true"), ("TAURI_WEBVIEW_AUTOMATION", "true")]);
        command.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        command.stdout(Stdio::null());
        let process = Running::start("WebKitWebDriver", &mut command);
        eventually("WebKitWebDriver listens", PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { base: format!("http://127.0.0.1:{port}"), rules: programs.rules.clone(), process }
    }

    /// The driver's process; the application is its child.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Starts the application and takes hold of the first window that it opens. The driver waits for that window, so
    /// what makes the application open it is done `meanwhile`.
    ///
    /// # Panics
    /// When no window opens.
    pub fn open(&self, binary: &Path, arguments: &[&str], meanwhile: impl FnOnce()) -> Window {
        let options = json!({"binary": binary, "args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}});
        let url = format!("{}/session", self.base);
        let answer = std::thread::scope(|scope| {
            let opening = scope.spawn(|| request("POST", &url, Some(&wanted), Duration::from_secs(60)));
            meanwhile();
            opening.join().expect("the driver's answer")
        });
        let session = answer.expect("a window to drive");
        let id = session["sessionId"].as_str().expect("a session of the driver");
        Window { base: format!("{url}/{id}"), rules: self.rules.clone() }
    }
}

/// A window of the application.
#[derive(Debug)]
pub struct Window {
    base: String,
    rules: PathBuf,
}

/// An element of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element(String);

impl Window {
    /// The page's title.
    pub fn title(&self) -> String {
        self.get("title").as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script (`return …`) in the page.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Runs a script that calls the last of its `arguments` when it is done.
    pub fn run_async(&self, script: &str) -> Value {
        self.post("execute/async", &json!({"script": script, "args": []}))
    }

    /// The elements that a selector finds now.
    pub fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.post("elements", &json!({"using": "css selector", "value": selector}));
        let elements = found.as_array().into_iter().flatten();
        elements.filter_map(|element| Some(Element(element[ELEMENT].as_str()?.to_owned()))).collect()
    }

    /// Waits for the first element that a selector finds.
    pub fn await_element(&self, selector: &str) -> Element {
        eventually(&format!("an element {selector}"), PATIENCE, || self.all(selector).into_iter().next())
    }

    /// Waits until the page's visible text contains `text`.
    pub fn await_text(&self, text: &str) {
        let seen = || self.visible_text();
        let deadline = std::time::Instant::now() + PATIENCE;
        while !seen().contains(text) {
            assert!(
                std::time::Instant::now() < deadline,
                "the window does not show {text:?} but:\n{}",
                seen()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// All the text that the page shows.
    pub fn visible_text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// The text of each element that a selector finds now.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let script =
            format!("return [...document.querySelectorAll({selector:?})].map(found => found.textContent)");
        let texts = self.run(&script);
        texts.as_array().into_iter().flatten().filter_map(|text| Some(text.as_str()?.to_owned())).collect()
    }

    /// A click on an element.
    pub fn click(&self, element: &Element) {
        self.post(&format!("element/{}/click", element.0), &json!({}));
    }

    /// Keys typed to whatever has the focus; `keys` are characters or WebDriver's code points for others.
    pub fn keys(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.post("actions", &json!({"actions": [keyboard]}));
    }

    /// A key pressed while another is held.
    pub fn chord(&self, held: char, key: char) {
        let step = |kind: &str, key: char| json!({"type": kind, "value": key});
        let actions = [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)];
        let actions = actions.map(|(kind, key)| step(kind, key));
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.post("actions", &json!({"actions": [keyboard]}));
    }

    /// Waits until one of the elements that a selector finds has exactly this text.
    pub fn await_one(&self, selector: &str, text: &str) {
        eventually(&format!("{selector} with {text:?}"), PATIENCE, || {
            self.texts(selector).iter().any(|found| found.trim() == text).then_some(())
        });
    }

    /// What breaks the accessibility rules in the page as it is now, one line each.
    ///
    /// # Panics
    /// When the rules cannot be read or run.
    pub fn accessibility_violations(&self) -> Vec<String> {
        let rules = std::fs::read_to_string(&self.rules).expect("the accessibility rules");
        self.run(&format!("{rules}; window.axe = axe; return true"));
        let result = self.run_async(
            "const done = arguments[arguments.length - 1];
             axe.run(document, {resultTypes: ['violations']}).then(
               ({violations}) => done(violations.flatMap(({id, help, nodes}) =>
                 nodes.map(node => `${id}: ${help}: ${node.target} ${node.failureSummary}`))),
               error => done([`axe failed: ${error}`]))",
        );
        let lines = result.as_array().expect("a list of violations");
        lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    fn get(&self, path: &str) -> Value {
        request("GET", &format!("{}/{path}", self.base), None, PATIENCE)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        request("POST", &format!("{}/{path}", self.base), Some(body), PATIENCE)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = request("DELETE", &self.base, None, PATIENCE);
    }
}

/// One call of the driver's protocol; the error is what the driver said.
fn request(method: &str, url: &str, body: Option<&Value>, within: Duration) -> Result<Value, String> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(within)).build().into();
    let sent = match (method, body) {
        ("POST", Some(body)) => agent.post(url).content_type("application/json").send(body.to_string()),
        ("DELETE", _) => agent.delete(url).call(),
        _ => agent.get(url).call(),
    };
    let mut response = sent.map_err(|error| error.to_string())?;
    let text = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()
        .map_err(|error| error.to_string())?;
    let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
    let value = answer["value"].clone();
    if response.status().is_success() {
        Ok(value)
    } else {
        Err(format!("{}: {}", value["error"], value["message"]))
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    listener.local_addr().expect("an address").port()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desktop;
    use crate::turns::Turn;

    const MINI_BROWSER: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

    #[test]
    fn a_page_is_read_typed_to_and_judged() {
        let programs = crate::require!(Programs::find());
        let desktops = crate::require!(desktop::Programs::find());
        let browser = Path::new(MINI_BROWSER);
        let there =
            browser.is_file().then_some(()).ok_or_else(|| Missing(format!("{MINI_BROWSER} is missing")));
        crate::require!(there);
        let _turn = Turn::heavy();
        let scratch = Scratch::new();
        let desktop = desktop::Desktop::start(&scratch, &desktops);
        let driver = Driver::start(&scratch, &programs, &desktop.environment());
        let window = driver.open(browser, &["--automation"], || {});
        window.run(
            "document.documentElement.lang = 'en'; document.title = 'A page';
             document.body.innerHTML = '<main><h1>Workers</h1><input aria-label=filter><img src=x></main>'",
        );
        assert_eq!(window.title(), "A page");
        window.await_text("Workers");
        window.click(&window.await_element("input"));
        window.keys("api");
        assert_eq!(window.run("return document.querySelector('input').value"), "api");
        let violations = window.accessibility_violations();
        assert_eq!(violations.len(), 1, "{violations:#?}");
        assert!(violations[0].starts_with("image-alt"));
    }
}
