//! Linux: one long-lived connection to the session bus serves every notification, without threads.
//!
//! One call is under way at a time, and while it is, signals and new orders are heard: a server that hangs delays
//! what is shown next, and nothing else. What a server takes with it when it ends, the next one shows again.

mod early;
mod held;
mod letter;
mod link;
mod pace;
mod picture;
mod post;
mod quiet;
mod shown;
mod waiting;

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use tokio::time::{Instant, sleep_until};

use self::{
    link::{Link, Signal, Signals},
    post::{Next, Post},
    waiting::Entry,
};
use crate::{Failure, Inbox, Options, Order, Out, Server};

/// Serves orders until the last [`Notifier`](crate::Notifier) is gone, or one says `close`.
pub(crate) async fn run(options: Options, mut inbox: Inbox, out: Out) {
    let mut post = Post::new(options, out);
    loop {
        match Link::open(&post.options).await {
            Ok((link, signals)) => {
                if let Ending::Closed = serve(&mut post, &link, signals, &mut inbox).await {
                    return;
                }
                post.lose_server();
            }
            Err(error) => post.cannot_connect(error),
        }
        // Without a bus there is no reason to look again until there is something to show.
        while !post.wants_a_server() {
            match inbox.recv().await {
                None | Some(Order::Close) => return,
                Some(order) => post.take(order),
            }
        }
    }
}

enum Ending {
    /// The bus went away.
    Lost,
    /// We were told to end.
    Closed,
}

async fn serve(post: &mut Post, link: &Link, mut signals: Signals, inbox: &mut Inbox) -> Ending {
    post.meet(link).await;
    let mut under_way: Option<UnderWay> = None;
    let mut quiet: Option<BoxFuture<'static, Option<bool>>> = None;
    loop {
        let mut alarm = None;
        if under_way.is_none() {
            match post.next_call(link) {
                Next::Call(call) => under_way = Some(*call),
                Next::At(when) => alarm = Some(when),
                Next::Nothing => {}
            }
        }
        let alarm = under_way.as_ref().map_or(alarm, |call| call.alarm);
        tokio::select! {
            // An answer comes before the signals that follow it; those that overtake it wait for it.
            biased;
            done = answer(&mut under_way) => {
                if let Some(call) = under_way.take() {
                    post.finish(done, call);
                }
            }
            heard = signals.next() => match heard {
                Some(heard) if matches!(heard.signal, Signal::Quiet) => quiet = post.ask_quiet(link),
                Some(heard) => {
                    let showing = under_way.as_ref().is_some_and(UnderWay::shows);
                    post.hear(heard, showing, link).await;
                    post.abandon(&mut under_way);
                }
                None => {
                    post.break_off(under_way.take());
                    return Ending::Lost;
                }
            },
            said = said(&mut quiet) => {
                quiet = None;
                post.set_quiet(said);
            }
            order = inbox.recv() => match order {
                Some(Order::Close) | None => {
                    post.close_all(link).await;
                    return Ending::Closed;
                }
                Some(order) => post.take(order),
            },
            () = until(alarm), if alarm.is_some() => {
                if let Some(call) = &mut under_way {
                    post.wait_longer(call, link);
                }
            }
        }
    }
}

/// What the server was asked.
enum Asked {
    Probe,
    Show(Entry),
    Withdraw(String),
}

/// What came of it.
enum Done {
    Probed(Server),
    Numbered(u32),
    Withdrawn,
    Failed(Failure),
}

impl Done {
    fn probed(call: BoxFuture<'static, Result<Server, Failure>>) -> BoxFuture<'static, Self> {
        call.map(|answer| answer.map_or_else(Self::Failed, Self::Probed)).boxed()
    }

    fn numbered(call: BoxFuture<'static, Result<u32, Failure>>) -> BoxFuture<'static, Self> {
        call.map(|answer| answer.map_or_else(Self::Failed, Self::Numbered)).boxed()
    }

    fn withdrawn(call: BoxFuture<'static, Result<(), Failure>>) -> BoxFuture<'static, Self> {
        call.map(|answer| answer.map_or_else(Self::Failed, |()| Self::Withdrawn)).boxed()
    }
}

/// The call that is under way. It is waited for as long as its server lives: a notice that was given up would appear when
/// the server goes on, and nobody could withdraw it.
struct UnderWay {
    asked: Asked,
    call: BoxFuture<'static, Done>,
    /// A second question, once the first has waited for very long: a server that answers it has lost the first.
    beside: Option<BoxFuture<'static, Done>>,
    alarm: Option<Instant>,
    overdue: bool,
    owner: Option<String>,
}

impl UnderWay {
    fn new(asked: Asked, call: BoxFuture<'static, Done>, owner: Option<String>, patience: Duration) -> Self {
        let alarm = Some(Instant::now() + patience);
        Self { asked, call, beside: None, alarm, overdue: false, owner }
    }

    fn shows(&self) -> bool {
        matches!(self.asked, Asked::Show(_))
    }

    /// Sets the second alarm; says whether this was the first.
    fn wait_longer(&mut self, give_up: Duration) -> bool {
        let first = !std::mem::replace(&mut self.overdue, true);
        self.alarm = first.then(|| Instant::now() + give_up);
        first
    }

    fn ask_beside(&mut self, probe: BoxFuture<'static, Result<Server, Failure>>) {
        self.beside = Some(Done::probed(probe));
    }
}

async fn answer(under_way: &mut Option<UnderWay>) -> Done {
    let Some(UnderWay { call, beside, .. }) = under_way else { return std::future::pending().await };
    match beside {
        None => call.await,
        Some(beside) => tokio::select! {
            biased;
            done = call => done,
            done = beside => done,
        },
    }
}

async fn said(quiet: &mut Option<BoxFuture<'static, Option<bool>>>) -> Option<bool> {
    match quiet {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
