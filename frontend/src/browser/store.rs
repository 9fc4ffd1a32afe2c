//! The store: the page's one model and socket. [`Store::dispatch`] is the update loop.

use leptos::prelude::*;
use parlor_frontend::{
    event::{Effect, Event, InspectorEvent},
    model::Model,
    update::update,
};

use crate::browser::{
    address, clipboard, cover, emoji, env::env, field, focus, menu, notifications, socket::Socket,
    storage, tabs::Tabs, theme,
};

/// The page's model and socket, with the trigger that notifies the views of changes. A handle that
/// is copied freely, as Leptos's signals are.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    inner: StoredValue<Inner, LocalStorage>,
    tabs: StoredValue<Tabs, LocalStorage>,
}

struct Inner {
    model: Model,
    /// Notifies the views. An [`ArcTrigger`] drops its subscribers when it notifies them, and those
    /// that still exist subscribe again. An [`RwSignal`] or a [`Trigger`] would keep a record of
    /// the memo of every row that was ever in the document.
    changed: ArcTrigger,
    socket: Option<Socket>,
    /// The number of the current connection. Events of older ones are dropped.
    connection: u32,
    /// Whether an animation frame is requested.
    frame_requested: bool,
}

/// The store that the page provides to its components.
pub(crate) fn use_store() -> Store {
    expect_context()
}

impl Store {
    /// A store with this model.
    pub(crate) fn new(model: Model) -> Self {
        let inner = Inner {
            model,
            changed: ArcTrigger::new(),
            socket: None,
            connection: 0,
            frame_requested: false,
        };
        Self {
            inner: StoredValue::new_local(inner),
            tabs: StoredValue::new_local(Tabs::new(env().random)),
        }
    }

    /// This tab, and what it knows of the others.
    pub(crate) fn tabs(self) -> Tabs {
        self.tabs.get_value()
    }

    /// Updates the model with an event and performs the effects. The views are notified once an
    /// animation frame.
    pub(crate) fn dispatch(self, event: Event) {
        let mut queue = vec![event];
        let was_covered = self.with_untracked(Model::is_covered);
        while let Some(event) = queue.pop() {
            let effects = update(&mut self.inner.write_value().model, event, env());
            for effect in effects {
                queue.extend(self.perform(effect));
            }
        }
        let is_covered = self.with_untracked(Model::is_covered);
        if is_covered != was_covered {
            cover::set(is_covered);
        }
        self.request_frame();
    }

    /// The same, and the views are notified at once: before the next key is pressed, they have put
    /// the focus where its letter belongs.
    pub(crate) fn dispatch_and_show(self, event: Event) {
        self.dispatch(event);
        self.show();
    }

    /// Reads the model, and subscribes the running memo or effect to its changes: it runs again at
    /// most once an animation frame.
    pub(crate) fn with<T>(self, read: impl FnOnce(&Model) -> T) -> T {
        let inner = self.inner.read_value();
        inner.changed.track();
        read(&inner.model)
    }

    /// What `read` gives of the model, as a memo: it notifies its readers only when that changes.
    pub(crate) fn memo<T>(self, read: fn(&Model) -> T) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.with(read))
    }

    /// A condition on the model, for `<Show>`. All conditions have one type, so that `<Show>` is
    /// compiled once.
    pub(crate) fn is(self, holds: fn(&Model) -> bool) -> impl Fn() -> bool + Copy + Send + Sync {
        move || self.with(holds)
    }

    /// Reads the model as it is now.
    pub(crate) fn with_untracked<T>(self, read: impl FnOnce(&Model) -> T) -> T {
        read(&self.inner.read_value().model)
    }

    /// Performs an effect. Returns the event that follows from it at once, if there is one.
    fn perform(self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Connect => return self.connect(),
            Effect::Send(frame) => {
                if let Some(socket) = &self.inner.read_value().socket {
                    socket.send(frame);
                }
            }
            Effect::Close => {
                let mut inner = self.inner.write_value();
                inner.connection += 1;
                inner.socket = None;
            }
            Effect::DropConnection => {
                let socket = self.inner.write_value().socket.take();
                return socket.map(|_| Event::SocketClosed(None));
            }
            Effect::LoadInspector => {
                let saved = storage::get(storage::INSPECTOR)?;
                return Some(Event::Inspector(InspectorEvent::Loaded(saved)));
            }
            Effect::SaveInspector(words) => {
                return unless_saved(storage::set(storage::INSPECTOR, &words));
            }
            Effect::SavePost(post) => {
                let is_saved = self.tabs.with_value(|tabs| tabs.save(&post));
                return (!is_saved).then_some(Event::PostNotSaved(post.id));
            }
            Effect::ForgetPost(id) => self.tabs.with_value(|tabs| tabs.forget(id)),
            Effect::SaveMember(member, token) => {
                return unless_saved(storage::save_member(member, &token));
            }
            Effect::SaveName(name) => return unless_saved(storage::save_name(&name)),
            Effect::SaveSettings(settings) => return unless_saved(theme::save(settings)),
            Effect::LoadEmoji => emoji::load(move |files| self.dispatch(Event::EmojiLoaded(files))),
            Effect::SaveEmoji(frequent) => return unless_saved(emoji::save(&frequent)),
            // The field reports it with the event whose listener may be running.
            Effect::ReplaceInDraft(replacement) => {
                queue_microtask(move || field::replace_in_draft(&replacement));
            }
            Effect::Alert(alert) => {
                notifications::alert(alert, self.with_untracked(|model| model.settings));
            }
            Effect::WithdrawAlert(room, id) => notifications::withdraw(&room, id),
            Effect::SaveRooms(rooms) => return unless_saved(storage::save_rooms(&rooms)),
            Effect::SaveDraft(room, draft) => {
                return unless_saved(storage::save_draft(&room, &draft));
            }
            Effect::SaveEntries(room, entries) => storage::save_entries(&room, &entries),
            Effect::SaveSeen(room, seen) => return unless_saved(storage::save_seen(&room, seen)),
            Effect::SaveAbout(room, about) => {
                return unless_saved(storage::save_about(&room, &about));
            }
            Effect::ForgetRoom(room) => storage::forget_room(&room),
            Effect::ShowAddress(room) => address::show(&room, None),
            Effect::ShowMessageAddress(room, message) => address::show(&room, Some(message)),
            Effect::LeaveMessageAddress => address::leave_message(),
            Effect::OpenMenu(place) => menu::open(place),
            Effect::CloseMenu => menu::close(),
            Effect::MoveFocus(id) => {
                set_timeout(move || focus::move_to_id(id), std::time::Duration::ZERO);
            }
            Effect::Copy(text) => clipboard::copy(text, move || self.dispatch(Event::Copied)),
            Effect::CopyLink(room, message) => {
                let link = address::link(&room, message);
                clipboard::copy(link, move || self.dispatch(Event::Copied));
            }
        }
        None
    }

    /// Opens a socket. Returns its end where the browser refuses to connect.
    fn connect(self) -> Option<Event> {
        let connection = {
            let mut inner = self.inner.write_value();
            inner.connection += 1;
            inner.connection
        };
        let socket = Socket::connect(move |event| {
            if self.inner.read_value().connection == connection {
                self.dispatch(event);
            }
        });
        let has_failed = socket.is_none();
        self.inner.write_value().socket = socket;
        has_failed.then_some(Event::SocketClosed(None))
    }

    /// Notifies the views in the next animation frame, however many events there are until then.
    fn request_frame(self) {
        if std::mem::replace(&mut self.inner.write_value().frame_requested, true) {
            return;
        }
        request_animation_frame(move || {
            self.inner.write_value().frame_requested = false;
            self.show();
        });
    }

    /// Notifies the views, and keeps the focus from getting lost.
    fn show(self) {
        let changed = self.inner.read_value().changed.clone();
        let focused = focus::focused();
        changed.notify();
        focus::keep(focused);
    }
}

/// The event that follows where the browser has not saved something.
fn unless_saved(is_saved: bool) -> Option<Event> {
    (!is_saved).then_some(Event::NotSaved)
}
