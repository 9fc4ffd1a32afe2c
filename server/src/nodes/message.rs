//! What the nodes say to each other, as JSON.
//!
//! A node numbers its messages, so that the others notice when one is missing. What a version does
//! not understand it leaves out, so nodes of different versions can run together; a later version
//! may add fields and things to say, and changes none.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use parlor_shared::{Member, MemberId, Name, RoomId, limits::NODE_MESSAGE_BYTES_MAX};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// One run of a node, drawn at random. A node that starts again is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct NodeId(pub(crate) u64);

/// What a node says to all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NodeMessage {
    /// The node.
    pub(crate) node: NodeId,
    /// 1 for the first message of the node, and one more for each that follows.
    pub(crate) number: u64,
    pub(crate) says: Says,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Says {
    /// What has changed since the messages before; nothing, where the node only says that it lives.
    Delta { rooms: Vec<RoomDelta> },
    /// All members of the node. It is said in parts, which follow each other.
    Whole {
        /// The number of the first part.
        first: u64,
        /// Whether this is the last part.
        is_last: bool,
        rooms: Vec<RoomWhole>,
    },
    /// A node is to say all of its members, or every node where none is named.
    Ask { of: Option<NodeId> },
    /// The node stops. Its members may come back on any other.
    Stop,
    /// Something that a later version says.
    #[serde(other)]
    Unknown,
}

/// What has changed in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomDelta {
    pub(crate) room: RoomId,
    /// Members who have come, or have another name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) present: Vec<Member>,
    #[serde(default, skip_serializing_if = "Ids::is_empty")]
    pub(crate) gone: Ids,
    #[serde(default, skip_serializing_if = "Ids::is_empty")]
    pub(crate) typing: Ids,
}

/// Members of a node in a room: all of them, together with other parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomWhole {
    pub(crate) room: RoomId,
    pub(crate) members: Ids,
    /// Their names, in the same order; none in a room with too many to be listed by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<Name>,
}

/// The ids of members, 22 characters each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ids(pub(crate) Vec<MemberId>);

/// Why a message can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageInvalid {
    #[error("it has {0} bytes, and may have {NODE_MESSAGE_BYTES_MAX}")]
    TooLarge(usize),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl NodeMessage {
    /// The message as bytes.
    pub(crate) fn encode(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`MessageInvalid`] if it is none, or too large.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, MessageInvalid> {
        if bytes.len() > NODE_MESSAGE_BYTES_MAX {
            return Err(MessageInvalid::TooLarge(bytes.len()));
        }
        Ok(serde_json::from_slice(bytes)?)
    }
}

impl Ids {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Bytes of an id.
const ID_BYTES: usize = 16;

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|id| *id.as_bytes()).collect();
        to.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = STANDARD_NO_PAD.decode(text).map_err(D::Error::custom)?;
        let (ids, left) = bytes.as_chunks::<ID_BYTES>();
        if left.is_empty() {
            Ok(Self(
                ids.iter().copied().map(MemberId::from_bytes).collect(),
            ))
        } else {
            Err(D::Error::custom("ids have 16 bytes each"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: u8) -> MemberId {
        MemberId::from_bytes([n; 16])
    }

    fn check(says: Says, json: &str) {
        let message = NodeMessage {
            node: NodeId(u64::MAX),
            number: 7,
            says,
        };
        let expected = format!(r#"{{"node":18446744073709551615,"number":7,"says":{json}}}"#);
        let encoded = String::from_utf8(message.encode().unwrap()).unwrap();
        assert_eq!(encoded, expected);
        assert_eq!(NodeMessage::decode(expected.as_bytes()).unwrap(), message);
    }

    /// Nodes of other versions read and write these: what is here does not change.
    #[test]
    fn the_messages_of_nodes_are_these() {
        let room = RoomId::parse("lobby").unwrap();
        let ann = Name::parse("ann").unwrap();
        let delta = RoomDelta {
            room: room.clone(),
            present: vec![Member {
                member: member(1),
                name: ann.clone(),
            }],
            gone: Ids(vec![member(2)]),
            typing: Ids::default(),
        };
        check(
            Says::Delta { rooms: vec![delta] },
            r#"{"type":"delta","rooms":[{"room":"lobby","present":[{"member":"01010101-0101-0101-0101-010101010101","name":"ann"}],"gone":"AgICAgICAgICAgICAgICAg"}]}"#,
        );
        check(
            Says::Delta { rooms: vec![] },
            r#"{"type":"delta","rooms":[]}"#,
        );
        let whole = RoomWhole {
            room,
            members: Ids(vec![member(1), member(2)]),
            names: vec![ann.clone(), ann],
        };
        check(
            Says::Whole {
                first: 6,
                is_last: true,
                rooms: vec![whole],
            },
            r#"{"type":"whole","first":6,"is_last":true,"rooms":[{"room":"lobby","members":"AQEBAQEBAQEBAQEBAQEBAQICAgICAgICAgICAgICAgI","names":["ann","ann"]}]}"#,
        );
        check(Says::Ask { of: None }, r#"{"type":"ask","of":null}"#);
        let of = Some(NodeId(1));
        check(Says::Ask { of }, r#"{"type":"ask","of":1}"#);
        check(Says::Stop, r#"{"type":"stop"}"#);
    }

    #[test]
    fn what_a_later_version_says_is_counted_and_what_is_damaged_is_not() {
        let later = br#"{"node":1,"number":2,"zone":"a","says":{"type":"sing","song":[1]}}"#;
        let later = NodeMessage::decode(later).unwrap();
        assert_eq!((later.number, later.says), (2, Says::Unknown));
        for damaged in [
            "",
            "{}",
            r#"{"node":1,"number":-1,"says":{"type":"stop"}}"#,
            r#"{"node":1,"number":1,"says":{"type":"delta","rooms":[{"room":"Lobby"}]}}"#,
            r#"{"node":1,"number":1,"says":{"type":"delta","rooms":[{"room":"a","gone":"AgI"}]}}"#,
        ] {
            assert!(
                NodeMessage::decode(damaged.as_bytes()).is_err(),
                "{damaged}"
            );
        }
    }

    #[test]
    fn a_message_that_is_too_large_is_not_read() {
        let stop = r#"{"node":1,"number":1,"says":{"type":"stop"}}"#;
        let padded = |bytes: usize| stop.to_owned() + &" ".repeat(bytes - stop.len());
        let largest = padded(NODE_MESSAGE_BYTES_MAX);
        assert!(NodeMessage::decode(largest.as_bytes()).is_ok());
        let larger = padded(NODE_MESSAGE_BYTES_MAX + 1);
        assert!(matches!(
            NodeMessage::decode(larger.as_bytes()),
            Err(MessageInvalid::TooLarge(_))
        ));
    }
}
