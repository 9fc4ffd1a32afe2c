//! The chart in docs/soak.svg: written by hand, as that of the benchmark is, so that the reader's
//! color scheme chooses its colors.

use std::fmt::Write;

use crate::sample::Sample;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 56.0;
const PANEL: f64 = 120.0;
const GAP: f64 = 44.0;

/// A figure over the time of the run.
struct Panel {
    title: &'static str,
    figure: fn(&Sample) -> f64,
}

const PANELS: [Panel; 3] = [
    Panel {
        title: "Memory (MB)",
        figure: |sample| sample.memory as f64 / 1e6,
    },
    Panel {
        title: "p99 until an append is on disk (ms)",
        figure: |sample| sample.latencies.value_at_quantile(0.99) as f64 / 1e3,
    },
    Panel {
        title: "Files of the log, for each entry (bytes)",
        figure: |sample| sample.log_bytes as f64 / sample.entries.max(1) as f64,
    },
];

/// Draws the samples.
pub(crate) fn render(samples: &[Sample]) -> String {
    let minutes = samples.last().map_or(1.0, |last| last.at_seconds / 60.0);
    let height = PANELS.len() as f64 * (PANEL + GAP) + 8.0;
    let mut panels = String::new();
    for (at, panel) in PANELS.iter().enumerate() {
        let top = at as f64 * (PANEL + GAP) + 24.0;
        draw(&mut panels, panel, samples, top, minutes);
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="12">
<style>text {{ fill: #24292f }} .title {{ font-weight: 600 }} .axis {{ stroke: #9ca3af }} .line {{ fill: none; stroke: #2563eb; stroke-width: 1.5 }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3 }} .axis {{ stroke: #6b7280 }} .line {{ stroke: #60a5fa }} }}</style>
{panels}</svg>
"##
    )
}

fn draw(out: &mut String, panel: &Panel, samples: &[Sample], top: f64, minutes: f64) {
    let highest = samples
        .iter()
        .map(panel.figure)
        .fold(f64::MIN_POSITIVE, f64::max);
    // A little room above the line.
    let scale = highest * 1.1;
    let (bottom, right) = (top + PANEL, WIDTH - 8.0);
    let x = |minute: f64| LEFT + minute / minutes * (right - LEFT);
    let y = |figure: f64| bottom - figure / scale * PANEL;
    let points: String = samples
        .iter()
        .map(|sample| {
            let (x, y) = (x(sample.at_seconds / 60.0), y((panel.figure)(sample)));
            format!("{x:.1},{y:.1} ")
        })
        .collect();
    let title = panel.title;
    write!(
        out,
        r#"<text x="0" y="{}" class="title">{title}</text>
<path class="axis" fill="none" d="M{LEFT} {top}V{bottom}H{right}"/>
<text x="{}" y="{:.1}" text-anchor="end">{highest:.1}</text>
<text x="{}" y="{bottom}" text-anchor="end">0</text>
<text x="{right}" y="{}" text-anchor="end">{minutes:.0} minutes</text>
<polyline class="line" points="{points}"/>
"#,
        top - 8.0,
        LEFT - 6.0,
        y(highest) + 4.0,
        LEFT - 6.0,
        bottom + 14.0
    )
    // Writing to a string cannot fail.
    .ok();
}
