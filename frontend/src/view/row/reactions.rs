//! The reactions to a message.

use leptos::prelude::*;
use parlor_frontend::{event::Event, texts, view_model::rows::Reaction};
use parlor_shared::MessageId;

use crate::{
    browser::store::use_store,
    view::locale::{self, number},
};

/// The names that are said before the others are counted.
const NAMES: usize = 3;

/// The reactions to a message, and a button that adds another.
#[component]
pub(super) fn Reactions(
    /// The message.
    id: MessageId,
    /// The reactions: at least one.
    reactions: Vec<Reaction>,
) -> impl IntoView {
    let store = use_store();
    let reactions = reactions.into_iter();
    view! {
        <div class="reactions">
            {reactions.map(|reaction| view! { <ReactionButton id reaction/> }).collect_view()}
            <button
                type="button"
                class="add-reaction"
                data-testid="react-add"
                aria-label=texts::add_reaction()
                title=texts::add_reaction()
                on:click=move |_| store.dispatch(Event::PickerOpened(Some(id)))
            ></button>
        </div>
    }
}

/// A reaction and how often the message got it. Adds the user's own or takes it back, and says who
/// reacted while it is pointed at, focused or held.
#[component]
fn ReactionButton(
    /// The message.
    id: MessageId,
    /// The reaction.
    reaction: Reaction,
) -> impl IntoView {
    let store = use_store();
    let label = [reaction.emoji.as_str(), &number(reaction.count)].join(" ");
    let who = who(&reaction);
    let name = [label.as_str(), &who].join(": ");
    view! {
        <span class="chip">
            <button
                type="button"
                class="reaction"
                data-testid="reaction"
                aria-pressed=reaction.is_own.to_string()
                aria-label=name
                on:click=move |_| store.dispatch(Event::Reacted {
                    target: id,
                    emoji: reaction.emoji.clone(),
                })
            >
                {label}
            </button>
            <span class="tip" aria-hidden="true">{who}</span>
        </span>
    }
}

/// "You, Ada and 2 others reacted with 👍".
fn who(reaction: &Reaction) -> String {
    let mut who: Vec<String> = Vec::new();
    if reaction.is_own {
        who.push(texts::you_reacted().to_owned());
    }
    let isolated = |name: &String| parlor_frontend::look::isolated(name);
    who.extend(reaction.who.iter().take(NAMES).map(isolated));
    match reaction.count.saturating_sub(who.len()) {
        0 => {}
        all if who.is_empty() => who.push(texts::people_reacted(all)),
        others => who.push(texts::others_reacted(others)),
    }
    texts::reacted_with(&locale::list(&who), reaction.emoji.as_str())
}
