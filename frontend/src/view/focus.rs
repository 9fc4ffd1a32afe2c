//! Moving the focus to a field.

use leptos::{html, prelude::*};

/// Focuses the field as soon as it is in the document.
pub(super) fn focus_on_load(field: NodeRef<html::Input>) {
    field.on_load(|field| {
        // A browser that refuses the focus leaves a field that can still be clicked.
        field.focus().ok();
    });
}
