//! What a message said before it was edited.

use crate::{Seq, Text, limits::TIMELINE_VERSIONS_MAX};

/// A text that a message had, or has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// The place of its entry in the log.
    pub seq: Seq,
    /// When it was written, in Unix milliseconds.
    pub at_ms: u64,
    /// The text.
    pub text: Text,
}

/// Puts a version among others in the order of the log. Past [`TIMELINE_VERSIONS_MAX`] the oldest
/// is dropped.
pub(super) fn keep_newest(versions: &mut Vec<Version>, version: Version) {
    let place = versions.partition_point(|other| other.seq < version.seq);
    if versions
        .get(place)
        .is_some_and(|other| other.seq == version.seq)
    {
        return;
    }
    versions.insert(place, version);
    if versions.len() > TIMELINE_VERSIONS_MAX {
        versions.remove(0);
    }
}
