//! The picture of a member.

use leptos::prelude::*;
use parlor_shared::{MemberId, characters::is_visible};

/// The first letter of the name on the member's colour. The style sheet puts it in upper case; a
/// screen reader, which reads the name beside it, skips it.
#[component]
pub(super) fn Face<'a>(
    /// The member's name.
    name: &'a str,
    /// Who it is; without one, as for a message written before the first welcome, the face is grey.
    member: Option<MemberId>,
) -> impl IntoView + use<> {
    let mut letters = name.chars().filter(|c| is_visible(*c));
    let initial = letters.next().map(String::from);
    let class = member.map_or("face".to_owned(), |member| {
        format!("face hue-{}", hue(member))
    });
    view! { <span class=class aria-hidden="true">{initial}</span> }.into_any()
}

/// Which of the style sheet's eight colours is the member's: the same on every page.
fn hue(member: MemberId) -> u32 {
    let bytes = member.as_bytes().iter();
    bytes.map(|byte| u32::from(*byte)).sum::<u32>() % 8
}
