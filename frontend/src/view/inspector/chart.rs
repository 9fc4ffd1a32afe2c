//! Samples as a small bar chart.

use leptos::prelude::*;

/// The height of the chart, and so of its highest bar.
const HEIGHT: u64 = 20;
/// The width of a bar with the gap beside it.
const BAR: u64 = 4;

/// The samples as bars, oldest first. The largest is as high as the chart.
#[component]
pub(super) fn Chart(
    /// The samples.
    samples: Memo<Vec<u64>>,
) -> impl IntoView {
    let bars = move || {
        let samples = samples.get();
        let largest = samples.iter().copied().max().unwrap_or(1).max(1);
        let bar = |(n, sample): (u64, &u64)| {
            let height = (sample * HEIGHT).div_ceil(largest).max(1);
            view! { <rect x=n * BAR y=HEIGHT - height width=BAR - 1 height=height/> }
        };
        (0..).zip(&samples).map(bar).collect_view()
    };
    let width = move || samples.with(|samples| samples.len().max(1) as u64 * BAR);
    view! {
        <svg
            class="bars"
            viewBox=move || format!("0 0 {} {HEIGHT}", width())
            width=width
            height=HEIGHT
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            {bars}
        </svg>
    }
}
