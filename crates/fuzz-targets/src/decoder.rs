//! The codec: no frame makes it panic, and what it decodes means the same when it is encoded again.

use parlor_shared::{Emoji, Name, RoomId, Text, Topic, codec, limits::FRAME_BYTES_MAX};

/// The longest refusal of a frame, in bytes: it quotes what was wrong, which may be long.
const REFUSAL_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

pub(crate) fn run(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    match codec::decode_client(text) {
        Ok(message) => {
            let again = codec::decode_client(&codec::encode_client(&message));
            assert_eq!(again, Ok(message));
        }
        Err(refusal) => assert!(refusal.message.len() <= REFUSAL_BYTES_MAX, "{refusal:?}"),
    }
    if let Ok(message) = codec::decode_server(text) {
        let again = codec::decode_server(&codec::encode_server(&message));
        assert_eq!(again.ok(), Some(message));
    }
    if let Ok(body) = codec::decode_body(text) {
        let again = codec::decode_body(&codec::encode_body(&body));
        assert_eq!(again.ok(), Some(body));
    }
    written(text);
}

/// What is accepted of what people write is accepted again as it was written down, and read back
/// from a log.
fn written(text: &str) {
    macro_rules! same_again {
        ($($kind:ty),*) => {$(
            if let Ok(accepted) = <$kind>::parse(text) {
                let again = <$kind>::parse(accepted.as_str());
                assert_eq!(again.as_ref(), Ok(&accepted));
                assert_eq!(<$kind>::try_from(String::from(accepted.clone())), Ok(accepted));
            }
        )*};
    }
    same_again!(Name, Text, Topic, Emoji);
    if let Ok(room) = RoomId::parse(text) {
        assert_eq!(RoomId::parse(room.as_str()).as_ref(), Ok(&room));
    }
}
