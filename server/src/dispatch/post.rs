//! Appending to a room's log.

use parlor_shared::{Body, Member, MessageId, RoomId};

use crate::{
    dispatch::{
        client::{Client, PostInFlight},
        error::RequestError,
        written::checked_body,
    },
    engine::{Authority, NewEntry},
    node::Node,
};

/// What a post in flight keeps in memory beside its text.
const POST_OVERHEAD_BYTES: usize = 512;

/// What somebody wants to append.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// The room.
    pub(crate) room: RoomId,
    /// The entry's id.
    pub(crate) id: MessageId,
    /// The entry that must be on the room's log before.
    pub(crate) follows: Option<MessageId>,
    /// The entry's content.
    pub(crate) body: Body,
}

/// The entry to append, once what its author has written is checked. Rights are checked before.
///
/// # Errors
/// A refusal that says what is wrong with it.
pub(crate) fn new_entry(
    node: &Node,
    post: Post,
    author: Member,
    authority: Authority,
) -> Result<NewEntry, RequestError> {
    let at_ms = node.hub.clock().unix_ms();
    Ok(NewEntry {
        room: post.room,
        id: post.id,
        follows: post.follows,
        member: author.member,
        name: author.name,
        body: checked_body(post.body, at_ms)?,
        authority,
        at_ms,
    })
}

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
        let post = Post {
            room: room.clone(),
            id,
            follows,
            body,
        };
        let new = new_entry(&self.node, post, member, self.authority_in(&room))?;
        let text_bytes = if let Body::Topic { topic: Some(topic) } = &new.body {
            topic.as_str().len()
        } else {
            new.body.text().map_or(0, |text| text.as_str().len())
        };
        let bytes = text_bytes + POST_OVERHEAD_BYTES;
        self.node.engine.append_for(new, &self.receipts).await?;
        self.add_post(PostInFlight { room, id, bytes });
        Ok(())
    }
}
