//! A busy chat: many rooms in which members do everything that members do, in the proportions of
//! [`Operation::of_hundred`].
//!
//! An open loop: each operation is due by the clock. All entries of a room come from one member,
//! its author, so that their order is known and every client's entries are checked; the other
//! operations go round its other members.

use std::time::{Duration, Instant};

use anyhow::Context;
use parlor_shared::{Body, ClientMessage, Emoji, RoomId, Seq, codec, limits::HISTORY_ENTRIES_MAX};

use crate::{
    client::Request,
    cores,
    effort::Effort,
    frames,
    load::Load,
    meter::{Meter, Run},
    operation::{Operation, OperationRecorder, Schedule},
    protocol,
    server::{Kind, Server, ServerOptions},
};

/// Each member types once in four seconds, which the server tells; beyond one in three it does not.
const ROOMS: usize = 100;
const MEMBERS_PER_ROOM: usize = 20;
const OPERATIONS_PER_SECOND: usize = 1_000;
/// In a small run every kind still comes.
const OPERATIONS_MIN: usize = 200;
/// Posts that each room has before: two pages of history.
const PAST: usize = 200;
/// Posts of a room in flight while its past is written.
const PAST_WINDOW: usize = 16;

/// The members of a busy chat.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mixed {
    rooms: usize,
    past: usize,
    per_second: usize,
    seconds: f64,
    warm_up: Duration,
}

impl Mixed {
    pub(crate) fn new(effort: Effort) -> Self {
        Self {
            // A member joins another room than its own.
            rooms: effort.scale(ROOMS).max(2),
            past: effort.scale(PAST),
            per_second: effort.scale(OPERATIONS_PER_SECOND).max(OPERATIONS_MIN),
            seconds: effort.seconds,
            warm_up: effort.warm_up,
        }
    }

    /// The name of its row.
    pub(crate) fn label(self) -> String {
        let (rooms, per_second) = (self.rooms, self.per_second);
        format!("{rooms} rooms of {MEMBERS_PER_ROOM}, {per_second} operations a second")
    }

    /// Measures it once, on a server of its own.
    pub(crate) fn run(self, kind: Kind, options: &ServerOptions) -> anyhow::Result<Run> {
        let server = Server::start(kind, options)?;
        cores::run_on(cores::LOAD, || {
            let mut load = Load::new(&server)?;
            (0..self.rooms).for_each(|_| load.add_room(MEMBERS_PER_ROOM));
            load.wait_until_live()?;
            self.write_past(&mut load)?;
            load.run_until(Instant::now() + self.warm_up)?;
            load.recorder.operations = Some(OperationRecorder::new()?);
            let meter = Meter::start(&server, &load)?;
            self.talk(&mut load)?;
            load.wait_until_delivered()?;
            load.wait_until_answered()?;
            meter.stop(load)
        })?
    }

    /// Writes what is on the log before. Its latencies are not recorded.
    fn write_past(self, load: &mut Load) -> anyhow::Result<()> {
        load.ledgers
            .iter_mut()
            .for_each(|room| room.is_timed = false);
        while load.ledgers.iter().any(|room| room.posted() < self.past) {
            for room in 0..self.rooms {
                let left = self.past - load.ledgers[room].posted();
                load.fill_window(room, PAST_WINDOW.min(left))?;
            }
            load.poll(Duration::from_millis(100))?;
        }
        load.wait_until_delivered()?;
        load.ledgers
            .iter_mut()
            .for_each(|room| room.is_timed = true);
        Ok(())
    }

    fn talk(self, load: &mut Load) -> anyhow::Result<()> {
        let start = Instant::now();
        let count = (self.per_second as f64 * self.seconds) as usize;
        let mut numbers = [0; Operation::ALL.len()];
        for (at, operation) in Schedule::default().take(count).enumerate() {
            let due = start + Duration::from_secs_f64(at as f64 / self.per_second as f64);
            load.run_until(due)?;
            // The how many-th of its kind it is.
            let number = &mut numbers[operation as usize];
            self.act(load, operation, *number, due)?;
            *number += 1;
            if let Some(operations) = &mut load.recorder.operations {
                operations.record_sent(operation);
            }
        }
        Ok(())
    }

    /// Has a member do this. The rooms take turns, and in each room its members.
    fn act(
        self,
        load: &mut Load,
        operation: Operation,
        number: usize,
        due: Instant,
    ) -> anyhow::Result<()> {
        let (room, turn) = (number % self.rooms, number / self.rooms);
        let target = protocol::entry_id_of(turn % self.past);
        let body = match operation {
            Operation::Post => return load.post(room, due),
            Operation::Edit => Body::Edit {
                target,
                text: protocol::text(turn)?,
            },
            Operation::Reaction => Body::Reaction {
                target,
                emoji: Emoji::parse("👍")?,
                // Once every message has it, it is taken back.
                on: (turn / self.past).is_multiple_of(2),
            },
            Operation::Typing | Operation::Join | Operation::History | Operation::Search => {
                return self.ask(load, operation, number, due);
            }
        };
        load.append(room, operation, body, due)
    }

    /// Has one of a room's members who is not its author ask for something.
    fn ask(
        self,
        load: &mut Load,
        operation: Operation,
        number: usize,
        due: Instant,
    ) -> anyhow::Result<()> {
        let (index, turn) = (number % self.rooms, number / self.rooms);
        let member = 1 + turn % (MEMBERS_PER_ROOM - 1);
        let client = load.clients.get_mut(index * MEMBERS_PER_ROOM + member);
        let client = client.context("no such member")?;
        let room = |index: usize| RoomId::parse(&format!("room-{index}"));
        let own = room(index)?;
        let mut afterwards = Vec::new();
        let (message, answer) = match operation {
            Operation::Typing => {
                let id = client.member.context("a member was not welcomed")?;
                let answer = format!(r#"{{"type":"typing","room":"{own}","member":"{id}""#);
                (ClientMessage::Typing { room: own }, answer)
            }
            Operation::History => {
                // The newest page, and the one before.
                let newest = self.past - 1 - (turn % 2) * (self.past / 2);
                let before = load.ledgers.get(index).and_then(|room| room.seq(newest));
                let answer = format!(r#"{{"type":"history","room":"{own}""#);
                let message = ClientMessage::History {
                    room: own,
                    before: Seq(before.context("no past")?),
                    limit: HISTORY_ENTRIES_MAX,
                };
                (message, answer)
            }
            Operation::Search => {
                let answer = format!(r#"{{"type":"found","room":"{own}""#);
                (
                    ClientMessage::Search {
                        room: own,
                        text: words(self.past, number),
                    },
                    answer,
                )
            }
            Operation::Post | Operation::Edit | Operation::Reaction => {
                anyhow::bail!("an entry is no request")
            }
            Operation::Join => {
                let other = room((index + 1) % self.rooms)?;
                let answer = format!(r#"{{"type":"present","room":"{other}""#);
                let leave = ClientMessage::Leave {
                    room: other.clone(),
                };
                frames::put_text(&mut afterwards, &codec::encode_client(&leave));
                (
                    ClientMessage::Join {
                        room: other,
                        after: None,
                    },
                    answer,
                )
            }
        };
        let mut frame = Vec::new();
        frames::put_text(&mut frame, &codec::encode_client(&message));
        let request = Request {
            operation,
            due,
            frame,
            answer,
            afterwards,
        };
        client.ask(request).context("a member's connection broke")
    }
}

/// What is searched for: by turns words that one message has, and words that all have.
fn words(past: usize, number: usize) -> String {
    match number.is_multiple_of(2) {
        true => format!("{:09} room", number % past),
        false => "reaching everyone".to_owned(),
    }
}
