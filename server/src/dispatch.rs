//! What each message of a client does: one closed match. The handlers are in `dispatch/`.

pub(crate) mod admit;
pub(crate) mod bans;
pub(crate) mod client;
pub(crate) mod error;
mod hello;
mod join;
mod moderate;
mod open_reports;
pub(crate) mod opened_room;
mod owner;
pub(crate) mod post;
pub(crate) mod read;
pub(crate) mod rights;
mod room_rights;
mod seen;
pub(crate) mod written;

use parlor_shared::{
    ClientMessage, ErrorCode, MessageId, Position, Request, RoomId, ServerMessage,
    close::CloseCode, codec,
};

use self::{admit::ShownToComeIn, client::Client, error::RequestError};
use crate::rate::TooFast;

impl Client {
    /// Handles one text frame: does what it asks for, or tells the client why not. Returns a code
    /// if the connection is to be closed.
    pub(crate) async fn handle_frame(&mut self, text: &str) -> Option<CloseCode> {
        let mut subject = Subject::default();
        let handled = match codec::decode_client(text) {
            Ok(message) => {
                subject = Subject::of(&message);
                self.dispatch(message).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        self.refuse(subject, handled.err()?)
    }

    /// Refuses a frame that came in too fast, unless there is more wrong with it.
    pub(crate) fn refuse_frame(&self, text: &str, too_fast: TooFast) {
        let (subject, error) = match codec::decode_client(text) {
            Ok(message) => (Subject::of(&message), too_fast.into()),
            Err(refusal) => (Subject::default(), refusal.into()),
        };
        // A frame that is refused for its rate does not end the connection.
        self.refuse(subject, error);
    }

    /// Tells the client why a frame is refused. Returns a code if the connection is to be closed.
    fn refuse(&self, subject: Subject, error: RequestError) -> Option<CloseCode> {
        let RequestError { mut refusal, close } = error;
        // A refusal of a frame that can't be read names what it is about itself.
        refusal.room = subject.room.or(refusal.room);
        refusal.id = subject.id.or(refusal.id);
        refusal.request = subject.request.or(refusal.request);
        self.node.operation.refusals.count_request(refusal.code);
        self.outbound.reply(&ServerMessage::Error(*refusal));
        close
    }

    /// Does what the message asks for. The answer is queued as a reply, or comes through the room.
    ///
    /// What reads the log is boxed: otherwise every connection would have room in its task for the
    /// largest of these requests for as long as it lives.
    ///
    /// # Errors
    /// [`RequestError`], for the client.
    async fn dispatch(&mut self, message: ClientMessage) -> Result<(), RequestError> {
        self.check_rights(&message)?;
        match message {
            ClientMessage::Hello {
                protocol,
                name,
                token,
                access,
                client,
            } => {
                let account = self.account.as_deref().cloned();
                let shown = ShownToComeIn {
                    token,
                    access,
                    account,
                };
                Box::pin(self.hello(protocol, name, shown, &client)).await
            }
            ClientMessage::Join { room, after } => Box::pin(self.join(&room, after)).await,
            ClientMessage::Leave { room } => self.leave(&room),
            ClientMessage::Post {
                room,
                id,
                follows,
                body,
            } => self.post(room, id, follows, body).await,
            ClientMessage::History {
                room,
                before,
                limit,
            } => Box::pin(self.history(room, before, limit)).await,
            ClientMessage::Slice { room, at, limit } => Box::pin(self.slice(room, at, limit)).await,
            ClientMessage::Search { room, text } => Box::pin(self.search(room, text)).await,
            ClientMessage::Rooms { text, after } => Box::pin(self.rooms(text, after)).await,
            ClientMessage::Typing { room } => self.typing(room),
            ClientMessage::Seen { room, epoch, seq } => {
                Box::pin(self.seen(room, Position { epoch, seq })).await
            }
            ClientMessage::Rename { name } => self.rename(name),
            ClientMessage::Renew { access } => Box::pin(self.renew(&access)).await,
            ClientMessage::Moderate(request) => Box::pin(self.moderate(request)).await,
            ClientMessage::Ping { t } => {
                self.outbound.reply(&ServerMessage::Pong { t });
                Ok(())
            }
            ClientMessage::Unknown => Err(RequestError::new(
                ErrorCode::Unsupported,
                "This server does not know that type of message.",
            )),
        }
    }
}

/// What a message is about, for a refusal to name.
#[derive(Debug, Default)]
struct Subject {
    room: Option<RoomId>,
    id: Option<MessageId>,
    request: Option<Request>,
}

impl Subject {
    fn of(message: &ClientMessage) -> Self {
        let (request, room, id) = match message {
            ClientMessage::Post { room, id, .. } => (Request::Post, Some(room), Some(*id)),
            ClientMessage::Join { room, .. } => (Request::Join, Some(room), None),
            ClientMessage::Leave { room } => (Request::Leave, Some(room), None),
            ClientMessage::History { room, .. } => (Request::History, Some(room), None),
            ClientMessage::Slice { room, .. } => (Request::Slice, Some(room), None),
            ClientMessage::Search { room, .. } => (Request::Search, Some(room), None),
            ClientMessage::Typing { room } => (Request::Typing, Some(room), None),
            ClientMessage::Seen { room, .. } => (Request::Seen, Some(room), None),
            ClientMessage::Hello { .. } => (Request::Hello, None, None),
            ClientMessage::Rooms { .. } => (Request::Rooms, None, None),
            ClientMessage::Rename { .. } => (Request::Rename, None, None),
            ClientMessage::Renew { .. } => (Request::Renew, None, None),
            ClientMessage::Moderate(request) => (Request::Moderate, request.room(), None),
            ClientMessage::Ping { .. } => (Request::Ping, None, None),
            ClientMessage::Unknown => (Request::Unknown, None, None),
        };
        Self {
            room: room.cloned(),
            id,
            request: Some(request),
        }
    }
}
