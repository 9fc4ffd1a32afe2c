//! A button with an icon or an emoji on it.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use web_sys::HtmlElement;

use crate::view::icon::{Icon, icon};

/// What a press of a button does; it is given the button. A type of its own, so that the button is
/// compiled once.
pub(super) type OnPress = Box<dyn Fn(&HtmlElement)>;

/// What is on a button.
#[derive(Debug, Clone)]
pub(super) enum Sign {
    Icon(Icon),
    Emoji(String),
}

/// A button with a sign on it. The label is its tooltip too.
#[component]
pub(super) fn SignButton(
    /// What the tests call it.
    testid: &'static str,
    /// What it does, for the tooltip and for screen readers.
    #[prop(into)]
    label: String,
    /// What is on it.
    sign: Sign,
    /// Its id, where the focus is moved to it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Its style.
    #[prop(default = "icon-button")]
    class: &'static str,
    /// Whether Tab leads to it.
    #[prop(default = "0")]
    tabindex: &'static str,
    /// What a press does.
    on_press: OnPress,
) -> impl IntoView {
    let on_click = move |click: ev::MouseEvent| {
        let button = click.current_target().and_then(|at| at.dyn_into().ok());
        button.iter().for_each(&on_press);
    };
    let sign = match sign {
        Sign::Icon(sign) => icon(sign).into_any(),
        Sign::Emoji(sign) => sign.into_any(),
    };
    view! {
        <button
            type="button"
            id=id
            class=class
            data-testid=testid
            tabindex=tabindex
            aria-label=label
            on:click=on_click
        >
            {sign}
        </button>
    }
    .into_any()
}
