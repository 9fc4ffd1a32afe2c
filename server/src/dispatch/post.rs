//! Appending to a room's log.

use futures_util::FutureExt;
use parlor_shared::{Body, MessageId, RoomId};

use crate::{
    dispatch::{
        client::{Client, CompletedAppend},
        error::RequestError,
        written::checked_body,
    },
    engine::NewEntry,
};

/// What a post in flight keeps in memory beside its text.
const POST_OVERHEAD_BYTES: usize = 512;

impl Client {
    /// Hands a post to the engine. Every member who has joined the room may change its name, topic
    /// and pins; rights would be checked here. The connection reports its result when the engine
    /// has answered.
    pub(super) async fn post(
        &mut self,
        room: RoomId,
        id: MessageId,
        follows: Option<MessageId>,
        body: Body,
    ) -> Result<(), RequestError> {
        let member = self.member_in(&room)?.clone();
        let body = checked_body(body)?;
        let text_bytes = match &body {
            Body::Topic { topic } => topic.as_ref().map_or(0, |topic| topic.as_str().len()),
            body => body.text().map_or(0, |text| text.as_str().len()),
        };
        let bytes = text_bytes + POST_OVERHEAD_BYTES;
        let new = NewEntry {
            room: room.clone(),
            id,
            follows,
            member: member.member,
            name: member.name,
            body,
            at_ms: self.node.hub.clock().unix_ms(),
        };
        let commit = self.node.engine.append(new).await?;
        let append = async move {
            let result = commit.await;
            CompletedAppend {
                room,
                id,
                bytes,
                result,
            }
        };
        self.append_bytes.update(|all| all + bytes);
        self.appends.push(append.boxed_local());
        Ok(())
    }
}
