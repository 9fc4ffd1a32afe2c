//! One connection through the proxy, and the faults that it can suffer.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::Instant,
};

use crate::stats::{Fault, Stats};

/// How many bytes are carried at once. Few, so that a slow reader slows down the sender.
const BUFFER_BYTES: usize = 4 * 1024;

/// What can be done to a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkFault {
    /// Cuts the link after this many more bytes in this direction.
    Cut {
        toward: Side,
        after_bytes: usize,
        close: Close,
    },
    /// Carries nothing in this direction for a while.
    Stall { toward: Side, duration: Duration },
    /// For a while, carries everything in this direction with a delay.
    Delay {
        toward: Side,
        by: Duration,
        duration: Duration,
    },
    /// Closes the server's side and leaves the client's open for a while.
    HalfOpen { duration: Duration },
    /// Ends all other faults.
    Lift,
}

/// An end of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// How a link is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Close {
    /// With FIN: both sides receive what was sent before.
    Orderly,
    /// With RST: what is on its way is lost.
    Reset,
}

/// One client's connection to the server, through the proxy.
pub(crate) struct Link {
    number: u64,
    to_server: Pipe,
    to_client: Pipe,
    stats: Arc<Stats>,
}

/// Why a link ends.
enum End {
    /// One side closed it, or it broke.
    Closed,
    Cut,
    HalfOpen(Duration),
}

impl Link {
    pub(crate) fn new(
        number: u64,
        client: TcpStream,
        server: TcpStream,
        stats: Arc<Stats>,
    ) -> Self {
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        Self {
            number,
            to_server: Pipe::new(from_client, to_server),
            to_client: Pipe::new(from_server, to_client),
            stats,
        }
    }

    /// Carries bytes both ways until the link ends.
    pub(crate) async fn carry(mut self, mut faults: mpsc::Receiver<LinkFault>) {
        let end = loop {
            let step = tokio::select! {
                step = self.to_server.step() => step,
                step = self.to_client.step() => step,
                Some(fault) = faults.recv() => self.apply(fault),
            };
            if let Err(end) = step {
                break end;
            }
        };
        match end {
            End::Closed => {}
            End::Cut => self
                .stats
                .count(Fault::Cut, format!("connection {} is cut", self.number)),
            End::HalfOpen(duration) => self.stay_half_open(duration, faults).await,
        }
    }

    fn apply(&mut self, fault: LinkFault) -> Result<(), End> {
        let number = self.number;
        match fault {
            LinkFault::Cut {
                toward,
                after_bytes,
                close,
            } => {
                if close == Close::Reset {
                    // A socket that cannot be reset is closed in an orderly way instead.
                    self.to_server.from.as_ref().set_zero_linger().ok();
                    self.to_client.from.as_ref().set_zero_linger().ok();
                }
                self.pipe(toward).cut_after_bytes = Some(after_bytes);
            }
            LinkFault::Stall { toward, duration } => {
                let what = format!("connection {number} stalls for {duration:?} to the {toward:?}");
                self.stats.count(Fault::Stall, what);
                let until = Instant::now() + duration;
                let pipe = self.pipe(toward);
                pipe.wait_until = pipe.wait_until.max(until);
            }
            LinkFault::Delay {
                toward,
                by,
                duration,
            } => {
                let what = format!("connection {number} is delayed by {by:?} to the {toward:?}");
                self.stats.count(Fault::Delay, what);
                let pipe = self.pipe(toward);
                (pipe.delay, pipe.delayed_until) = (by, Instant::now() + duration);
            }
            LinkFault::HalfOpen { duration } => return Err(End::HalfOpen(duration)),
            LinkFault::Lift => {
                let now = Instant::now();
                for pipe in [&mut self.to_server, &mut self.to_client] {
                    pipe.cut_after_bytes = None;
                    (pipe.wait_until, pipe.delayed_until) = (now, now);
                }
            }
        }
        Ok(())
    }

    fn pipe(&mut self, toward: Side) -> &mut Pipe {
        match toward {
            Side::Server => &mut self.to_server,
            Side::Client => &mut self.to_client,
        }
    }

    /// Closes the server's side. The client's side stays open and discards what the client writes,
    /// until the time is up, the client closes it, or the fault is lifted.
    async fn stay_half_open(self, duration: Duration, mut faults: mpsc::Receiver<LinkFault>) {
        let what = format!("connection {} is half open for {duration:?}", self.number);
        self.stats.count(Fault::HalfOpen, what);
        let Self {
            to_server,
            to_client,
            ..
        } = self;
        let (mut from_client, to_server) = (to_server.from, to_server.to);
        let (from_server, _to_client) = (to_client.from, to_client.to);
        drop((from_server, to_server));
        let discarded = async {
            let mut buffer = [0; 512];
            while from_client
                .read(&mut buffer)
                .await
                .is_ok_and(|bytes| bytes > 0)
            {}
        };
        let lifted = async {
            while let Some(fault) = faults.recv().await {
                if fault == LinkFault::Lift {
                    return;
                }
            }
        };
        tokio::select! {
            () = discarded => {}
            () = lifted => {}
            () = tokio::time::sleep(duration) => {}
        }
    }
}

/// One direction of a link.
struct Pipe {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    buffer: Box<[u8]>,
    /// The part of the buffer that is still to be written.
    pending: std::ops::Range<usize>,
    wait_until: Instant,
    delay: Duration,
    delayed_until: Instant,
    cut_after_bytes: Option<usize>,
}

impl Pipe {
    fn new(from: OwnedReadHalf, to: OwnedWriteHalf) -> Self {
        let now = Instant::now();
        Self {
            from,
            to,
            buffer: vec![0; BUFFER_BYTES].into(),
            pending: 0..0,
            wait_until: now,
            delay: Duration::ZERO,
            delayed_until: now,
            cut_after_bytes: None,
        }
    }

    /// Reads some bytes, or writes some of those that were read. Cancel safe: no byte is lost.
    async fn step(&mut self) -> Result<(), End> {
        if self.pending.is_empty() {
            let bytes = self.from.read(&mut self.buffer).await.map_err(broken)?;
            if bytes == 0 {
                return Err(End::Closed);
            }
            self.pending = 0..bytes;
            let now = Instant::now();
            if now < self.delayed_until {
                self.wait_until = self.wait_until.max(now + self.delay);
            }
        }
        tokio::time::sleep_until(self.wait_until).await;
        let mut part = &self.buffer[self.pending.clone()];
        if let Some(left) = self.cut_after_bytes {
            part = &part[..left.min(part.len())];
            if part.is_empty() {
                return Err(End::Cut);
            }
        }
        let bytes = self.to.write(part).await.map_err(broken)?;
        self.pending.start += bytes;
        self.cut_after_bytes = self.cut_after_bytes.map(|left| left - bytes);
        Ok(())
    }
}

fn broken(_error: io::Error) -> End {
    End::Closed
}
