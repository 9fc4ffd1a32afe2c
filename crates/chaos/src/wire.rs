//! One line through the proxy, and what can go wrong with it.

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

use crate::tally::{Fault, Tally};

/// Bytes carried at once: small, so that whoever is slow is felt at the other end.
const CARRIED_BYTES_MAX: usize = 4 * 1024;

/// What is done to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// Ends it after so many more bytes in this direction.
    Cut {
        toward: Toward,
        after_bytes: usize,
        manner: Manner,
    },
    /// Carries nothing in this direction for a while.
    Stall { toward: Toward, time: Duration },
    /// Carries everything in this direction later, for a while.
    Delay {
        toward: Toward,
        by: Duration,
        time: Duration,
    },
    /// Closes the server's side and leaves the client's open for a while.
    HalfOpen { time: Duration },
    /// Is a good line from now on.
    Lift,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toward {
    Server,
    Client,
}

/// How a line is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In good order, as far as TCP goes.
    End,
    /// What is on its way is lost.
    Reset,
}

/// One client's line to the server.
pub(crate) struct Wire {
    number: u64,
    to_server: Way,
    to_client: Way,
    tally: Arc<Tally>,
}

/// Why a line stops.
enum Stop {
    /// One of the two closed it, or it broke.
    Over,
    Cut,
    HalfOpen(Duration),
}

impl Wire {
    pub(crate) fn new(
        number: u64,
        client: TcpStream,
        server: TcpStream,
        tally: Arc<Tally>,
    ) -> Self {
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        Self {
            number,
            to_server: Way::new(from_client, to_server),
            to_client: Way::new(from_server, to_client),
            tally,
        }
    }

    /// Carries both ways until the line ends.
    pub(crate) async fn carry(mut self, mut mischief: mpsc::Receiver<Mischief>) {
        let stop = loop {
            let step = tokio::select! {
                step = self.to_server.step() => step,
                step = self.to_client.step() => step,
                Some(mischief) = mischief.recv() => self.suffer(mischief),
            };
            if let Err(stop) = step {
                break stop;
            }
        };
        match stop {
            Stop::Over => {}
            Stop::Cut => self
                .tally
                .count(Fault::Cut, format!("line {} cut", self.number)),
            Stop::HalfOpen(time) => self.stay_half_open(time, mischief).await,
        }
    }

    fn suffer(&mut self, mischief: Mischief) -> Result<(), Stop> {
        let number = self.number;
        match mischief {
            Mischief::Cut {
                toward,
                after_bytes,
                manner,
            } => {
                if manner == Manner::Reset {
                    // A line that can't be reset is cut in good order.
                    self.to_server.from.as_ref().set_zero_linger().ok();
                    self.to_client.from.as_ref().set_zero_linger().ok();
                }
                self.way(toward).cut_after_bytes = Some(after_bytes);
            }
            Mischief::Stall { toward, time } => {
                let told = format!("line {number} stalled for {time:?} toward the {toward:?}");
                self.tally.count(Fault::Stall, told);
                let until = Instant::now() + time;
                let way = self.way(toward);
                way.wait_until = way.wait_until.max(until);
            }
            Mischief::Delay { toward, by, time } => {
                let told = format!("line {number} delayed by {by:?} toward the {toward:?}");
                self.tally.count(Fault::Delay, told);
                let way = self.way(toward);
                (way.delay, way.delayed_until) = (by, Instant::now() + time);
            }
            Mischief::HalfOpen { time } => return Err(Stop::HalfOpen(time)),
            Mischief::Lift => {
                let now = Instant::now();
                for way in [&mut self.to_server, &mut self.to_client] {
                    way.cut_after_bytes = None;
                    (way.wait_until, way.delayed_until) = (now, now);
                }
            }
        }
        Ok(())
    }

    fn way(&mut self, toward: Toward) -> &mut Way {
        match toward {
            Toward::Server => &mut self.to_server,
            Toward::Client => &mut self.to_client,
        }
    }

    /// The server's side is closed. The client's is open, and takes what the client writes, until the time is over, the
    /// client has had enough, or the mischief is lifted.
    async fn stay_half_open(self, time: Duration, mut mischief: mpsc::Receiver<Mischief>) {
        let told = format!("line {} half open for {time:?}", self.number);
        self.tally.count(Fault::HalfOpen, told);
        let Self {
            to_server,
            to_client,
            ..
        } = self;
        let (mut from_client, to_server) = (to_server.from, to_server.to);
        let (from_server, _to_client) = (to_client.from, to_client.to);
        drop((from_server, to_server));
        let swallowed = async {
            let mut buffer = [0; 512];
            while from_client
                .read(&mut buffer)
                .await
                .is_ok_and(|bytes| bytes > 0)
            {}
        };
        let lifted = async {
            while let Some(mischief) = mischief.recv().await {
                if mischief == Mischief::Lift {
                    return;
                }
            }
        };
        tokio::select! {
            () = swallowed => {}
            () = lifted => {}
            () = tokio::time::sleep(time) => {}
        }
    }
}

/// One direction.
struct Way {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    buffer: Box<[u8]>,
    /// What of the buffer is still to be written.
    carried: std::ops::Range<usize>,
    wait_until: Instant,
    delay: Duration,
    delayed_until: Instant,
    cut_after_bytes: Option<usize>,
}

impl Way {
    fn new(from: OwnedReadHalf, to: OwnedWriteHalf) -> Self {
        let now = Instant::now();
        Self {
            from,
            to,
            buffer: vec![0; CARRIED_BYTES_MAX].into(),
            carried: 0..0,
            wait_until: now,
            delay: Duration::ZERO,
            delayed_until: now,
            cut_after_bytes: None,
        }
    }

    /// Reads some bytes, or writes some of those read. Cancelled, nothing is lost.
    async fn step(&mut self) -> Result<(), Stop> {
        if self.carried.is_empty() {
            let bytes = self.from.read(&mut self.buffer).await.map_err(over)?;
            if bytes == 0 {
                return Err(Stop::Over);
            }
            self.carried = 0..bytes;
            let now = Instant::now();
            if now < self.delayed_until {
                self.wait_until = self.wait_until.max(now + self.delay);
            }
        }
        tokio::time::sleep_until(self.wait_until).await;
        let mut part = &self.buffer[self.carried.clone()];
        if let Some(left) = self.cut_after_bytes {
            part = &part[..left.min(part.len())];
            if part.is_empty() {
                return Err(Stop::Cut);
            }
        }
        let bytes = self.to.write(part).await.map_err(over)?;
        self.carried.start += bytes;
        self.cut_after_bytes = self.cut_after_bytes.map(|left| left - bytes);
        Ok(())
    }
}

fn over(_broken: io::Error) -> Stop {
    Stop::Over
}
