//! What all views are made of: Leptos, with what is compiled anew for every use replaced by what is compiled once.
//! Views take everything from here, so that `AnyView` and `Memo` are these. What each saves is in docs/PERFORMANCE.md.

mod any_view;
mod memo;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

pub(crate) use leptos::prelude::*;
use leptos::{
    ev,
    tachys::html::{directive::DirectiveAttribute, element::custom},
    web_sys::Element,
};

pub(crate) use self::{
    any_view::{AnyView, IntoAny},
    memo::Memo,
};

/// What an element is given in the document: names and values.
pub(super) type Attributes = Vec<(&'static str, String)>;

/// Attributes to be given later.
pub(super) fn attributes(given: &[(&'static str, &str)]) -> Attributes {
    let owned = given
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    owned.collect()
}

/// An element that does not change. All of them are of one type, where each `view!` has one of its own.
pub(super) fn element(
    tag: &'static str,
    given: &[(&'static str, &str)],
    inner: Vec<AnyView>,
) -> AnyView {
    let made = custom(tag).directive(give, attributes(given));
    made.child(inner).into_any()
}

/// An element of this class with nothing but words in it.
pub(super) fn words(tag: &'static str, class: &str, words: impl Into<String>) -> AnyView {
    element(tag, &[("class", class)], vec![words.into().into_any()])
}

/// A button that does not change.
pub(super) fn button(
    given: &[(&'static str, &str)],
    inner: Vec<AnyView>,
    click: impl Fn() + Send + Sync + 'static,
) -> AnyView {
    clickable(attributes(given), inner, Arc::new(click))
}

fn clickable(
    given: Attributes,
    inner: Vec<AnyView>,
    click: Arc<dyn Fn() + Send + Sync>,
) -> AnyView {
    let made = custom("button").directive(give, given);
    made.on(ev::click, move |_| click()).child(inner).into_any()
}

/// Has an element have these attributes.
pub(super) fn give(element: Element, attributes: Attributes) {
    let button = ("type", "button".to_owned());
    let named = attributes
        .into_iter()
        .chain((element.tag_name() == "BUTTON").then_some(button));
    for (name, value) in named {
        // The names are ours, and are all that could be wrong.
        element.set_attribute(name, &value).unwrap_or_default();
    }
}

/// A text that changes.
pub(super) fn text<T: ToString>(text: impl Fn() -> T + Send + Sync + 'static) -> Signal<String> {
    Signal::derive(move || text().to_string())
}

/// Something that is or is not.
pub(super) fn flag(flag: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    Signal::derive(flag)
}

/// A view that is there while something is.
pub(super) fn when(
    is: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let is = Memo::new(move |_| is());
    changing(move || if is.get() { view() } else { ().into_any() })
}

/// A view that is made anew whenever something it reads has changed.
pub(super) fn changing(view: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    remake(Arc::new(view))
}

fn remake(view: Arc<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    (move || view()).into_any()
}

/// Has this done now, and again whenever something it reads has changed.
pub(super) fn follow(act: impl Fn() + 'static) {
    follow_boxed(Box::new(act));
}

fn follow_boxed(act: Box<dyn Fn()>) {
    Effect::new(move |_| act());
}

/// A view of each item, made anew where the item is other than before.
pub(super) fn each<T: Clone + Hash + PartialEq + Send + Sync + 'static>(
    items: Memo<Vec<T>>,
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let view = Arc::new(view);
    let keyed = move || {
        let items = items.get().into_iter();
        let keyed = items.map(|item| {
            let mut key = DefaultHasher::new();
            item.hash(&mut key);
            let (key, view) = (key.finish(), view.clone());
            let make: Arc<dyn Fn() -> AnyView + Send + Sync> = Arc::new(move || view(item.clone()));
            (key, make)
        });
        keyed.collect()
    };
    list(Arc::new(keyed))
}

type Keyed = (u64, Arc<dyn Fn() -> AnyView + Send + Sync>);

fn list(items: Arc<dyn Fn() -> Vec<Keyed> + Send + Sync>) -> AnyView {
    view! {
        <For each=move || items() key=|(key, _)| *key let((_, make))>{make()}</For>
    }
    .into_any()
}
