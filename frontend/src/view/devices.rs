//! In the user's own card: the code that lets another device in, and the way to enter one.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::access::{AccessEvent, DeviceCode},
    texts,
    view_model::owner::{device_code, is_device_code_over},
};

use crate::{
    browser::{
        address,
        store::{Store, use_store},
    },
    view::link::Link,
};

/// Both.
#[component]
pub(super) fn Devices() -> impl IntoView {
    let store = use_store();
    let code = store.memo(device_code);
    let show = move |_| {
        let event = AccessEvent::DeviceRequested(link_start(store));
        store.dispatch(Event::Access(event));
    };
    view! {
        <section>
            <button type="button" data-testid="device" on:click=show>{texts::device_show()}</button>
            {move || code.get().map(|code| view! { <Code code/> })}
            <Show when=store.is(is_device_code_over)>
                <p class="note" role="status" data-testid="device-over">{texts::device_over()}</p>
            </Show>
            <button
                type="button"
                data-testid="device-enter"
                on:click=move |_| store.dispatch(Event::Access(AccessEvent::CodeChosen))
            >
                {texts::device_enter()}
            </button>
        </section>
    }
}

/// The code, as a drawing, as a link and to be typed.
#[component]
fn Code(
    /// The code.
    code: DeviceCode,
) -> impl IntoView {
    let store = use_store();
    let link = link_start(store) + code.secret.as_str();
    let area = format!("0 0 {} {}", code.size, code.size);
    view! {
        <p class="note" role="status">{texts::device_hint()}</p>
        <svg class="device-drawing" viewBox=area role="img" aria-label=texts::device_drawing()>
            <path d=code.path/>
        </svg>
        <p class="device-code" translate="no" data-testid="device-code">
            {code.secret.as_str().to_owned()}
        </p>
        <Link link test_id="device-link"/>
    }
}

/// The link to the current room, up to the code.
fn link_start(store: Store) -> String {
    store.with_untracked(|model| address::link(&model.current_room, None)) + "#device="
}
