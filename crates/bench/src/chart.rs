//! The bar chart in docs/performance.svg.
//!
//! Written by hand: a plotting crate (plotters, say) brings dozens of crates for three groups of
//! bars, and fixes the colors where this file lets the reader's color scheme choose them.

use std::fmt::Write;

use crate::{format::thousands, rows::Row, server::Kind};

const WIDTH: f64 = 720.0;
const BAR: f64 = 18.0;
const LEFT: f64 = 130.0;
/// The width of the floor's bar.
const SCALE: f64 = 480.0;

/// One scenario's bars.
pub(crate) struct BarGroup<'a> {
    pub(crate) title: &'static str,
    pub(crate) row: &'a Row,
}

/// Draws each server's deliveries per CPU second, relative to the floor's; `None` without groups.
pub(crate) fn render(groups: &[BarGroup<'_>]) -> Option<String> {
    let mut bars = String::new();
    let mut y = 40.0;
    for BarGroup { title, row } in groups {
        element(
            &mut bars,
            format_args!(r#"<text x="0" y="{y}" class="title">{title}</text>"#),
        );
        y += 10.0;
        for kind in row.kinds() {
            if render_bar(&mut bars, row, kind, y).is_some() {
                y += BAR;
            }
        }
        y += 28.0;
    }
    (!bars.is_empty()).then(|| {
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="system-ui, sans-serif" font-size="12">
<style>text {{ fill: #24292f }} .title {{ font-weight: 600 }} .parlor {{ fill: #2563eb }} .peer {{ fill: #9ca3af }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3 }} .parlor {{ fill: #60a5fa }} .peer {{ fill: #6b7280 }} }}</style>
<text x="0" y="16">Deliveries per second of the server's CPU time, relative to a bare epoll loop</text>
{bars}</svg>
"##
        )
    })
}

/// `None` if this server has no result to compare with the floor.
fn render_bar(bars: &mut String, row: &Row, kind: Kind, y: f64) -> Option<()> {
    let ratio = row.ratios(kind, Kind::Floor).median()?;
    let run = row.median(kind)?;
    let class = match kind {
        Kind::Parlor | Kind::OtherParlor | Kind::OneNode | Kind::TwoNodes | Kind::ThreeNodes => {
            "parlor"
        }
        Kind::Floor | Kind::DurableFloor | Kind::ActixText | Kind::Package(_) => "peer",
    };
    let (baseline, width) = (y + BAR - 5.0, ratio * SCALE);
    element(
        bars,
        format_args!(
            r#"<text x="{}" y="{baseline}" text-anchor="end">{}</text>"#,
            LEFT - 8.0,
            kind.name()
        ),
    );
    element(
        bars,
        format_args!(
            r#"<rect x="{LEFT}" y="{y}" width="{width:.1}" height="{}" class="{class}"/>"#,
            BAR - 4.0
        ),
    );
    element(
        bars,
        format_args!(
            r#"<text x="{:.1}" y="{baseline}">{ratio:.2} ({})</text>"#,
            LEFT + width + 6.0,
            thousands(run.per_cpu_second())
        ),
    );
    Some(())
}

fn element(out: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    writeln!(out, "{element}").ok();
}
