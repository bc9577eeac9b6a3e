//! Windows: toasts of our own, which are replaced and withdrawn by their tags, and whose clicks are heard for as long as they
//! lie in the notification centre.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use windows::{
    Data::Xml::Dom::XmlDocument,
    Foundation::TypedEventHandler,
    UI::Notifications::{
        ToastActivatedEventArgs, ToastDismissalReason, ToastDismissedEventArgs, ToastNotification,
        ToastNotificationManager,
    },
    core::{HSTRING, IInspectable, Interface as _, Ref, Result},
};

use crate::{
    CloseReason, DEFAULT_ACTION, Failure, Happening, Inbox, Notice, NotifierState, Options, Order, Out,
    Urgency, toast,
};

/// All our toasts.
const GROUP: &str = "peerwatch";
/// Toasts belong to an application that the installer made known, and are dropped when nobody knows it; a program that
/// was just built shows them under PowerShell's name instead.
const POWERSHELL: &str = r"{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe";

/// The newest toast of each key with its number. What an older one says is no longer asked.
type Shown = Arc<Mutex<HashMap<String, (u64, ToastNotification)>>>;

pub(crate) fn start(options: Options, inbox: Inbox, out: Out) {
    let told = out.clone();
    let spawned = thread::Builder::new().name("notices".into()).spawn(move || serve(&options, inbox, &told));
    if let Err(error) = spawned {
        tell(&out, Happening::State(NotifierState::NoBus { error: error.to_string() }));
    }
}

fn serve(options: &Options, mut inbox: Inbox, out: &Out) {
    let desk = Desk { app: app(options), shown: Shown::default(), out: out.clone() };
    tell(out, Happening::State(NotifierState::Native { withdraws: true }));
    let mut number = 0;
    while let Some(order) = inbox.blocking_recv() {
        match order {
            Order::Show(notice) => {
                number += 1;
                let key = notice.key.clone();
                tell(
                    out,
                    match desk.show(&notice, number) {
                        Ok(()) => Happening::Shown { key },
                        Err(error) => Happening::Failed { key, error: Failure::Refused(error.message()) },
                    },
                );
            }
            Order::Withdraw(key) => desk.withdraw(key),
            Order::Close => break,
        }
    }
    desk.clear();
}

/// Where the toasts lie.
struct Desk {
    app: HSTRING,
    shown: Shown,
    out: Out,
}

impl Desk {
    fn show(&self, notice: &Notice, number: u64) -> Result<()> {
        let document = XmlDocument::new()?;
        document.LoadXml(&HSTRING::from(toast::xml(notice)))?;
        let toast = ToastNotification::CreateToastNotification(&document)?;
        toast.SetTag(&HSTRING::from(toast::tag(&notice.key)))?;
        toast.SetGroup(&HSTRING::from(GROUP))?;
        // It goes to the notification centre at once.
        toast.SetSuppressPopup(notice.urgency == Urgency::Low)?;
        self.listen(&toast, &notice.key, number)?;
        lock(&self.shown).insert(notice.key.clone(), (number, toast.clone()));
        let shown = ToastNotificationManager::CreateToastNotifierWithId(&self.app)?.Show(&toast);
        if shown.is_err() {
            lock(&self.shown).remove(&notice.key);
        }
        shown
    }

    fn listen(&self, toast: &ToastNotification, key: &str, number: u64) -> Result<()> {
        let ear = Ear { key: key.to_owned(), number, shown: Arc::clone(&self.shown), out: self.out.clone() };
        let other = ear.clone();
        toast.Activated(&TypedEventHandler::new(move |_toast, heard: Ref<'_, IInspectable>| {
            ear.clicked(heard.as_ref());
            Ok(())
        }))?;
        toast.Dismissed(&TypedEventHandler::new(
            move |_toast, heard: Ref<'_, ToastDismissedEventArgs>| {
                other.dismissed(heard.as_ref());
                Ok(())
            },
        ))?;
        Ok(())
    }

    fn withdraw(&self, key: String) {
        if lock(&self.shown).remove(&key).is_none() {
            return;
        }
        let (tag, group) = (HSTRING::from(toast::tag(&key)), HSTRING::from(GROUP));
        let removed = ToastNotificationManager::History()
            .and_then(|history| history.RemoveGroupedTagWithId(&tag, &group, &self.app));
        if let Err(error) = removed {
            tracing::debug!("a toast could not be withdrawn: {error}");
        }
        tell(&self.out, Happening::Closed { key, reason: CloseReason::Withdrawn });
    }

    /// Nobody would hear of a click on what stays after us.
    fn clear(&self) {
        lock(&self.shown).clear();
        let removed = ToastNotificationManager::History()
            .and_then(|history| history.RemoveGroupWithId(&HSTRING::from(GROUP), &self.app));
        if let Err(error) = removed {
            tracing::debug!("toasts could not be withdrawn: {error}");
        }
    }
}

/// Hears what becomes of one toast.
#[derive(Clone)]
struct Ear {
    key: String,
    number: u64,
    shown: Shown,
    out: Out,
}

impl Ear {
    /// A click takes the toast away.
    fn clicked(&self, heard: Option<&IInspectable>) {
        if !self.ends() {
            return;
        }
        let said = heard.and_then(|heard| heard.cast::<ToastActivatedEventArgs>().ok()?.Arguments().ok());
        let action = said.map(|said| said.to_string()).filter(|said| !said.is_empty());
        tell(
            &self.out,
            Happening::Activated {
                key: self.key.clone(),
                action: action.unwrap_or_else(|| DEFAULT_ACTION.into()),
                activation_token: None,
            },
        );
        tell(&self.out, Happening::Closed { key: self.key.clone(), reason: CloseReason::Dismissed });
    }

    /// What only left the screen lies in the notification centre, where it can be clicked.
    fn dismissed(&self, heard: Option<&ToastDismissedEventArgs>) {
        let reason = heard.and_then(|heard| heard.Reason().ok());
        if reason == Some(ToastDismissalReason::UserCanceled) && self.ends() {
            tell(&self.out, Happening::Closed { key: self.key.clone(), reason: CloseReason::Dismissed });
        }
    }

    /// Forgets the toast, if it is still the newest of its key.
    fn ends(&self) -> bool {
        let mut shown = lock(&self.shown);
        let newest = shown.get(&self.key).is_some_and(|(number, _)| *number == self.number);
        if newest {
            shown.remove(&self.key);
        }
        newest
    }
}

fn app(options: &Options) -> HSTRING {
    let program = std::env::current_exe().unwrap_or_default();
    let known = options.app_id.as_deref().filter(|_| is_installed(&program));
    HSTRING::from(known.unwrap_or(POWERSHELL))
}

fn is_installed(program: &Path) -> bool {
    !program.ancestors().any(|folder| folder.file_name().is_some_and(|name| name == "target"))
}

fn tell(out: &Out, happening: Happening) {
    let _unless_nobody_listens = out.send(happening);
}

fn lock(shown: &Shown) -> MutexGuard<'_, HashMap<String, (u64, ToastNotification)>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}
