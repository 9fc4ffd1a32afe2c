//! The page of an address that is no room's.

use leptos::prelude::*;
use parlor_frontend::texts;

use crate::browser::address::file;

/// Says that the address is no room's, and why.
#[component]
pub(crate) fn NoRoom(
    /// What is wrong with the address.
    reason: String,
) -> impl IntoView {
    view! {
        <main class="shell" data-testid="no-room">
            <h1>{texts::room_address_invalid()}</h1>
            <p class="why">{reason}</p>
            <p><a href=file("/")>{texts::go_to_lobby()}</a></p>
        </main>
    }
}
