//! Effects of one type.

use leptos::prelude::*;

/// Runs `run` now, and again whenever a signal that it reads has changed.
// Each closure that an `Effect` is given makes a type of its own, and each is some 0.3 KB of the
// page.
pub(super) fn effect(run: impl FnMut() + 'static) {
    let mut run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(move |_: Option<()>| run());
}
