//! A server that sends its clients away: for a restart, or until its operator takes them again.

use std::time::Duration;

use parlor_shared::{close::CloseCode, limits::DRAIN_BATCH_CONNECTIONS};
use parlor_test_server::TestServer;

use crate::{
    admin::{ADMIN, get, submit},
    client::{Client, PATIENCE},
    raw_socket::{HANDSHAKE, RawSocket},
    server::{command, spawn},
};

#[actix_web::test]
async fn a_draining_server_sends_everyone_away_is_not_ready_and_takes_clients_again() {
    let server = TestServer::start_with(&ADMIN);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("kitchen").await;
    assert_eq!(submit(server.admin(), "/drain", "").await.status, 303);
    let closed = ann.closed().await;
    assert_eq!(u16::from(closed.code), CloseCode::ShuttingDown.number());
    let ready = get(server.admin(), "/ready").await;
    assert_eq!(ready.status, 503, "{ready:?}");
    assert_eq!(get(server.admin(), "/live").await.status, 200);
    let (_, head) = RawSocket::request(server.address(), "GET /ws", HANDSHAKE).await;
    assert!(head.starts_with("http/1.1 503"), "{head}");
    assert!(head.contains("retry-after: 1"), "{head}");
    assert_eq!(submit(server.admin(), "/open", "").await.status, 303);
    assert_eq!(get(server.admin(), "/ready").await.status, 200);
    Client::welcomed(server.address(), "ann")
        .await
        .check_alive()
        .await;
}

/// The binary, because the time until its end is what counts.
#[actix_web::test]
async fn a_stopping_server_sends_many_clients_away_in_batches_and_few_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--drain-seconds", "2", "--connections-per-address", "0"];
    let mut server = spawn(command(folder.path()).args(options));
    let mut clients = Vec::new();
    for n in 0..30 * DRAIN_BATCH_CONNECTIONS {
        let mut client = Client::connect(server.address()).await;
        if n % DRAIN_BATCH_CONNECTIONS == 0 {
            client.hello("ann").await;
        }
        clients.push(client);
    }
    let stopping = tokio::task::spawn_blocking(move || {
        let begun = std::time::Instant::now();
        let status = server.terminate(PATIENCE).unwrap();
        (begun.elapsed(), status)
    });
    let closes = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            let closed = client.closed().await;
            assert_eq!(u16::from(closed.code), CloseCode::ShuttingDown.number());
            tokio::time::Instant::now()
        })
    });
    let closes = futures_util::future::join_all(closes).await;
    let mut times: Vec<_> = closes.into_iter().map(Result::unwrap).collect();
    times.sort();
    let took = times[times.len() - 1].duration_since(times[0]);
    // 21 batches over two seconds; the first and the last are within one of the ends.
    assert!(took >= Duration::from_millis(1_500), "{took:?}");
    let half = times[times.len() / 2].duration_since(times[0]);
    assert!(
        half >= took / 4,
        "half were gone after {half:?} of {took:?}"
    );
    let (took, status) = stopping.await.unwrap();
    assert!(status.unwrap().success());
    assert!(took < PATIENCE, "{took:?}");

    let folder = tempfile::tempdir().unwrap();
    let mut server = spawn(command(folder.path()).args(["--drain-seconds", "3600"]));
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let stopping = tokio::task::spawn_blocking(move || server.terminate(PATIENCE).unwrap());
    let closed = ann.closed().await;
    assert_eq!(u16::from(closed.code), CloseCode::ShuttingDown.number());
    assert!(stopping.await.unwrap().unwrap().success());
}
