//! The servers beside the floor, as bars.

use std::fmt::Write;

use crate::{
    report::{Report, thousands},
    server::Kind,
    suite::Scenario,
};

const WIDTH: f64 = 720.0;
const BAR: f64 = 18.0;
const LEFT: f64 = 130.0;
const SCALE: f64 = 480.0;

/// Deliveries for each second of the server's time on a processor, the floor's being the whole width; `None` where
/// there is nothing to compare.
pub(crate) fn of(report: &Report) -> Option<String> {
    let scenarios = [Scenario::Busy, Scenario::Saturated, Scenario::Group];
    let mut bars = String::new();
    let mut y = 40.0;
    for scenario in scenarios {
        let Some(row) = report.row(scenario) else {
            continue;
        };
        put(
            &mut bars,
            format_args!(
                r#"<text x="0" y="{y}" class="title">{}</text>"#,
                scenario.title()
            ),
        );
        y += 10.0;
        for kind in row.kinds() {
            let (Some(ratio), Some(run)) = (row.of_floor(kind), row.median(kind)) else {
                continue;
            };
            let class = if matches!(kind, Kind::Parlor | Kind::OtherParlor) {
                "parlor"
            } else {
                "peer"
            };
            let (text, width) = (y + BAR - 5.0, ratio * SCALE);
            let label = format!("{ratio:.2} ({})", thousands(run.per_cpu_second()));
            put(
                &mut bars,
                format_args!(
                    r#"<text x="{}" y="{text}" text-anchor="end">{}</text>"#,
                    LEFT - 8.0,
                    kind.name()
                ),
            );
            put(
                &mut bars,
                format_args!(
                    r#"<rect x="{LEFT}" y="{y}" width="{width:.1}" height="{}" class="{class}"/>"#,
                    BAR - 4.0
                ),
            );
            put(
                &mut bars,
                format_args!(
                    r#"<text x="{:.1}" y="{text}">{label}</text>"#,
                    LEFT + width + 6.0
                ),
            );
            y += BAR;
        }
        y += 28.0;
    }
    (!bars.is_empty()).then(|| {
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="system-ui, sans-serif" font-size="12">
<style>text {{ fill: #24292f }} .title {{ font-weight: 600 }} .parlor {{ fill: #2563eb }} .peer {{ fill: #9ca3af }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3 }} .parlor {{ fill: #60a5fa }} .peer {{ fill: #6b7280 }} }}</style>
<text x="0" y="16">Deliveries for each second of the server's CPU time, by those of a bare epoll loop</text>
{bars}</svg>
"##
        )
    })
}

fn put(out: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    writeln!(out, "{element}").unwrap_or_default();
}
