//! The bar above the composer's field, while the user edits or replies.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    texts,
    view_model::composer::{Banner, BannerKind, banner},
};

use crate::browser::{media, store::use_store};

/// The bar, with what it is about now.
#[component]
pub(super) fn DraftBar() -> impl IntoView {
    let banner = use_store().memo(banner);
    move || banner.get().map(|banner| view! { <Bar banner/> })
}

/// Which message the user edits or replies to, and a button that ends it, as Escape does.
#[component]
fn Bar(
    /// What the bar says.
    banner: Banner,
) -> impl IntoView {
    let store = use_store();
    let testid = match banner.kind {
        BannerKind::Editing => "editing",
        BannerKind::Replying => "replying",
    };
    let title = match banner.kind {
        // The keys that it names are not on a keyboard on the screen.
        BannerKind::Editing if media::is_touch() => texts::editing_by_touch().to_owned(),
        BannerKind::Editing | BannerKind::Replying => banner.title,
    };
    view! {
        <p class="about" role="status" data-testid=testid>
            <bdi title=title.clone()>{title.clone()}</bdi>
            <span class="excerpt" dir="auto">{banner.excerpt}</span>
            <button
                type="button"
                class="quiet"
                // As with the button that sends.
                on:mousedown=|press| press.prevent_default()
                on:click=move |_| store.dispatch(Event::Cancelled)
            >
                {texts::cancel()}
            </button>
        </p>
    }
}
