//! The event log around a violation: where it is, what the client observed around it, what the log
//! holds there, and which faults had been injected just before.

use std::{fmt::Write, time::Duration};

use parlor_client::{Entry, Seq};

use crate::{
    check::Violation,
    record::{Logs, Observation, Observed, Record},
    stats::{InjectedFaults, LoggedEvent},
};

/// How many observations and entries are printed on each side of the violation.
const CONTEXT_LINES: usize = 5;
/// How many faults are printed.
const FAULTS_MAX: usize = 3 * CONTEXT_LINES;
/// Older faults than this cannot have caused the violation.
const FAULT_AGE_MAX: Duration = Duration::from_secs(5);

/// The event log around one violation.
pub(crate) fn excerpt(
    seed: u64,
    violation: &Violation,
    records: &[Record],
    logs: &Logs,
    injected: &InjectedFaults,
) -> String {
    let mut text = format!("seed {seed}");
    let record = violation.client.and_then(|client| records.get(client));
    if let Some(record) = record {
        text += &format!(", client {} {}", record.client, record.kind.label());
    }
    if let Some(room) = &violation.room {
        text += &format!(", {room}");
    }
    if let Some(seq) = violation.seq {
        text += &format!(", seq {seq}");
    }
    if let Some(at) = violation.at {
        text += &format!(", at {}", seconds(at));
    }
    text += &format!(": {}\n", violation.what);
    let Some(room) = &violation.room else {
        return text;
    };
    if let Some(observations) = record.and_then(|record| record.observations.get(room)) {
        text += "  the client observed:\n";
        for Observation { at, what } in around_violation(observations, violation) {
            line(&mut text, &seconds(*at), &describe(what));
        }
    }
    if let (Some(log), Some(seq)) = (logs.get(room), violation.seq) {
        text += "  the log holds:\n";
        let index = log.partition_point(|entry| entry.seq < seq);
        for entry in &log[context(index, log.len())] {
            line(&mut text, "", &describe_entry(entry));
        }
    }
    if let Some(at) = violation.at {
        text += "  injected before:\n";
        let is_recent = |event: &&LoggedEvent| event.at <= at && event.at + FAULT_AGE_MAX >= at;
        let recent: Vec<_> = injected.events.iter().filter(is_recent).collect();
        for event in &recent[recent.len().saturating_sub(FAULTS_MAX)..] {
            line(&mut text, &seconds(event.at), &event.what);
        }
    }
    text
}

/// The observations around the violation, or the last ones if its time is not known.
fn around_violation<'a>(
    observations: &'a [Observation],
    violation: &Violation,
) -> &'a [Observation] {
    if violation.at.is_none() {
        return &observations[observations.len().saturating_sub(2 * CONTEXT_LINES)..];
    }
    let is_at_seq = |observation: &Observation| match &observation.what {
        Observed::Entry(entry) => Some(entry.seq) >= violation.seq,
        Observed::JoinRequested | Observed::Joined { .. } => false,
    };
    let index = observations
        .iter()
        .position(|it| Some(it.at) == violation.at && is_at_seq(it))
        .unwrap_or_else(|| observations.partition_point(|it| Some(it.at) < violation.at));
    &observations[context(index, observations.len())]
}

fn context(index: usize, len: usize) -> std::ops::Range<usize> {
    index.saturating_sub(CONTEXT_LINES)..(index + CONTEXT_LINES).min(len)
}

fn describe(observed: &Observed) -> String {
    match observed {
        Observed::JoinRequested => "asked to join without a position".to_owned(),
        Observed::Joined {
            outcome,
            after,
            epoch,
        } => format!("joined: {outcome:?} after {after} in epoch {epoch}"),
        Observed::Entry(entry) => describe_entry(entry),
    }
}

fn describe_entry(entry: &Entry) -> String {
    let Entry { seq, prev, id, .. } = entry;
    let text: String = entry
        .body
        .text()
        .map(|text| text.as_str().chars().take(24).collect())
        .unwrap_or_default();
    let name = &entry.name;
    if *prev == Seq::ZERO {
        format!("entry {seq}, the first, {id} by {name}: {text}")
    } else {
        format!("entry {seq} after {prev}, {id} by {name}: {text}")
    }
}

fn line(text: &mut String, at: &str, what: &str) {
    // Writing to a string cannot fail.
    writeln!(text, "    {at:>10}  {what}").ok();
}

fn seconds(at: Duration) -> String {
    format!("{:.3} s", at.as_secs_f64())
}
