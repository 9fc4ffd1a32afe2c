//! The client of one connection, as the handlers know it.

use std::{net::IpAddr, rc::Rc, sync::Arc};

use futures_util::{future::LocalBoxFuture, stream::FuturesUnordered};
use parlor_shared::{
    ErrorCode, Member, MessageId, Refusal, RoomId, ServerMessage, limits::POSTS_IN_FLIGHT_MAX,
};

use crate::{
    connection::outbound::Outbound,
    dispatch::error::RequestError,
    engine::{AppendError, Appended, Outcome},
    node::Node,
    rate::{ConnectionRate, TooFast},
};

/// The client of one connection: who it is, what it has asked for that is not done, and where its
/// answers go.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) node: Arc<Node>,
    pub(crate) outbound: Rc<Outbound>,
    /// The client's posts that the engine has not answered yet.
    pub(crate) appends: FuturesUnordered<PendingAppend>,
    /// Who the client is, once it has said hello.
    pub(crate) member: Option<Member>,
    address: Option<IpAddr>,
    rate: ConnectionRate,
}

/// A post on its way into the log.
pub(crate) type PendingAppend = LocalBoxFuture<'static, CompletedAppend>;

/// What became of a post.
#[derive(Debug)]
pub(crate) struct CompletedAppend {
    pub(crate) room: RoomId,
    pub(crate) id: MessageId,
    pub(crate) result: Result<Appended, AppendError>,
}

impl Client {
    /// A client that has not said hello. `address` is where it connects from, for the rate limits.
    pub(crate) fn new(node: Arc<Node>, outbound: Rc<Outbound>, address: Option<IpAddr>) -> Self {
        let rate = node.rates.connection();
        Self {
            node,
            outbound,
            appends: FuturesUnordered::new(),
            member: None,
            address,
            rate,
        }
    }

    /// Whether the client has said hello.
    pub(crate) fn is_welcomed(&self) -> bool {
        self.member.is_some()
    }

    /// Whether the next frame may be handled: not while too many posts are in flight or too many
    /// replies are queued.
    pub(crate) fn can_handle_more(&self) -> bool {
        self.appends.len() < POSTS_IN_FLIGHT_MAX && !self.outbound.is_full()
    }

    /// Tells the client what became of its post, unless the entry tells: the client's own entry
    /// coming back through the room is the acknowledgement.
    pub(crate) fn handle_appended(&self, append: CompletedAppend) {
        let CompletedAppend { room, id, result } = append;
        match result {
            Ok(Appended {
                outcome: Outcome::New,
                ..
            }) => {}
            Ok(Appended {
                outcome: Outcome::Duplicate,
                entry,
            }) => self
                .outbound
                .reply(&ServerMessage::Duplicate { room, entry }),
            Err(error) => {
                let refusal: Refusal = *RequestError::from(error).refusal;
                let refusal = refusal.in_room(&room).of_post(id);
                self.outbound.reply(&ServerMessage::Error(refusal));
            }
        }
    }

    /// Counts one message against the rate limits.
    pub(crate) fn take_rate(&self) -> Result<(), TooFast> {
        let member = self.member.as_ref().map(|member| member.member);
        self.node.rates.take(&self.rate, member, self.address)
    }

    /// Who the client is.
    ///
    /// # Errors
    /// Before hello.
    pub(crate) fn member(&self) -> Result<&Member, RequestError> {
        self.member.as_ref().ok_or_else(|| {
            RequestError::new(
                ErrorCode::HelloExpected,
                "The first frame of a connection is hello.",
            )
        })
    }

    /// Who the client is, in a room that it has joined.
    ///
    /// # Errors
    /// Before hello, and in other rooms.
    pub(crate) fn member_in(&self, room: &RoomId) -> Result<&Member, RequestError> {
        let member = self.member()?;
        if self.outbound.is_in(room) {
            Ok(member)
        } else {
            Err(RequestError::not_joined())
        }
    }
}
