//! What a delivery says, as JSON: docs/WEBHOOKS.md describes it.

use parlor_shared::{Entry, Position, RoomId, RoomPattern, codec};
use serde::Serialize;

use super::reading::{Content, Next, ResetReason};
use crate::engine::{Committed, embedded::OutgoingWebhook};

#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'static str,
    /// When what it is about happened.
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    webhook: i64,
    rooms: &'a RoomPattern,
    /// The place that the receiver had reached, and the one that it has reached with this.
    after: String,
    position: String,
    #[serde(flatten)]
    content: DataContent<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum DataContent<'a> {
    Entries {
        entries: Vec<RoomEntry<'a>>,
    },
    Reset {
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        room: Option<&'a RoomId>,
    },
}

#[derive(Serialize)]
struct RoomEntry<'a> {
    room: &'a RoomId,
    entry: &'a Entry,
}

/// The body of a delivery of this, which ends at this position.
pub(super) fn to_json(
    webhook: &OutgoingWebhook,
    next: &Next,
    position: Position,
    now_ms: u64,
) -> String {
    let (r#type, at_ms, content) = match &next.content {
        Content::Entries(entries) => {
            let newest = entries.last().map(|newest| newest.entry.at_ms);
            let entries = entries.iter();
            let entries = entries.map(|Committed { room, entry }| RoomEntry { room, entry });
            let entries = entries.collect();
            ("entries", newest, DataContent::Entries { entries })
        }
        Content::Reset { reason, room } => {
            let reason = match reason {
                ResetReason::History => "history",
                ResetReason::Expired => "expired",
            };
            let room = room.as_ref();
            ("reset", None, DataContent::Reset { reason, room })
        }
    };
    codec::to_json(&Payload {
        r#type,
        timestamp: timestamp(at_ms.unwrap_or(now_ms)),
        data: Data {
            webhook: webhook.id,
            rooms: &webhook.rooms,
            after: webhook.position.to_string(),
            position: position.to_string(),
            content,
        },
    })
}

/// A time as RFC 3339 has it, in UTC.
fn timestamp(unix_ms: u64) -> String {
    let time = i64::try_from(unix_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    time.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_the_web_does() {
        assert_eq!(timestamp(784_111_777_250), "1994-11-06T08:49:37.25Z");
        assert_eq!(timestamp(u64::MAX), "1970-01-01T00:00:00Z");
    }
}
