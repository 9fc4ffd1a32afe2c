//! The client of one connection, as the handlers know it.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use parlor_shared::{
    ErrorCode, Member, MemberId, MessageId, Refusal, RoomId, ServerMessage,
    limits::{POSTS_IN_FLIGHT_BYTES_MAX, POSTS_IN_FLIGHT_MAX},
};

use tokio::sync::watch;

use crate::{
    access::{Account, HeldToken, NotedRights},
    address::{Address, Network},
    connection::{
        intake::{Admission, Intake, frame_tokens},
        outbound::Outbound,
    },
    dispatch::{error::RequestError, room_rights::RoomRights},
    engine::{AppendResult, Appended, Awaited, Outcome, Receipts},
    log_reader::LogReader,
    node::Node,
    open_reports::ReportCounts,
    rate::Payer,
    seen_feed::SeenSubscription,
    threads::SessionFacts,
};

/// The client of one connection: who it is, what it has asked for that is not done, and where its
/// answers go.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) node: Arc<Node>,
    pub(crate) outbound: Rc<Outbound>,
    /// The client's posts whose results were not read yet, in the order of `receipts`.
    posts: RefCell<VecDeque<PostInFlight>>,
    /// What these keep in memory.
    post_bytes: Cell<usize>,
    /// Where the engine puts their results.
    pub(crate) receipts: Arc<Receipts>,
    /// Who the client is, where the program around the server says so.
    pub(super) account: Option<Box<Account>>,
    /// Who the client is, once it has said hello.
    pub(crate) member: Option<Member>,
    /// The same, for the operator.
    pub(crate) facts: Rc<SessionFacts>,
    /// What the member sees on other connections, once the client has joined a room.
    pub(crate) seen_feed: Option<SeenSubscription>,
    /// How the client reads the log.
    pub(crate) log: LogReader,
    /// Where it connects from, if one address has limits.
    pub(crate) address: Option<Address>,
    /// What it may do in the rooms that it is in.
    pub(super) rights: RoomRights,
    /// How many open reports rooms have, where it moderates any.
    pub(super) report_counts: Option<watch::Receiver<ReportCounts>>,
    /// Where it connects from, for bans.
    pub(crate) network: Option<Network>,
    /// What its access token says, if it has shown one.
    pub(super) held: Option<Box<HeldToken>>,
    /// What the token lets it do, noted for those who would ban the member.
    noted: Option<NotedRights>,
    payer: Payer,
}

/// A post on its way into the log.
#[derive(Debug)]
pub(crate) struct PostInFlight {
    pub(crate) room: RoomId,
    pub(crate) id: MessageId,
    /// What it counts towards [`POSTS_IN_FLIGHT_BYTES_MAX`].
    pub(crate) bytes: usize,
}

impl Client {
    /// A client that has not said hello. `network` is where it connects from, for the limits.
    pub(crate) fn new(node: Arc<Node>, outbound: Rc<Outbound>, network: Option<Network>) -> Self {
        let address = node.addresses.find(network);
        let permits = address.as_ref().map(Address::read_permits);
        Self {
            log: LogReader::new(node.engine.clone(), permits),
            facts: SessionFacts::new(network, node.hub.clock().now_ms()),
            node,
            outbound,
            posts: RefCell::default(),
            post_bytes: Cell::new(0),
            receipts: Arc::default(),
            account: None,
            member: None,
            seen_feed: None,
            address,
            rights: RoomRights::default(),
            report_counts: None,
            network,
            held: None,
            noted: None,
            payer: Payer::new(network),
        }
    }

    /// Makes it the client of somebody whom the program around the server knows.
    pub(crate) fn set_account(&mut self, account: Option<Account>) {
        self.account = account.map(Box::new);
    }

    /// Keeps what the access token says that the client has shown.
    pub(super) fn hold(&mut self, member: MemberId, held: Option<HeldToken>) {
        let access = &self.node.access;
        self.noted = held
            .as_ref()
            .and_then(|held| access.note_rights(member, held));
        self.held = held.map(Box::new);
    }

    /// Whether the client has said hello.
    pub(crate) fn is_welcomed(&self) -> bool {
        self.member.is_some()
    }

    /// Whether the next frame may be handled: not while too many posts are in flight or too many
    /// replies are queued.
    pub(crate) fn can_handle_more(&self) -> bool {
        self.posts.borrow().len() < POSTS_IN_FLIGHT_MAX
            && self.post_bytes.get() < POSTS_IN_FLIGHT_BYTES_MAX
            && !self.outbound.is_full()
    }

    /// A post was given to the engine, which puts its result behind those before it.
    pub(crate) fn add_post(&self, post: PostInFlight) {
        self.post_bytes.update(|all| all + post.bytes);
        self.posts.borrow_mut().push_back(post);
    }

    /// Ready when results are to be handled: any while posts keep the client from being read, and
    /// otherwise those that it has to be told.
    pub(crate) fn poll_receipts(&self, cx: &Context<'_>) -> Poll<()> {
        let awaited = match self.can_handle_more() {
            true => Awaited::Answers,
            false => Awaited::Any,
        };
        self.receipts.poll_unread(cx, awaited)
    }

    /// Handles the results that are there.
    pub(crate) fn handle_receipts(&self) {
        while let Some(result) = self.receipts.pop() {
            let post = self.posts.borrow_mut().pop_front();
            if let Some(post) = post {
                self.post_bytes.update(|all| all.saturating_sub(post.bytes));
                self.handle_result(post, result);
            }
        }
    }

    /// Tells the client what became of its post, unless the entry tells: the client's own entry
    /// coming back through the room is the acknowledgement.
    fn handle_result(&self, PostInFlight { room, id, .. }: PostInFlight, result: AppendResult) {
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
                self.node.operation.refusals.count_request(refusal.code);
                let refusal = refusal.in_room(&room).of_post(id);
                self.outbound.reply(&ServerMessage::Error(refusal));
            }
        }
    }

    /// Has a frame of `bytes` bytes paid for that the connection has read, after what was sent to
    /// the client since the last one. `None` if the frame waits for its tokens.
    pub(crate) fn receive<F>(
        &self,
        intake: &mut Intake<F>,
        frame: F,
        bytes: usize,
    ) -> Option<Admission<F>> {
        self.charge(self.outbound.take_debt());
        let (rates, now_ms) = (&self.node.rates, self.now_ms());
        intake.receive(frame, frame_tokens(bytes), rates, &self.payer, now_ms)
    }

    /// The frame that has waited for its tokens until it was due.
    pub(crate) fn resume<F>(&self, intake: &mut Intake<F>) -> Option<Admission<F>> {
        intake.resume(&self.node.rates, &self.payer, self.now_ms())
    }

    /// Charges for what a request costs beyond its frame. The next frame waits for it.
    pub(crate) fn charge(&self, tokens: u32) {
        // Before nearly every frame there is nothing to charge for, and reading the clock costs.
        if tokens == 0 {
            return;
        }
        let now_ms = self.now_ms();
        self.node.rates.charge(&self.payer, tokens, now_ms);
    }

    /// Makes the client this member, who pays for what it sends from now on.
    pub(crate) fn set_member(&mut self, member: Member) {
        self.payer.set_member(member.member);
        self.facts.set_member(&member);
        self.member = Some(member);
    }

    /// Where it connects from, if one address has limits.
    pub(super) fn limited_network(&self) -> Option<Network> {
        self.address.as_ref().map(Address::network)
    }

    /// How long the connection may last, by its access token; `None` for any time.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        let expires_at_ms = self.held.as_ref()?.expires_at_ms?;
        let left_ms = expires_at_ms.saturating_sub(self.node.hub.clock().unix_ms());
        Some(Duration::from_millis(left_ms))
    }

    /// The time by which rates are measured.
    pub(crate) fn now_ms(&self) -> u64 {
        self.node.hub.clock().now_ms()
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
