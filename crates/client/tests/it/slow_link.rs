//! A proxy whose link takes time, as one around the world does.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// How long a byte is under way in each direction.
const LATENCY: Duration = Duration::from_millis(150);

/// Chunks that may be under way: more than a test sends in that time.
const CHUNKS_MAX: usize = 10_000;

/// Forwards connections to `server` over the slow link; gives the address to connect to.
pub(crate) async fn slow_link(server: SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(server).await.unwrap();
            let (client_read, client_write) = client.into_split();
            let (server_read, server_write) = server.into_split();
            tokio::spawn(forward(client_read, server_write));
            tokio::spawn(forward(server_read, client_write));
        }
    });
    url
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let (sender, mut receiver) = mpsc::channel(CHUNKS_MAX);
    let read = async move {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let arrives_at = Instant::now() + LATENCY;
            if sender
                .send((arrives_at, buffer[..count].to_vec()))
                .await
                .is_err()
            {
                return;
            }
        }
    };
    let write = async move {
        while let Some((arrives_at, bytes)) = receiver.recv().await {
            sleep_until(arrives_at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}
