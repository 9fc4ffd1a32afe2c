//! Who is given which event of the session.

use std::time::{SystemTime, UNIX_EPOCH};

use parlor_session::{Event, Status, StopReason};
use parlor_shared::{AccessToken, Entry, Position, Refusal, Request, RoomId, ServerMessage};
use tokio::{sync::mpsc::error::TrySendError, time::Instant};

use super::{Driver, ServerTime};
use crate::{
    entry::RoomEntry,
    error::{AskError, Closed, PostError, Stopped},
    questions::Question,
    status::{ConnectionStatus, Welcome, shown},
    timeline::{Presence, TimelineEvent},
};

impl Driver {
    /// Gives an event to those that it concerns, and to the program if it wants all of them.
    pub(super) fn emit(&mut self, event: Event) {
        match &event {
            Event::Status(status) => self.on_status(*status),
            Event::Message(message) => self.on_message(message),
            Event::Acked { room, entry } => {
                if let Some(entry) = self.locate(room, entry) {
                    self.posts.on_acked(&entry);
                }
                self.on_outbox_changed();
            }
            Event::PostRefused { post, refusal } => {
                let error = PostError::Refused(refusal.clone());
                self.posts.on_refused(post.id, error);
                self.on_outbox_changed();
            }
            Event::Refused(refusal) => self.on_refused(refusal),
            Event::Slowed { .. } | Event::RoundTrip { .. } => {}
        }
        self.pass_on(event);
    }

    fn pass_on(&mut self, event: Event) {
        let Some(events) = &self.events else {
            return;
        };
        if !self.undelivered.is_empty() {
            return self.undelivered.push_back(event);
        }
        match events.try_send(event) {
            Ok(()) => {}
            Err(TrySendError::Full(event)) => self.undelivered.push_back(event),
            // The program dropped its receiver, and the client goes on without it.
            Err(TrySendError::Closed(_)) => self.events = None,
        }
    }

    fn on_outbox_changed(&mut self) {
        if let Some(saver) = &mut self.saver {
            saver.mark_dirty();
        }
    }

    fn on_status(&mut self, status: Status) {
        tracing::debug!(?status, "the connection changed");
        let mut shown = shown(status, self.started.into_std());
        match status {
            Status::Online | Status::Connecting { .. } => {}
            Status::Waiting { .. } => self.questions.on_disconnect(),
            Status::Stopped(why) => {
                self.questions.on_disconnect();
                if self.access.on_stopped(why) {
                    shown = ConnectionStatus::Connecting { attempt: 0 };
                } else {
                    self.on_stopped(Stopped(why));
                }
            }
        }
        self.connected.send_modify(|connected| {
            connected.status = shown;
        });
    }

    /// Nobody is left waiting for a client that does not try to connect.
    fn on_stopped(&mut self, why: Stopped) {
        if why.0 == StopReason::Asked {
            // The program has closed the client, and its streams end.
            self.posts.fail_all(&PostError::Closed(Closed));
            return self.questions.fail_all(&AskError::Closed(Closed));
        }
        self.posts.fail_all(&PostError::Stopped(why));
        self.questions.fail_all(&AskError::Stopped(why));
        for feed in self.feeds.values_mut() {
            feed.on_error(why.into());
        }
    }

    fn on_message(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::Welcome { .. } => self.on_welcome(message),
            ServerMessage::Joined { room, .. } => self.on_joined(room, message),
            ServerMessage::Entry { room, entry } => {
                if let Some(entry) = self.locate(room, entry)
                    && let Some(feed) = self.feeds.get_mut(room)
                {
                    feed.on_entry(entry);
                }
            }
            ServerMessage::Present {
                room,
                count,
                members,
            } => {
                let (count, members) = (*count, members.clone());
                let presence = Presence { count, members };
                self.presences.insert(room.clone(), presence);
                self.on_presence(room);
            }
            ServerMessage::Presence {
                room,
                count,
                here,
                gone,
            } => {
                let known = self.presences.entry(room.clone()).or_default();
                known.change(*count, here, gone);
                self.on_presence(room);
            }
            ServerMessage::Typing { room, member } => {
                if let Some(feed) = self.feeds.get_mut(room) {
                    feed.on_passing(TimelineEvent::Typing(*member));
                }
            }
            ServerMessage::State { room, state } => {
                if let Some(feed) = self.feeds.get_mut(room) {
                    feed.on_state(state.clone());
                }
            }
            ServerMessage::Right { room, right } => {
                if let Some(feed) = self.feeds.get_mut(room) {
                    feed.on_right(*right);
                }
            }
            ServerMessage::History { .. } => self.on_answer(Request::History, message),
            ServerMessage::Slice { .. } => self.on_answer(Request::Slice, message),
            ServerMessage::Found { .. } => self.on_answer(Request::Search, message),
            ServerMessage::Rooms { .. } => self.on_answer(Request::Rooms, message),
            ServerMessage::Moderated(_) => self.on_answer(Request::Moderate, message),
            ServerMessage::Admitted {
                access,
                expires_at_ms,
            } => self.on_admitted(access.as_ref(), *expires_at_ms),
            ServerMessage::Duplicate { .. }
            | ServerMessage::Notice { .. }
            | ServerMessage::Seen { .. }
            | ServerMessage::OpenReports { .. }
            | ServerMessage::Error(_)
            | ServerMessage::Pong { .. }
            | ServerMessage::Unknown => {}
        }
    }

    fn on_welcome(&mut self, message: &ServerMessage) {
        let ServerMessage::Welcome {
            member,
            token,
            name,
            epoch,
            limits,
            at_ms,
            promise,
            ..
        } = message
        else {
            return;
        };
        self.member = Some(*member);
        self.epoch = Some(*epoch);
        self.server_time = ServerTime {
            unix_ms: *at_ms,
            at: Instant::now(),
        };
        self.access.on_welcome();
        if let Some(saver) = &mut self.saver {
            saver.set_token(token);
        }
        let welcome = Welcome {
            member: *member,
            token: token.clone(),
            name: name.clone(),
            epoch: *epoch,
            limits: *limits,
            promise: *promise,
        };
        // Whoever waits for it is woken by the status, which follows.
        self.connected.send_if_modified(|connected| {
            connected.welcome = Some(welcome);
            false
        });
    }

    fn on_admitted(&mut self, access: Option<&AccessToken>, expires_at_ms: Option<u64>) {
        if let (Some(saver), Some(access)) = (&mut self.saver, access) {
            saver.set_access(access);
        }
        if let Some(end_ms) = expires_at_ms {
            let now_ms = self.server_unix_ms();
            self.access.on_admitted(end_ms.saturating_sub(now_ms));
        }
    }

    /// The server's clock now; this machine's before the first welcome.
    fn server_unix_ms(&self) -> u64 {
        let ServerTime { unix_ms, at } = self.server_time;
        if unix_ms > 0 {
            return unix_ms.saturating_add(at.elapsed().as_millis() as u64);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.unwrap_or_default().as_millis() as u64
    }

    fn on_joined(&mut self, room: &RoomId, message: &ServerMessage) {
        let (
            ServerMessage::Joined {
                after,
                head,
                outcome,
                ..
            },
            Some(epoch),
        ) = (message, self.epoch)
        else {
            return;
        };
        tracing::debug!(%room, ?outcome, "joined");
        let after = Position { epoch, seq: *after };
        if let Some(feed) = self.feeds.get_mut(room) {
            feed.on_joined(after, *head, *outcome);
        }
        let head = Position { epoch, seq: *head };
        if self.unsaved.remove(room)
            && let Some(saver) = &mut self.saver
        {
            // The program resumes from the place at which it began. More rooms than the file may
            // have get an error when the program saves a place itself.
            saver.save_place(room, head).ok();
        }
    }

    fn on_presence(&mut self, room: &RoomId) {
        if let (Some(feed), Some(presence)) = (self.feeds.get_mut(room), self.presences.get(room)) {
            feed.on_present(presence.clone());
        }
    }

    fn on_answer(&mut self, kind: Request, message: &ServerMessage) {
        let Some(question) = self.questions.take_asked(kind) else {
            return;
        };
        let (epoch, member) = (self.epoch, self.member);
        let Some(epoch) = epoch else { return };
        let locate = |room: &RoomId, entry: Entry| RoomEntry {
            room: room.clone(),
            position: Position {
                epoch,
                seq: entry.seq,
            },
            is_own: Some(entry.member) == member,
            entry,
        };
        let Some(page) = question.answer(message.clone(), locate) else {
            return;
        };
        let head = self.session.position(&page.room);
        if let (Some(feed), Some(head)) = (self.feeds.get_mut(&page.room), head) {
            feed.on_page(page, head, locate);
        }
    }

    /// An entry with its place, in the epoch of the connection.
    fn locate(&self, room: &RoomId, entry: &Entry) -> Option<RoomEntry> {
        let position = Position {
            epoch: self.epoch?,
            seq: entry.seq,
        };
        Some(RoomEntry {
            room: room.clone(),
            is_own: Some(entry.member) == self.member,
            entry: entry.clone(),
            position,
        })
    }

    fn on_refused(&mut self, refusal: &Refusal) {
        tracing::debug!(code = ?refusal.code, request = ?refusal.request, "refused");
        if let Some(question) = self.questions.on_refused(refusal) {
            if let Question::Page { room, .. } = &question
                && let Some(feed) = self.feeds.get_mut(room)
            {
                feed.end(refusal.clone().into());
            }
            question.fail(AskError::Refused(refusal.clone()));
        }
        let is_lost = |room: &&RoomId| !self.session.has_room(room);
        let lost: Vec<RoomId> = self.rooms.iter().filter(is_lost).cloned().collect();
        for room in lost {
            self.on_room_refused(&room, refusal);
        }
    }

    /// The server does not let the client into a room. What it has not sent there never will be.
    fn on_room_refused(&mut self, room: &RoomId, refusal: &Refusal) {
        self.forget_room(room);
        if let Some(feed) = self.feeds.get_mut(room) {
            feed.end(refusal.clone().into());
        }
        let error = PostError::Refused(refusal.clone());
        for id in self.posts.on_left(room, &error) {
            self.session.discard(id);
        }
        let error = AskError::Refused(refusal.clone());
        self.questions.on_left(room, &error);
    }
}
