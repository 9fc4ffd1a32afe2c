//! What all views are made of, each of one type for all its uses: what is generic is compiled anew for every closure it
//! is given. So views use these in place of bare closures, `Show` and `For`; measured, it saves 3 % of the page's code.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use leptos::prelude::*;

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
    switch(is, Arc::new(view))
}

fn switch(is: Memo<bool>, view: Arc<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    (move || is.get().then(|| view())).into_any()
}

/// A view that is made anew whenever something it reads has changed.
pub(super) fn changing(view: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    remake(Arc::new(view))
}

fn remake(view: Arc<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    (move || view()).into_any()
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
