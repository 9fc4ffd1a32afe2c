//! The bar of the active message.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::Event,
    model::menu::{Menu, MenuSubject},
    texts,
    view_model::message_actions::{BAR_REACTIONS, MessageAction, QUICK_REACTIONS},
};
use parlor_shared::{Emoji, MessageId};
use web_sys::HtmlElement;

use crate::{
    browser::{focus, store::use_store},
    view::menu_place::below_end_of,
};

/// What the user does most about a message; the rest is in the menu of its last button. Tab leads
/// to one button, and the arrow keys to the others.
#[component]
pub(super) fn Toolbar(
    /// The message.
    id: MessageId,
) -> impl IntoView {
    let quick = QUICK_REACTIONS.into_iter().take(BAR_REACTIONS).enumerate();
    let react_buttons = quick.map(|(index, sign)| {
        let tabindex = if index == 0 { "0" } else { "-1" };
        view! {
            <BarButton id testid="react" label=texts::react_with(sign) sign tabindex event=react/>
        }
    });
    view! {
        <div class="bar">
            <div
                class="buttons"
                role="toolbar"
                aria-label=texts::message_actions()
                on:keydown=on_arrow
            >
                {react_buttons.collect_view()}
                <BarButton
                    id
                    testid="react-more"
                    label=texts::add_reaction()
                    sign="☺"
                    event=|click| Event::PickerOpened(Some(click.id))
                />
                <BarButton
                    id
                    testid=MessageAction::Reply.test_id()
                    label=texts::reply()
                    sign="↩"
                    event=|click| MessageAction::Reply.event(click.id)
                />
                <BarButton
                    id
                    testid="more"
                    label=texts::more_actions()
                    sign="⋯"
                    event=|click| Event::MenuOpened(Menu {
                        subject: MenuSubject::Message(click.id),
                        place: below_end_of(&click.button),
                    })
                />
            </div>
        </div>
    }
}

/// A click on a button of the bar.
struct Click {
    /// The message.
    id: MessageId,
    /// What is on the button.
    sign: &'static str,
    button: HtmlElement,
}

fn react(click: Click) -> Event {
    let target = click.id;
    match Emoji::parse(click.sign) {
        Ok(emoji) => Event::Reacted { target, emoji },
        Err(_) => Event::PickerOpened(Some(target)),
    }
}

/// A button of the bar.
#[component]
fn BarButton(
    /// The message.
    id: MessageId,
    /// What the tests call it.
    testid: &'static str,
    /// What it does, for the tooltip and for screen readers.
    #[prop(into)]
    label: String,
    /// What is on it.
    sign: &'static str,
    /// Whether Tab leads to it.
    #[prop(default = "-1")]
    tabindex: &'static str,
    /// The event that a click dispatches. Not a closure: the button is compiled once.
    event: fn(Click) -> Event,
) -> impl IntoView {
    let store = use_store();
    let on_click = move |click: ev::MouseEvent| {
        if let Some(button) = element(click.current_target()) {
            store.dispatch_and_show(event(Click { id, sign, button }));
        }
    };
    view! {
        <button
            type="button"
            class="quiet"
            data-testid=testid
            tabindex=tabindex
            aria-label=label.clone()
            title=label
            on:click=on_click
        >
            <span aria-hidden="true">{sign}</span>
        </button>
    }
}

/// The arrow keys go from button to button.
fn on_arrow(press: ev::KeyboardEvent) {
    let Some(bar) = element(press.current_target()) else {
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

fn element(target: Option<web_sys::EventTarget>) -> Option<HtmlElement> {
    target?.dyn_into().ok()
}
