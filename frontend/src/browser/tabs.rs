//! The tabs of one browser: each saves its own unsent posts, and inherits those of tabs that were
//! closed.
//!
//! A tab holds a lock (the Web Locks API) for as long as it is open, so a tab that gets another
//! one's lock knows that the other is closed. Where a browser has no locks, as on a page without
//! TLS on another machine, every new tab inherits all saved posts; a post's id puts it on the log
//! only once all the same.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise, Reflect};
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use parlor_frontend::event::Event;
use parlor_session::OutboxPost;
use parlor_shared::{MessageId, codec};

use crate::browser::storage;

/// The prefix of a post's storage key. The tab's name and the post's id follow, with a dot between
/// them.
const POST: &str = "parlor.outbox.";

/// This tab, and the other tabs whose end it waits for.
#[derive(Clone)]
pub(crate) struct Tabs {
    own: Rc<str>,
    awaited: Rc<RefCell<Vec<String>>>,
}

impl Tabs {
    /// A new tab, with a random name.
    pub(crate) fn new(random: [u8; 10]) -> Self {
        let own: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        // The promise is never resolved, so the lock is held until the tab is closed.
        with_lock(&own, || Promise::new(&mut |_, _| {}).into());
        Self {
            own: own.into(),
            awaited: Rc::default(),
        }
    }

    /// Saves a post of this tab.
    pub(crate) fn save(&self, post: &OutboxPost) {
        storage::set(&self.key(post.id), &codec::to_json(post));
    }

    /// Forgets a saved post of this tab.
    pub(crate) fn forget(&self, id: MessageId) {
        storage::remove(&self.key(id));
    }

    /// Waits for the end of every other tab that has saved posts, and then dispatches those posts.
    pub(crate) fn inherit_outboxes(&self, dispatch: impl Fn(Event) + Clone + 'static) {
        let keys = storage::keys_with(POST);
        for other in keys.iter().filter_map(|key| tab_of(key)) {
            if *other != *self.own && self.start_awaiting(other) {
                let (tabs, closed, dispatch) = (self.clone(), other.to_owned(), dispatch.clone());
                with_lock(other, move || {
                    tabs.inherit(&closed, dispatch);
                    JsValue::UNDEFINED
                });
            }
        }
    }

    /// Records that this tab waits for another one. Returns false where it did so already.
    fn start_awaiting(&self, other: &str) -> bool {
        let mut awaited = self.awaited.borrow_mut();
        let is_new = !awaited.iter().any(|tab| tab == other);
        if is_new {
            awaited.push(other.to_owned());
        }
        is_new
    }

    fn inherit(&self, closed: &str, dispatch: impl Fn(Event)) {
        self.awaited.borrow_mut().retain(|tab| tab != closed);
        let read = |key: String| {
            let post = codec::from_json::<OutboxPost>(&storage::get(&key)?).ok()?;
            Some((key, post))
        };
        let keys = storage::keys_with(&format!("{POST}{closed}."));
        let saved: Vec<(String, OutboxPost)> = keys.into_iter().filter_map(read).collect();
        let posts = saved.iter().map(|(_, post)| post.clone()).collect();
        dispatch(Event::OutboxInherited(posts));
        // A post leaves the closed tab's outbox only once it is saved in this one's.
        for (key, post) in saved {
            if storage::get(&self.key(post.id)).is_some() {
                storage::remove(&key);
            }
        }
    }

    fn key(&self, id: MessageId) -> String {
        format!("{POST}{}.{id}", self.own)
    }
}

/// The name of the tab in a post's storage key.
fn tab_of(key: &str) -> Option<&str> {
    Some(key.strip_prefix(POST)?.split_once('.')?.0)
}

/// Calls `locked` once the tab's lock is granted, and holds the lock until the promise that it
/// returns is resolved. Calls it at once where the browser has no locks.
fn with_lock(tab: &str, locked: impl FnOnce() -> JsValue + 'static) {
    let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    let navigator = web_sys::window().map(|window| window.navigator());
    let locks = navigator.and_then(|navigator| get(&navigator, "locks"));
    let request = locks.as_ref().and_then(|locks| get(locks, "request"));
    let request = request.and_then(|request| request.dyn_into::<Function>().ok());
    match (locks, request) {
        (Some(locks), Some(request)) => {
            let name = format!("parlor.tab.{tab}");
            let locked = Closure::once_into_js(locked);
            // It fails only in a document that is going away.
            request.call2(&locks, &name.into(), &locked).ok();
        }
        _ => {
            locked();
        }
    }
}
