//! What the driver does with each command of the program.

use std::ops::ControlFlow;

use parlor_session::{OutboxPost, Status};
use parlor_shared::RoomId;
use tokio::sync::{mpsc, oneshot};

use super::Driver;
use crate::{
    command::{AppendReply, Command, Origin},
    error::{AskError, JoinError, PostError, SaveError},
    feed::Feed,
    limits::ROOM_EVENTS_MAX,
    questions::Question,
    timeline::{Item, JoinFrom},
};

impl Driver {
    /// Carries out a command. Breaks with the sender of the answer when the program closes the
    /// client.
    pub(super) fn on_command(
        &mut self,
        command: Command,
    ) -> ControlFlow<oneshot::Sender<Vec<OutboxPost>>> {
        match command {
            Command::Join {
                room,
                origin,
                reply,
            } => answer(reply, self.join(room, origin)),
            Command::Leave(room) => self.leave(&room),
            Command::Append { post, reply } => self.append(*post, reply),
            Command::Ask(question) => self.ask(question),
            Command::Present { room, reply } => answer(reply, self.presences.get(&room).cloned()),
            Command::Typing(room) => {
                let now_ms = self.now_ms();
                self.session.typing(&room, now_ms);
            }
            Command::Rename(name) => self.session.rename(name),
            Command::Renew(token) => self.session.renew(token),
            Command::Save {
                room,
                position,
                reply,
            } => {
                let saver = self.saver.as_mut().ok_or(SaveError::NoStateFile);
                let saved = saver.and_then(|saver| saver.save_place(&room, position));
                answer(reply, saved);
            }
            Command::Forget(room) => {
                if let Some(saver) = &mut self.saver {
                    saver.forget_place(&room);
                }
            }
            Command::Flush(reply) => match &mut self.saver {
                Some(saver) => saver.wait(reply),
                None => answer(reply, Err(SaveError::NoStateFile)),
            },
            Command::Probe => self.probe(),
            Command::Outbox(reply) => answer(reply, self.outbox()),
            Command::Close(reply) => return ControlFlow::Break(reply),
        }
        ControlFlow::Continue(())
    }

    fn join(&mut self, room: RoomId, origin: Origin) -> Result<mpsc::Receiver<Item>, JoinError> {
        self.feeds.retain(|_, feed| !feed.is_over());
        if self.feeds.contains_key(&room) {
            return Err(JoinError::Joined(room));
        }
        let from = match origin {
            Origin::At(from) => from,
            Origin::SavedOr(from) => {
                let saver = self.saver.as_ref().ok_or(JoinError::NoStateFile)?;
                let place = saver.place(&room);
                if place.is_none() && from == JoinFrom::Now {
                    self.unsaved.insert(room.clone());
                }
                place.map_or(from, JoinFrom::After)
            }
        };
        if !self.rooms.insert(room.clone()) {
            // The program has dropped the stream that it had, and wants another one.
            self.session.leave(&room);
        }
        let (items, receiver) = mpsc::channel(ROOM_EVENTS_MAX);
        let feed = Feed::new(room.clone(), from, items);
        self.feeds.insert(room.clone(), feed);
        match from {
            JoinFrom::After(position) => self.session.join_after(&room, position),
            JoinFrom::Now | JoinFrom::LastPage => self.session.join(&room),
        }
        Ok(receiver)
    }

    fn leave(&mut self, room: &RoomId) {
        self.session.leave(room);
        self.forget_room(room);
        self.feeds.remove(room);
        self.posts.on_left(room, &PostError::NotJoined);
        self.questions.on_left(room, &AskError::NotJoined);
    }

    /// Forgets what is known of a room that is joined no more.
    pub(super) fn forget_room(&mut self, room: &RoomId) {
        self.rooms.remove(room);
        self.unsaved.remove(room);
        self.presences.remove(room);
    }

    fn append(&mut self, post: OutboxPost, reply: AppendReply) {
        let OutboxPost { room, id, body } = post;
        let accepted = if self.rooms.contains(&room) {
            let posted = self.session.post(&room, id, body);
            posted.map_err(PostError::from)
        } else {
            Err(PostError::NotJoined)
        };
        if let Some(saver) = &mut self.saver {
            saver.mark_dirty();
        }
        match (reply, accepted) {
            (AppendReply::Queued { in_outbox, on_log }, accepted) => {
                if accepted.is_ok() {
                    self.posts.add(&room, id, on_log);
                }
                answer(in_outbox, accepted);
            }
            (AppendReply::OnLog(reply), Ok(())) => self.posts.add(&room, id, reply),
            (AppendReply::OnLog(reply), Err(error)) => answer(reply, Err(error)),
        }
    }

    fn ask(&mut self, question: Question) {
        let is_joined = question.room().is_none_or(|room| self.rooms.contains(room));
        if is_joined {
            self.questions.add(question);
        } else {
            question.fail(AskError::NotJoined);
        }
    }

    fn probe(&mut self) {
        // While the program takes no events the socket is not read, so silence would prove nothing.
        if !self.undelivered.is_empty() {
            return;
        }
        let now_ms = self.now_ms();
        match self.session.status() {
            Status::Stopped(_) => self.session.start(now_ms),
            Status::Connecting { .. } | Status::Online | Status::Waiting { .. } => {
                self.session.probe(now_ms);
            }
        }
    }
}

fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    // The caller may have stopped waiting for the answer.
    reply.send(value).ok();
}
