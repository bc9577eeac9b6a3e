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

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;

    use crate::{CloseReason, Happening, Notice, NotifierState, start_log};

    #[tokio::test]
    async fn without_a_screen_a_notice_is_taken_and_withdrawn_all_the_same() {
        let (notifier, mut happenings) = start_log(&Handle::current());
        notifier.show(Notice { key: "a".into(), title: "api waits".into(), ..Notice::default() });
        notifier.withdraw("a");
        notifier.close();
        let mut told = Vec::new();
        while let Some(happening) = happenings.recv().await {
            told.push(happening);
        }
        let closed = Happening::Closed { key: "a".into(), reason: CloseReason::Withdrawn };
        assert_eq!(
            told,
            [Happening::State(NotifierState::LogOnly), Happening::Shown { key: "a".into() }, closed]
        );
    }
}
