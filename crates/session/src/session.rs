//! The state machine: the program's calls, the driver's calls, and what the session asks for in
//! return.

mod directory;
mod on_message;
mod questions;
mod refusals;
mod seen;

use std::collections::VecDeque;

use parlor_shared::{
    Access, AccessToken, Body, ClientInfo, ClientMessage, Epoch, MemberId, MessageId, Name,
    PROTOCOL_VERSION, Position, Request, RoomId, Seq, Token,
    close::{AfterClose, after_close},
    codec,
};

use crate::{
    connection::{Connection, Due},
    error::{OutboxFull, ProtocolViolation},
    outbox::{Outbox, OutboxSend},
    output::{Event, OutboxPost, Output, Status, StopReason},
    requests::Requests,
    rooms::{Room, Rooms},
    seen::SeenPositions,
};

/// What a session starts with.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// The member's name.
    pub name: Name,
    /// The token from an earlier welcome, to be the same member again.
    pub token: Option<Token>,
    /// What lets the client in, where the server asks for it.
    pub access: Option<Access>,
    /// What program this is.
    pub client: ClientInfo,
    /// Posts that an earlier session left unacknowledged, oldest first.
    pub outbox: Vec<OutboxPost>,
}

/// One client of one server, across reconnects.
///
/// Times are milliseconds on any clock of the driver that does not go back; `random` is any number,
/// and different for each client.
#[derive(Debug, Clone)]
pub struct Session {
    name: Name,
    /// The name in the last hello.
    said_name: Option<Name>,
    token: Option<Token>,
    access: Option<Access>,
    client: ClientInfo,
    member: Option<MemberId>,
    /// The server's current epoch. A room's position may still be in an earlier one.
    epoch: Option<Epoch>,
    connection: Connection,
    rooms: Rooms,
    outbox: Outbox,
    requests: Requests,
    seen: SeenPositions,
    outputs: VecDeque<Output>,
}

impl Session {
    /// A session that is stopped.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        Self {
            name: config.name,
            said_name: None,
            token: config.token,
            access: config.access,
            client: config.client,
            member: None,
            epoch: None,
            connection: Connection::new(),
            rooms: Rooms::default(),
            outbox: Outbox::restore(config.outbox),
            requests: Requests::default(),
            seen: SeenPositions::default(),
            outputs: VecDeque::new(),
        }
    }

    // ---- the program's calls ----

    /// Connects now, cutting a wait short. Does nothing while connected or connecting.
    pub fn start(&mut self, now_ms: u64) {
        if !self.connection.is_connected() {
            self.connect(now_ms);
        }
    }

    /// Connects with this to show, because the server has refused a hello without it, or with
    /// another.
    pub fn show(&mut self, access: Access, now_ms: u64) {
        self.access = Some(access);
        self.start(now_ms);
    }

    /// The member's name: what the program gave, or the server, which may know the member by
    /// another name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Gives the server a new access token, now and after every reconnect.
    pub fn renew(&mut self, access: AccessToken) {
        self.access = Some(Access::Token(access.clone()));
        self.requests.cancel(Request::Renew, None);
        if self.connection.is_online() {
            self.send(&ClientMessage::Renew { access });
        }
    }

    /// Leaves every room and stays disconnected until [`Session::start`]. The outbox is kept.
    pub fn stop(&mut self) {
        let leaves: Vec<_> = self.rooms.requested().cloned().collect();
        for room in leaves {
            self.send(&ClientMessage::Leave { room });
        }
        self.close();
        self.stop_with(StopReason::Asked);
    }

    /// Joins a room, now and after every reconnect.
    pub fn join(&mut self, room: &RoomId) {
        self.rooms.add(room);
        self.requests.cancel(Request::Leave, Some(room));
        self.send_joins();
    }

    /// Joins a room after a place that the program knows from an earlier session, now and after
    /// every reconnect. A room that is joined already goes on from its own position.
    pub fn join_after(&mut self, room: &RoomId, position: Position) {
        self.rooms.add_after(room, position);
        self.join(room);
    }

    /// Leaves a room and forgets the position in it. Posts to it stay in the outbox.
    pub fn leave(&mut self, room: &RoomId) {
        let Some(left) = self.rooms.leave(room) else {
            return;
        };
        if left.is_requested() {
            self.send(&ClientMessage::Leave { room: room.clone() });
        }
        self.requests.on_left(room);
        self.seen.remove(room);
        // No entry of the room comes any more, so the posts in flight would never be seen to
        // arrive.
        self.outbox.resend(room);
        self.send_posts();
    }

    /// Appends to a room. The post is kept and sent until it is known to be on the log.
    ///
    /// # Errors
    /// [`OutboxFull`] if too many posts are waiting; this one is not kept.
    pub fn post(&mut self, room: &RoomId, id: MessageId, body: Body) -> Result<(), OutboxFull> {
        let room = room.clone();
        self.outbox.add(OutboxPost { room, id, body })?;
        self.send_posts();
        Ok(())
    }

    /// Removes a post from the outbox, and lets what follows it be sent. If it was sent already, it
    /// may reach the log all the same.
    pub fn discard(&mut self, id: MessageId) -> Option<OutboxPost> {
        let discarded = self.outbox.remove(id);
        self.send_posts();
        discarded
    }

    /// Says that the user is typing, at most every three seconds. While the room is not live
    /// nothing is sent, now or later.
    pub fn typing(&mut self, room: &RoomId, now_ms: u64) {
        let known = self.rooms.get_mut(room);
        if known.is_some_and(|known| known.begin_typing(now_ms)) {
            self.send(&ClientMessage::Typing { room: room.clone() });
        }
    }

    /// Changes the member's name, now and after every reconnect.
    pub fn rename(&mut self, name: Name) {
        self.name = name.clone();
        self.requests.cancel(Request::Rename, None);
        if self.connection.is_online() {
            self.send(&ClientMessage::Rename { name });
        }
    }

    /// Call this when the machine woke or the network changed. Reconnects at once if the session is
    /// waiting; if it is online, pings to find out whether the connection still works.
    pub fn probe(&mut self, now_ms: u64) {
        if self.connection.is_waiting() {
            self.connect(now_ms);
        } else {
            self.ping(now_ms);
        }
    }

    // ---- the driver's calls ----

    /// The requested connection is open.
    pub fn handle_open(&mut self) {
        if self.connection.is_connecting() {
            self.send_hello();
        }
    }

    /// The connection ended, or could not be opened. `code` is the close frame's.
    pub fn handle_closed(&mut self, now_ms: u64, code: Option<u16>, random: u64) {
        if !self.connection.is_connected() {
            return;
        }
        match (after_close(code), code) {
            (AfterClose::Stop, Some(code)) => self.stop_with(StopReason::Closed(code)),
            (AfterClose::Reconnect | AfterClose::Stop, _) => self.on_lost(now_ms, random),
        }
    }

    /// A text frame arrived. A frame that is no message, or contradicts what came before, closes
    /// the connection, and the session reconnects after the backoff. A frame of a connection that
    /// is closed already is ignored.
    pub fn handle_frame(&mut self, now_ms: u64, text: &str, random: u64) {
        if !self.connection.is_connected() {
            return;
        }
        self.connection.on_received(now_ms);
        let result = codec::decode_server(text)
            .map_err(|_| ProtocolViolation)
            .and_then(|message| self.on_message(now_ms, message));
        if result.is_err() {
            self.give_up(now_ms, random);
        }
        self.send_posts();
        self.send_seen(now_ms);
    }

    /// The time that [`Session::poll_timeout`] returned has come. Calling it early does no harm.
    pub fn handle_timeout(&mut self, now_ms: u64, random: u64) {
        match self.connection.due(now_ms) {
            Due::Nothing => {}
            Due::Connect => self.connect(now_ms),
            Due::Hello => self.send_hello(),
            Due::Ping => self.ping(now_ms),
            Due::GiveUp => self.give_up(now_ms, random),
        }
        self.outbox.on_timeout(now_ms);
        self.rooms.on_timeout(now_ms);
        let again = self.requests.on_timeout(now_ms);
        self.outputs.extend(again.into_iter().map(Output::Send));
        self.send_joins();
        self.send_posts();
        self.send_seen(now_ms);
    }

    // ---- the session's answers ----

    /// The next thing for the driver to do, if there is one.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Session::handle_timeout`], unless something else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        let connection = self.connection.deadline_ms()?;
        let waits = [
            self.rooms.deadline_ms(),
            self.outbox.deadline_ms(),
            self.requests.deadline_ms(),
            self.seen.deadline_ms(|room| self.rooms.is_live(room)),
        ];
        waits.into_iter().flatten().chain([connection]).min()
    }

    /// The connection's state.
    #[must_use]
    pub fn status(&self) -> Status {
        self.connection.status()
    }

    /// The posts that are not known to be on the log, oldest first.
    pub fn outbox(&self) -> impl Iterator<Item = &OutboxPost> {
        self.outbox.posts()
    }

    /// The newest entry of this room that was passed on.
    #[must_use]
    pub fn position(&self, room: &RoomId) -> Option<Position> {
        self.rooms.get(room).and_then(Room::position)
    }

    /// The newest known entry of this room's log. The position reaches it when the session has
    /// caught up.
    #[must_use]
    pub fn head(&self, room: &RoomId) -> Seq {
        self.rooms.get(room).map_or(Seq::ZERO, Room::head)
    }

    // ---- steps that several calls share ----

    fn connect(&mut self, now_ms: u64) {
        self.outputs.push_back(Output::Connect);
        self.connection.on_connect(now_ms);
        self.emit_status();
    }

    /// Closes the connection, and reconnects after the backoff.
    fn give_up(&mut self, now_ms: u64, random: u64) {
        self.close();
        self.on_lost(now_ms, random);
    }

    fn close(&mut self) {
        if self.connection.is_connected() {
            self.outputs.push_back(Output::Close);
        }
    }

    fn on_lost(&mut self, now_ms: u64, random: u64) {
        self.connection.on_lost(now_ms, random);
        self.on_disconnect();
    }

    fn stop_with(&mut self, reason: StopReason) {
        self.connection.stop(reason);
        self.on_disconnect();
    }

    fn on_disconnect(&mut self) {
        self.outbox.on_disconnect();
        self.rooms.on_disconnect();
        self.requests.on_disconnect();
        self.seen.on_disconnect();
        self.emit_status();
    }

    fn ping(&mut self, now_ms: u64) {
        if self.connection.begin_ping(now_ms) {
            self.send(&ClientMessage::Ping { t: now_ms });
        }
    }

    fn send_hello(&mut self) {
        self.connection.on_hello();
        self.said_name = Some(self.name.clone());
        self.send(&ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: self.name.clone(),
            token: self.token.clone(),
            access: self.access.clone(),
            client: self.client.clone(),
        });
    }

    fn send_joins(&mut self) {
        while self.connection.is_online()
            && let Some(join) = self.rooms.next_join()
        {
            self.send(&join);
        }
    }

    fn send_posts(&mut self) {
        while self.connection.is_online()
            && let Some(OutboxSend { post, follows }) =
                self.outbox.next(|room| self.rooms.is_live(room))
        {
            let OutboxPost { room, id, body } = post;
            self.send(&ClientMessage::Post {
                room,
                id,
                follows,
                body,
            });
        }
    }

    fn send(&mut self, message: &ClientMessage) {
        let frame = codec::encode_client(message);
        self.outputs.push_back(Output::Send(frame));
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn emit_status(&mut self) {
        self.emit(Event::Status(self.status()));
    }
}
