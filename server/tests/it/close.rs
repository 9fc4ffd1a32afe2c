//! How connections close: the codes of RFC 6455 for what a client sends wrong, and its own code
//! back for a client that closes.

use parlor_shared::limits::FRAME_BYTES_MAX;
use parlor_test_server::TestServer;

use crate::raw_socket::{
    CLOSE, CONTINUATION, LAST, PING, PONG, RawSocket, TEXT, TEXT_START, frame,
};

const ASK: &str = r#"{"type":"ping","t":7}"#;
const ANSWER: &str = r#"{"type":"pong","t":7}"#;

/// Opens a connection, has `ASK` answered, sends `bytes` and `ASK` again. Returns the code that
/// the server closes with; `ASK` must not be answered after it.
async fn closed_by(server: &TestServer, bytes: &[u8]) -> Option<u16> {
    let mut socket = RawSocket::open(server.address()).await;
    let ask = frame(TEXT, ASK);
    socket.send(&[&ask, bytes, &ask].concat()).await;
    assert_eq!(socket.frame().await.text(), ANSWER);
    let code = socket.frame().await.close_code();
    socket.check_closed().await;
    code
}

#[actix_web::test]
async fn a_violation_closes_with_the_code_of_its_kind_and_nothing_after_it_is_handled() {
    let server = TestServer::start();
    let unmasked = b"\x81\x02hi".to_vec();
    let two_starts = [frame(TEXT_START, "a"), frame(TEXT, "b")].concat();
    let cut_character = [frame(TEXT_START, b"\xC3"), frame(LAST, b"(")].concat();
    let too_big = [
        frame(TEXT_START, vec![b' '; FRAME_BYTES_MAX]),
        frame(CONTINUATION, " "),
    ]
    .concat();
    let violations = [
        (frame(TEXT | 0x40, "a"), 1002),
        (frame(TEXT | 0x20, "a"), 1002),
        (frame(PING | 0x10, ""), 1002),
        (frame(0x83, ""), 1002),
        (frame(0x87, "x"), 1002),
        (frame(0x8B, ""), 1002),
        (frame(0x8F, "x"), 1002),
        (unmasked, 1002),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), 1002),
        (vec![0xAA; 100], 1002),
        (frame(PING & 0x7F, ""), 1002),
        (frame(PONG & 0x7F, ""), 1002),
        (frame(CLOSE & 0x7F, ""), 1002),
        (frame(PING, [0; 126]), 1002),
        (frame(CLOSE, [0; 126]), 1002),
        (frame(CONTINUATION, "x"), 1002),
        (frame(LAST, "x"), 1002),
        (two_starts, 1002),
        (frame(TEXT, b"\xFF\xFE"), 1007),
        (frame(TEXT, b"\xED\xA0\x80"), 1007),
        (frame(TEXT_START, b"\xC0"), 1007),
        (cut_character, 1007),
        (frame(TEXT, vec![b' '; FRAME_BYTES_MAX + 1]), 1009),
        (too_big, 1009),
    ];
    for (bytes, code) in violations {
        let sent = &bytes[..bytes.len().min(20)];
        assert_eq!(closed_by(&server, &bytes).await, Some(code), "{sent:?}");
    }
}

#[actix_web::test]
async fn a_client_that_closes_gets_its_own_code_back() {
    let server = TestServer::start();
    assert_eq!(closed_by(&server, &frame(CLOSE, "")).await, None);
    for code in [
        1000_u16, 1001, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999,
    ] {
        let payload = [&code.to_be_bytes()[..], b"bye"].concat();
        assert_eq!(closed_by(&server, &frame(CLOSE, payload)).await, Some(code));
    }
    // Codes that nobody may send, half a code, and a reason that is not UTF-8.
    for code in [
        0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535,
    ] {
        let payload = code.to_be_bytes();
        let answer = closed_by(&server, &frame(CLOSE, payload)).await;
        assert_eq!(answer, Some(1002), "{code}");
    }
    for payload in [&b"\x03"[..], b"\x03\xE8\xFF"] {
        assert_eq!(closed_by(&server, &frame(CLOSE, payload)).await, Some(1002));
    }
}

/// Far more than the socket's buffers hold is on its way when the server closes. Had it closed its
/// socket at once, the system would have reset the connection, and the frame with it.
#[actix_web::test]
async fn a_client_that_is_still_sending_receives_the_close_frame() {
    let server = TestServer::start();
    let mut socket = RawSocket::open(server.address()).await;
    let mut bytes = frame(TEXT, vec![b' '; FRAME_BYTES_MAX + 1]);
    bytes.resize(16 << 20, 0);
    socket.send(&bytes).await;
    assert_eq!(socket.frame().await.close_code(), Some(1009));
    socket.check_closed().await;
}

#[actix_web::test]
async fn a_message_in_fragments_is_one_and_pings_in_between_are_answered() {
    let server = TestServer::start();
    let mut socket = RawSocket::open(server.address()).await;
    let (first, rest) = ASK.split_at(9);
    let mut bytes = frame(TEXT_START, first);
    for (n, byte) in rest.bytes().enumerate() {
        bytes.extend(frame(CONTINUATION, [byte]));
        bytes.extend(frame(CONTINUATION, ""));
        bytes.extend(frame(PING, n.to_string()));
        bytes.extend(frame(PONG, "unasked"));
    }
    bytes.extend(frame(LAST, ""));
    socket.send(&bytes).await;
    for n in 0..rest.len() {
        let pong = socket.frame().await;
        assert_eq!(
            (pong.first, pong.payload),
            (PONG, n.to_string().into_bytes())
        );
    }
    assert_eq!(socket.frame().await.text(), ANSWER);
}
