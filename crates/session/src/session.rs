//! The state machine.

use std::collections::VecDeque;

use litemap::LiteMap;
use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, Epoch, MemberId, MessageId, Name, Position, RoomId,
    Seq, ServerMessage, Token,
    close::{AfterClose, after_close},
    codec,
    limits::TYPING_INTERVAL_MS,
};

use crate::{
    Event, OutboxFull, OutboxPost, Output, StopReason,
    backoff::Backoff,
    line::Line,
    outbox::Outbox,
    room::{Order, Room, Stage},
};

/// What a session starts with.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// The name to go by.
    pub name: Name,
    /// The token from an earlier welcome, to be the same member.
    pub token: Option<Token>,
    /// What program this is.
    pub client: ClientInfo,
    /// Posts an earlier session left unacknowledged, oldest first.
    pub outbox: Vec<OutboxPost>,
}

/// The room is not joined at the moment, so nothing can be asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJoined;

impl std::fmt::Display for NotJoined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("The room is not joined.")
    }
}

impl std::error::Error for NotJoined {}

/// What came contradicts what came before, in a way that joining again does not mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// One client of one server, across reconnects. Times are milliseconds on any clock of the driver that does not go
/// back.
#[derive(Debug, Clone)]
pub struct Session {
    pub(crate) name: Name,
    pub(crate) token: Option<Token>,
    pub(crate) client: ClientInfo,
    pub(crate) member: Option<MemberId>,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) line: Line,
    pub(crate) backoff: Backoff,
    pub(crate) rooms: LiteMap<RoomId, Room>,
    pub(crate) outbox: Outbox,
    /// Posts wait until then, because the server said so.
    pub(crate) hold_until_ms: Option<u64>,
    /// How often that was, since a post last arrived.
    pub(crate) refused_windows: u32,
    pub(crate) output: VecDeque<Output>,
}

impl Session {
    /// A session that is stopped.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        Self {
            name: config.name,
            token: config.token,
            client: config.client,
            member: None,
            epoch: None,
            line: Line::Stopped(StopReason::Asked),
            backoff: Backoff::default(),
            rooms: LiteMap::new(),
            outbox: Outbox::restore(config.outbox),
            hold_until_ms: None,
            refused_windows: 0,
            output: VecDeque::new(),
        }
    }

    // ---- what the program wants ----

    /// Connects now; cuts a wait short. Nothing new where it is connected or connecting.
    pub fn start(&mut self, now_ms: u64) {
        match self.line {
            Line::Stopped(_) | Line::Waiting { .. } => self.connect(now_ms),
            Line::Connecting { .. } | Line::Online { .. } => {}
        }
    }

    /// Leaves and stays away until [`Session::start`]. The outbox is kept.
    pub fn stop(&mut self) {
        for (room, known) in self.rooms.iter() {
            if known.stage != Stage::Out {
                self.output
                    .push_back(send(&ClientMessage::Leave { room: room.clone() }));
            }
        }
        self.close();
        self.stop_for(StopReason::Asked);
    }

    /// Wants to be in this room, now and after every reconnect.
    pub fn join(&mut self, room: &RoomId) {
        self.rooms.entry(room.clone()).or_insert_with(Room::default);
        self.send_joins();
    }

    /// Wants to be in this room no more. Its position is forgotten; posts to it stay in the outbox.
    pub fn leave(&mut self, room: &RoomId) {
        let Some(known) = self.rooms.remove(room) else {
            return;
        };
        if known.stage != Stage::Out {
            self.output
                .push_back(send(&ClientMessage::Leave { room: room.clone() }));
        }
        // Entries come no more, so what is on its way would never be seen to arrive.
        self.outbox.send_again(room);
        self.send_posts();
    }

    /// Appends to a room: kept and sent until it is known to be on the log, whatever the line does.
    ///
    /// # Errors
    /// [`OutboxFull`] where too many posts wait already; this one is not kept.
    pub fn post(&mut self, room: &RoomId, id: MessageId, body: Body) -> Result<(), OutboxFull> {
        self.outbox.add(OutboxPost {
            room: room.clone(),
            id,
            body,
        })?;
        self.send_posts();
        Ok(())
    }

    /// Takes a post back, unless it is on its way already and comes back all the same.
    pub fn discard(&mut self, id: MessageId) -> Option<OutboxPost> {
        self.outbox.remove(id)
    }

    /// Asks for up to `limit` entries before a place. The answer is a `history` message.
    ///
    /// # Errors
    /// [`NotJoined`]: ask again when the room is.
    pub fn history(&mut self, room: &RoomId, before: Seq, limit: u16) -> Result<(), NotJoined> {
        self.ask(
            room,
            ClientMessage::History {
                room: room.clone(),
                before,
                limit,
            },
        )
    }

    /// Asks for messages with these words. The answer is a `found` message.
    ///
    /// # Errors
    /// [`NotJoined`]: ask again when the room is.
    pub fn search(&mut self, room: &RoomId, text: &str) -> Result<(), NotJoined> {
        self.ask(
            room,
            ClientMessage::Search {
                room: room.clone(),
                text: text.to_owned(),
            },
        )
    }

    /// Says that somebody is writing, at most every three seconds; of no use later, so not kept.
    pub fn typing(&mut self, room: &RoomId, now_ms: u64) {
        if let Some(known) = self.rooms.get_mut(room)
            && known.stage == Stage::Live
            && now_ms >= known.typing_again_at_ms
        {
            known.typing_again_at_ms = now_ms.saturating_add(TYPING_INTERVAL_MS);
            self.output
                .push_back(send(&ClientMessage::Typing { room: room.clone() }));
        }
    }

    /// Goes by another name, now and after every reconnect.
    pub fn rename(&mut self, name: Name) {
        self.name = name.clone();
        if self.is_online() {
            self.output.push_back(send(&ClientMessage::Rename { name }));
        }
    }

    /// The machine woke, or the network changed: finds out now whether the line still holds.
    pub fn probe(&mut self, now_ms: u64) {
        match self.line {
            Line::Online { .. } => self.ping(now_ms),
            Line::Waiting { .. } => self.connect(now_ms),
            Line::Connecting { .. } | Line::Stopped(_) => {}
        }
    }

    // ---- what happened ----

    /// The connection asked for is open.
    pub fn handle_open(&mut self) {
        if self.is_connecting() {
            self.say_hello();
        }
    }

    /// The connection has ended, or could not be opened. `code` is the close frame's, `random` any number.
    pub fn handle_closed(&mut self, now_ms: u64, code: Option<u16>, random: u64) {
        match (self.line, after_close(code), code) {
            (Line::Stopped(_) | Line::Waiting { .. }, _, _) => {}
            (_, AfterClose::Stop, Some(code)) => self.stop_for(StopReason::Closed(code)),
            (_, AfterClose::Reconnect | AfterClose::Stop, _) => self.wait(now_ms, random),
        }
    }

    /// A text frame came. One that is not of this protocol, or contradicts what came before, counts as a broken line:
    /// closed, and opened again after the backoff. One from a connection that is closed already is ignored.
    pub fn handle_frame(&mut self, now_ms: u64, text: &str, random: u64) {
        match &mut self.line {
            Line::Stopped(_) | Line::Waiting { .. } => return,
            Line::Connecting { .. } => {}
            Line::Online { heartbeat, .. } => heartbeat.on_received(now_ms),
        }
        let heard = match codec::decode_server(text) {
            Ok(message) => crate::hear::hear(self, now_ms, message),
            Err(_) => Err(Broken),
        };
        if heard == Err(Broken) {
            self.give_up(now_ms, random);
        }
        self.send_posts();
    }

    /// The time [`Session::poll_timeout`] named has come.
    pub fn handle_timeout(&mut self, now_ms: u64, random: u64) {
        self.handle_line_timeout(now_ms, random);
        if self.hold_until_ms.is_some_and(|until| now_ms >= until) {
            self.hold_until_ms = None;
        }
        for (_, room) in self.rooms.iter_mut() {
            room.join_again_at_ms = room.join_again_at_ms.filter(|at| now_ms < *at);
        }
        self.send_joins();
        self.send_posts();
    }

    // ---- what to do ----

    /// The next thing to do, if there is one.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    /// When [`Session::handle_timeout`] is to be called, if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        let line = self.line.deadline_ms()?;
        let joins = self.rooms.values().filter_map(|room| room.join_again_at_ms);
        joins.chain(self.hold_until_ms).chain([line]).min()
    }

    /// The posts not known to be on the log, oldest first.
    pub fn outbox(&self) -> impl Iterator<Item = &OutboxPost> {
        self.outbox.posts()
    }

    /// The newest entry told of this room.
    #[must_use]
    pub fn position(&self, room: &RoomId) -> Option<Position> {
        self.rooms.get(room).and_then(|room| room.position)
    }

    /// The newest entry of this room's log, as far as one has heard: the position is there once the tail is at the head.
    #[must_use]
    pub fn head(&self, room: &RoomId) -> Seq {
        self.rooms.get(room).map_or(Seq::ZERO, |room| room.head)
    }

    // ---- rooms and posts ----

    fn ask(&mut self, room: &RoomId, message: ClientMessage) -> Result<(), NotJoined> {
        let live = self
            .rooms
            .get(room)
            .is_some_and(|known| known.stage == Stage::Live);
        if !live {
            return Err(NotJoined);
        }
        self.output.push_back(send(&message));
        Ok(())
    }

    pub(crate) fn send_joins(&mut self) {
        if !self.is_online() {
            return;
        }
        for (room, known) in self.rooms.iter_mut() {
            if known.stage == Stage::Out && known.join_again_at_ms.is_none() {
                known.stage = Stage::Joining;
                let join = ClientMessage::Join {
                    room: room.clone(),
                    after: known.position,
                };
                self.output.push_back(send(&join));
            }
        }
    }

    pub(crate) fn send_posts(&mut self) {
        if !self.is_online() || self.hold_until_ms.is_some() {
            return;
        }
        let live = |room: &RoomId| self.rooms.get(room).is_some_and(|r| r.stage == Stage::Live);
        while let Some(OutboxPost { room, id, body }) = self.outbox.next(live) {
            self.output
                .push_back(send(&ClientMessage::Post { room, id, body }));
        }
    }

    pub(crate) fn take_entry(&mut self, message: ServerMessage) -> Result<(), Broken> {
        let ServerMessage::Entry { room, entry } = &message else {
            return Ok(());
        };
        if Some(entry.member) == self.member {
            self.settle(room, entry);
        }
        let Some(known) = self.rooms.get_mut(room) else {
            return Ok(());
        };
        match known.take(entry) {
            Order::Next => self.tell(Event::Message(message)),
            Order::Known => {}
            Order::Gap => {
                known.stage = Stage::Out;
                self.send_joins();
            }
            Order::Broken => return Err(Broken),
        }
        Ok(())
    }

    /// A post of ours is on the log, however we hear of it.
    pub(crate) fn settle(&mut self, room: &RoomId, entry: &Entry) {
        if self.outbox.settle(room, entry.id).is_some() {
            self.refused_windows = 0;
            self.tell(Event::Acked {
                room: room.clone(),
                entry: entry.clone(),
            });
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.output.push_back(Output::Event(event));
    }
}

pub(crate) fn send(message: &ClientMessage) -> Output {
    Output::Send(codec::encode_client(message))
}
