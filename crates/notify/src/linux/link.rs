//! One connection to the session bus: the calls we make on the notification server, the signals it sends.

use futures_util::{FutureExt, Stream, StreamExt, future::BoxFuture, stream};
use tokio::time::timeout;
use zbus::{Connection, MatchRule, Message, MessageStream, connection, fdo, message::Type};

use super::{
    letter::{self, INLINE_REPLY, Letter},
    picture::Picture,
    quiet,
};
use crate::{Failure, Notice, Options, Server, text};

pub(super) const NAME: &str = "org.freedesktop.Notifications";
pub(super) const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";

/// What the bus tells us unasked.
#[derive(Debug)]
pub(super) enum Signal {
    /// The server's name has a new owner, or none.
    Owner(Option<String>),
    /// Belongs to the click that follows.
    Token { id: u32, token: String },
    /// A person clicked.
    Action { id: u32, action: String },
    /// A person answered.
    Replied { id: u32, text: String },
    /// It left the screen.
    Closed { id: u32, reason: u32 },
    /// The person may have told the desktop not to disturb, or to go on.
    Quiet,
}

impl Signal {
    /// The notification that it speaks of.
    pub(super) fn id(&self) -> Option<u32> {
        match self {
            Self::Owner(_) | Self::Quiet => None,
            Self::Token { id, .. }
            | Self::Action { id, .. }
            | Self::Replied { id, .. }
            | Self::Closed { id, .. } => Some(*id),
        }
    }
}

/// A signal and who sent it: only the server's owner is believed.
pub(super) struct Heard {
    pub(super) sender: String,
    pub(super) signal: Signal,
}

/// The signals, until the connection ends.
pub(super) type Signals = stream::BoxStream<'static, Heard>;

/// The calls. Each keeps the connection by itself, so an answer may be awaited beside the signals.
pub(super) struct Link {
    conn: Connection,
    picture: Option<Picture>,
}

impl Link {
    /// Connects and listens, in this order: nothing that is said after this call is missed.
    pub(super) async fn open(options: &Options) -> Result<(Self, Signals), String> {
        let opening = async {
            let builder = match &options.bus {
                Some(address) => connection::Builder::address(address.as_str()),
                None => connection::Builder::session(),
            };
            let conn = builder.build().await?;
            let server = signals(&conn, rule(PATH, NAME)?.build()?).await?;
            let owner = rule(BUS_PATH, BUS)?.member("NameOwnerChanged").arg(0, NAME).build()?;
            let owner = signals(&conn, owner).await?;
            let mut quiet = Vec::new();
            for rule in quiet::rules()? {
                quiet.push(signals(&conn, rule).await?.boxed());
            }
            let others = stream::select(owner, stream::select_all(quiet));
            // What ends one of them ends the connection: a merged stream would hide it.
            let heard =
                stream::select(server, others).take_while(|heard| std::future::ready(heard.is_some()));
            let picture = options.picture.and_then(Picture::read);
            Ok::<_, zbus::Error>((Self { conn, picture }, heard.filter_map(std::future::ready).boxed()))
        };
        match timeout(options.patience, opening).await {
            Ok(Ok(open)) => Ok(open),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer".into()),
        }
    }

    /// Who shows notifications now, if anybody.
    pub(super) async fn owner(&self) -> Option<String> {
        let reply =
            self.conn.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetNameOwner", &NAME).await.ok()?;
        reply.body().deserialize().ok()
    }

    /// The desktop can start a server when one is needed.
    pub(super) async fn starts_on_demand(&self) -> bool {
        let reply = self.conn.call_method(Some(BUS), BUS_PATH, Some(BUS), "ListActivatableNames", &()).await;
        let names: Option<Vec<String>> = reply.ok().and_then(|reply| reply.body().deserialize().ok());
        names.is_some_and(|names| names.iter().any(|name| name == NAME))
    }

    /// Asks the server who it is and what it can do. Starts one where the desktop does so on demand.
    pub(super) fn probe(&self) -> BoxFuture<'static, Result<Server, Failure>> {
        let conn = self.conn.clone();
        async move { who(&conn).await.map_err(failure) }.boxed()
    }

    /// Whether the person has told the desktop not to disturb, where this server lets it be read.
    pub(super) fn quiet(&self, server: &Server) -> BoxFuture<'static, Option<bool>> {
        quiet::ask(&self.conn, &server.name)
    }

    /// Shows a notice; the server's number for it.
    pub(super) fn notify(
        &self,
        notice: &Notice,
        replaces: u32,
        server: &Server,
        options: &Options,
    ) -> BoxFuture<'static, Result<u32, Failure>> {
        let conn = self.conn.clone();
        let Letter { app, icon, title, body, actions, hints } =
            letter::write(notice, server, options, self.picture.as_ref());
        let asking = async move {
            let letter = (app, replaces, icon, title, body, actions, hints, -1i32);
            call(&conn, "Notify", &letter).await?.body().deserialize()
        };
        asking.map(|answer| answer.map_err(failure)).boxed()
    }

    /// Takes a notification off the screen.
    pub(super) fn close(&self, id: u32) -> BoxFuture<'static, Result<(), Failure>> {
        let conn = self.conn.clone();
        async move { call(&conn, "CloseNotification", &id).await.map(drop).map_err(failure) }.boxed()
    }
}

async fn who(conn: &Connection) -> zbus::Result<Server> {
    let abilities: Vec<String> = match call(conn, "GetCapabilities", &()).await {
        Ok(reply) => reply.body().deserialize().unwrap_or_default(),
        Err(zbus::Error::FDO(error)) if matches!(*error, fdo::Error::UnknownMethod(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let can = |ability: &str| abilities.iter().any(|known| known == ability);
    let who = call(conn, "GetServerInformation", &()).await.ok();
    let who: Option<(String, String, String, String)> = who.and_then(|reply| reply.body().deserialize().ok());
    let (name, _vendor, version, _spec) = who.unwrap_or_default();
    let do_not_disturb = quiet::ask(conn, &name).await;
    Ok(Server {
        name: text::label(&name),
        version: text::label(&version),
        actions: can("actions"),
        inline_reply: can("actions") && can(INLINE_REPLY),
        markup: can("body-markup"),
        persistence: can("persistence"),
        do_not_disturb,
    })
}

async fn call<B>(conn: &Connection, method: &str, body: &B) -> zbus::Result<Message>
where
    B: serde::Serialize + zbus::DynamicType,
{
    conn.call_method(Some(NAME), PATH, Some(NAME), method, body).await
}

fn failure(error: zbus::Error) -> Failure {
    match &error {
        zbus::Error::FDO(named) => match named.as_ref() {
            fdo::Error::ServiceUnknown(_) | fdo::Error::NameHasNoOwner(_) | fdo::Error::NoReply(_) => {
                Failure::Absent
            }
            fdo::Error::TimedOut(_) | fdo::Error::Timeout(_) => Failure::NotAnswering,
            other => Failure::Refused(other.to_string()),
        },
        zbus::Error::InputOutput(io) => Failure::NoBus(io.to_string()),
        other => Failure::Refused(other.to_string()),
    }
}

fn rule(path: &'static str, interface: &'static str) -> zbus::Result<zbus::match_rule::Builder<'static>> {
    Ok(MatchRule::builder().msg_type(Type::Signal).path(path).interface(interface))
}

/// The signals of one rule, then a `None` when the connection has ended.
async fn signals(
    conn: &Connection,
    rule: MatchRule<'static>,
) -> zbus::Result<impl Stream<Item = Option<Heard>> + Send + 'static + use<>> {
    let messages = MessageStream::for_match_rule(rule, conn, None).await?;
    let heard =
        messages.filter_map(|message| std::future::ready(message.ok().as_ref().and_then(read).map(Some)));
    Ok(heard.chain(stream::once(std::future::ready(None))))
}

fn read(message: &Message) -> Option<Heard> {
    let header = message.header();
    let sender = header.sender()?.to_string();
    let body = message.body();
    let signal = match header.member()?.as_str() {
        "NameOwnerChanged" => {
            let (_name, _old, new): (&str, &str, &str) = body.deserialize().ok()?;
            Signal::Owner((!new.is_empty()).then(|| new.to_owned()))
        }
        "ActivationToken" => {
            let (id, token) = body.deserialize().ok()?;
            Signal::Token { id, token }
        }
        "ActionInvoked" => {
            let (id, action) = body.deserialize().ok()?;
            Signal::Action { id, action }
        }
        "NotificationReplied" => {
            let (id, text) = body.deserialize().ok()?;
            Signal::Replied { id, text }
        }
        "NotificationClosed" => {
            let (id, reason) = body.deserialize().ok()?;
            Signal::Closed { id, reason }
        }
        "PropertiesChanged" | "PropertyChanged" => Signal::Quiet,
        "Notify" => {
            let (path, _keys, _tag): (&str, Vec<&str>, &str) = body.deserialize().ok()?;
            quiet::is_gnomes(path).then_some(Signal::Quiet)?
        }
        _ => return None,
    };
    Some(Heard { sender, signal })
}
