//! The engine's local socket: one JSON line in, one or many out, for processes of the same user only.

use std::io;
use std::path::Path;

use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::tokio::Listener as _;
use interprocess::local_socket::{ListenerOptions, Name};
use peerwatch_wire::{Line, Reply, Request};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::sync::broadcast::error::RecvError;

use crate::engine::EngineHandle;

/// A request is a command; nothing legitimate is longer.
const LONGEST_REQUEST: u64 = 1 << 20;

/// The socket's name on this platform.
pub(crate) fn name(path: &Path) -> io::Result<Name<'static>> {
    #[cfg(unix)]
    {
        use interprocess::local_socket::{GenericFilePath, ToFsName as _};
        path.to_owned().to_fs_name::<GenericFilePath>()
    }
    #[cfg(windows)]
    {
        use interprocess::local_socket::{GenericNamespaced, ToNsName as _};
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        path.hash(&mut hasher);
        format!("peerwatch-{:016x}", hasher.finish()).to_ns_name::<GenericNamespaced>()
    }
}

/// Listens at the socket. The caller holds the engine's lock, so a socket that is left there belongs to nobody.
pub(crate) fn listen(path: &Path) -> io::Result<Listener> {
    #[cfg(unix)]
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = ListenerOptions::new().name(name(path)?).create_tokio()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(listener)
}

/// Answers clients until the engine stops.
pub(crate) async fn serve(listener: Listener, engine: EngineHandle) {
    loop {
        match listener.accept().await {
            Ok(client) if is_same_user(&client) => {
                let engine = engine.clone();
                tokio::spawn(async move {
                    if let Err(error) = answer(client, engine).await {
                        tracing::debug!("a client left: {error}");
                    }
                });
            }
            Ok(_) => tracing::warn!("a client of another user was turned away"),
            Err(error) => {
                tracing::warn!("the socket cannot accept: {error}");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(unix)]
fn is_same_user(client: &Stream) -> bool {
    use std::os::fd::AsFd as _;
    let Stream::UdSocket(socket) = client;
    #[cfg(target_os = "linux")]
    {
        rustix::net::sockopt::socket_peercred(socket.as_fd())
            .is_ok_and(|peer| peer.uid == rustix::process::geteuid())
    }
    #[cfg(not(target_os = "linux"))]
    {
        // The socket's folder (0700) and its own mode (0600) keep others out.
        let _ = socket.as_fd();
        true
    }
}

#[cfg(windows)]
fn is_same_user(_client: &Stream) -> bool {
    // A named pipe's default security lets in its owner and administrators.
    true
}

async fn answer(client: Stream, engine: EngineHandle) -> io::Result<()> {
    let (receiver, mut sender) = (&client, &client);
    let mut lines = BufReader::new(receiver.take(LONGEST_REQUEST));
    let mut text = String::new();
    loop {
        text.clear();
        lines.get_mut().set_limit(LONGEST_REQUEST);
        if lines.read_line(&mut text).await? == 0 {
            return Ok(());
        }
        match serde_json::from_str::<Request>(&text) {
            Ok(Request::Do { command }) => {
                let reply = engine.command(command).await;
                send(&mut sender, &Line::Reply { reply }).await?;
            }
            Ok(Request::Events) => return events(&mut sender, &mut lines, &engine).await,
            Ok(Request::Views) => return views(&mut sender, &mut lines, &engine).await,
            Err(error) => {
                let why = format!("not a request that this engine knows: {error}");
                send(&mut sender, &Line::Reply { reply: Reply::Refused { why } }).await?;
            }
        }
    }
}

async fn events(
    to: &mut (impl AsyncWrite + Unpin),
    from: &mut (impl AsyncRead + Unpin),
    engine: &EngineHandle,
) -> io::Result<()> {
    let mut events = engine.events();
    let mut end = [0_u8; 1];
    loop {
        let line = tokio::select! {
            event = events.recv() => match event {
                Ok(event) => Line::Event { event },
                Err(RecvError::Lagged(events)) => Line::Missed { events },
                Err(RecvError::Closed) => return Ok(()),
            },
            // A client that asked for events says nothing more; it only leaves.
            _ = from.read(&mut end) => return Ok(()),
        };
        send(to, &line).await?;
    }
}

async fn views(
    to: &mut (impl AsyncWrite + Unpin),
    from: &mut (impl AsyncRead + Unpin),
    engine: &EngineHandle,
) -> io::Result<()> {
    let mut views = engine.views();
    let mut end = [0_u8; 1];
    loop {
        let view = views.borrow_and_update().clone();
        send(to, &Line::View { view: Box::new((*view).clone()) }).await?;
        tokio::select! {
            changed = views.changed() => if changed.is_err() { return Ok(()) },
            _ = from.read(&mut end) => return Ok(()),
        }
    }
}

async fn send(to: &mut (impl AsyncWrite + Unpin), line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    to.write_all(&text).await?;
    to.flush().await
}
