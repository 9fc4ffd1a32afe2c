//! A TCP proxy between the clients and the servers, and between each node and the servers of its
//! stream, that injects faults into the connections.
//!
//! Written here because no Rust library cuts a connection after a given byte or leaves it half open
//! on demand: turmoil replaces tokio's sockets rather than carrying real ones, and toxiproxy is a
//! program of its own that the machine would need.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    link::{Close, Link, LinkFault, Side},
    rng::{self, Rng},
    stats::Stats,
};

/// The size of each socket's buffers. Small, so that a slow reader slows down the sender.
const SOCKET_BYTES: u32 = 32 * 1024;
/// How long a link stands still that nobody lets go on: longer than a run.
const STALL_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How many faults wait for one link.
const FAULTS_MAX: usize = 4;

/// The proxy. Its address stays the same when the server restarts at another one.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    links: Links,
    accepting: JoinHandle<()>,
}

/// Where the faults of each open link are sent.
type Links = Arc<Mutex<BTreeMap<u64, mpsc::Sender<LinkFault>>>>;

impl Proxy {
    /// Starts to carry connections to the addresses in `servers`, in turn.
    pub(crate) fn start(
        servers: watch::Receiver<Vec<SocketAddr>>,
        stats: &Arc<Stats>,
    ) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_send_buffer_size(SOCKET_BYTES)?;
        socket.set_recv_buffer_size(SOCKET_BYTES)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        let links = Links::default();
        let accepting = tokio::spawn(accept(listener, servers, links.clone(), stats.clone()));
        Ok(Self {
            address,
            links,
            accepting,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Injects a random fault into a random link, if there is one.
    pub(crate) fn inject_fault(&self, rng: &mut Rng) {
        let links: Vec<_> = lock(&self.links).values().cloned().collect();
        let fault = random_fault(rng);
        if let Some(link) = rng.choice(&links) {
            // A link that has ended, or has enough faults waiting, gets no more.
            link.try_send(fault).ok();
        }
    }

    /// Has every link carry nothing, in either direction, until its faults are lifted.
    pub(crate) async fn stall(&self) {
        for toward in [Side::Server, Side::Client] {
            let duration = STALL_MAX;
            self.send(LinkFault::Stall { toward, duration }).await;
        }
    }

    /// Closes every link, as soon as it carries something.
    pub(crate) async fn cut(&self) {
        let (toward, after_bytes, close) = (Side::Server, 0, Close::Reset);
        self.send(LinkFault::Cut {
            toward,
            after_bytes,
            close,
        })
        .await;
    }

    /// Ends the faults of every link.
    pub(crate) async fn lift_faults(&self) {
        self.send(LinkFault::Lift).await;
    }

    async fn send(&self, fault: LinkFault) {
        let links: Vec<_> = lock(&self.links).values().cloned().collect();
        for link in links {
            // An error means that the link has ended.
            link.send(fault).await.ok();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn random_fault(rng: &mut Rng) -> LinkFault {
    let toward = if rng.bool() {
        Side::Server
    } else {
        Side::Client
    };
    match rng.u8(0..10) {
        0..5 => LinkFault::Cut {
            toward,
            after_bytes: rng.usize(0..3_000),
            close: if rng.bool() {
                Close::Orderly
            } else {
                Close::Reset
            },
        },
        5..7 => LinkFault::Stall {
            toward,
            duration: rng::millis(rng, 100..2_500),
        },
        7..9 => LinkFault::Delay {
            toward,
            by: rng::millis(rng, 5..150),
            duration: rng::millis(rng, 500..3_000),
        },
        _ => LinkFault::HalfOpen {
            duration: rng::millis(rng, 200..3_000),
        },
    }
}

async fn accept(
    listener: TcpListener,
    servers: watch::Receiver<Vec<SocketAddr>>,
    links: Links,
    stats: Arc<Stats>,
) {
    let mut number: u64 = 0;
    loop {
        // An error concerns a client that disconnected before it was accepted.
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        number += 1;
        let address = {
            let servers = servers.borrow();
            servers.get(number as usize % servers.len().max(1)).copied()
        };
        let (links, stats) = (links.clone(), stats.clone());
        tokio::spawn(async move {
            // While the server is down, the client's connection is closed.
            let Some(Ok(server)) = connect_to(address).await else {
                return;
            };
            if client.set_nodelay(true).is_err() {
                return;
            }
            let (sender, faults) = mpsc::channel(FAULTS_MAX);
            lock(&links).insert(number, sender);
            Link::new(number, client, server, stats).carry(faults).await;
            lock(&links).remove(&number);
        });
    }
}

async fn connect_to(address: Option<SocketAddr>) -> Option<io::Result<TcpStream>> {
    Some(connect(address?).await)
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
