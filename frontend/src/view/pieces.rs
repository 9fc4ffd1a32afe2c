//! What all views are made of: Leptos, with what is compiled anew for every use replaced by what is compiled once.
//! Views take everything from here, so that `AnyView` and `Memo` are these. What each saves is in docs/PERFORMANCE.md.

mod any_view;
mod element;
mod list;
mod memo;

use std::sync::Arc;

pub(crate) use leptos::prelude::*;

pub(crate) use self::{
    any_view::{AnyView, IntoAny},
    element::{Way, button, element, follows, is, known, live, on, words},
    list::each,
    memo::Memo,
};

/// A text that changes.
pub(super) fn text<T: ToString>(text: impl Fn() -> T + Send + Sync + 'static) -> AnyView {
    changing(move || text().to_string().into_any())
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
