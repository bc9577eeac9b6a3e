//! sway: the tree of windows and the order to focus one, over its socket.
//!
//! It speaks the protocol of i3: a message is `i3-ipc`, its length and its kind as four bytes each in the machine's order, then the text.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Desktop, Found, Owner, Window, choose};
use crate::LIMIT;
use crate::way::Seen;

const MAGIC: &[u8; 6] = b"i3-ipc";
const RUN_COMMAND: u32 = 0;
const GET_TREE: u32 = 4;
/// No tree is longer.
const MOST: u64 = 16 << 20;

#[derive(Debug)]
pub(super) struct Sway {
    pub(super) socket: PathBuf,
}

/// A node of the tree: an output, a workspace, a window.
#[derive(Deserialize, Debug)]
struct Node {
    id: u64,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    pid: Option<u32>,
    /// The number of an X11 window.
    #[serde(default)]
    window: Option<u64>,
    #[serde(default)]
    focused: bool,
    #[serde(default)]
    nodes: Vec<Node>,
    #[serde(default)]
    floating_nodes: Vec<Node>,
}

impl Node {
    fn all<'a>(&'a self, found: &mut Vec<&'a Node>) {
        found.push(self);
        self.nodes.iter().chain(&self.floating_nodes).for_each(|node| node.all(found));
    }
}

#[derive(Deserialize, Debug)]
struct Outcome {
    success: bool,
    #[serde(default)]
    error: Option<String>,
}

impl Sway {
    fn ask(&self, kind: u32, text: &str) -> Result<Vec<u8>, String> {
        self.exchange(kind, text).map_err(|error| format!("sway does not answer: {error}"))
    }

    fn exchange(&self, kind: u32, text: &str) -> std::io::Result<Vec<u8>> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        let length = u32::try_from(text.len()).unwrap_or(0);
        let mut message = MAGIC.to_vec();
        message.extend(length.to_ne_bytes());
        message.extend(kind.to_ne_bytes());
        message.extend(text.as_bytes());
        stream.write_all(&message)?;
        let mut head = [0; 14];
        stream.read_exact(&mut head)?;
        let [_, _, _, _, _, _, a, b, c, d, ..] = head;
        let length = u64::from(u32::from_ne_bytes([a, b, c, d]));
        let mut answer = Vec::new();
        stream.take(length.min(MOST)).read_to_end(&mut answer)?;
        Ok(answer)
    }

    fn tree(&self) -> Result<Node, String> {
        serde_json::from_slice(&self.ask(GET_TREE, "")?).map_err(|_| "sway's tree can't be read".into())
    }

    fn focused(&self) -> Option<u64> {
        let tree = self.tree().ok()?;
        let mut nodes = Vec::new();
        tree.all(&mut nodes);
        nodes.iter().find(|node| node.focused).map(|node| node.id)
    }
}

impl Desktop for Sway {
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        let tree = self.tree()?;
        let mut nodes = Vec::new();
        tree.all(&mut nodes);
        nodes.retain(|node| node.pid == Some(owner.pid));
        let by_number = nodes.iter().find(|node| node.window.is_some() && node.window == owner.window_id);
        let windows: Vec<(u64, String)> =
            nodes.iter().map(|node| (node.id, node.name.clone().unwrap_or_default())).collect();
        let owner = Owner { window_id: by_number.map(|node| node.id), ..owner.clone() };
        let (id, is_doubtful) = choose(&owner, &windows).ok_or("sway has no window of it")?;
        Ok(Found { window: Window { id: id.to_string() }, is_doubtful })
    }

    fn raise(&self, window: &Window, _token: Option<&str>) -> Result<Seen, String> {
        let answer = self.ask(RUN_COMMAND, &format!("[con_id={}] focus", window.id))?;
        let outcomes: Vec<Outcome> =
            serde_json::from_slice(&answer).map_err(|_| "sway's answer can't be read")?;
        match outcomes.into_iter().find(|outcome| !outcome.success) {
            Some(refused) => Err(refused.error.unwrap_or_else(|| "sway refused".into())),
            None if self.is_in_front(window) == Some(true) => Ok(Seen::InFront),
            None => Ok(Seen::Asked),
        }
    }

    fn is_in_front(&self, window: &Window) -> Option<bool> {
        Some(self.focused()?.to_string() == window.id)
    }
}
