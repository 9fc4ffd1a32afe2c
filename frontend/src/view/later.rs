//! Shows the views of the later part of the program (`crate::later`).

use leptos::prelude::*;

use crate::browser::store::{Build, LaterViews, use_store};

/// Shows one of them, as soon as its code is there.
pub(super) fn later(view: fn(&LaterViews) -> Build) -> AnyView {
    later_with(move |views| view(views)())
}

/// The same for a view of something.
pub(super) fn later_with(
    build: impl Fn(&LaterViews) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let store = use_store();
    (move || store.later().map(|later| build(&later.views))).into_any()
}
