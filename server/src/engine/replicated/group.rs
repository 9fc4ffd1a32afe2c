//! What the nodes publish to the log that they share: groups of appends, and commands that all of
//! them apply at the same place.

use std::fmt;

use parlor_shared::{Epoch, RoomId, RoomState, Seq};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use sha2::{Digest, Sha256};

use crate::engine::{Batch, NewEntry, Seen, embedded::AdminRequest};

/// The newest form of a group that this version can apply.
///
/// Nodes one release apart work together, so what a release publishes is read by the one before it:
/// a release that adds a command, or a field that changes what is applied, gives that a form of its
/// own and only reads it ([`Command::form`]); the release after it is the first to publish it.
pub(crate) const FORM: u16 = 1;

/// The newest form of a group that this version publishes: one that the release before it reads.
pub(crate) const FORM_PUBLISHED: u16 = 1;

/// How many bits of a seq are an entry's index in its group.
const INDEX_BITS: u32 = 10;

/// How many places a group has.
pub(crate) const PLACES: u64 = 1 << INDEX_BITS;

/// The seq of the entry with this index in the group with this sequence. Seqs are below 2^53, as
/// JavaScript's numbers need them, so there can be 2^43 groups: at a thousand a second, for 278
/// years.
pub(crate) fn seq_of(sequence: u64, index: usize) -> Seq {
    Seq((sequence << INDEX_BITS) | index as u64)
}

/// The sequence of the group that an entry with this seq came in.
pub(crate) fn sequence_of(seq: Seq) -> u64 {
    seq.0 >> INDEX_BITS
}

/// What was applied of a stream up to a place: its hash is that of the group there and, by the hash
/// before it, of all groups before. Two nodes that have the same at one sequence have applied the
/// same groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StreamPlace {
    /// The group's sequence in the stream; 0 before the first.
    pub(crate) sequence: u64,
    /// The running hash.
    pub(crate) hash: StreamHash,
}

impl StreamPlace {
    /// Before the first group of an epoch, whatever was in the stream before it.
    pub(crate) fn start(epoch: Epoch, sequence: u64) -> Self {
        let hash = StreamHash::of(&[epoch.as_bytes(), &sequence.to_be_bytes()]);
        Self { sequence, hash }
    }

    /// After the group that follows.
    pub(crate) fn next(self, payload: &[u8]) -> Self {
        let sequence = self.sequence + 1;
        let hash = StreamHash::of(&[&self.hash.0, &sequence.to_be_bytes(), payload]);
        Self { sequence, hash }
    }
}

/// The first half of a SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct StreamHash(pub(crate) [u8; 16]);

impl StreamHash {
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut sha = Sha256::new();
        for part in parts {
            sha.update(part);
        }
        let mut half = [0; 16];
        half.copy_from_slice(&sha.finalize()[..16]);
        Self(half)
    }

    /// Reads what its debug form shows.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        u128::from_str_radix(text, 16)
            .ok()
            .filter(|_| text.len() == 32)
            .map(|bits| Self(bits.to_be_bytes()))
    }
}

impl fmt::Debug for StreamHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One run of a node. A node that starts again is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Incarnation(pub(crate) [u8; 16]);

/// What one node publishes at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// The form that its command needs; see [`FORM`].
    pub(crate) version: u16,
    /// The stream's epoch, as the node that published it knows it.
    pub(crate) epoch: Epoch,
    /// The node that published it.
    pub(crate) node: Incarnation,
    /// Its number among those of the node, from 1 on. One that was applied is not applied again.
    pub(crate) number: u64,
    /// What that node had applied. Where another has applied something else up to there, one of the
    /// two is wrong.
    pub(crate) applied: StreamPlace,
    /// What is to be done.
    pub(crate) command: Command,
}

/// What every node does at a group's place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Append these, each on its own.
    Append(Vec<NewEntry>),
    /// Append all of these or none.
    Batch(Batch),
    /// Delete the room's oldest entries up to here, of which there are few.
    Expire {
        /// The room.
        room: RoomId,
        /// The newest that is deleted.
        until: Seq,
    },
    /// Sign tokens with this key, unless the epoch has one already: with this every node begins.
    Key([u8; 32]),
    /// Change what operators and owners decide.
    Admin(Box<AdminRequest>),
    /// Keep how far members have seen rooms.
    Seen(Vec<Seen>),
    /// Append these as they are in another log, whatever the rules are now: `parlor migrate`.
    Copy(Vec<NewEntry>),
    /// Set these rooms up as they are in another log, which has forgotten entries of theirs.
    CopyStates(Vec<CopiedState>),
}

impl Command {
    /// The form that a node must know to apply this.
    pub(crate) fn form(&self) -> u16 {
        match self {
            Self::Append(_)
            | Self::Batch(_)
            | Self::Expire { .. }
            | Self::Key(_)
            | Self::Admin(_)
            | Self::Seen(_)
            | Self::Copy(_)
            | Self::CopyStates(_) => 1,
        }
    }
}

/// What a room of another log was set to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CopiedState {
    /// The room.
    pub(crate) room: RoomId,
    /// What its entries have set, those that were forgotten among them.
    pub(crate) state: RoomState,
    /// When it was active last, in minutes since 1970; 0 for a room that is not listed.
    pub(crate) active: i64,
}

/// Why a group can't be applied. The node stops: what comes behind it depends on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GroupError {
    /// It is none, or damaged.
    #[error("what the stream has at {sequence} is no group of Parlor's: {why}")]
    Malformed {
        /// Its sequence.
        sequence: u64,
        /// What is wrong.
        why: String,
    },
    /// A later version has published it.
    #[error(
        "at {sequence} the stream has {what}, which only a later version of Parlor understands"
    )]
    Newer {
        /// Its sequence.
        sequence: u64,
        /// What this version does not know.
        what: String,
    },
}

/// What of a group any version can read.
#[derive(Deserialize)]
struct Versioned {
    version: u16,
}

/// What of a group every version has.
#[derive(Deserialize)]
struct Outline {
    #[serde(rename = "version")]
    _version: u16,
    #[serde(rename = "epoch")]
    _epoch: Epoch,
    #[serde(rename = "node")]
    _node: Incarnation,
    #[serde(rename = "number")]
    _number: u64,
    #[serde(rename = "applied")]
    _applied: StreamPlace,
    #[serde(rename = "command")]
    _command: IgnoredAny,
}

impl Group {
    pub(crate) fn encode(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// Reads the group with this sequence, if this version knows all that it says: a field that is
    /// skipped could have changed what is applied.
    ///
    /// # Errors
    /// [`GroupError`].
    pub(crate) fn decode(sequence: u64, payload: &[u8]) -> Result<Self, GroupError> {
        let malformed = |error: serde_json::Error| GroupError::Malformed {
            sequence,
            why: error.to_string(),
        };
        let newer = |what: String| GroupError::Newer { sequence, what };
        let Versioned { version } = serde_json::from_slice(payload).map_err(malformed)?;
        if version > FORM {
            return Err(newer(format!("a group of the form {version}")));
        }
        let group: Self = match serde_json::from_slice(payload) {
            Ok(group) => group,
            Err(error) => {
                let outline = serde_json::from_slice(payload);
                return Err(match outline.map(|Outline { .. }| ()) {
                    Ok(()) => newer(format!("a command that can't be read ({error})")),
                    Err(error) => malformed(error),
                });
            }
        };
        match group.encode().map_err(malformed)? == payload {
            true => Ok(group),
            false => Err(newer(
                "a group with more than this version reads".to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_differ_where_anything_before_them_does() {
        let epoch = Epoch::new([1; 16]);
        let start = StreamPlace::start(epoch, 0);
        let place = |payloads: &[&[u8]]| payloads.iter().fold(start, |at, one| at.next(one));
        let same = place(&[b"a", b"b"]);
        assert_eq!(same, place(&[b"a", b"b"]));
        assert_eq!(same.sequence, 2);
        for other in [&[b"b".as_slice(), b"a"], &[b"a", b"c"], &[b"ab", b""]] {
            assert_ne!(same, place(other));
        }
        let foreign = StreamPlace::start(Epoch::new([2; 16]), 0);
        assert_ne!(same, foreign.next(b"a").next(b"b"));
    }

    #[test]
    fn a_seq_says_where_its_group_is_and_what_javascript_can_count() {
        let seq = seq_of(7, 1_023);
        assert_eq!((sequence_of(seq), sequence_of(Seq(seq.0 + 1))), (7, 8));
        assert!(seq_of(1, 0) > Seq::ZERO);
        assert!(seq_of((1 << 43) - 1, 1_023) < Seq::END);
    }

    #[test]
    fn what_a_later_version_has_published_is_told_from_what_is_damaged() {
        let epoch = Epoch::new([1; 16]);
        let group = Group {
            version: FORM,
            epoch,
            node: Incarnation([2; 16]),
            number: 1,
            applied: StreamPlace::start(epoch, 0),
            command: Command::Key([3; 32]),
        };
        let known = String::from_utf8(group.encode().unwrap()).unwrap();
        assert_eq!(Group::decode(3, known.as_bytes()), Ok(group));
        for (newer, said) in [
            (known.replace(r#""version":1"#, r#""version":2"#), "form 2"),
            (
                known.replace(r#""key":"#, r#""wrapped_key":"#),
                "wrapped_key",
            ),
            (
                known.replace(r#""number":1"#, r#""number":1,"unless":2"#),
                "more than this version reads",
            ),
            (r#"{"version":2,"fly":1}"#.to_owned(), "form 2"),
        ] {
            let read = Group::decode(3, newer.as_bytes());
            assert!(
                matches!(&read, Err(GroupError::Newer { sequence: 3, what }) if what.contains(said)),
                "{read:?}"
            );
        }
        for damaged in [b"".as_slice(), b"{}", br#"{"version":1}"#, b"\xff"] {
            let read = Group::decode(3, damaged);
            assert!(
                matches!(read, Err(GroupError::Malformed { .. })),
                "{read:?}"
            );
        }
    }
}
