//! Who makes a request, and what it may do: by the rules of a WebSocket's client, paid from the
//! same buckets.
//!
//! Nobody comes in first: each request shows what a hello shows. Where everyone may come in, a
//! request without a token reads as a member whom nobody knows.

use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, web};
use parlor_shared::{
    AccessToken, ErrorCode, Member, MemberId, Name, Right, RoomId, Seq,
    limits::{CATCH_UP_BYTES_PAID_MAX, REPLY_BYTES_PER_TOKEN},
};

use super::{
    bearer,
    problem::{HttpRefusal, Problem},
};
use crate::{
    access::{Admission, HeldToken, revoked},
    address::{Address, Network},
    bans::Visitor,
    dispatch::{
        admit::{ShownToComeIn, admit},
        bans::check_ban,
        error::RequestError,
        opened_room::OpenedRoom,
        rights::right_to_enter,
        written::check_chosen_name,
    },
    http::checks::RequestSource,
    log_reader::LogReader,
    node::Node,
    rate::{Patience, Payer, left::RateLeft},
    rooms::room::RoomHandle,
};

/// Who makes a request.
pub(super) struct ApiClient {
    pub(super) node: web::Data<Node>,
    /// The member; one that nobody knows for a request without a token.
    pub(super) member: MemberId,
    /// Whether the request has proved to be of a member that there was before.
    is_proved: bool,
    /// The name that comes with what it has shown.
    name: Option<Name>,
    /// What its access token says.
    held: Option<HeldToken>,
    network: Option<Network>,
    pub(super) address: Option<Address>,
    /// How the log is read for it.
    pub(super) log: LogReader,
    payer: Payer,
}

/// A client that is let in, and what it gets in the place of what it has shown.
pub(super) struct LetIn {
    pub(super) client: ApiClient,
    /// An access token in the place of a password or a ticket.
    pub(super) pass: Option<AccessToken>,
}

/// A room, and what the client may do in it.
#[derive(Debug)]
pub(super) struct EnteredRoom {
    pub(super) room: OpenedRoom,
    pub(super) right: Right,
}

impl EnteredRoom {
    /// The newest published entry now.
    pub(super) fn head(&self) -> Seq {
        self.room.handle.head().unwrap_or(self.room.head)
    }
}

/// What is left of the client's tokens, in the extensions of its request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left(pub(super) RateLeft);

impl ApiClient {
    /// Lets a request in by its token.
    ///
    /// # Errors
    /// [`Problem`] if it may not come in.
    pub(super) async fn of(request: &HttpRequest, node: &web::Data<Node>) -> Result<Self, Problem> {
        let shown = bearer::shown(request)?;
        let let_in = Self::let_in(request, node, shown, None).await?;
        Ok(let_in.client)
    }

    /// Lets in who shows this, as a member with this name where nothing else says its name.
    ///
    /// # Errors
    /// [`Problem`] if it may not come in.
    pub(super) async fn let_in(
        request: &HttpRequest,
        node: &web::Data<Node>,
        shown: ShownToComeIn,
        name: Option<Name>,
    ) -> Result<LetIn, Problem> {
        let source = RequestSource::of(request, node);
        let address = node.addresses.find(source.network);
        let token = shown.token.as_ref();
        let named = token.and_then(|token| node.tokens.verify_named(token));
        let limited = address.as_ref().map(Address::network);
        let Admission {
            member,
            is_new,
            name: of_device,
            held,
            pass,
        } = admit(node, shown, name.clone(), limited).await?;
        let own = held.as_ref().and_then(|held| held.name.clone());
        let name = own.or(of_device).or(name).or(named.map(|named| named.name));
        let permits = address.as_ref().map(Address::read_permits);
        let mut client = Self {
            node: node.clone(),
            member,
            is_proved: !is_new,
            name,
            held,
            network: source.network,
            log: LogReader::new(node.engine.clone(), permits),
            address,
            payer: Payer::new(source.network),
        };
        // A member whom nobody knows has no bucket: each request would have another one.
        if client.is_proved {
            client.payer.set_member(member);
        }
        check_ban(node, client.visitor(), None)?;
        client.note_left(request);
        Ok(LetIn { client, pass })
    }

    /// Takes tokens for the request, and waits for them where they are there soon.
    ///
    /// # Errors
    /// [`Problem`] if that would take too long. Then none are taken.
    pub(super) async fn pay(&self, request: &HttpRequest, tokens: u32) -> Result<(), Problem> {
        let now_ms = self.node.hub.clock().now_ms();
        let taken = self
            .node
            .rates
            .take(&self.payer, tokens, Patience::Delay, now_ms);
        self.note_left(request);
        let wait = taken?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// Charges for what the answer brings.
    pub(super) fn charge_bytes(&self, bytes: usize) {
        let tokens = bytes.min(CATCH_UP_BYTES_PAID_MAX) / REPLY_BYTES_PER_TOKEN;
        if tokens > 0 {
            let now_ms = self.node.hub.clock().now_ms();
            self.node.rates.charge(&self.payer, tokens as u32, now_ms);
        }
    }

    /// Has the answer say what is left of the client's tokens.
    fn note_left(&self, request: &HttpRequest) {
        let now_ms = self.node.hub.clock().now_ms();
        if let Some(left) = self.node.rates.left(&self.payer, now_ms) {
            request.extensions_mut().insert(Left(left));
        }
    }

    /// The client, as bans know it.
    fn visitor(&self) -> Visitor {
        Visitor {
            member: self.member,
            network: self.network,
            now_ms: self.node.hub.clock().unix_ms(),
        }
    }

    /// Opens a room for the client, which must have the right to read it.
    ///
    /// # Errors
    /// [`Problem`] if it may not read it, there are too many rooms, or the log can't be read.
    pub(super) async fn enter(&self, room: &RoomId) -> Result<EnteredRoom, Problem> {
        let opened = OpenedRoom::open(
            &self.node,
            &self.log,
            self.address.as_ref(),
            room,
            self.member,
        );
        let opened = opened.await.map_err(|error| in_room(error, room))?;
        let right = right_to_enter(
            &self.node,
            self.visitor(),
            self.held.as_ref(),
            &opened.handle,
        );
        let right = right.map_err(|error| in_room(error, room))?;
        Ok(EnteredRoom {
            room: opened,
            right,
        })
    }

    /// Checks that the client may still be there, and read this room: bans and rights may have
    /// changed.
    ///
    /// # Errors
    /// A refusal that says why not.
    pub(super) fn check_still_in(&self, room: &RoomHandle) -> Result<(), RequestError> {
        check_ban(&self.node, self.visitor(), None)?;
        let id = self.held.as_ref().and_then(|held| held.id.as_deref());
        if id.is_some_and(|id| self.node.access.is_revoked(id)) {
            return Err(revoked());
        }
        let right = right_to_enter(&self.node, self.visitor(), self.held.as_ref(), room);
        right.map(drop)
    }

    /// When what it has shown ends, in Unix milliseconds; `None` for never.
    pub(super) fn expires_at_ms(&self) -> Option<u64> {
        self.held.as_ref()?.expires_at_ms
    }

    /// How long what it has shown is good for; `None` for any time.
    pub(super) fn lifetime(&self) -> Option<Duration> {
        let end_ms = self.expires_at_ms()?;
        let now_ms = self.node.hub.clock().unix_ms();
        Some(Duration::from_millis(end_ms.saturating_sub(now_ms)))
    }

    /// Who writes: the member that the request has proved to be, with the name that it gives, or
    /// the one that comes with its token.
    ///
    /// # Errors
    /// [`Problem`] if it has proved nothing, has no name, or may not have this one.
    pub(super) fn author(&self, name: Option<Name>) -> Result<Member, Problem> {
        self.check_proved()?;
        if let Some(name) = &name {
            check_chosen_name(self.held.as_ref(), name)?;
        }
        self.named(name)
    }

    /// The member as it was let in: a new one, or the one that it has proved to be.
    ///
    /// # Errors
    /// [`Problem`] if it has no name.
    pub(super) fn admitted(&self) -> Result<Member, Problem> {
        self.named(None)
    }

    fn named(&self, name: Option<Name>) -> Result<Member, Problem> {
        let Some(name) = name.or_else(|| self.name.clone()) else {
            let why = "Your token has no name: say one as `name`, or get a token with one from \
                       POST /api/v1/members.";
            return Err(Problem::new(ErrorCode::NameInvalid, why));
        };
        Ok(Member {
            member: self.member,
            name,
        })
    }

    /// Checks that the request has proved to be of a member that there was before.
    ///
    /// # Errors
    /// [`Problem`] that says how to become one.
    pub(super) fn check_proved(&self) -> Result<(), Problem> {
        if self.is_proved {
            return Ok(());
        }
        let why = "Send the token of a member as `Authorization: Bearer …`. POST to \
                   /api/v1/members makes one.";
        Err(Problem::of_http(HttpRefusal::TokenRequired, why))
    }

    /// The name that comes with what it has shown.
    pub(super) fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }
}

/// A refusal, about this room.
pub(super) fn in_room(error: RequestError, room: &RoomId) -> Problem {
    Problem::from(error).in_room(room)
}
