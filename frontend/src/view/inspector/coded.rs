//! Texts with code in them.

use leptos::prelude::*;
use parlor_frontend::view_model::ladder::pieces;

/// The text, with what stands between backticks as code.
pub(super) fn coded(text: &str) -> AnyView {
    let pieces = pieces(text).map(|piece| {
        let text = piece.text.to_owned();
        match piece.is_code {
            true => view! { <code translate="no">{text}</code> }.into_any(),
            false => text.into_any(),
        }
    });
    pieces.collect::<Vec<AnyView>>().into_any()
}
