//! What happens for each thing a client says: one closed match.

use std::{net::IpAddr, rc::Rc, sync::Arc};

use futures_util::{FutureExt, future::LocalBoxFuture, stream::FuturesUnordered};
use parlor_shared::{
    Body, ClientInfo, ClientMessage, ErrorCode, JoinOutcome, MemberId, MessageId, Name,
    PROTOCOL_VERSION, Position, Refusal, RoomId, Seq, ServerMessage, Token,
    close::CloseCode,
    codec,
    limits::{
        CLIENT_INFO_BYTES_MAX, HISTORY_ENTRIES_MAX, NEWCOMER_ENTRIES, PING_INTERVAL_MS,
        POSTS_IN_FLIGHT_MAX, SEARCH_CHARS_MAX, SEARCH_ENTRIES_MAX,
    },
};

use crate::{
    connection::outbound::Outbound,
    engine::{AppendError, Appended, Commit, NewEntry, Outcome, ReadError},
    node::Node,
    rate::ConnectionRate,
    rooms::{cursor::Cursor, hub::frame},
};

/// One connection as dispatch knows it: who it is, where it stands, what it waits for.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) node: Arc<Node>,
    pub(crate) outbound: Rc<Outbound>,
    /// Appends on their way, by connection so that their number is bounded.
    pub(crate) commits: FuturesUnordered<PostCommit>,
    who: Option<Who>,
    address: Option<IpAddr>,
    rate: ConnectionRate,
}

#[derive(Debug, Clone)]
struct Who {
    member: MemberId,
    name: Name,
}

/// How a client's message ended when it did not end well.
#[derive(Debug)]
enum RequestError {
    /// The client is told, and the connection lives.
    Refused(Box<Refusal>),
    /// The client is told, and the connection is closed: a protocol version that is not spoken.
    ProtocolVersion(Box<Refusal>),
}

impl From<Refusal> for RequestError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Client {
    pub(crate) fn new(node: Arc<Node>, outbound: Rc<Outbound>, address: Option<IpAddr>) -> Self {
        let rate = node.rates.connection();
        Self {
            node,
            outbound,
            commits: FuturesUnordered::new(),
            who: None,
            address,
            rate,
        }
    }

    /// Whether the client has said hello.
    pub(crate) fn is_welcome(&self) -> bool {
        self.who.is_some()
    }

    /// Whether the client may say more now: not while too much of what it said or asked for is unfinished.
    pub(crate) fn may_hear(&self) -> bool {
        self.commits.len() < POSTS_IN_FLIGHT_MAX && !self.outbound.is_full()
    }

    /// Takes a text frame: does what it asks for, or tells why not. Gives the code where that ends the connection.
    pub(crate) async fn hear(&mut self, text: &str) -> Option<CloseCode> {
        let heard = match codec::decode_client(text) {
            Ok(message) => self.dispatch(message).await,
            Err(refusal) => Err(refusal.into()),
        };
        let (refusal, ending) = match heard {
            Ok(()) => return None,
            Err(RequestError::Refused(refusal)) => (refusal, None),
            Err(RequestError::ProtocolVersion(refusal)) => {
                (refusal, Some(CloseCode::ProtocolVersion))
            }
        };
        self.outbound.reply(&ServerMessage::Error(*refusal));
        ending
    }

    /// Does what the client asks for; the answers go to its outbound, or come through the room.
    ///
    /// # Errors
    /// [`RequestError`], to be told to the client.
    async fn dispatch(&mut self, message: ClientMessage) -> Result<(), RequestError> {
        let about = about(&message);
        let done = match self.take_rate() {
            Ok(()) => self.act(message).await,
            Err(refusal) => Err(refusal.into()),
        };
        done.map_err(|denied| denied.about(about))
    }

    async fn act(&mut self, message: ClientMessage) -> Result<(), RequestError> {
        match message {
            ClientMessage::Hello {
                protocol,
                name,
                token,
                client,
            } => self.hello(protocol, name, token.as_ref(), &client),
            ClientMessage::Join { room, after } => Ok(self.join(&room, after).await?),
            ClientMessage::Leave { room } => Ok(self.leave(&room)?),
            ClientMessage::Post { room, id, body } => Ok(self.post(room, id, body).await?),
            ClientMessage::History {
                room,
                before,
                limit,
            } => Ok(self.history(room, before, limit).await?),
            ClientMessage::Search { room, text } => Ok(self.search(room, text).await?),
            ClientMessage::Typing { room } => Ok(self.typing(room)?),
            ClientMessage::Rename { name } => Ok(self.rename(name)?),
            ClientMessage::Ping { t } => {
                self.outbound.reply(&ServerMessage::Pong { t });
                Ok(())
            }
            ClientMessage::Unknown => {
                Err(Refusal::new(ErrorCode::Unsupported, "this server knows no such type").into())
            }
        }
    }

    fn hello(
        &mut self,
        protocol: u16,
        name: Name,
        token: Option<&Token>,
        client: &ClientInfo,
    ) -> Result<(), RequestError> {
        if protocol != PROTOCOL_VERSION {
            let why = format!("this server speaks protocol version {PROTOCOL_VERSION}");
            return Err(RequestError::ProtocolVersion(Box::new(Refusal::new(
                ErrorCode::ProtocolVersion,
                why,
            ))));
        }
        if self.who.is_some() {
            let why = "hello is said once; rename changes the name";
            return Err(Refusal::new(ErrorCode::HelloRepeated, why).into());
        }
        let member = match token {
            None => self.node.tokens.new_member().map_err(|error| {
                tracing::error!(%error, "no random bytes for a new member");
                Refusal::new(ErrorCode::Busy, "the server can't welcome anyone new now")
            })?,
            Some(token) => self.node.tokens.verify(token).ok_or_else(|| {
                let why = "this server did not give that token; say hello without one";
                Refusal::new(ErrorCode::TokenInvalid, why)
            })?,
        };
        tracing::debug!(%member, client = cut(&client.name), version = cut(&client.version), "hello");
        self.outbound.reply(&ServerMessage::Welcome {
            protocol: PROTOCOL_VERSION,
            server: concat!("parlor ", env!("CARGO_PKG_VERSION")).to_owned(),
            member,
            token: self.node.tokens.sign(member),
            name: name.clone(),
            epoch: self.node.engine.epoch(),
            limits: self.node.limits,
            heartbeat_ms: PING_INTERVAL_MS,
        });
        self.who = Some(Who { member, name });
        Ok(())
    }

    async fn join(&mut self, room: &RoomId, after: Option<Position>) -> Result<(), Refusal> {
        let who = self.who()?;
        if self.outbound.has_rooms_max() && !self.outbound.is_in(room) {
            let why = "a connection can't be in more rooms; leave one first";
            return Err(Refusal::new(ErrorCode::TooManyRooms, why));
        }
        let (node, member) = (self.node.clone(), who.member);
        let open = node
            .hub
            .open(room)
            .map_err(|error| Refusal::new(ErrorCode::Busy, error.to_string()))?;
        let engine = &node.engine;
        let bounds = engine.bounds(room).await.map_err(unreadable)?;
        let head = open.observe_head(bounds.head);

        let resumable = after.filter(|after| {
            after.epoch == engine.epoch() && (bounds.start..=head).contains(&after.seq)
        });
        let (after, outcome) = match resumable {
            Some(after) => (after.seq, JoinOutcome::Resumed),
            None => {
                let before = Seq(head.0.saturating_add(1));
                let last = engine
                    .read_before(room, before, NEWCOMER_ENTRIES)
                    .await
                    .map_err(unreadable)?;
                (
                    last.entries.first().map_or(head, |oldest| oldest.prev),
                    JoinOutcome::Reset,
                )
            }
        };
        self.outbound.reply(&ServerMessage::Joined {
            room: room.clone(),
            after,
            head,
            first: bounds.first,
            outcome,
        });
        let cursor = Cursor::new(open, engine.clone(), (member, &who.name), after);
        self.outbound.add(cursor);
        Ok(())
    }

    fn leave(&mut self, room: &RoomId) -> Result<(), Refusal> {
        self.outbound.remove(room).ok_or_else(not_joined)?.leave();
        Ok(())
    }

    async fn post(&mut self, room: RoomId, id: MessageId, body: Body) -> Result<(), Refusal> {
        let Who { member, name } = self.who()?;
        self.check_in(&room)?;
        if body == Body::Unknown {
            return Err(Refusal::new(
                ErrorCode::Unsupported,
                "this server knows no such kind",
            ));
        }
        let at_ms = self.node.hub.clock().unix_ms();
        let new = NewEntry {
            room: room.clone(),
            id,
            member,
            name,
            body,
            at_ms,
        };
        let commit = self.node.engine.append(new).await.map_err(refused)?;
        self.commits.push(settled(commit, room, id).boxed_local());
        Ok(())
    }

    async fn history(&mut self, room: RoomId, before: Seq, limit: u16) -> Result<(), Refusal> {
        self.check_in(&room)?;
        let limit = limit.clamp(1, HISTORY_ENTRIES_MAX);
        let page = self
            .node
            .engine
            .read_before(&room, before, limit)
            .await
            .map_err(unreadable)?;
        let (entries, more) = (page.entries, page.more);
        self.outbound.reply(&ServerMessage::History {
            room,
            before,
            entries,
            more,
        });
        Ok(())
    }

    async fn search(&mut self, room: RoomId, text: String) -> Result<(), Refusal> {
        self.check_in(&room)?;
        if text.trim().is_empty() || text.chars().count() > SEARCH_CHARS_MAX {
            let why = format!("search for some words, at most {SEARCH_CHARS_MAX} characters");
            return Err(Refusal::new(ErrorCode::SearchInvalid, why));
        }
        let engine = &self.node.engine;
        let entries = engine
            .search(&room, &text, SEARCH_ENTRIES_MAX)
            .await
            .map_err(unreadable)?;
        self.outbound.reply(&ServerMessage::Found {
            room,
            text,
            entries,
        });
        Ok(())
    }

    fn typing(&mut self, room: RoomId) -> Result<(), Refusal> {
        let member = self.who()?.member;
        self.check_in(&room)?;
        let typing = frame(&ServerMessage::Typing {
            room: room.clone(),
            member,
        });
        self.outbound.for_each_room(|live| {
            if live.id == room {
                live.publish_ephemeral(&typing);
            }
        });
        Ok(())
    }

    fn rename(&mut self, name: Name) -> Result<(), Refusal> {
        let member = self.who()?.member;
        self.outbound
            .for_each_room(|room| room.rename(member, &name));
        self.who = Some(Who { member, name });
        Ok(())
    }

    /// Tells how an append of this connection ended. Its own entry coming back is the acknowledgement, so there is
    /// something to say only when that will not come.
    pub(crate) fn settle(&self, settled: SettledPost) {
        let SettledPost { room, id, result } = settled;
        match result {
            Ok(Appended {
                outcome: Outcome::New,
                ..
            }) => {}
            Ok(Appended {
                outcome: Outcome::Duplicate,
                entry,
            }) => {
                self.outbound
                    .reply(&ServerMessage::Duplicate { room, entry });
            }
            Err(error) => {
                self.outbound.reply(&ServerMessage::Error(
                    refused(error).in_room(&room).of_post(id),
                ));
            }
        }
    }

    fn take_rate(&self) -> Result<(), Refusal> {
        let member = self.who.as_ref().map(|who| who.member);
        self.node
            .rates
            .take(&self.rate, member, self.address)
            .map_err(|too_fast| {
                let mut refusal = Refusal::new(ErrorCode::RateLimited, too_fast.to_string());
                refusal.retry_after_ms = Some(too_fast.retry_after.as_millis() as u64 + 1);
                refusal
            })
    }

    fn who(&self) -> Result<Who, Refusal> {
        self.who.clone().ok_or_else(|| {
            Refusal::new(
                ErrorCode::HelloExpected,
                "the first frame of a connection is hello",
            )
        })
    }

    fn check_in(&self, room: &RoomId) -> Result<(), Refusal> {
        self.who()?;
        if self.outbound.is_in(room) {
            Ok(())
        } else {
            Err(not_joined())
        }
    }
}

/// What a client says of itself, as far as it is kept.
fn cut(info: &str) -> &str {
    &info[..info.floor_char_boundary(CLIENT_INFO_BYTES_MAX)]
}

/// The room and post a message is about, for a refusal to name.
fn about(message: &ClientMessage) -> (Option<RoomId>, Option<MessageId>) {
    match message {
        ClientMessage::Post { room, id, .. } => (Some(room.clone()), Some(*id)),
        ClientMessage::Join { room, .. }
        | ClientMessage::Leave { room }
        | ClientMessage::History { room, .. }
        | ClientMessage::Search { room, .. }
        | ClientMessage::Typing { room } => (Some(room.clone()), None),
        ClientMessage::Hello { .. }
        | ClientMessage::Rename { .. }
        | ClientMessage::Ping { .. }
        | ClientMessage::Unknown => (None, None),
    }
}

impl RequestError {
    fn about(mut self, (room, id): (Option<RoomId>, Option<MessageId>)) -> Self {
        let (Self::Refused(refusal) | Self::ProtocolVersion(refusal)) = &mut self;
        refusal.room = room;
        refusal.id = id;
        self
    }
}

fn not_joined() -> Refusal {
    Refusal::new(ErrorCode::NotJoined, "join the room first")
}

fn unreadable(error: ReadError) -> Refusal {
    Refusal::new(ErrorCode::LogUnavailable, error.to_string())
}

fn refused(error: AppendError) -> Refusal {
    let code = match error {
        AppendError::TargetUnknown => ErrorCode::TargetUnknown,
        AppendError::NotAuthor => ErrorCode::NotAuthor,
        AppendError::Unavailable | AppendError::Closed => ErrorCode::LogUnavailable,
    };
    Refusal::new(code, error.to_string())
}

/// How a post's append ended.
#[derive(Debug)]
pub(crate) struct SettledPost {
    room: RoomId,
    id: MessageId,
    result: Result<Appended, AppendError>,
}

/// A post on its way into the log.
type PostCommit = LocalBoxFuture<'static, SettledPost>;

async fn settled(commit: Commit, room: RoomId, id: MessageId) -> SettledPost {
    SettledPost {
        room,
        id,
        result: commit.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_of_itself_is_cut_between_characters() {
        assert_eq!(cut("parlor-page"), "parlor-page");
        let long = "ä".repeat(CLIENT_INFO_BYTES_MAX);
        assert_eq!(cut(&long).len(), CLIENT_INFO_BYTES_MAX);
        assert_eq!(cut(&format!("a{long}")).len(), CLIENT_INFO_BYTES_MAX - 1);
    }
}
