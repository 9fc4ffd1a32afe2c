//! Appending to a room's log.

use parlor_shared::{Body, MessageId, RoomId};

use crate::{
    dispatch::{
        client::{Client, PostInFlight},
        error::RequestError,
        written::checked_body,
    },
    engine::NewEntry,
};

/// What a post in flight keeps in memory beside its text.
const POST_OVERHEAD_BYTES: usize = 512;

impl Client {
    /// Hands a post to the engine. Rights are checked before it
    /// (`rights.rs`). The connection reports its result when the engine
    /// has given it.
    pub(super) async fn post(
        &mut self,
        room: RoomId,
        id: MessageId,
        follows: Option<MessageId>,
        body: Body,
    ) -> Result<(), RequestError> {
        let member = self.member_in(&room)?.clone();
        let at_ms = self.node.hub.clock().unix_ms();
        let body = checked_body(body, at_ms)?;
        let text_bytes = if let Body::Topic { topic: Some(topic) } = &body {
            topic.as_str().len()
        } else {
            body.text().map_or(0, |text| text.as_str().len())
        };
        let bytes = text_bytes + POST_OVERHEAD_BYTES;
        let new = NewEntry {
            room: room.clone(),
            id,
            follows,
            member: member.member,
            name: member.name,
            body,
            authority: self.authority_in(&room),
            at_ms,
        };
        self.node.engine.append_for(new, &self.receipts).await?;
        self.add_post(PostInFlight { room, id, bytes });
        Ok(())
    }
}
