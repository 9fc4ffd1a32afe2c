//! What is on the log before anyone attacks: a room with a long past, and in it one message with
//! thousands of edits and reactions.

use std::{
    net::Ipv4Addr,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use parlor_shared::{
    Body, ClientMessage, Emoji, MessageId, RoomId, Text, Token, codec, limits::TEXT_CHARS_MAX,
};

use super::{
    author::Author,
    flood::{Flood, Next, Script},
};
use crate::{
    effort::Effort,
    frames,
    server::{RateLimits, Server, ServerOptions},
};

/// Every letter is a word of every short post, so that a search for it finds all of them.
pub(super) const ABC: &str = "abcdefghijklmnopqrstuvwxyz";
/// A word of the last post only: once it is found, all is indexed.
const LAST_WORD: &str = "zenith";
/// How long writing may take.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How long the index is waited for: on a busy machine it takes its time.
const INDEX_TIMEOUT: Duration = Duration::from_secs(30);
/// A run's number that no run has.
const RUN: u8 = u8::MAX;

/// What the log holds, and who wrote it.
pub(super) struct Past {
    pub(super) token: Token,
}

impl Past {
    /// Writes it, on a server without limits.
    pub(super) fn write(
        effort: Effort,
        data: &Path,
        options: &ServerOptions,
    ) -> anyhow::Result<Self> {
        let server = Server::start_on(data, RateLimits::Off, options)?;
        let mut flood = Flood::new(server.address(), Ipv4Addr::LOCALHOST)?;
        let writer = Author::new(RUN, 0, None, &[ROOM.to_owned()]);
        flood.add(writer, Writer::new(effort));
        flood.run(Instant::now() + TIMEOUT)?;
        anyhow::ensure!(
            flood.has_ended(),
            "only {} entries of the past were written within {TIMEOUT:?}",
            flood.answered()
        );
        let token = flood.token().context("the past's author has no token")?;
        Ok(Self { token })
    }
}

/// The name of the room with a past.
pub(super) const ROOM: &str = "past";

/// The room with a past.
pub(super) fn room() -> Option<RoomId> {
    RoomId::parse(ROOM).ok()
}

/// The message with thousands of edits and reactions.
pub(super) fn target() -> MessageId {
    Author::new(RUN, 0, None, &[]).id(0)
}

/// A text of as many characters as a text may have, of four bytes each, all of them different: the
/// most that the index can be given. Different `number`s have other characters. `None` never.
pub(super) fn long_text(number: u32) -> Option<Text> {
    // Ideographs, in an order in which no pair of neighbours comes twice.
    let ideograph = |n: u32| char::from_u32(0x2_0000 + (n * 7_919 + number * 11) % 40_000);
    let text: String = (0..TEXT_CHARS_MAX as u32).filter_map(ideograph).collect();
    Text::parse(text).ok()
}

/// What a message of the past is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    LongPost,
    ShortPost,
    ShortEdit,
    Reaction,
    LongEdit,
    LastPost,
}

/// Posts the past once, then searches for the last post until the index has it, or for
/// [`INDEX_TIMEOUT`].
struct Writer {
    /// How many of each kind, in the order in which they are written.
    kinds: [(Kind, u32); 6],
    long: [Option<Text>; 2],
    written: u32,
    /// Answers by which the last search will have been answered.
    searched: u64,
    /// When the last post was on the log.
    written_at: Option<Instant>,
}

impl Writer {
    fn new(effort: Effort) -> Self {
        let count = |full| effort.scale(full) as u32;
        Self {
            kinds: [
                // The target of what follows is among these: it has number 0.
                (Kind::ShortPost, count(20_000)),
                (Kind::LongPost, count(100)),
                (Kind::ShortEdit, count(10_000)),
                (Kind::Reaction, count(5_000)),
                (Kind::LongEdit, count(300)),
                (Kind::LastPost, 1),
            ],
            long: [long_text(0), long_text(1)],
            written: 0,
            searched: 0,
            written_at: None,
        }
    }

    fn all(&self) -> u32 {
        self.kinds.iter().map(|(_, count)| count).sum()
    }

    fn kind(&self, number: u32) -> Kind {
        let mut end = 0;
        for (kind, count) in self.kinds {
            end += count;
            if number < end {
                return kind;
            }
        }
        Kind::LastPost
    }

    fn body(&self, number: u32) -> Option<Body> {
        let (target, long) = (target(), self.long[number as usize % 2].clone());
        let words: String = ABC.chars().flat_map(|letter| [' ', letter]).collect();
        Some(match self.kind(number) {
            Kind::LongPost => Body::post(long?),
            Kind::ShortPost => Body::post(Text::parse(format!("one {number}{words}")).ok()?),
            Kind::LastPost => Body::post(Text::parse(LAST_WORD).ok()?),
            Kind::ShortEdit => Body::Edit {
                target,
                text: Text::parse(format!("x{number}")).ok()?,
            },
            Kind::LongEdit => Body::Edit {
                target,
                text: long?,
            },
            Kind::Reaction => Body::Reaction {
                target,
                emoji: Emoji::parse("👍").ok()?,
                on: number.is_multiple_of(2),
            },
        })
    }

    fn next(&mut self, author: &Author) -> Option<ClientMessage> {
        let room = room()?;
        if self.written < self.all() {
            let (id, body) = (author.id(self.written), self.body(self.written)?);
            self.written += 1;
            return Some(ClientMessage::Post {
                room,
                id,
                body,
                follows: None,
            });
        }
        let text = LAST_WORD.to_owned();
        Some(ClientMessage::Search { room, text })
    }
}

impl Script for Writer {
    fn put_next(&mut self, author: &mut Author, out: &mut Vec<u8>) -> Next {
        if self.written == self.all() {
            // `joined` is an answer as well.
            let all = u64::from(self.all()) + 1;
            if author.answered < self.searched.max(all) {
                return Next::Wait;
            }
            let written_at = *self.written_at.get_or_insert_with(Instant::now);
            if author.has_found || written_at.elapsed() > INDEX_TIMEOUT {
                return Next::Done;
            }
            self.searched = author.answered + 1;
        }
        // `None` only if a constant of this file is invalid; then the past never ends.
        let Some(message) = self.next(author) else {
            return Next::Wait;
        };
        frames::put_text(out, &codec::encode_client(&message));
        Next::Sent
    }
}
