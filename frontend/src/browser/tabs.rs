//! The tabs of one browser: each keeps its own unsent posts, and takes over those of a tab that is no more.
//!
//! A tab holds a lock of its name for as long as it lives (the Web Locks API); whoever gets the lock of another tab
//! knows that it is gone. Where a browser has no locks, as on a page without TLS on another machine, every new tab
//! takes over what there is: the post's id sees to it that it is on the log once all the same.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise, Reflect};
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use litemap::LiteMap;
use parlor_frontend::event::Event;
use parlor_session::OutboxPost;
use parlor_shared::{MessageId, codec};

use crate::browser::storage;

/// Followed by the tab's name and the post's id.
const POST: &str = "parlor.outbox.";

/// This tab among the others.
#[derive(Clone)]
pub(crate) struct Tabs {
    own: Rc<str>,
    waited_for: Rc<RefCell<LiteMap<String, ()>>>,
}

impl Tabs {
    /// A new tab.
    pub(crate) fn new(random: [u8; 10]) -> Self {
        let own: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        // Never resolved: held until the tab is closed.
        request_lock(&own, || Promise::new(&mut |_, _| {}).into());
        Self {
            own: own.into(),
            waited_for: Rc::default(),
        }
    }

    /// Keeps a post for this tab.
    pub(crate) fn keep(&self, post: &OutboxPost) {
        storage::set(&self.key(post.id), &codec::to_json(post));
    }

    /// The post need not be kept any more.
    pub(crate) fn forget(&self, id: MessageId) {
        storage::remove(&self.key(id));
    }

    /// Waits for the end of every other tab that has posts, to tell what it left.
    pub(crate) fn wait_for_others(&self, tell: impl Fn(Event) + Clone + 'static) {
        for other in storage::keys_with(POST)
            .iter()
            .filter_map(|key| tab_of(key))
        {
            if *other != *self.own && self.wait_for(other) {
                let (tabs, left, tell) = (self.clone(), other.to_owned(), tell.clone());
                request_lock(other, move || {
                    tabs.take_over(&left, tell);
                    JsValue::UNDEFINED
                });
            }
        }
    }

    /// Says whether that is new.
    fn wait_for(&self, other: &str) -> bool {
        let mut waited_for = self.waited_for.borrow_mut();
        waited_for.insert(other.to_owned(), ()).is_none()
    }

    fn take_over(&self, left: &str, tell: impl Fn(Event)) {
        self.waited_for.borrow_mut().remove(&left.to_owned());
        let keys = storage::keys_with(&format!("{POST}{left}."));
        let read = |key: &String| codec::from_json::<OutboxPost>(&storage::get(key)?).ok();
        let posts: Vec<OutboxPost> = keys.iter().filter_map(read).collect();
        let ids: Vec<MessageId> = posts.iter().map(|post| post.id).collect();
        tell(Event::OutboxInherited(posts));
        // Only what this tab keeps now is no longer the other's.
        for (key, id) in keys.iter().zip(ids) {
            if storage::get(&self.key(id)).is_some() {
                storage::remove(key);
            }
        }
    }

    fn key(&self, id: MessageId) -> String {
        format!("{POST}{}.{id}", self.own)
    }
}

fn tab_of(key: &str) -> Option<&str> {
    Some(key.strip_prefix(POST)?.split_once('.')?.0)
}

/// Does this once the tab's lock is had, and keeps the lock until the promise it gives is resolved; does it at once
/// where there are no locks.
fn request_lock(tab: &str, had: impl FnOnce() -> JsValue + 'static) {
    let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    let navigator = web_sys::window().map(|window| window.navigator());
    let locks = navigator.and_then(|navigator| get(&navigator, "locks"));
    let request = locks.as_ref().and_then(|locks| get(locks, "request"));
    let request = request.and_then(|request| request.dyn_into::<Function>().ok());
    match (locks, request) {
        (Some(locks), Some(request)) => {
            let name = format!("parlor.tab.{tab}");
            let had = Closure::once_into_js(had);
            // Refused only in a document that is going away.
            request
                .call2(&locks, &name.into(), &had)
                .map(drop)
                .unwrap_or_default();
        }
        _ => drop(had()),
    }
}
