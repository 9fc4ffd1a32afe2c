//! The picture of a member.

use leptos::prelude::*;
use parlor_frontend::model::face::initials;

/// The initials of the name on the member's colour. A screen reader, which reads the name beside
/// it, skips it.
#[component]
pub(super) fn Face<'a>(
    /// The member's name.
    name: &'a str,
    /// The member's colour; without one, as for a message written before the first welcome, the
    /// face is grey.
    hue: Option<u8>,
) -> impl IntoView + use<> {
    let class = hue.map_or("face".to_owned(), |hue| format!("face hue-{hue}"));
    view! { <span class=class aria-hidden="true">{initials(name)}</span> }.into_any()
}
