//! Writes notices to the log, for a machine without a screen.

use crate::{CloseReason, Happening, Inbox, NotifierState, Order, Out, text};

pub(crate) async fn run(mut inbox: Inbox, out: Out) {
    let tell = |happening| out.send(happening).is_ok();
    if !tell(Happening::State(NotifierState::LogOnly)) {
        return;
    }
    while let Some(order) = inbox.recv().await {
        let heard = match order {
            Order::Show(notice) => {
                tracing::info!(
                    key = notice.key,
                    body = text::body(&notice.body),
                    "{}",
                    text::title(&notice.title)
                );
                tell(Happening::Shown { key: notice.key })
            }
            Order::Withdraw(key) => tell(Happening::Closed { key, reason: CloseReason::Withdrawn }),
            Order::Close => false,
        };
        if !heard {
            return;
        }
    }
}
