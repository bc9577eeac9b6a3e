//! What the notifier knows, and what follows from each thing that it hears.

mod answers;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout};

use super::{
    Asked, Done, UnderWay,
    early::Early,
    held::{DIGEST, Held},
    link::{Heard, Link, Signal},
    pace::Pace,
    shown::Shown,
    waiting::{Entry, Waiting},
};
use crate::{
    Action, CloseReason, Failure, Happening, Notice, NotifierState, Options, Order, Out, Server, text,
};

/// So many notices that have to wait for their turn are a crowd: a digest stands for them.
const CROWD: usize = 4;

pub(super) struct Post {
    pub(super) options: Options,
    out: Out,
    shown: Shown,
    early: Early,
    waiting: Waiting,
    held: Held,
    pace: Pace,
    /// The key of the notice that the server has been given and has not numbered yet.
    in_hands: Option<String>,
    owner: Option<String>,
    server: Option<Server>,
    state: Option<NotifierState>,
    /// There is a reason to ask for a server where none is known.
    may_ask: bool,
}

/// What is to be done next.
pub(super) enum Next {
    Call(Box<UnderWay>),
    /// Nothing before then.
    At(Instant),
    Nothing,
}

impl Post {
    pub(super) fn new(options: Options, out: Out) -> Self {
        Self {
            options,
            out,
            shown: Shown::default(),
            early: Early::default(),
            waiting: Waiting::default(),
            held: Held::default(),
            pace: Pace::new(Instant::now()),
            in_hands: None,
            owner: None,
            server: None,
            state: None,
            may_ask: false,
        }
    }

    /// Meets the server that is there, or finds none.
    pub(super) async fn meet(&mut self, link: &Link) {
        self.owner = link.owner().await;
        if self.owner.is_none() {
            self.set_state(NotifierState::Absent { starts_on_demand: link.starts_on_demand().await });
        }
    }

    /// Has something to show that nobody was asked to show yet.
    pub(super) fn wants_a_server(&self) -> bool {
        self.may_ask && (self.waiting.notices() > 0 || self.held.due(Instant::now()).is_some())
    }

    pub(super) fn take(&mut self, order: Order) {
        match order {
            Order::Show(notice) => {
                self.may_ask = true;
                self.held.remove(&notice.key);
                if let Some(crowded) = self.waiting.show(cleaned(notice)) {
                    self.held.add(crowded);
                }
            }
            Order::Withdraw(key) => match self.held.remove(&key) {
                Some(true) => self.tell_closed(&key, CloseReason::Withdrawn),
                Some(false) => {}
                None => {
                    self.waiting.forget(&key);
                    if self.shown.has(&key) || self.in_hands.as_ref() == Some(&key) {
                        self.waiting.withdraw(key);
                    }
                }
            },
            Order::Close => {}
        }
    }

    pub(super) fn next_call(&mut self, link: &Link) -> Next {
        let Some(server) = self.server.clone() else {
            let let_down = self.state == Some(NotifierState::NotAnswering);
            // A server that has just let us down is asked again only when there is something to show.
            if self.wants_a_server() || (self.owner.is_some() && !let_down) {
                self.may_ask = false;
                return self.call(Asked::Probe, Done::probed(link.probe()));
            }
            return Next::Nothing;
        };
        self.may_ask = false;
        while let Some(key) = self.waiting.next_withdrawal() {
            if let Some(next) = self.withdraw(&key, link) {
                return next;
            }
        }
        let now = Instant::now();
        let mut turn = None;
        if self.waiting.notices() > 0 {
            match self.pace.turn(now) {
                Ok(()) => {
                    if let Some(entry) = self.waiting.next_notice() {
                        return self.show(entry, &server, link);
                    }
                }
                Err(when) => turn = self.wait_until(when),
            }
        }
        match self.held.due(now) {
            Some(due) if due <= now => match self.held.draw(now) {
                Some(digest) => self.show(Entry::new(digest), &server, link),
                None => self.withdraw(DIGEST, link).unwrap_or(Next::Nothing),
            },
            Some(due) => Next::At(turn.map_or(due, |turn| turn.min(due))),
            None => turn.map_or(Next::Nothing, Next::At),
        }
    }

    /// A crowd doesn't wait: what isn't on the screen yet goes into the digest.
    fn wait_until(&mut self, when: Instant) -> Option<Instant> {
        if self.waiting.notices() >= CROWD {
            for notice in self.waiting.take(|notice| !self.shown.has(&notice.key)) {
                self.held.add(notice);
            }
        }
        (self.waiting.notices() > 0).then_some(when)
    }

    fn show(&mut self, entry: Entry, server: &Server, link: &Link) -> Next {
        let id = self.shown.id(entry.key());
        self.in_hands = Some(entry.key().to_owned());
        let showing = link.notify(&entry.notice, id, server, &self.options);
        self.call(Asked::Show(entry), Done::numbered(showing))
    }

    /// From now on a click on it does nothing, and no other server shows it again.
    fn withdraw(&mut self, key: &str, link: &Link) -> Option<Next> {
        let id = self.shown.id(key);
        self.shown.remove(id)?;
        Some(self.call(Asked::Withdraw(key.to_owned()), Done::withdrawn(link.close(id))))
    }

    fn call(&self, asked: Asked, call: BoxFuture<'static, Done>) -> Next {
        Next::Call(Box::new(UnderWay::new(asked, call, self.owner.clone(), self.options.patience)))
    }

    /// `showing`: a notice is on its way, so its number isn't known yet.
    pub(super) async fn hear(&mut self, heard: Heard, showing: bool, link: &Link) {
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
                if let Some(key) = self.clicked(id) {
                    let activation_token = self.shown.take_token(id);
                    self.tell(Happening::Activated { key, action, activation_token });
                }
            }
            Signal::Replied { id, text } => {
                let (key, text) = (self.clicked(id), text.trim());
                if let Some(key) = key.filter(|_| !text.is_empty()) {
                    let activation_token = self.shown.take_token(id);
                    self.tell(Happening::Replied { key, text: text.to_owned(), activation_token });
                }
            }
            Signal::Closed { id, reason } => {
                if let Some(entry) = self.shown.remove(id) {
                    self.tell_closed(entry.key(), close_reason(reason));
                }
            }
            Signal::Owner(_) | Signal::Quiet => {}
        }
    }

    /// The key that a click on this number means. A digest stands for the newest of its notices.
    fn clicked(&self, id: u32) -> Option<String> {
        match self.shown.key(id)? {
            DIGEST => self.held.front(),
            key => Some(key.to_owned()),
        }
    }

    /// Numbers are worth nothing to another server, and it may be able to do other things.
    async fn change_owner(&mut self, owner: Option<String>, link: &Link) {
        if self.owner == owner && owner.is_some() {
            return;
        }
        self.lose_server();
        self.owner = owner;
        if self.owner.is_none() {
            self.set_state(NotifierState::Absent { starts_on_demand: link.starts_on_demand().await });
        } else if self.state == Some(NotifierState::NotAnswering) {
            self.state = None;
        }
    }

    /// What stood on the screen is shown again by the next server; one that the desktop can start is asked for.
    pub(super) fn lose_server(&mut self) {
        self.server = None;
        self.owner = None;
        self.early.clear();
        let mut again = Vec::new();
        for entry in self.shown.clear() {
            if entry.key() == DIGEST {
                for key in self.held.lost() {
                    self.tell(Happening::Closed { key, reason: CloseReason::ServerGone });
                }
                continue;
            }
            let key = entry.key().to_owned();
            self.tell(Happening::Closed { key, reason: CloseReason::ServerGone });
            again.extend(entry.after_its_server().ok().map(Entry::told));
        }
        self.may_ask |= !again.is_empty();
        self.waiting.put_back(again);
    }

    fn no_server(&mut self, failure: &Failure) {
        match failure {
            Failure::Absent => self.set_state(NotifierState::Absent { starts_on_demand: false }),
            Failure::NoBus(_) => self.note_failure(failure),
            // Whatever it says, it isn't an answer.
            Failure::NotAnswering | Failure::Refused(_) | Failure::Crowded => {
                self.set_state(NotifierState::NotAnswering);
            }
        }
        self.fail_waiting(failure);
    }

    pub(super) fn cannot_connect(&mut self, error: String) {
        self.may_ask = false;
        self.fail_waiting(&Failure::NoBus(error.clone()));
        self.set_state(NotifierState::NoBus { error });
    }

    /// Tells each notice that waits, once, that it can't be shown now. It is shown when there is a server.
    fn fail_waiting(&mut self, failure: &Failure) {
        for key in self.waiting.fail() {
            self.tell(Happening::Failed { key, error: failure.clone() });
        }
    }

    fn note_failure(&mut self, failure: &Failure) {
        match failure {
            Failure::NotAnswering => self.set_state(NotifierState::NotAnswering),
            Failure::Absent => self.lose_server(),
            Failure::NoBus(error) => self.set_state(NotifierState::NoBus { error: error.clone() }),
            Failure::Refused(_) | Failure::Crowded => {}
        }
    }

    /// A server that answers is ready again, however long it took.
    fn answered(&mut self) {
        if let Some(server) = &self.server {
            self.set_state(NotifierState::Ready(server.clone()));
        }
    }

    /// What can be read of the person's wish not to be disturbed, where a server is known.
    pub(super) fn ask_quiet(&self, link: &Link) -> Option<BoxFuture<'static, Option<bool>>> {
        self.server.as_ref().map(|server| link.quiet(server))
    }

    pub(super) fn set_quiet(&mut self, do_not_disturb: Option<bool>) {
        if let Some(server) = &mut self.server {
            server.do_not_disturb = do_not_disturb;
            if matches!(self.state, Some(NotifierState::Ready(_))) {
                self.answered();
            }
        }
    }

    /// What would be left on the screen leads nowhere once we are gone.
    pub(super) async fn close_all(&mut self, link: &Link) {
        let closing = async {
            for id in self.shown.ids() {
                let _may_be_gone_already = link.close(id).await;
            }
        };
        let _in_time = timeout(self.options.patience, closing).await;
        for entry in self.shown.clear() {
            self.tell_closed(entry.key(), CloseReason::Withdrawn);
        }
    }

    fn set_state(&mut self, state: NotifierState) {
        if self.state.as_ref() != Some(&state) {
            tracing::debug!("notifications: {state}");
            self.state = Some(state.clone());
            self.tell(Happening::State(state));
        }
    }

    /// With a digest everything that it stands for leaves the screen.
    fn tell_closed(&mut self, key: &str, reason: CloseReason) {
        let keys = if key == DIGEST { self.held.close() } else { vec![key.to_owned()] };
        for key in keys {
            self.tell(Happening::Closed { key, reason });
        }
    }

    /// Nobody may be listening any more; then the orders end as well.
    fn tell(&self, happening: Happening) {
        let _unless_nobody_listens = self.out.send(happening);
    }
}

/// Texts of unknown length are cut before they are kept, not only before they are shown.
fn cleaned(notice: Notice) -> Notice {
    let actions = notice.actions.into_iter();
    let actions = actions.map(|action| Action { label: text::label(&action.label), ..action }).collect();
    Notice { title: text::title(&notice.title), body: text::body(&notice.body), actions, ..notice }
}

fn close_reason(reason: u32) -> CloseReason {
    match reason {
        1 => CloseReason::Expired,
        2 => CloseReason::Dismissed,
        3 => CloseReason::Withdrawn,
        _ => CloseReason::Unknown,
    }
}
