//! The tabs of one browser: each saves its own unsent posts, and takes over those of tabs that were
//! closed.
//!
//! A post is saved under the name of its tab. A tab that finds posts of other tabs asks who is open
//! by writing a question into the storage, of which the browser tells all other tabs. They answer
//! in the same way, also in the background, and what belongs to a tab that does not answer is taken
//! over. This needs nothing but the storage that the posts are in: the Web Locks API is missing
//! without TLS, and a tab that a phone has suspended would hold its lock, and its posts, for hours.
//!
//! A suspended tab that wakes finds its posts under another name, and drops them. Where two tabs
//! have taken over the same post at once, the one with the lower name keeps it. In between a post
//! may be sent twice; its id puts it on the log once.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::prelude::{set_interval, set_timeout, window_event_listener_untyped};
use parlor_frontend::event::Event;
use parlor_session::OutboxPost;
use parlor_shared::{MessageId, codec};

use crate::browser::storage;

/// The prefix of a post's storage key. The tab's name and the post's id follow, with a dot between
/// them.
const POST: &str = "parlor.outbox.";
/// The storage key of the last question: a tab's name, and a number to tell questions apart.
const QUESTION: &str = "parlor.tabs.question";
/// The storage key of the last answer: the name of an open tab, and the question.
const ANSWER: &str = "parlor.tabs.answer";
/// The key under which a tab that is loaded again finds its own name.
const OWN: &str = "parlor.tab";
/// How long an open tab may take to answer. One that takes longer loses its posts to the other.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How often a tab looks for posts of tabs that were closed meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// This tab, and what it knows of the others.
#[derive(Clone)]
pub(crate) struct Tabs(Rc<Inner>);

struct Inner {
    own: String,
    /// How many questions this tab has asked.
    asked: Cell<u32>,
    /// The tabs that have answered, while a question is open.
    open: RefCell<Option<Vec<String>>>,
}

impl Tabs {
    /// This tab under the name it had before it was loaded again, or under a random one.
    pub(crate) fn new(random: [u8; 10]) -> Self {
        let random = || random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(Rc::new(Inner {
            own: storage::take_of_tab(OWN).unwrap_or_else(random),
            asked: Cell::new(0),
            open: RefCell::new(None),
        }))
    }

    /// Dispatches the posts that this tab saved before it was loaded again, and from now on those
    /// of tabs that are closed.
    pub(crate) fn start(self, dispatch: impl Fn(Event) + Copy + 'static) {
        let mut own = saved_posts();
        own.retain(|saved| saved.tab == self.0.own);
        let own = own.into_iter().map(|saved| saved.post);
        dispatch(Event::OutboxInherited(own.collect()));
        let name = self.0.own.clone();
        // The tab's name is in its storage only while no page is open in the tab. A tab that the
        // user duplicates copies the storage, and must not take the same name.
        let on_hide = window_event_listener_untyped("pagehide", move |_| {
            storage::set_of_tab(OWN, &name);
        });
        // Dropping the handle leaves the listener in place.
        drop(on_hide);
        self.ask(dispatch);
        set_interval(move || self.ask(dispatch), LOOK_EVERY);
    }

    /// Saves a post of this tab. Returns whether the browser has saved it.
    pub(crate) fn save(&self, post: &OutboxPost) -> bool {
        storage::set(&self.key(post.id), &codec::to_json(post))
    }

    /// Forgets a post, whatever tab has saved it.
    pub(crate) fn forget(&self, id: MessageId) {
        let id = id.to_string();
        for key in storage::keys_with(POST) {
            if key.ends_with(&id) {
                storage::remove(&key);
            }
        }
    }

    /// Another tab changed what is saved under this key.
    pub(crate) fn on_storage(&self, key: &str, value: Option<String>, dispatch: impl Fn(Event)) {
        match (key, value) {
            (QUESTION, Some(question)) => {
                storage::set(ANSWER, &format!("{}.{question}", self.0.own));
            }
            (ANSWER, Some(answer)) => {
                if let (Some(open), Some((tab, _))) =
                    (&mut *self.0.open.borrow_mut(), answer.split_once('.'))
                {
                    open.push(tab.to_owned());
                }
            }
            _ if key.starts_with(POST) => dispatch(Event::OutboxTaken(self.taken())),
            _ => {}
        }
    }

    /// The posts that other tabs have taken over from this tab.
    fn taken(&self) -> Vec<MessageId> {
        let mut taken = Vec::new();
        // The keys say it all; a text is not parsed for each post that another tab saves.
        for key in storage::keys_with(POST) {
            let Some((tab, id)) = split(&key) else {
                continue;
            };
            let Ok(id) = id.parse() else {
                continue;
            };
            let own = self.key(id);
            if tab < self.0.own.as_str() {
                storage::remove(&own);
            }
            if storage::get(&own).is_none() {
                taken.push(id);
            }
        }
        taken
    }

    /// Where other tabs have saved posts, asks which are open, and takes over from those that are
    /// not.
    fn ask(&self, dispatch: impl Fn(Event) + 'static) {
        let is_asking = self.0.open.borrow().is_some();
        if is_asking || saved_posts().iter().all(|saved| saved.tab == self.0.own) {
            return;
        }
        self.0.open.replace(Some(Vec::new()));
        let asked = self.0.asked.get() + 1;
        self.0.asked.set(asked);
        // Where not even this fits into the storage nobody answers, and the tab that loses its
        // posts notices.
        storage::set(QUESTION, &format!("{}.{asked}", self.0.own));
        let tabs = self.clone();
        set_timeout(move || tabs.take_over(dispatch), ANSWER_WITHIN);
    }

    /// Takes over the posts of the tabs that did not answer.
    fn take_over(&self, dispatch: impl Fn(Event)) {
        let open = self.0.open.take().unwrap_or_default();
        let mut posts = Vec::new();
        for saved in saved_posts() {
            let SavedPost {
                key,
                tab,
                json,
                post,
            } = saved;
            if tab == self.0.own || open.contains(&tab) {
                continue;
            }
            // The same text under another key of the same length: where the storage is full, it
            // fits only after it was removed.
            storage::remove(&key);
            if !storage::set(&self.key(post.id), &json) {
                storage::set(&key, &json);
            }
            posts.push(post);
        }
        dispatch(Event::OutboxInherited(posts));
    }

    fn key(&self, id: MessageId) -> String {
        format!("{POST}{}.{id}", self.0.own)
    }
}

/// A post in the storage.
struct SavedPost {
    key: String,
    /// The name of its tab.
    tab: String,
    json: String,
    post: OutboxPost,
}

/// The saved posts of all tabs.
fn saved_posts() -> Vec<SavedPost> {
    let read = |key: String| {
        let tab = split(&key)?.0.to_owned();
        let json = storage::get(&key)?;
        // What does not parse is from another version, which may come back for it.
        let post = codec::from_json(&json).ok()?;
        Some(SavedPost {
            key,
            tab,
            json,
            post,
        })
    };
    let keys = storage::keys_with(POST).into_iter();
    keys.filter_map(read).collect()
}

/// The name of the tab and the id in a post's storage key.
fn split(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix(POST)?.split_once('.')
}
