//! The store: the page's one model and socket. [`Store::dispatch`] is the update loop.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use parlor_frontend::{
    event::{Effect, Event},
    model::Model,
    update::update,
};

use crate::browser::{
    address, env::env, notifications, socket::Socket, storage, tabs::Tabs, theme,
};

/// The page's model and socket, with the signal that notifies the views of changes. Clones share them.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Rc<RefCell<Inner>>,
    tabs: Tabs,
    changed: RwSignal<u32>,
}

struct Inner {
    model: Model,
    socket: Option<Socket>,
    /// The number of the current connection. Events of older ones are dropped.
    connection: u32,
    /// Whether an animation frame is requested.
    frame_requested: bool,
}

impl Store {
    /// A store with this model.
    pub(crate) fn new(model: Model) -> Self {
        let inner = Inner {
            model,
            socket: None,
            connection: 0,
            frame_requested: false,
        };
        Self {
            inner: Rc::new(RefCell::new(inner)),
            tabs: Tabs::new(env().random),
            changed: RwSignal::new(0),
        }
    }

    /// Takes over the unsent posts of tabs that are closed, now and when others close.
    pub(crate) fn inherit_outboxes(&self) {
        let store = self.clone();
        self.tabs
            .inherit_outboxes(move |event| store.dispatch(event));
    }

    /// Updates the model with an event and performs the effects. The views are notified once a frame.
    pub(crate) fn dispatch(&self, event: Event) {
        let mut queue = vec![event];
        while let Some(event) = queue.pop() {
            let effects = update(&mut self.inner.borrow_mut().model, event, env());
            for effect in effects {
                queue.extend(self.perform(effect));
            }
        }
        self.request_frame();
    }

    /// Reads the model and, in a reactive context, reads it again after every change.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Model) -> T) -> T {
        self.changed.track();
        self.peek(read)
    }

    /// Reads the model once.
    pub(crate) fn peek<T>(&self, read: impl FnOnce(&Model) -> T) -> T {
        read(&self.inner.borrow().model)
    }

    /// Performs an effect. Returns the event that follows from it at once, if there is one.
    fn perform(&self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Connect => return self.connect(),
            Effect::Send(frame) => {
                if let Some(socket) = &self.inner.borrow().socket {
                    socket.send(frame);
                }
            }
            Effect::Close => {
                let mut inner = self.inner.borrow_mut();
                inner.connection += 1;
                inner.socket = None;
            }
            Effect::DropConnection => {
                let socket = self.inner.borrow_mut().socket.take();
                return socket.map(|_| Event::SocketClosed(None));
            }
            Effect::SavePost(post) => self.tabs.save(&post),
            Effect::ForgetPost(id) => self.tabs.forget(id),
            Effect::SaveMember(member, token) => storage::save_member(member, &token),
            Effect::SaveName(name) => storage::save_name(&name),
            Effect::SaveSettings(settings) => theme::save(settings),
            Effect::Alert(alert) => {
                notifications::alert(alert, self.peek(|model| model.settings));
            }
            Effect::SaveRooms(rooms) => storage::save_rooms(&rooms),
            Effect::SaveDraft(room, draft) => storage::save_draft(&room, &draft),
            Effect::SaveEntries(room, entries) => storage::save_entries(&room, &entries),
            Effect::SaveSeen(room, seen) => storage::save_seen(&room, seen),
            Effect::ForgetRoom(room) => storage::forget_room(&room),
            Effect::ShowAddress(room) => address::show(&room),
        }
        None
    }

    /// Opens a socket. Returns its end where the browser refuses to connect.
    fn connect(&self) -> Option<Event> {
        let connection = {
            let mut inner = self.inner.borrow_mut();
            inner.connection += 1;
            inner.connection
        };
        let store = self.clone();
        let socket = Socket::connect(move |event| {
            if store.inner.borrow().connection == connection {
                store.dispatch(event);
            }
        });
        let has_failed = socket.is_none();
        self.inner.borrow_mut().socket = socket;
        has_failed.then_some(Event::SocketClosed(None))
    }

    /// Notifies the views in the next animation frame, however many events there are until then.
    fn request_frame(&self) {
        if std::mem::replace(&mut self.inner.borrow_mut().frame_requested, true) {
            return;
        }
        let store = self.clone();
        request_animation_frame(move || {
            store.inner.borrow_mut().frame_requested = false;
            store.changed.update(|count| *count = count.wrapping_add(1));
        });
    }
}
