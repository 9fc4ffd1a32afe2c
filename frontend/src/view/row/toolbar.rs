//! The bar of the active message.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::Event,
    model::menu::{Menu, MenuSubject},
    texts,
    view_model::message_actions::{BAR_REACTIONS, MessageAction},
};
use parlor_shared::MessageId;
use web_sys::HtmlElement;

use crate::{
    browser::{focus, store::use_store},
    view::{
        button::{Sign, SignButton},
        icon::Icon,
        menu_place::below_end_of,
        reactions::ReactButtons,
    },
};

/// What the user does most about a message; the rest is in the menu of its last button. Tab leads
/// to one button, and the arrow keys to the others.
#[component]
pub(crate) fn Toolbar(
    /// The message.
    id: MessageId,
) -> impl IntoView {
    let store = use_store();
    let open_menu = move |button: &HtmlElement| {
        store.dispatch_and_show(Event::MenuOpened(Menu {
            subject: MenuSubject::Message(id),
            place: below_end_of(button),
        }));
    };
    view! {
        <div class="bar">
            <div
                class="buttons"
                role="toolbar"
                aria-label=texts::message_actions()
                on:keydown=on_arrow
            >
                <ReactButtons id count=BAR_REACTIONS/>
                <SignButton
                    testid=MessageAction::Reply.test_id()
                    label=texts::reply()
                    sign=Sign::Icon(Icon::Reply)
                    tabindex="-1"
                    on_press=Box::new(move |_| {
                        store.dispatch_and_show(MessageAction::Reply.event(id));
                    })
                />
                <SignButton
                    testid="more"
                    label=texts::more_actions()
                    sign=Sign::Icon(Icon::More)
                    tabindex="-1"
                    on_press=Box::new(open_menu)
                />
            </div>
        </div>
    }
}

/// The arrow keys go from button to button.
fn on_arrow(press: ev::KeyboardEvent) {
    let bar = press.current_target();
    let Some(bar) = bar.and_then(|bar| bar.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let forward = if focus::is_mirrored(&bar) { -1 } else { 1 };
    let step = match press.key().as_str() {
        "ArrowRight" => forward,
        "ArrowLeft" => -forward,
        _ => return,
    };
    press.prevent_default();
    focus::rove(&bar, "button", step);
}
