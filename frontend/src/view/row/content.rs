//! What a message says, and what happened to it.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::quote::Quote,
    texts,
    view_model::{
        long::is_long,
        rows::{Delivery, PendingChange, QuotedMessage, Row},
    },
};
use parlor_shared::MessageId;

use crate::{
    browser::store::use_store,
    view::{
        face::Face,
        later::later_with,
        markup::MessageText,
        row::{
            edited::EditedButton, long_text::LongText, reactions::Reactions, state::RowState,
            time::message_time,
        },
    },
};

/// The author, the message that is replied to, the text, the reactions, and what of it is not on
/// the log.
#[component]
pub(super) fn RowContent(
    /// The message.
    row: Row,
    /// What the user opened of the row.
    state: RowState,
) -> impl IntoView {
    let id = row.id;
    let header = row.has_header.then(|| {
        view! {
            <Face name=&row.name hue=row.hue/>
            <p class="head">
                <bdi class="author" title=row.name.clone()>{row.name.clone()}</bdi>
                " "
                {row.at_ms.map(message_time)}
                {row.is_edited.then(|| view! { <EditedButton state/> })}
            </p>
        }
    });
    let text = match row.text {
        _ if row.is_ignored => {
            view! { <p class="text deleted">{texts::ignored_message()}</p> }.into_any()
        }
        Some(text) if is_long(&text) => {
            view! { <LongText id text mentions=row.mentions state/> }.into_any()
        }
        Some(text) => view! { <MessageText text mentions=row.mentions/> }.into_any(),
        None => {
            let deleted = match row.deleted_by {
                Some(moderator) => texts::deleted_by(&moderator),
                None => texts::deleted().to_owned(),
            };
            view! { <p class="text deleted">{deleted}</p> }.into_any()
        }
    };
    let delivery = match row.delivery {
        Delivery::Sent => ().into_any(),
        Delivery::Sending => view! { <p class="note">{texts::sending()}</p> }.into_any(),
        Delivery::Slowed => view! { <p class="note">{texts::slowed()}</p> }.into_any(),
        Delivery::Waiting => view! { <p class="note">{texts::waiting_to_send()}</p> }.into_any(),
        Delivery::WaitingUnsaved => {
            view! { <p class="why">{texts::waiting_unsaved()}</p> }.into_any()
        }
        Delivery::Refused(reason) => refusal(id, reason),
    };
    let reactions = (!row.reactions.is_empty() && !row.is_ignored).then(|| {
        let reactions = row.reactions;
        view! { <Reactions id reactions/> }
    });
    let edited = (row.is_edited && !row.is_ignored).then(|| {
        let versions = StoredValue::new(row.versions);
        view! {
            {(!row.has_header).then(|| view! { <EditedButton state/> })}
            <Show when=move || state.shows_versions.get()>
                {later_with(move |views| (views.versions)(versions.get_value()))}
            </Show>
        }
    });
    let changes = row.changes.into_iter();
    view! {
        {header}
        {row.quote.filter(|_| !row.is_ignored).map(|quoted| view! { <QuoteButton quoted/> })}
        {text}
        {edited}
        {reactions}
        {delivery}
        {changes.map(|change| view! { <Change change/> }).collect_view()}
    }
}

/// The message that is replied to, on one line. Leads to it.
#[component]
fn QuoteButton(
    /// The message.
    quoted: QuotedMessage,
) -> impl IntoView {
    let store = use_store();
    let (name, excerpt) = match quoted.quote {
        Quote::Message { name, excerpt } => (name, excerpt),
        Quote::Deleted => (String::new(), texts::quote_deleted().to_owned()),
        Quote::Earlier => (String::new(), texts::quote_earlier().to_owned()),
        Quote::Gone => (String::new(), texts::quote_gone().to_owned()),
    };
    view! {
        <button
            type="button"
            class="quote"
            data-testid="quote"
            title=texts::go_to_original()
            on:click=move |_| store.dispatch(Event::MessageRequested(quoted.id))
        >
            <span class="unseen">{texts::reply_to()} " "</span>
            <bdi class="author" title=name.clone()>{name.clone()}</bdi>
            <span class="excerpt" dir="auto">{excerpt}</span>
        </button>
    }
}

/// A change of the message that waits or was refused.
#[component]
fn Change(
    /// The change.
    change: PendingChange,
) -> impl IntoView {
    let PendingChange {
        id,
        text,
        is_refused,
    } = change;
    if is_refused {
        refusal(id, text)
    } else {
        view! { <p class="note" data-testid="change">{text}</p> }.into_any()
    }
}

/// Why a post was refused.
fn refusal(id: MessageId, reason: String) -> AnyView {
    later_with(move |views| (views.refusal)(id, reason.clone()))
}
