//! A server of NATS that is older than it is.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The version that is said. It is as long as the real one: what a server sends has its length
/// before it.
const OLDER: &str = "2.11.9";

/// Gives the address of a server that is the one at `server`, and says of itself and of all others
/// that they have an older version.
pub(super) async fn appear_older(server: SocketAddr) -> SocketAddr {
    let version = version(server).await;
    assert_eq!(version.len(), OLDER.len(), "{version}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut from_client, to_client) = client.into_split();
            let server = TcpStream::connect(server).await.unwrap();
            let (from_server, mut to_server) = server.into_split();
            // Each task ends when its side closes the connection.
            actix_web::rt::spawn(async move { copy(&mut from_client, &mut to_server).await.ok() });
            actix_web::rt::spawn(pass_on(from_server, to_client, version.clone()));
        }
    });
    address
}

/// The version of the server, as it says it first.
async fn version(server: SocketAddr) -> String {
    let mut info = String::new();
    let socket = TcpStream::connect(server).await.unwrap();
    BufReader::new(socket).read_line(&mut info).await.unwrap();
    let (_, rest) = info.split_once("\"version\":\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Passes on what the server sends, with the other version.
async fn pass_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, version: String) {
    let version = version.as_bytes();
    let mut held = Vec::new();
    while let Ok(1..) = from.read_buf(&mut held).await {
        while let Some(at) = held.windows(version.len()).position(|part| part == version) {
            held[at..at + version.len()].copy_from_slice(OLDER.as_bytes());
        }
        // The version may have come in part. No message ends with a part of it.
        let part = (1..version.len()).rev();
        let part = part
            .filter(|length| held.ends_with(&version[..*length]))
            .max();
        let whole = held.len() - part.unwrap_or_default();
        let passed: Vec<u8> = held.drain(..whole).collect();
        if to.write_all(&passed).await.is_err() {
            return;
        }
    }
}
