//! A TCP proxy between the clients and the server, which does mischief to the lines through it.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    dice::Dice,
    tally::Tally,
    wire::{Manner, Mischief, Toward, Wire},
};

/// Bytes the system may keep of a line: few, so that whoever is slow is felt at the other end.
const SOCKET_BYTES: u32 = 32 * 1024;
/// Mischief that waits for one line.
const MISCHIEF_MAX: usize = 4;

/// The proxy. Its address stays the same, wherever the server is.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    lines: Lines,
    accepting: JoinHandle<()>,
}

type Lines = Arc<Mutex<BTreeMap<u64, mpsc::Sender<Mischief>>>>;

impl Proxy {
    /// Carries lines to wherever `server` says it is.
    pub(crate) fn start(
        server: watch::Receiver<SocketAddr>,
        tally: &Arc<Tally>,
    ) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_send_buffer_size(SOCKET_BYTES)?;
        socket.set_recv_buffer_size(SOCKET_BYTES)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        let lines = Lines::default();
        let accepting = tokio::spawn(accept(listener, server, lines.clone(), tally.clone()));
        Ok(Self {
            address,
            lines,
            accepting,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does something to some line, if there is one.
    pub(crate) fn strike(&self, dice: &mut Dice) {
        let lines: Vec<_> = lock(&self.lines).values().cloned().collect();
        let mischief = throw(dice);
        if let Some(line) = dice.pick(&lines) {
            // A line that has ended, or has enough to suffer already, is spared.
            line.try_send(mischief).ok();
        }
    }

    /// Makes every line a good one.
    pub(crate) async fn lift(&self) {
        let lines: Vec<_> = lock(&self.lines).values().cloned().collect();
        for line in lines {
            // A line that has ended needs nothing.
            line.send(Mischief::Lift).await.ok();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn throw(dice: &mut Dice) -> Mischief {
    let toward = match dice.of_range(0..2) {
        0 => Toward::Server,
        _ => Toward::Client,
    };
    match dice.of_range(0..10) {
        0..5 => Mischief::Cut {
            toward,
            after_bytes: dice.of_range(0..3_000) as usize,
            manner: match dice.of_range(0..2) {
                0 => Manner::End,
                _ => Manner::Reset,
            },
        },
        5..7 => Mischief::Stall {
            toward,
            time: dice.ms(100..2_500),
        },
        7..9 => Mischief::Delay {
            toward,
            by: dice.ms(5..150),
            time: dice.ms(500..3_000),
        },
        _ => Mischief::HalfOpen {
            time: dice.ms(200..3_000),
        },
    }
}

async fn accept(
    listener: TcpListener,
    server: watch::Receiver<SocketAddr>,
    lines: Lines,
    tally: Arc<Tally>,
) {
    let mut number = 0;
    loop {
        // A client that is gone before it is taken is nobody's concern.
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        number += 1;
        let address = *server.borrow();
        let (lines, tally) = (lines.clone(), tally.clone());
        tokio::spawn(async move {
            // Where the server is down the client's line just ends.
            let Ok(server) = connect(address).await else {
                return;
            };
            if client.set_nodelay(true).is_err() {
                return;
            }
            let (sender, mischief) = mpsc::channel(MISCHIEF_MAX);
            lock(&lines).insert(number, sender);
            Wire::new(number, client, server, tally)
                .carry(mischief)
                .await;
            lock(&lines).remove(&number);
        });
    }
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_send_buffer_size(SOCKET_BYTES)?;
    socket.set_recv_buffer_size(SOCKET_BYTES)?;
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
