//! Puts results into documents that hold earlier ones: what was not measured again stays.

use anyhow::{Context, ensure};
use clap::ValueEnum;
use serde_json::Value;

use crate::suite::Scenario;

/// The markers around the tables in docs/PERFORMANCE.md.
const BEGIN: &str = "<!-- measured: cargo xtask bench --write -->";
const END: &str = "<!-- end of the measurements -->";

/// The document with these sections in place of those with the same headings.
///
/// # Errors
/// If it has no place for them.
pub(crate) fn replace_tables(
    document: &str,
    machine: &str,
    section: impl Fn(Scenario) -> Option<String>,
) -> anyhow::Result<String> {
    let missing = |marker| format!("the document has no line '{marker}'");
    let (before, rest) = document.split_once(BEGIN).with_context(|| missing(BEGIN))?;
    let (old, after) = rest.split_once(END).with_context(|| missing(END))?;
    let old_section = |scenario: Scenario| {
        let heading = format!("### {}\n", scenario.title());
        let (_, rest) = old.split_once(&heading)?;
        let tables = rest.split("\n### ").next()?;
        Some(format!("{heading}{}\n", tables.trim_end_matches('\n')))
    };
    let sections: Vec<String> = Scenario::value_variants()
        .iter()
        .filter_map(|scenario| section(*scenario).or_else(|| old_section(*scenario)))
        .collect();
    let sections = sections.join("\n");
    Ok(format!(
        "{before}{BEGIN}\n\nMeasured on: {machine}.\n\n{sections}\n{END}{after}"
    ))
}

/// The JSON document with these results in place of those of the same scenarios.
///
/// # Errors
/// If it is not a report.
pub(crate) fn replace_scenarios(document: &str, report: Value) -> anyhow::Result<String> {
    let mut all: Value = serde_json::from_str(document).context("the old report is no JSON")?;
    let (Value::Object(all_parts), Value::Object(parts)) = (&mut all, report) else {
        anyhow::bail!("the old report is no JSON object");
    };
    for (key, value) in parts {
        match (all_parts.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (_, value) => {
                all_parts.insert(key, value);
            }
        }
    }
    ensure!(
        all["scenarios"].is_object(),
        "the old report has no scenarios"
    );
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_again_stays_and_comes_in_the_usual_order() {
        let title = Scenario::Busy.title();
        let old = format!("top\n{BEGIN}\n\nMeasured on: x.\n\n### {title}\n\nold\n\n{END}\nend\n");
        let idle = |scenario: Scenario| {
            (scenario == Scenario::Idle).then(|| format!("### {}\n\nnew\n", scenario.title()))
        };
        let text = replace_tables(&old, "y", idle).unwrap();
        let idle_title = Scenario::Idle.title();
        assert_eq!(
            text,
            format!(
                "top\n{BEGIN}\n\nMeasured on: y.\n\n### {title}\n\nold\n\n### {idle_title}\n\nnew\n\n\
                 {END}\nend\n"
            )
        );
        assert_eq!(replace_tables(&text, "y", |_| None).unwrap(), text);
    }

    #[test]
    fn the_json_keeps_what_was_not_measured_again() {
        let new = serde_json::json!({"machine": {"cores": "2"}, "scenarios": {"b": 3}});
        let old = r#"{"machine": {"cores": "1"}, "scenarios": {"a": 1, "b": 2}}"#;
        let both: Value = serde_json::from_str(&replace_scenarios(old, new).unwrap()).unwrap();
        let wanted = serde_json::json!({"machine": {"cores": "2"}, "scenarios": {"a": 1, "b": 3}});
        assert_eq!(both, wanted);
    }
}
