//! The loop: an event, an update, its effects, and once a frame a new picture.

use std::{cell::RefCell, rc::Rc};

use leptos::{prelude::*, wasm_bindgen::JsValue};
use parlor_frontend::{
    event::{Effect, Event, Moment},
    model::Model,
    update::update,
};
use parlor_shared::RoomId;

use crate::browser::{shell, socket::Socket, storage, tabs::Tabs};

/// The page's one model and connection, and the signal that says it changed.
#[derive(Clone)]
pub(crate) struct Page {
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

impl Page {
    pub(crate) fn new(model: Model) -> Self {
        let inner = Inner {
            model,
            socket: None,
            connection: 0,
            frame_asked: false,
        };
        Self {
            inner: Rc::new(RefCell::new(inner)),
            tabs: Tabs::new(chance()),
            changed: RwSignal::new(0),
        }
    }

    /// Takes over, now and later, what tabs that are no more left unsent.
    pub(crate) fn look_after_other_tabs(&self) {
        let page = self.clone();
        self.tabs.wait_for_others(move |event| page.dispatch(event));
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
            Effect::Cut => {
                let had_one = self.inner.borrow_mut().socket.take().is_some();
                return had_one.then_some(Event::Closed(None));
            }
            Effect::KeepPost(post) => self.tabs.keep(&post),
            Effect::ForgetPost(id) => self.tabs.forget(id),
            Effect::KeepMember(member, token) => storage::keep_member(member, &token),
            Effect::KeepName(name) => storage::keep_name(&name),
            Effect::KeepSettings(settings) => shell::keep(settings),
            Effect::Alert(alert) => shell::alert(alert, self.peek(|model| model.settings)),
            Effect::KeepRooms(rooms) => storage::keep_rooms(&rooms),
            Effect::KeepDraft(room, draft) => storage::keep_draft(&room, &draft),
            Effect::KeepRecent(room, recent) => storage::keep_recent(&room, &recent),
            Effect::KeepSeen(room, seen) => storage::keep_seen(&room, seen),
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
        let page = self.clone();
        let socket = Socket::connect(move |event| {
            if page.inner.borrow().connection == connection {
                page.dispatch(event);
            }
        });
        let failed = socket.is_none();
        self.inner.borrow_mut().socket = socket;
        failed.then_some(Event::Closed(None))
    }

    /// However much happens, there is one picture a frame.
    fn ask_for_frame(&self) {
        if std::mem::replace(&mut self.inner.borrow_mut().frame_asked, true) {
            return;
        }
        let page = self.clone();
        request_animation_frame(move || {
            page.inner.borrow_mut().frame_asked = false;
            page.changed.update(|count| *count = count.wrapping_add(1));
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

fn moment() -> Moment {
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
    Moment {
        now_ms,
        unix_ms: js_sys::Date::now() as u64,
        random,
    }
}

/// The random bytes of a new visitor's name.
pub(crate) fn chance() -> [u8; 10] {
    moment().random
}
