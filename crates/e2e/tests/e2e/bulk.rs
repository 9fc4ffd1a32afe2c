//! Many messages by another client, sent over a WebSocket that the page opens for it.

use parlor_shared::{Body, ClientInfo, ClientMessage, MessageId, Name, RoomId, Text, codec};
use serde_json::json;

use crate::window::Window;

/// Sends all frames on a connection of its own and waits until every post has come back.
const SEND: &str = "const [frames, done] = arguments;
    const socket = new WebSocket(`ws://${location.host}/ws`);
    let posts;
    socket.onopen = () => frames.splice(0, 2).forEach(frame => socket.send(frame));
    socket.onmessage = ({ data }) => {
        const { type } = JSON.parse(data);
        // The entries before `present` are older and not counted.
        if (type === 'present' && !posts) {
            posts = frames.length;
            frames.forEach(frame => socket.send(frame));
        }
        if (type === 'entry' && posts && --posts === 0) {
            socket.close();
            done();
        }
    };";

/// The frames of a client named Bob that joins the room and posts "message N" for `count` numbers
/// from `first` on.
pub(crate) fn numbered(room: &RoomId, first: u64, count: u64) -> Vec<String> {
    let bodies = (first..first + count)
        .map(|n| Body::post(Text::parse(format!("message {n}")).unwrap()))
        .collect();
    frames(room, first, bodies)
}

/// The frames of a client named Bob that joins the room and posts these, the first under the id
/// `message_id(first)` and the others under the ids that follow.
pub(crate) fn frames(room: &RoomId, first: u64, bodies: Vec<Body>) -> Vec<String> {
    let hello = ClientMessage::Hello {
        protocol: parlor_shared::PROTOCOL_VERSION,
        name: Name::parse("Bob").unwrap(),
        token: None,
        access: None,
        client: ClientInfo::default(),
    };
    let join = ClientMessage::Join {
        room: room.clone(),
        after: None,
    };
    let posts = (first..).zip(bodies).map(|(n, body)| ClientMessage::Post {
        room: room.clone(),
        id: message_id(n),
        follows: None,
        body,
    });
    let all = [hello, join].into_iter().chain(posts);
    all.map(|message| codec::encode_client(&message)).collect()
}

/// The id of the message with this number.
pub(crate) fn message_id(number: u64) -> MessageId {
    MessageId::new(number, [0; 10])
}

impl Window {
    /// Sends frames as another client and waits until the server has taken all of them.
    pub(crate) async fn send_as_bob(&self, frames: Vec<String>) {
        self.eval_async(SEND, json!(frames)).await;
    }
}
