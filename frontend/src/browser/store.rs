//! The loop: an event, an update, its effects, and once a frame a new picture.

use std::{cell::RefCell, rc::Rc};

use leptos::{prelude::*, wasm_bindgen::JsValue};
use parlor_frontend::{
    event::{Effect, Env, Event},
    model::Model,
    update::update,
};
use parlor_shared::RoomId;

use crate::browser::{shell, socket::Socket, storage, tabs::Tabs};

/// The page's one model and connection, and the signal that says it changed.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Rc<RefCell<Inner>>,
    tabs: Tabs,
    changed: RwSignal<u32>,
}

struct Inner {
    model: Model,
    socket: Option<Socket>,
    /// Which connection is the current one: what older ones still say is not heard.
    connection: u32,
    frame_asked: bool,
}

impl Store {
    pub(crate) fn new(model: Model) -> Self {
        let inner = Inner {
            model,
            socket: None,
            connection: 0,
            frame_asked: false,
        };
        Self {
            inner: Rc::new(RefCell::new(inner)),
            tabs: Tabs::new(random()),
            changed: RwSignal::new(0),
        }
    }

    /// Takes over, now and later, what tabs that are no more left unsent.
    pub(crate) fn look_after_other_tabs(&self) {
        let store = self.clone();
        self.tabs
            .wait_for_others(move |event| store.dispatch(event));
    }

    /// Something happened.
    pub(crate) fn dispatch(&self, event: Event) {
        let mut queue = vec![event];
        while let Some(event) = queue.pop() {
            let effects = update(&mut self.inner.borrow_mut().model, event, moment());
            for effect in effects {
                queue.extend(self.perform(effect));
            }
        }
        self.ask_for_frame();
    }

    /// Looks at the model, and again whenever it has changed.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        self.changed.track();
        self.peek(look)
    }

    /// Looks at the model once.
    pub(crate) fn peek<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&self.inner.borrow().model)
    }

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
                let had_one = self.inner.borrow_mut().socket.take().is_some();
                return had_one.then_some(Event::SocketClosed(None));
            }
            Effect::SavePost(post) => self.tabs.keep(&post),
            Effect::ForgetPost(id) => self.tabs.forget(id),
            Effect::SaveMember(member, token) => storage::save_member(member, &token),
            Effect::SaveName(name) => storage::save_name(&name),
            Effect::SaveSettings(settings) => shell::keep(settings),
            Effect::Alert(alert) => shell::alert(alert, self.peek(|model| model.settings)),
            Effect::SaveRooms(rooms) => storage::save_rooms(&rooms),
            Effect::SaveDraft(room, draft) => storage::save_draft(&room, &draft),
            Effect::SaveEntries(room, recent) => storage::save_entries(&room, &recent),
            Effect::SaveSeen(room, seen) => storage::save_seen(&room, seen),
            Effect::ForgetRoom(room) => storage::forget_room(&room),
            Effect::ShowAddress(room) => show_address(&room),
        }
        None
    }

    /// Opens a connection; tells at once where that can't even begin.
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
        let failed = socket.is_none();
        self.inner.borrow_mut().socket = socket;
        failed.then_some(Event::SocketClosed(None))
    }

    /// However much happens, there is one picture a frame.
    fn ask_for_frame(&self) {
        if std::mem::replace(&mut self.inner.borrow_mut().frame_asked, true) {
            return;
        }
        let store = self.clone();
        request_animation_frame(move || {
            store.inner.borrow_mut().frame_asked = false;
            store.changed.update(|count| *count = count.wrapping_add(1));
        });
    }
}

fn show_address(room: &RoomId) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        // An address of this site can always be gone to.
        history
            .push_state_with_url(&JsValue::NULL, "", Some(&format!("/r/{room}")))
            .unwrap_or_default();
    }
}

fn moment() -> Env {
    let mut random = [0; 10];
    let window = web_sys::window();
    if let Some(crypto) = window.and_then(|window| window.crypto().ok()) {
        // Without it two posts of one millisecond could share an id; browsers always have it.
        crypto
            .get_random_values_with_u8_array(&mut random)
            .map(|_| ())
            .unwrap_or_default();
    }
    let since_start = web_sys::window().and_then(|window| window.performance());
    let now_ms = since_start.map_or(0.0, |clock| clock.now()) as u64;
    Env {
        now_ms,
        unix_ms: js_sys::Date::now() as u64,
        random,
    }
}

/// The random bytes of a new visitor's name.
pub(crate) fn random() -> [u8; 10] {
    moment().random
}
