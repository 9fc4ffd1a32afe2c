//! What was wrong, told so that it can be followed: where, what was seen around it, what the log has there, and what
//! had been done just before.

use std::{fmt::Write, time::Duration};

use parlor_client::{Entry, Seq};

use crate::{
    check::Violation,
    record::{Logs, Record, Seen, Sight},
    tally::Injected,
};

/// Lines of what was seen, of the log and of the faults, on each side.
const AROUND: usize = 5;
/// Faults older than this have nothing to do with it.
const FAULTS_WITHIN: Duration = Duration::from_secs(5);

/// Tells of one violation.
pub(crate) fn tell(
    seed: u64,
    violation: &Violation,
    records: &[Record],
    logs: &Logs,
    injected: &Injected,
) -> String {
    let mut story = format!("seed {seed}");
    let record = violation.client.and_then(|client| records.get(client));
    if let Some(record) = record {
        story += &format!(", client {}", record.client);
    }
    if let Some(room) = &violation.room {
        story += &format!(", {room}");
    }
    if let Some(seq) = violation.seq {
        story += &format!(", seq {seq}");
    }
    if let Some(at) = violation.at {
        story += &format!(", at {}", time(at));
    }
    story += &format!(": {}\n", violation.what);
    let Some(room) = &violation.room else {
        return story;
    };
    if let Some(sights) = record.and_then(|record| record.sights.get(room)) {
        story += "  it saw:\n";
        for sight in around_sight(sights, violation) {
            tell_sight(&mut story, sight);
        }
    }
    if let (Some(log), Some(seq)) = (logs.get(room), violation.seq) {
        story += "  the log has:\n";
        let place = log.partition_point(|entry| entry.seq < seq);
        for entry in &log[around(place, log.len())] {
            line(&mut story, "", &short(entry));
        }
    }
    if let Some(at) = violation.at {
        story += "  before it:\n";
        let recent = |(when, _): &&(Duration, String)| *when <= at && *when + FAULTS_WITHIN >= at;
        let recent: Vec<_> = injected.journal.iter().filter(recent).collect();
        for (when, what) in &recent[recent.len().saturating_sub(3 * AROUND)..] {
            line(&mut story, &time(*when), what);
        }
    }
    story
}

/// What was seen around the place, or at the end where it is not known.
fn around_sight<'a>(sights: &'a [Sight], violation: &Violation) -> &'a [Sight] {
    if violation.at.is_none() {
        return &sights[sights.len().saturating_sub(2 * AROUND)..];
    }
    let is_it = |sight: &Sight| match &sight.what {
        Seen::Entry(entry) => Some(entry.seq) >= violation.seq,
        Seen::Asked | Seen::Joined { .. } => false,
    };
    let place = sights
        .iter()
        .position(|sight| Some(sight.at) == violation.at && is_it(sight))
        .unwrap_or_else(|| sights.partition_point(|sight| Some(sight.at) < violation.at));
    &sights[around(place, sights.len())]
}

fn around(place: usize, len: usize) -> std::ops::Range<usize> {
    place.saturating_sub(AROUND)..(place + AROUND).min(len)
}

fn tell_sight(story: &mut String, sight: &Sight) {
    let what = match &sight.what {
        Seen::Asked => "asked to be in, as a newcomer".to_owned(),
        Seen::Joined { outcome, after } => format!("joined: {outcome:?} after {after}"),
        Seen::Entry(entry) => short(entry),
    };
    line(story, &time(sight.at), &what);
}

fn line(story: &mut String, when: &str, what: &str) {
    // Writing to a string does not fail.
    writeln!(story, "    {when:>10}  {what}").unwrap_or_default();
}

fn short(entry: &Entry) -> String {
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

fn time(at: Duration) -> String {
    format!("{:.3} s", at.as_secs_f64())
}
