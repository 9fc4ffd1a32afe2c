//! Posts at a fixed rate while something else goes on, and how long each takes until it is durable.

use std::{
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, anyhow};
use parlor_shared::{Body, ClientMessage, MessageId, RoomId, Text};

use super::connection::{self, Connection};
use crate::{
    generate::Vocabulary,
    latency::{Latency, Quantiles},
    protocol,
};

/// Posts a second in all rooms together.
pub(super) const PER_SECOND: u64 = 1_000;
/// Rooms that are posted to.
const ROOMS: u64 = 10;
/// Texts of these, one after another.
const TEXTS: usize = 1_000;

/// What the posts of a while met.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posted {
    /// How long what went on meanwhile took.
    pub(super) meanwhile: Duration,
    /// From when a post was due until its author had it back, in milliseconds.
    pub(super) durable: Quantiles,
    pub(super) longest: f64,
    pub(super) posts: u64,
}

/// Posts from before `meanwhile` begins until it has ended, and for `at_least`. `phase` tells the
/// ids of one such while from those of another on the same log.
pub(super) fn post_during(
    address: SocketAddr,
    phase: u8,
    at_least: Duration,
    meanwhile: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Posted> {
    let mut connection = Connection::open(address)?;
    let rooms = (0..ROOMS).map(|number| RoomId::parse(&format!("posts-{number}")));
    let rooms = rooms.collect::<Result<Vec<_>, _>>()?;
    for room in &rooms {
        connection.join(room)?;
    }
    let socket = connection.sender()?;
    let (stop, sent) = (AtomicBool::new(false), AtomicU64::new(u64::MAX));
    let start = Instant::now();
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let result = post_until(&stop, socket, &rooms, phase, start);
            // Even if it failed: the reader waits for as many.
            sent.store(*result.as_ref().unwrap_or(&0), Relaxed);
            result.map(|_| ())
        });
        let reader = scope.spawn(|| read_all(connection, &sent, start));
        let begun = Instant::now();
        let result = meanwhile();
        let took = begun.elapsed();
        thread::sleep(at_least.saturating_sub(took));
        stop.store(true, Relaxed);
        let panicked = |_| anyhow!("a thread of the load panicked");
        sender.join().map_err(panicked)??;
        let latency = reader.join().map_err(panicked)??;
        result?;
        Ok(Posted {
            meanwhile: took,
            durable: latency.quantiles(),
            longest: latency.longest(),
            posts: sent.load(Relaxed),
        })
    })
}

/// When the post of this number is due.
fn due(start: Instant, number: u64) -> Instant {
    start + Duration::from_micros(number * 1_000_000 / PER_SECOND)
}

/// Sends posts as they are due, until `stop`; returns how many.
fn post_until(
    stop: &AtomicBool,
    mut socket: TcpStream,
    rooms: &[RoomId],
    phase: u8,
    start: Instant,
) -> anyhow::Result<u64> {
    let (vocabulary, mut rng) = (Vocabulary::new(), fastrand::Rng::with_seed(7));
    let texts: Vec<String> = (0..TEXTS).map(|_| vocabulary.text(&mut rng)).collect();
    let mut number = 0;
    while !stop.load(Relaxed) {
        thread::sleep(due(start, number).saturating_duration_since(Instant::now()));
        let room = rooms[(number % ROOMS) as usize].clone();
        let text = Text::parse(texts[number as usize % TEXTS].clone())?;
        let post = ClientMessage::Post {
            room,
            id: MessageId::new(number, [phase; 10]),
            follows: None,
            body: Body::post(text),
        };
        connection::send(&mut socket, &post)?;
        number += 1;
    }
    Ok(number)
}

/// Reads until as many posts have come back as were sent.
fn read_all(
    mut connection: Connection,
    sent: &AtomicU64,
    start: Instant,
) -> anyhow::Result<Latency> {
    let mut latency = Latency::new()?;
    let mut received = 0;
    while received < sent.load(Relaxed) {
        let text = connection.next_text()?;
        if text.starts_with(br#"{"type":"error""#) {
            anyhow::bail!("a post was refused: {}", String::from_utf8_lossy(&text));
        }
        if text.starts_with(br#"{"type":"entry""#) {
            let number = protocol::entry_id(&text).and_then(number_of);
            let number = number.context("an entry has no id")?;
            latency.record(due(start, number), Instant::now());
            received += 1;
        }
    }
    Ok(latency)
}

/// The number that an id was made of: its first 48 bits.
fn number_of(id: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(id).ok()?.replace('-', "");
    u64::from_str_radix(digits.get(..12)?, 16).ok()
}
