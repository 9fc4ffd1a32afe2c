//! The store: the page's one model and socket. [`Store::dispatch`] is the update loop.

use leptos::{html::Div, prelude::*};
use parlor_frontend::{
    event::{Effect, Env, Event},
    model::{Model, waiting::Waiting},
    update::update,
};
use parlor_shared::{MessageId, timeline::Version};
use web_sys::HtmlDivElement;

use crate::{
    browser::{address, cover, env::env, focus, menu, socket::Socket, storage, tabs::Tabs},
    view::marks::Marks,
};

/// The part of the program that is not in the first load, as pointers to it. Nothing else may refer
/// to its code: that would put it into the first load.
#[derive(Debug)]
pub(crate) struct Later {
    /// The views that open at a press.
    pub(crate) views: LaterViews,
    /// [`update_later`](parlor_frontend::update::update_later).
    pub(crate) update: fn(&mut Model, Event, Env) -> Vec<Effect>,
    /// Performs the effects that only it has.
    pub(crate) perform: fn(Store, Effect) -> Option<Event>,
    /// Listens to keys, the mouse and fingers on the list of messages.
    pub(crate) listen_to_list: fn(Store, &HtmlDivElement, Marks, Memo<Vec<MessageId>>),
    /// Sets up what else listens for as long as the page is open.
    pub(crate) start: fn(Store),
}

/// Builds a view.
pub(crate) type Build = fn() -> AnyView;

/// The views that no one needs to read the first message: most open at a press.
#[derive(Debug)]
pub(crate) struct LaterViews {
    pub(crate) above_field: Build,
    pub(crate) access: Build,
    pub(crate) dialogs: Build,
    pub(crate) inspector: Build,
    pub(crate) jump_to_latest: Build,
    pub(crate) name_line: Build,
    pub(crate) people: Build,
    pub(crate) refusal: fn(MessageId, String) -> AnyView,
    pub(crate) search: Build,
    pub(crate) toolbar: fn(MessageId) -> AnyView,
    pub(crate) top_line: fn(NodeRef<Div>) -> AnyView,
    pub(crate) unread_above: Build,
    pub(crate) versions: fn(Vec<Version>) -> AnyView,
    pub(crate) welcome: Build,
}

/// The page's model and socket, with the trigger that notifies the views of changes. A handle that
/// is copied freely, as Leptos's signals are.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    inner: StoredValue<Inner, LocalStorage>,
    later: RwSignal<Option<&'static Later>>,
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
    /// Has the later part loaded.
    load_later: fn(Store),
    /// What waits for it.
    waiting: Waiting,
}

/// The store that the page provides to its components.
pub(crate) fn use_store() -> Store {
    expect_context()
}

impl Store {
    /// A store with this model, which has the later part loaded with `load_later`.
    pub(crate) fn new(model: Model, load_later: fn(Store)) -> Self {
        let inner = Inner {
            model,
            changed: ArcTrigger::new(),
            socket: None,
            connection: 0,
            frame_requested: false,
            load_later,
            waiting: Waiting::default(),
        };
        Self {
            inner: StoredValue::new_local(inner),
            later: RwSignal::new(None),
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
        let was_covered = self.with_untracked(Model::is_covered);
        let effects = update(&mut self.inner.write_value().model, event, env());
        self.perform_all(effects, was_covered);
    }

    /// Performs the effects, and applies the events that follow from them at once.
    fn perform_all(self, mut effects: Vec<Effect>, was_covered: bool) {
        let mut events = Vec::new();
        loop {
            for effect in effects {
                self.perform(effect, &mut events);
            }
            let Some(event) = events.pop() else {
                break;
            };
            effects = update(&mut self.inner.write_value().model, event, env());
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

    /// The later part, once it is loaded. Until then it subscribes the running memo or effect to
    /// that; afterwards nothing changes, and the signal would keep a record of every row's bar.
    pub(crate) fn later(self) -> Option<&'static Later> {
        self.later.get_untracked().or_else(|| self.later.get())
    }

    /// Has the later part loaded, unless it is there.
    pub(crate) fn load_later(self) {
        if self.later.with_untracked(Option::is_none) {
            let load = self.inner.read_value().load_later;
            load(self);
        }
    }

    /// The later part has come: it starts, and performs what waited for it.
    pub(crate) fn set_later(self, later: &'static Later) {
        if self.later.with_untracked(Option::is_some) {
            return;
        }
        self.later.set(Some(later));
        (later.start)(self);
        let was_covered = self.with_untracked(Model::is_covered);
        let waiting = self.inner.write_value().waiting.take();
        self.perform_all(waiting, was_covered);
    }

    /// The later part has not come: what waited for it will not happen.
    pub(crate) fn later_not_loaded(self) {
        let waiting = self.inner.write_value().waiting.take();
        let is_press = |effect: &Effect| matches!(effect, Effect::UpdateLater(_));
        if waiting.iter().any(is_press) {
            self.dispatch(Event::LaterNotLoaded);
        }
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

    /// Performs an effect, and adds the events that follow from it at once.
    fn perform(self, effect: Effect, events: &mut Vec<Event>) {
        match effect {
            Effect::Connect => events.extend(self.connect()),
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
                events.extend(socket.map(|_| Event::SocketClosed(None)));
            }
            Effect::SavePost(post) => {
                let is_saved = self.tabs.with_value(|tabs| tabs.save(&post));
                events.extend((!is_saved).then_some(Event::PostNotSaved(post.id)));
            }
            Effect::ForgetPost(id) => self.tabs.with_value(|tabs| tabs.forget(id)),
            Effect::SaveMember(member, token) => {
                events.extend(unless_saved(storage::save_member(member, &token)));
            }
            Effect::SaveAccess(access) => storage::save_access(access.as_ref()),
            Effect::SaveName(name) => events.extend(unless_saved(storage::save_name(&name))),
            Effect::SaveRooms(rooms) => events.extend(unless_saved(storage::save_rooms(&rooms))),
            Effect::SaveDraft(room, draft) => {
                events.extend(unless_saved(storage::save_draft(&room, &draft)));
            }
            Effect::SaveEntries(room, entries) => storage::save_entries(&room, &entries),
            Effect::SaveSeen(room, seen) => {
                events.extend(unless_saved(storage::save_seen(&room, seen)));
            }
            Effect::SaveAbout(room, about) => {
                events.extend(unless_saved(storage::save_about(&room, &about)));
            }
            Effect::ForgetRoom(room) => storage::forget_room(&room),
            Effect::ShowAddress(room) => address::show(&room, None),
            Effect::ShowMessageAddress(room, message) => address::show(&room, Some(message)),
            Effect::CloseMenu => menu::close(),
            Effect::MoveFocus(id) => {
                set_timeout(move || focus::move_to_id(id), std::time::Duration::ZERO);
            }
            Effect::UpdateLater(_)
            | Effect::LoadInspector
            | Effect::SaveInspector(_)
            | Effect::SaveSettings(_)
            | Effect::LoadEmoji
            | Effect::SaveEmoji(_)
            | Effect::SavePeople(_)
            | Effect::ReplaceInDraft(_)
            | Effect::Alert(_)
            | Effect::PlaySound
            | Effect::WithdrawAlert(..)
            | Effect::ShowDialog(_)
            | Effect::OpenMenu(_)
            | Effect::LeaveMessageAddress
            | Effect::Copy(_)
            | Effect::CopyLink(..) => self.perform_later(effect, events),
        }
    }

    /// Performs an effect of the later part, now or when that has come.
    fn perform_later(self, effect: Effect, events: &mut Vec<Event>) {
        let Some(later) = self.later.get_untracked() else {
            let needs_later = self.inner.write_value().waiting.keep(effect);
            if needs_later {
                self.load_later();
            }
            return;
        };
        if let Effect::UpdateLater(event) = effect {
            let effects = (later.update)(&mut self.inner.write_value().model, *event, env());
            for effect in effects {
                self.perform(effect, events);
            }
        } else {
            events.extend((later.perform)(self, effect));
        }
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
pub(crate) fn unless_saved(is_saved: bool) -> Option<Event> {
    (!is_saved).then_some(Event::NotSaved)
}
