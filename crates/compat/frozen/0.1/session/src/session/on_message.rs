//! What each message from the server means to the session: one closed match.

use parlor_shared::{
    Access, AccessToken, Body, Entry, JoinOutcome, Position, Request, RoomId, Seq, ServerMessage,
};

use super::Session;
use crate::{
    error::ProtocolViolation,
    output::Event,
    rooms::{Continuity, Room},
};

impl Session {
    /// Handles a message, and passes it on to the program if it concerns the program.
    pub(super) fn on_message(
        &mut self,
        now_ms: u64,
        message: ServerMessage,
    ) -> Result<(), ProtocolViolation> {
        let concerns_program = match &message {
            ServerMessage::Welcome { .. } => {
                self.on_welcome(now_ms, message);
                return Ok(());
            }
            ServerMessage::Joined {
                room,
                after,
                head,
                outcome,
                ..
            } => self.on_joined(room, *after, *head, *outcome)?,
            ServerMessage::Entry { room, entry } => self.on_entry(room, entry)?,
            ServerMessage::Duplicate { room, entry } => {
                // Even if another member posted it: the id is on the log, and sending the post
                // again would not change that.
                self.ack(room, entry);
                false
            }
            ServerMessage::Present { room, .. } => self.on_present(room),
            ServerMessage::Presence { room, .. } => self.rooms.is_live(room),
            ServerMessage::Typing { room, member } => {
                self.rooms.is_live(room) && Some(*member) != self.member
            }
            ServerMessage::Seen { room, epoch, seq } => {
                let position = Position {
                    epoch: *epoch,
                    seq: *seq,
                };
                self.rooms.get(room).is_some() && self.seen.on_received(room, position)
            }
            ServerMessage::History { room, .. } => self.on_answer(Request::History, Some(room)),
            ServerMessage::Slice { room, .. } => self.on_answer(Request::Slice, Some(room)),
            ServerMessage::Found { room, .. } => self.on_answer(Request::Search, Some(room)),
            ServerMessage::Rooms { .. } => self.on_answer(Request::Rooms, None),
            ServerMessage::Moderated(answer) => self.on_answer(Request::Moderate, answer.room()),
            ServerMessage::State { room, .. }
            | ServerMessage::Right { room, .. }
            | ServerMessage::OpenReports { room, .. } => {
                let known = self.rooms.get(room);
                known.is_some_and(Room::is_joined)
            }
            ServerMessage::Admitted { access, .. } => {
                self.keep_access(access.as_ref());
                true
            }
            ServerMessage::Notice { .. } => true,
            ServerMessage::Error(refusal) => {
                self.on_refusal(now_ms, refusal.clone());
                false
            }
            ServerMessage::Pong { t } => {
                let ms = now_ms.saturating_sub(*t);
                self.emit(Event::RoundTrip { ms });
                false
            }
            ServerMessage::Unknown => false,
        };
        if concerns_program {
            self.emit(Event::Message(message));
        }
        Ok(())
    }

    /// Shows this from now on, which the server has given in the place of a password.
    fn keep_access(&mut self, access: Option<&AccessToken>) {
        if let Some(access) = access {
            self.access = Some(Access::Token(access.clone()));
        }
    }

    /// An answer to a question, which concerns the program.
    fn on_answer(&mut self, request: Request, room: Option<&RoomId>) -> bool {
        self.requests.on_answer(request, room);
        true
    }

    /// The program learns of the welcome before anything that follows from it.
    fn on_welcome(&mut self, now_ms: u64, message: ServerMessage) {
        let ServerMessage::Welcome {
            member,
            token,
            name,
            epoch,
            heartbeat_ms,
            ..
        } = &message
        else {
            return;
        };
        if !self.connection.is_connecting() {
            return;
        }
        self.member = Some(*member);
        self.token = Some(token.clone());
        // What was good for once has been used; the server keeps what it gave.
        if !matches!(self.access, Some(Access::Token(_))) {
            self.access = None;
        }
        self.epoch = Some(*epoch);
        self.connection.on_welcome(now_ms, *heartbeat_ms);
        // The server may know the member by another name than hello had. Otherwise the program
        // changed the name after hello was sent.
        if self.said_name.as_ref() == Some(&self.name) {
            self.name = name.clone();
        }
        let is_renamed = *name != self.name;
        self.emit(Event::Message(message));
        self.emit_status();
        self.send_joins();
        if is_renamed {
            self.rename(self.name.clone());
        }
    }

    fn on_joined(
        &mut self,
        room: &RoomId,
        after: Seq,
        head: Seq,
        outcome: JoinOutcome,
    ) -> Result<bool, ProtocolViolation> {
        if self.rooms.take_abandoned_answer(room) {
            return Ok(false);
        }
        let (Some(known), Some(epoch)) = (self.rooms.get_mut(room), self.epoch) else {
            return Ok(false);
        };
        let is_answer = known.on_joined(Position { epoch, seq: after }, head, outcome)?;
        if is_answer {
            self.seen.on_joined(room, epoch);
            // The end of slow mode may be among what is not sent again.
            self.outbox.speed_up(room);
        }
        Ok(is_answer)
    }

    fn on_entry(&mut self, room: &RoomId, entry: &Entry) -> Result<bool, ProtocolViolation> {
        if Some(entry.member) == self.member {
            self.ack(room, entry);
        }
        let Some(known) = self.rooms.get_mut(room) else {
            return Ok(false);
        };
        match known.accept(entry)? {
            Continuity::Next => {
                if matches!(entry.body, Body::SlowMode { .. }) {
                    self.outbox.speed_up(room);
                }
                Ok(true)
            }
            Continuity::Stale => Ok(false),
            Continuity::Gap => {
                known.request_rejoin();
                self.send_joins();
                Ok(false)
            }
        }
    }

    fn on_present(&mut self, room: &RoomId) -> bool {
        let Some(known) = self.rooms.get_mut(room).filter(|known| known.is_joined()) else {
            return false;
        };
        if known.mark_live() {
            // Every missed entry has arrived by now, so a post that is still in the outbox may
            // never have.
            self.outbox.resend(room);
        }
        true
    }

    /// Removes a post of this session from the outbox, because it is on the log.
    fn ack(&mut self, room: &RoomId, entry: &Entry) {
        if self.outbox.ack(room, entry.id) {
            let (room, entry) = (room.clone(), entry.clone());
            self.emit(Event::Acked { room, entry });
        }
    }
}
