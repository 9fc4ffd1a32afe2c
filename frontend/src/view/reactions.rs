//! The reactions that are a press away.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    texts,
    view_model::message_actions::{BAR_REACTIONS, quick_reactions},
};
use parlor_shared::MessageId;

use crate::{
    browser::store::use_store,
    view::{
        button::{Sign, SignButton},
        icon::Icon,
    },
};

/// The reactions that the user uses most, and the button that opens the picker for the others.
#[component]
pub(super) fn ReactButtons(
    /// The message.
    id: MessageId,
    /// How many reactions.
    count: usize,
) -> impl IntoView {
    let store = use_store();
    // In a toolbar the arrow keys lead to the others.
    let is_toolbar = count == BAR_REACTIONS;
    let last_tabindex = if is_toolbar { "-1" } else { "0" };
    // As they are when the buttons appear: none moves under the pointer.
    let quick = store.with_untracked(|model| quick_reactions(model, count));
    let buttons = quick.into_iter().enumerate().map(|(index, emoji)| {
        let tabindex = if index == 0 { "0" } else { last_tabindex };
        let sign = emoji.to_string();
        let react = move || {
            let emoji = emoji.clone();
            store.dispatch_and_show(Event::Reacted { target: id, emoji });
        };
        view! {
            <SignButton
                testid="react"
                label=texts::react_with(&sign)
                sign=Sign::Emoji(sign)
                tabindex
                on_press=Box::new(move |_| react())
            />
        }
    });
    view! {
        {buttons.collect_view()}
        <SignButton
            testid="react-more"
            label=texts::add_reaction()
            sign=Sign::Icon(Icon::React)
            tabindex=last_tabindex
            on_press=Box::new(move |_| store.dispatch_and_show(Event::PickerOpened(Some(id))))
        />
    }
}
