//! The handshake carries the headers that a program has given.

use parlor_client::{Client, ConfigError, limits::HEADERS_MAX};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{bad_server::listen, stream::in_time};

#[tokio::test]
async fn a_programs_headers_go_with_the_handshake() {
    let (server, url) = listen().await;
    let _client = Client::builder(url, "Behind a proxy")
        .header("Authorization", "Basic Ym90OnNlY3JldA==")
        .header("X-Team", "build")
        .connect()
        .unwrap();
    let (stream, _) = in_time(server.accept()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut headers = Vec::new();
    while let Some(line) = in_time(lines.next_line()).await.unwrap()
        && !line.is_empty()
    {
        headers.push(line.to_lowercase());
    }
    for header in ["authorization: basic ym90onnly3jlda==", "x-team: build"] {
        assert!(
            headers.contains(&header.to_owned()),
            "{header} in {headers:?}"
        );
    }
}

#[tokio::test]
async fn headers_of_the_handshake_itself_and_too_many_of_them_are_refused() {
    let builder = || Client::builder("ws://127.0.0.1:1/ws", "Bot");
    let refused = [
        builder().header("Host", "example.org"),
        builder().header("Sec-WebSocket-Key", "mine"),
        builder().header("two words", "value"),
        builder().header("X-Lines", "one\r\ntwo: more"),
        (0..=HEADERS_MAX).fold(builder(), |builder, n| {
            builder.header(format!("X-{n}"), "1")
        }),
    ];
    for builder in refused {
        let error = builder.connect().unwrap_err();
        assert!(matches!(error, ConfigError::Header(_)), "{error}");
    }
}
