//! The state machine.

use std::collections::{BTreeMap, VecDeque};

use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, Epoch, ErrorCode, MemberId, MessageId, Name,
    PROTOCOL_VERSION, Position, Refusal, RoomId, Seq, Token,
    close::{AfterClose, after_close},
    codec,
    limits::{CONNECT_TIMEOUT_MS, PONG_TIMEOUT_MS, TYPING_INTERVAL_MS},
};

use crate::{
    Event, OutboxFull, OutboxPost, Output, Status, StopReason,
    backoff::Backoff,
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

/// The room is not live at the moment, so nothing can be asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotLive;

impl std::fmt::Display for NotLive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the room is not live at the moment")
    }
}

impl std::error::Error for NotLive {}

/// Wait before a refused request is sent again, where the server names none.
const RETRY_MS: u64 = 1_000;
/// Longest wait a server can ask for before a refused request is sent again.
const RETRY_MS_MAX: u64 = 60_000;
/// Shortest silence after which we ask for a sign of life; less would have us ping without pause.
const HEARTBEAT_MS_MIN: u64 = 1_000;
/// Longest silence after which we ask for a sign of life.
const HEARTBEAT_MS_MAX: u64 = 120_000;

/// What came contradicts what came before, in a way that joining again does not mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// One client of one server, across reconnects. Times are milliseconds on any clock of the driver that does not go
/// back.
#[derive(Debug, Clone)]
pub struct Session {
    pub(crate) name: Name,
    token: Option<Token>,
    client: ClientInfo,
    pub(crate) member: Option<MemberId>,
    pub(crate) epoch: Option<Epoch>,
    line: Line,
    backoff: Backoff,
    pub(crate) rooms: BTreeMap<RoomId, Room>,
    pub(crate) outbox: Outbox,
    /// Posts wait until then, because the server said so.
    pub(crate) hold_until_ms: Option<u64>,
    pub(crate) output: VecDeque<Output>,
}

/// The connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Stopped(StopReason),
    /// Opening, or waiting for the welcome.
    Connecting {
        until_ms: u64,
    },
    Online {
        since_ms: u64,
        heard_ms: u64,
        heartbeat_ms: u64,
        pinged_ms: Option<u64>,
    },
    Waiting {
        until_ms: u64,
    },
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
            rooms: BTreeMap::new(),
            outbox: Outbox::restore(config.outbox),
            hold_until_ms: None,
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
        for (room, known) in &self.rooms {
            if known.stage != Stage::Out {
                self.output
                    .push_back(send(&ClientMessage::Leave { room: room.clone() }));
            }
        }
        self.drop_line();
        self.set_line(Line::Stopped(StopReason::Asked));
    }

    /// Wants to be in this room, now and after every reconnect.
    pub fn join(&mut self, room: &RoomId) {
        self.rooms.entry(room.clone()).or_default();
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

    /// Asks for up to `limit` entries before a place. The answer is [`Event::History`].
    ///
    /// # Errors
    /// [`NotLive`]: ask again when the room is.
    pub fn history(&mut self, room: &RoomId, before: Seq, limit: u16) -> Result<(), NotLive> {
        self.ask(
            room,
            ClientMessage::History {
                room: room.clone(),
                before,
                limit,
            },
        )
    }

    /// Asks for messages with these words. The answer is [`Event::Found`].
    ///
    /// # Errors
    /// [`NotLive`]: ask again when the room is.
    pub fn search(&mut self, room: &RoomId, text: &str) -> Result<(), NotLive> {
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
        match &mut self.line {
            Line::Online { pinged_ms, .. } if pinged_ms.is_none() => {
                *pinged_ms = Some(now_ms);
                self.output
                    .push_back(send(&ClientMessage::Ping { t: now_ms }));
            }
            Line::Waiting { .. } => self.connect(now_ms),
            Line::Online { .. } | Line::Connecting { .. } | Line::Stopped(_) => {}
        }
    }

    // ---- what happened ----

    /// The connection asked for is open.
    pub fn handle_open(&mut self) {
        if let Line::Connecting { .. } = self.line {
            self.say_hello();
        }
    }

    /// The connection has ended, or could not be opened. `code` is the close frame's, `random` any number.
    pub fn handle_closed(&mut self, now_ms: u64, code: Option<u16>, random: u64) {
        match (self.line, after_close(code), code) {
            (Line::Stopped(_) | Line::Waiting { .. }, _, _) => {}
            (_, AfterClose::Stop, Some(code)) => {
                self.forget_connection();
                self.set_line(Line::Stopped(StopReason::Closed(code)));
            }
            (_, AfterClose::Reconnect | AfterClose::Stop, _) => self.wait(now_ms, random),
        }
    }

    /// A text frame came. One that is not of this protocol, or contradicts what came before, counts as a broken line:
    /// closed, and opened again after the backoff. One from a connection that is closed already is ignored.
    pub fn handle_frame(&mut self, now_ms: u64, text: &str, random: u64) {
        match &mut self.line {
            Line::Stopped(_) | Line::Waiting { .. } => return,
            Line::Connecting { .. } => {}
            Line::Online {
                heard_ms,
                pinged_ms,
                ..
            } => {
                *heard_ms = now_ms;
                *pinged_ms = None;
            }
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
        match self.line {
            Line::Waiting { until_ms } if now_ms >= until_ms => self.connect(now_ms),
            Line::Connecting { until_ms } if now_ms >= until_ms => self.give_up(now_ms, random),
            Line::Online {
                pinged_ms: Some(pinged),
                ..
            } if now_ms >= pinged.saturating_add(PONG_TIMEOUT_MS) => {
                self.give_up(now_ms, random);
            }
            Line::Online {
                heard_ms,
                heartbeat_ms,
                pinged_ms: None,
                ..
            } if now_ms >= heard_ms.saturating_add(heartbeat_ms) => {
                self.probe(now_ms);
            }
            Line::Waiting { .. }
            | Line::Connecting { .. }
            | Line::Online { .. }
            | Line::Stopped(_) => {}
        }
        if self.hold_until_ms.is_some_and(|until| now_ms >= until) {
            self.hold_until_ms = None;
        }
        for room in self.rooms.values_mut() {
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
        let line = match self.line {
            Line::Stopped(_) => return None,
            Line::Connecting { until_ms } | Line::Waiting { until_ms } => until_ms,
            Line::Online {
                pinged_ms: Some(pinged),
                ..
            } => pinged.saturating_add(PONG_TIMEOUT_MS),
            Line::Online {
                heard_ms,
                heartbeat_ms,
                ..
            } => heard_ms.saturating_add(heartbeat_ms),
        };
        let joins = self.rooms.values().filter_map(|room| room.join_again_at_ms);
        joins.chain(self.hold_until_ms).chain([line]).min()
    }

    /// The line's state.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.line {
            Line::Stopped(why) => Status::Stopped(why),
            Line::Connecting { .. } => Status::Connecting {
                attempt: self.backoff.tries(),
            },
            Line::Online { .. } => Status::Online,
            Line::Waiting { until_ms } => Status::Waiting {
                until_ms,
                attempt: self.backoff.tries(),
            },
        }
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

    // ---- the line ----

    pub(crate) fn is_online(&self) -> bool {
        matches!(self.line, Line::Online { .. })
    }

    fn connect(&mut self, now_ms: u64) {
        self.output.push_back(Output::Connect);
        self.set_line(Line::Connecting {
            until_ms: now_ms.saturating_add(CONNECT_TIMEOUT_MS),
        });
    }

    pub(crate) fn say_hello(&mut self) {
        self.output.push_back(send(&ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: self.name.clone(),
            token: self.token.clone(),
            client: self.client.clone(),
        }));
    }

    pub(crate) fn is_connecting(&self) -> bool {
        matches!(self.line, Line::Connecting { .. })
    }

    pub(crate) fn welcomed(&mut self, now_ms: u64, heartbeat_ms: u64, token: Token) {
        self.token = Some(token);
        let heartbeat_ms = heartbeat_ms.clamp(HEARTBEAT_MS_MIN, HEARTBEAT_MS_MAX);
        self.set_line(Line::Online {
            since_ms: now_ms,
            heard_ms: now_ms,
            heartbeat_ms,
            pinged_ms: None,
        });
        self.send_joins();
    }

    /// The line is as good as dead: ends it, and waits like after any other end.
    fn give_up(&mut self, now_ms: u64, random: u64) {
        match self.line {
            Line::Connecting { .. } | Line::Online { .. } => {
                self.output.push_back(Output::Close);
                self.wait(now_ms, random);
            }
            Line::Stopped(_) | Line::Waiting { .. } => {}
        }
    }

    fn wait(&mut self, now_ms: u64, random: u64) {
        let online_ms = match self.line {
            Line::Online { since_ms, .. } => Some(now_ms.saturating_sub(since_ms)),
            Line::Stopped(_) | Line::Connecting { .. } | Line::Waiting { .. } => None,
        };
        let wait_ms = self.backoff.lost(online_ms, random);
        self.forget_connection();
        let until_ms = now_ms.saturating_add(wait_ms);
        self.set_line(Line::Waiting { until_ms });
    }

    fn drop_line(&mut self) {
        match self.line {
            Line::Connecting { .. } | Line::Online { .. } => self.output.push_back(Output::Close),
            Line::Stopped(_) | Line::Waiting { .. } => {}
        }
        self.forget_connection();
    }

    fn forget_connection(&mut self) {
        self.hold_until_ms = None;
        self.outbox.line_lost();
        for room in self.rooms.values_mut() {
            room.stage = Stage::Out;
            room.join_again_at_ms = None;
        }
    }

    fn set_line(&mut self, line: Line) {
        self.line = line;
        self.output
            .push_back(Output::Event(Event::Status(self.status())));
    }

    // ---- rooms and posts ----

    fn ask(&mut self, room: &RoomId, message: ClientMessage) -> Result<(), NotLive> {
        let live = self
            .rooms
            .get(room)
            .is_some_and(|known| known.stage == Stage::Live);
        if !live {
            return Err(NotLive);
        }
        self.output.push_back(send(&message));
        Ok(())
    }

    pub(crate) fn send_joins(&mut self) {
        if !self.is_online() {
            return;
        }
        for (room, known) in &mut self.rooms {
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

    pub(crate) fn take_entry(&mut self, room: RoomId, entry: Entry) -> Result<(), Broken> {
        if Some(entry.member) == self.member {
            self.settle(&room, &entry);
        }
        let Some(known) = self.rooms.get_mut(&room) else {
            return Ok(());
        };
        match known.take(&entry) {
            Order::Next => self.tell(Event::Entry { room, entry }),
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
            self.tell(Event::Settled {
                room: room.clone(),
                entry: entry.clone(),
            });
        }
    }

    pub(crate) fn take_refusal(&mut self, now_ms: u64, refusal: Refusal) {
        let wait_ms = refusal.retry_after_ms.unwrap_or(RETRY_MS);
        let again_at_ms = now_ms.saturating_add(wait_ms.min(RETRY_MS_MAX));
        if let Some(id) = refusal.id {
            return self.take_post_refusal(again_at_ms, id, refusal);
        }
        match (&refusal.room, refusal.code) {
            // Only once: a hello without a token that is refused for its token will not get better.
            (_, ErrorCode::TokenInvalid) if self.is_connecting() => {
                if self.token.take().is_some() {
                    self.say_hello();
                }
            }
            (Some(room), _) if self.is_joining(room) => {
                let room = room.clone();
                if refusal.retry {
                    let known = self.rooms.entry(room).or_default();
                    known.stage = Stage::Out;
                    known.join_again_at_ms = Some(again_at_ms);
                } else {
                    self.rooms.remove(&room);
                }
            }
            (_, _) => {}
        }
        self.tell(Event::Refused(refusal));
    }

    fn take_post_refusal(&mut self, again_at_ms: u64, id: MessageId, refusal: Refusal) {
        // A post that is settled or was taken back: this is about a copy of it.
        let Some(room) = self.outbox.room_of(id).cloned() else {
            return;
        };
        if refusal.code == ErrorCode::NotJoined {
            self.outbox.send_again(&room);
            // The server and we disagree on where we are: joining again settles it, once for all posts it refused.
            if let Some(known) = self.rooms.get_mut(&room).filter(|known| known.is_in()) {
                known.stage = Stage::Out;
                self.send_joins();
            }
        } else if refusal.retry {
            self.outbox.send_again(&room);
            self.hold_until_ms = self.hold_until_ms.max(Some(again_at_ms));
        } else if let Some(post) = self.outbox.remove(id) {
            self.tell(Event::PostRefused { post, refusal });
        }
    }

    fn is_joining(&self, room: &RoomId) -> bool {
        self.rooms
            .get(room)
            .is_some_and(|known| known.stage == Stage::Joining)
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.output.push_back(Output::Event(event));
    }
}

pub(crate) fn send(message: &ClientMessage) -> Output {
    Output::Send(codec::encode_client(message))
}
