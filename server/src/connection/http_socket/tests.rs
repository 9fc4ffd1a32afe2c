use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;

fn rewritten(head: &str) -> String {
    let mut bytes = head.as_bytes().to_vec();
    name_websocket_alone(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn only_lists_with_websocket_in_them_are_rewritten() {
    for head in [
        "GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nupgrade: foo, notwebsocket\r\nx: websocket,\r\n",
        "upgrade",
        "upgrade:",
        "upgrade:,\r\n",
    ] {
        assert_eq!(rewritten(head), head);
    }
    let list = "a: b\r\nUpgrade: foo/1, WebSocket\r\nc: d\r\n";
    let alone = "a: b\r\nUpgrade:websocket        \r\nc: d\r\n";
    assert_eq!(rewritten(list), alone);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_of_its_answer_is_given_up() {
    let (ours, _theirs) = duplex(16);
    let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
    let _answering = socket.exchange().answer();
    let start = Instant::now();
    let error = socket.write_all(&[0; 1_000]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(start.elapsed().as_millis() as u64, HTTP_STALL_MS_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_its_answer_drop_by_drop_is_given_up() {
    let (ours, mut theirs) = duplex(16);
    let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
    let _answering = socket.exchange().answer();
    let start = Instant::now();
    let slow_reader = tokio::spawn(async move {
        let wait = Duration::from_millis(HTTP_STALL_MS_MAX / 2);
        while theirs.read_u8().await.is_ok() {
            tokio::time::sleep(wait).await;
        }
    });
    let error = socket.write_all(&[0; 100_000]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(start.elapsed().as_millis() as u64, HTTP_REQUEST_MS_MAX);
    drop(socket);
    slow_reader.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_head_that_comes_drop_by_drop_is_given_up() {
    let (ours, mut theirs) = duplex(16);
    let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
    let start = Instant::now();
    let slow_writer = tokio::spawn(async move {
        let wait = Duration::from_millis(HTTP_STALL_MS_MAX / 2);
        while theirs.write_all(b"x").await.is_ok() {
            tokio::time::sleep(wait).await;
        }
    });
    let error = socket.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(start.elapsed().as_millis() as u64, HTTP_REQUEST_MS_MAX);
    drop(socket);
    slow_writer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_lasts_waits_for_the_server_and_not_for_a_client_that_takes_nothing() {
    let (ours, _theirs) = duplex(16);
    let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
    let exchange = socket.exchange();
    let _answering = exchange.answer();
    let lasting = exchange.last();
    let long = Duration::from_millis(2 * HTTP_REQUEST_MS_MAX);
    let mut byte = [0];
    let read = tokio::time::timeout(long, socket.read_exact(&mut byte));
    assert!(read.await.is_err(), "it is not given up");
    socket.write_all(&[0; 16]).await.unwrap();
    let start = Instant::now();
    let error = socket.write_all(&[0; 16]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(start.elapsed().as_millis() as u64, HTTP_STALL_MS_MAX);
    drop(lasting);
}

#[tokio::test(start_paused = true)]
async fn after_a_wait_the_client_has_the_usual_time_for_its_answer() {
    let (ours, _theirs) = duplex(16);
    let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
    let _answering = socket.exchange().answer();
    let lasting = socket.exchange().last();
    tokio::time::advance(Duration::from_millis(2 * HTTP_REQUEST_MS_MAX)).await;
    drop(lasting);
    let start = Instant::now();
    socket.write_all(&[0; 100]).await.unwrap_err();
    assert_eq!(start.elapsed().as_millis() as u64, HTTP_STALL_MS_MAX);
}

#[tokio::test]
async fn the_body_of_a_request_is_read_while_it_is_answered() {
    let (ours, mut theirs) = duplex(16);
    let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
    let exchange = socket.exchange();
    let _answering = exchange.answer();
    theirs.write_all(b"body").await.unwrap();
    let mut body = [0; 4];
    let receiving = exchange.receive();
    socket.read_exact(&mut body).await.unwrap();
    drop(receiving);
    theirs.write_all(b"next").await.unwrap();
    let mut read = std::pin::pin!(socket.read_exact(&mut body));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(read.as_mut().poll(&mut cx).is_pending());
}

#[tokio::test]
async fn nothing_is_read_while_a_request_is_answered() {
    let (ours, mut theirs) = duplex(16);
    let mut socket = HttpSocket::new(ours, None, Security::Plain, None);
    theirs.write_all(b"next").await.unwrap();
    let answering = socket.exchange().answer();
    let mut next = [0; 4];
    let mut read = std::pin::pin!(socket.read_exact(&mut next));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(read.as_mut().poll(&mut cx).is_pending());
    drop(answering);
    read.await.unwrap();
    assert_eq!(&next, b"next");
}
