//! Moving the focus to a field.

use leptos::{html, prelude::*};

use crate::browser::focus::move_to;

/// Focuses the field as soon as it is in the document.
pub(super) fn focus_on_load(field: NodeRef<html::Input>) {
    field.on_load(|field| move_to(&field));
}
