//! One message in the list.

mod content;
mod edited;
mod long_text;
mod reactions;
pub(super) mod refusal;
mod state;
mod time;
pub(super) mod toolbar;
pub(super) mod versions;

use leptos::prelude::*;
use parlor_frontend::{
    texts,
    view_model::rows::{self, Delivery, Row},
};
use parlor_shared::MessageId;

use self::{content::RowContent, state::RowState, time::gutter_time};
use crate::{
    browser::store::use_store,
    view::{later::later_with, locale},
};

/// A message, below the day and the "New" line where one begins with it.
///
/// The list is keyed by id, so the row stays while its message is sent, edited, deleted or reacted
/// to. It reads the message through a [`Memo`], and the parts that show something else then update
/// in place.
#[component]
pub(super) fn MessageRow(
    /// The message.
    id: MessageId,
    /// The message whose buttons are shown.
    active: Memo<Option<MessageId>>,
    /// The message that the user searched for or jumped to.
    found: Memo<Option<MessageId>>,
    /// The message that the draft edits or replies to.
    subject: Memo<Option<MessageId>>,
    /// When the reader's day began.
    today: Memo<u64>,
) -> impl IntoView {
    let store = use_store();
    let is_arriving = store.with_untracked(|model| rows::is_arriving(model, id));
    // `None` for a moment when the message has left the list and the row has not.
    let row = Memo::new(move |_| store.with(|model| rows::row(model, id, locale::is_same_day)));
    let is = move |has: fn(&Row) -> bool| row.with(|row| row.as_ref().is_some_and(has));
    let state = Signal::derive(move || row.with(|row| row.as_ref().map(state_name)));
    let is_found = Signal::derive(move || (found.get() == Some(id)).to_string());
    let is_subject = Signal::derive(move || (subject.get() == Some(id)).to_string());
    let state_of_row = RowState::new(found);
    let is_active = Memo::new(move |_| active.get() == Some(id) && is(can_act));
    view! {
        {move || row.with(|row| row.as_ref().map(|row| lines_above(row, today)))}
        <li
            class="message"
            class:arriving=is_arriving
            class:headed=move || is(|row| row.has_header)
            class:mentions-you=move || is(|row| row.mentions_you)
            data-testid="message"
            data-id=id.to_string()
            data-state=state
            data-found=is_found
            data-subject=is_subject
            data-active=Signal::derive(move || is_active.get().to_string())
        >
            {move || row.get().map(|row| view! { <RowContent row state=state_of_row/> })}
            {move || is_active.get().then(|| row.with(|row| row.as_ref().and_then(time_beside)))}
            {move || is_active.get().then(|| later_with(move |views| (views.toolbar)(id)))}
        </li>
        {move || row.with(|row| row.as_ref().map(lines_below))}
    }
}

/// The day, where one begins with this message, and the "New" line, where the unread ones do.
fn lines_above(row: &Row, today: Memo<u64>) -> impl IntoView + use<> {
    let day = row.at_ms.filter(|_| row.starts_day).map(|at_ms| {
        // "Today" becomes "Yesterday" at midnight.
        move || locale::day_since(at_ms, today.get())
    });
    let new = row.is_first_unread.then_some(texts::new_mark());
    view! {
        {day.map(|day| view! { <li class="day">{day}</li> })}
        {new.map(|new| view! { <li class="new" data-testid="new">{new}</li> })}
    }
}

/// Who changed the room after this message.
fn lines_below(row: &Row) -> impl IntoView + use<> {
    let changes = row.room_changes.clone().into_iter();
    let line = |change| {
        view! { <li class="room-change" data-testid="room-change" dir="auto">{change}</li> }
    };
    changes.map(line).collect_view()
}

/// The time of a message that has no head to show it in.
fn time_beside(row: &Row) -> Option<impl IntoView + use<>> {
    row.at_ms.filter(|_| !row.has_header).map(gutter_time)
}

/// Whether there is something to react or to reply to.
fn can_act(row: &Row) -> bool {
    row.delivery == Delivery::Sent && row.text.is_some()
}

/// The state as the style sheet and the tests name it.
fn state_name(row: &Row) -> &'static str {
    match row.delivery {
        Delivery::Sent => "sent",
        Delivery::Sending | Delivery::Slowed | Delivery::Waiting | Delivery::WaitingUnsaved => {
            "pending"
        }
        Delivery::Refused(_) => "refused",
    }
}
