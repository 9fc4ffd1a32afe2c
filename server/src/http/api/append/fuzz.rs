//! What must hold of any body, and of any key.

use super::*;

/// What a body has goes to the room and the id that the request names, whatever it says, and
/// means the same on a WebSocket.
pub(in crate::http::api) fn body(text: &str, key: MessageId) {
    let Ok(room) = RoomId::parse("lobby") else {
        return;
    };
    for line in lines(text) {
        assert!(text.lines().nth(line.number - 1) == Some(line.text));
    }
    match decoded(room.clone(), Some(key), text, || panic!("there is a key")) {
        Ok(Written { post, .. }) => {
            assert_eq!((&post.room, post.id), (&room, key));
            let frame = ClientMessage::Post {
                room,
                id: key,
                follows: post.follows,
                body: post.body,
            };
            let again = codec::decode_client(&codec::encode_client(&frame));
            assert_eq!(again.as_ref(), Ok(&frame));
        }
        Err(problem) => problem.check(),
    }
}

/// A key that is taken is an id, in one of the forms of a UUID.
pub(in crate::http::api) fn key(request: &HttpRequest) {
    match idempotency_key(request) {
        Ok(None) => assert!(!request.headers().contains_key(IDEMPOTENCY_KEY)),
        Ok(Some(id)) => assert_eq!(id.to_string().parse(), Ok(id)),
        Err(problem) => problem.check(),
    }
}
