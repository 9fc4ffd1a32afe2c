//! Samples as a small bar chart.

use std::fmt::Write;

use leptos::prelude::*;

/// The height of the chart, and so of its highest bar.
const HEIGHT: u64 = 20;
/// The width of a bar with the gap beside it.
const BAR: usize = 4;

/// The samples as bars, oldest first. The largest is as high as the chart.
pub(super) fn chart(samples: Memo<Vec<u64>>) -> AnyView {
    let width =
        Memo::new(move |_| samples.with(|samples| (samples.len().max(1) * BAR).to_string()));
    let view_box = Memo::new(move |_| format!("0 0 {} {HEIGHT}", width.get()));
    let bars = Memo::new(move |_| samples.with(|samples| path(samples)));
    view! {
        <svg
            class="bars"
            viewBox=view_box
            width=width
            height="20"
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <path d=bars></path>
        </svg>
    }
    .into_any()
}

/// The bars as the data of an SVG path: each goes up from the bottom, across, and down again.
fn path(samples: &[u64]) -> String {
    let largest = samples.iter().copied().max().unwrap_or(1).max(1);
    let mut path = String::new();
    for (n, sample) in samples.iter().enumerate() {
        let height = (sample * HEIGHT).div_ceil(largest).max(1);
        let (x, width) = (n * BAR, BAR - 1);
        // Writing to a string does not fail.
        write!(path, "M{x},{HEIGHT}v-{height}h{width}v{height}z").ok();
    }
    path
}
