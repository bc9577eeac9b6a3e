//! Linux: one long-lived connection to the session bus serves every notification, without threads.
//!
//! One call is under way at a time, and while it is, signals and new orders are heard: a server that hangs delays
//! what is shown next, and nothing else.

mod early;
mod link;
mod shown;
mod waiting;

use futures_util::{StreamExt, future::BoxFuture};
use tokio::time::{Instant, sleep_until, timeout};

use self::{
    early::Early,
    link::{Heard, Link, Signal, Signals},
    shown::Shown,
    waiting::{Step, Waiting},
};
use crate::{CloseReason, Failure, Happening, Inbox, NotifierState, Options, Order, Out, Server};

/// Serves orders until the last [`Notifier`](crate::Notifier) is gone, or one says `close`.
pub(crate) async fn run(options: Options, mut inbox: Inbox, out: Out) {
    let mut post = Post::new(options, out);
    loop {
        match Link::open(&post.options).await {
            Ok((link, signals)) => {
                if let Ending::Closed = post.serve(&link, signals, &mut inbox).await {
                    return;
                }
                post.lose_server();
            }
            Err(error) => post.cannot_connect(error),
        }
        // Without a bus there is no reason to look again until there is something to show.
        while !post.waiting.has_notice() {
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

/// What came of the call that was under way.
enum Done {
    Probed(Result<Server, Failure>),
    Shown { key: String, answer: Result<u32, Failure> },
    Withdrawn { id: u32, answer: Result<(), Failure> },
}

struct UnderWay {
    call: BoxFuture<'static, Done>,
    step: Option<Step>,
    patience_ends: Instant,
    owner: Option<String>,
}

impl UnderWay {
    fn shows(&self) -> bool {
        matches!(self.step, Some(Step::Show(_)))
    }
}

struct Post {
    options: Options,
    out: Out,
    shown: Shown,
    early: Early,
    waiting: Waiting,
    owner: Option<String>,
    server: Option<Server>,
    state: Option<NotifierState>,
}

impl Post {
    fn new(options: Options, out: Out) -> Self {
        let (shown, early, waiting) = (Shown::default(), Early::default(), Waiting::default());
        Self { options, out, shown, early, waiting, owner: None, server: None, state: None }
    }

    async fn serve(&mut self, link: &Link, mut signals: Signals, inbox: &mut Inbox) -> Ending {
        self.owner = link.owner().await;
        if self.owner.is_none() {
            self.set_state(NotifierState::Absent { starts_on_demand: link.starts_on_demand().await });
        }
        let mut under_way: Option<UnderWay> = None;
        loop {
            if under_way.is_none() {
                under_way = self.next_call(link);
            }
            let patience_ends = under_way.as_ref().map(|call| call.patience_ends);
            tokio::select! {
                // An answer comes before the signals that follow it; those that overtake it wait for it.
                biased;
                done = answer(&mut under_way) => self.finish(done, under_way.take()),
                heard = signals.next() => match heard {
                    Some(heard) => {
                        let showing = under_way.as_ref().is_some_and(UnderWay::shows);
                        self.hear(heard, showing, link).await;
                        self.abandon(&mut under_way);
                    }
                    None => return Ending::Lost,
                },
                order = inbox.recv() => match order {
                    Some(Order::Close) | None => {
                        self.close_all(link).await;
                        return Ending::Closed;
                    }
                    Some(order) => self.take(order),
                },
                () = until(patience_ends), if patience_ends.is_some() => {
                    self.set_state(NotifierState::NotAnswering);
                    if let Some(call) = &mut under_way {
                        call.patience_ends = Instant::now() + self.options.give_up;
                    }
                }
            }
        }
    }

    fn take(&mut self, order: Order) {
        let crowded_out = match order {
            Order::Show(notice) => self.waiting.push(Step::Show(notice)),
            Order::Withdraw(key) => self.waiting.push(Step::Withdraw(key)),
            Order::Close => None,
        };
        if let Some(notice) = crowded_out {
            self.tell(Happening::Failed { key: notice.key, error: Failure::Crowded });
        }
    }

    fn next_call(&mut self, link: &Link) -> Option<UnderWay> {
        let (step, call): (_, BoxFuture<'static, Done>) = match &self.server {
            None if self.should_probe() => {
                let probe = link.probe(self.options.give_up);
                (None, Box::pin(async move { Done::Probed(probe.await) }))
            }
            None => return None,
            Some(server) => {
                let step = self.waiting.pop()?;
                let id = self.shown.id(step.key());
                let call: BoxFuture<'static, Done> = match &step {
                    Step::Show(notice) => {
                        let (key, showing) =
                            (notice.key.clone(), link.notify(notice, id, server, &self.options));
                        Box::pin(async move { Done::Shown { key, answer: showing.await } })
                    }
                    Step::Withdraw(_) if id == 0 => return self.next_call(link),
                    Step::Withdraw(_) => {
                        let closing = link.close(id, self.options.give_up);
                        Box::pin(async move { Done::Withdrawn { id, answer: closing.await } })
                    }
                };
                (Some(step), call)
            }
        };
        let patience_ends = Instant::now() + self.options.patience;
        Some(UnderWay { call, step, patience_ends, owner: self.owner.clone() })
    }

    /// A server that has just let us down is asked again only when there is something to show.
    fn should_probe(&self) -> bool {
        let let_down = self.state == Some(NotifierState::NotAnswering);
        self.waiting.has_notice() || (self.owner.is_some() && !let_down)
    }

    fn finish(&mut self, done: Done, call: Option<UnderWay>) {
        let died = call.filter(|call| call.owner.is_some()).and_then(|call| call.step);
        match done {
            Done::Probed(Ok(server)) => {
                self.set_state(NotifierState::Ready(server.clone()));
                self.server = Some(server);
            }
            Done::Probed(Err(failure)) => self.no_server(&failure),
            Done::Shown { key, answer: Ok(id) } => {
                self.answered();
                self.shown.insert(key.clone(), id);
                self.tell(Happening::Shown { key });
                for signal in self.early.take(id) {
                    self.take_signal(signal);
                }
            }
            Done::Shown { key, answer: Err(Failure::Absent) } => match died {
                // The server went away with our notice in its hands; the next one gets it, once.
                Some(step) => {
                    self.waiting.put_back(step);
                    (self.server, self.owner) = (None, None);
                }
                None => self.failed(key, Failure::Absent),
            },
            Done::Shown { key, answer: Err(error) } => self.failed(key, error),
            Done::Withdrawn { id, answer: Ok(()) } => {
                self.answered();
                self.closed(id, CloseReason::Withdrawn);
            }
            // The server doesn't know it any more, or is gone itself: off the screen in either case.
            Done::Withdrawn { id, answer: Err(error) } => {
                self.note_failure(&error);
                self.closed(id, CloseReason::Withdrawn);
            }
        }
        self.early.clear();
    }

    /// A call to a server that has been succeeded need not be waited for; the successor gets the step.
    fn abandon(&mut self, under_way: &mut Option<UnderWay>) {
        let succeeded = under_way.take_if(|call| call.owner.is_some() && call.owner != self.owner);
        if let Some(step) = succeeded.and_then(|call| call.step) {
            self.waiting.put_back(step);
        }
    }

    fn failed(&mut self, key: String, error: Failure) {
        self.note_failure(&error);
        self.tell(Happening::Failed { key, error });
    }

    /// `showing`: a notice is on its way, so its number isn't known yet.
    async fn hear(&mut self, heard: Heard, showing: bool, link: &Link) {
        let Heard { sender, signal } = heard;
        if let Signal::Owner(owner) = signal {
            return self.change_owner(owner, link).await;
        }
        if self.owner.as_deref() != Some(sender.as_str()) {
            return;
        }
        match signal.id() {
            Some(id) if showing && self.shown.key(id).is_none() => self.early.keep(id, signal),
            _ => self.take_signal(signal),
        }
    }

    fn take_signal(&mut self, signal: Signal) {
        match signal {
            Signal::Token { id, token } => self.shown.keep_token(id, token),
            Signal::Action { id, action } => {
                if let Some(key) = self.shown.key(id).map(str::to_owned) {
                    let activation_token = self.shown.take_token(id);
                    self.tell(Happening::Activated { key, action, activation_token });
                }
            }
            Signal::Replied { id, text } => {
                let (key, text) = (self.shown.key(id).map(str::to_owned), text.trim());
                if let Some(key) = key.filter(|_| !text.is_empty()) {
                    let activation_token = self.shown.take_token(id);
                    self.tell(Happening::Replied { key, text: text.to_owned(), activation_token });
                }
            }
            Signal::Closed { id, reason } => self.closed(id, close_reason(reason)),
            Signal::Owner(_) => {}
        }
    }

    /// Numbers are worth nothing to another server, and it may be able to do other things.
    async fn change_owner(&mut self, owner: Option<String>, link: &Link) {
        if self.owner == owner {
            return;
        }
        if self.owner.is_some() {
            self.lose_server();
        }
        self.owner = owner;
        if self.owner.is_none() {
            self.set_state(NotifierState::Absent { starts_on_demand: link.starts_on_demand().await });
        } else if self.state == Some(NotifierState::NotAnswering) {
            self.state = None;
        }
    }

    fn lose_server(&mut self) {
        self.server = None;
        self.owner = None;
        self.early.clear();
        for key in self.shown.clear() {
            self.tell(Happening::Closed { key, reason: CloseReason::ServerGone });
        }
    }

    fn no_server(&mut self, failure: &Failure) {
        self.note_failure(failure);
        for key in self.waiting.give_up() {
            self.tell(Happening::Failed { key, error: failure.clone() });
        }
    }

    fn note_failure(&mut self, failure: &Failure) {
        match failure {
            Failure::NotAnswering => self.set_state(NotifierState::NotAnswering),
            Failure::Absent => {
                self.owner = None;
                self.server = None;
                self.set_state(NotifierState::Absent { starts_on_demand: false });
            }
            Failure::NoBus(error) => self.set_state(NotifierState::NoBus { error: error.clone() }),
            Failure::Refused(_) | Failure::Crowded => {}
        }
    }

    fn cannot_connect(&mut self, error: String) {
        for key in self.waiting.give_up() {
            self.tell(Happening::Failed { key, error: Failure::NoBus(error.clone()) });
        }
        self.set_state(NotifierState::NoBus { error });
    }

    /// A server that answers is ready again, however long it took.
    fn answered(&mut self) {
        if let Some(server) = &self.server {
            self.set_state(NotifierState::Ready(server.clone()));
        }
    }

    fn closed(&mut self, id: u32, reason: CloseReason) {
        if let Some(key) = self.shown.remove(id) {
            self.tell(Happening::Closed { key, reason });
        }
    }

    /// What would be left on the screen leads nowhere once we are gone.
    async fn close_all(&mut self, link: &Link) {
        let closing = async {
            for id in self.shown.ids() {
                let _may_be_gone_already = link.close(id, self.options.give_up).await;
            }
        };
        let _in_time = timeout(self.options.patience, closing).await;
        for key in self.shown.clear() {
            self.tell(Happening::Closed { key, reason: CloseReason::Withdrawn });
        }
    }

    fn set_state(&mut self, state: NotifierState) {
        if self.state.as_ref() != Some(&state) {
            tracing::debug!("notifications: {state}");
            self.state = Some(state.clone());
            self.tell(Happening::State(state));
        }
    }

    /// Nobody may be listening any more; then the orders end as well.
    fn tell(&self, happening: Happening) {
        let _unless_nobody_listens = self.out.send(happening);
    }
}

async fn answer(under_way: &mut Option<UnderWay>) -> Done {
    match under_way {
        Some(call) => call.call.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn close_reason(reason: u32) -> CloseReason {
    match reason {
        1 => CloseReason::Expired,
        2 => CloseReason::Dismissed,
        3 => CloseReason::Withdrawn,
        _ => CloseReason::Unknown,
    }
}
