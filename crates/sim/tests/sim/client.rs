//! A client: drives a session, and checks what the session tells it against the oracle.

use std::collections::{BTreeMap, BTreeSet};

use parlor_session::{Event, OutboxPost, Session, SessionConfig, Status};
use parlor_shared::{
    ClientInfo, Entry, Epoch, ErrorCode, JoinOutcome, Member, MemberId, Name, Position, Refusal,
    RoomId, Seq, ServerMessage, Token,
};

use crate::{
    oracle::{Oracle, Violation},
    stats::Stats,
};

/// What a client shows of a room.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) epoch: Epoch,
    pub(crate) newest: Seq,
    /// The room's newest published entry when the client last joined.
    pub(crate) head: Seq,
    pub(crate) present: BTreeSet<MemberId>,
    /// Whether `present` has come since the client last joined, so that what follows is live.
    pub(crate) live: bool,
}

/// A program with a session, and the person behind it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) session: Session,
    /// The rooms the person wants to be in.
    pub(crate) wanted: BTreeSet<RoomId>,
    pub(crate) views: BTreeMap<RoomId, View>,
    pub(crate) member: Option<MemberId>,
    pub(crate) token: Option<Token>,
    pub(crate) epoch: Option<Epoch>,
    pub(crate) link: Option<u64>,
    /// The rooms that a ban has put it out of just now.
    pub(crate) put_out: Vec<RoomId>,
    /// How far its clock is ahead of the world's.
    pub(crate) clock_ahead_ms: u64,
    /// When its timer fires, by the world's clock.
    pub(crate) timer_ms: Option<u64>,
}

pub(crate) const NAMES: [&str; 5] = ["ann", "bob", "cyd", "dan", "eve"];

impl Client {
    pub(crate) fn new(name: &'static str, token: Option<Token>) -> Self {
        Self {
            name,
            session: Session::new(config(name, token.clone())),
            wanted: BTreeSet::new(),
            views: BTreeMap::new(),
            member: None,
            token,
            epoch: None,
            link: None,
            put_out: Vec::new(),
            clock_ahead_ms: 0,
            timer_ms: None,
        }
    }

    /// Ends the session and starts another with these posts in its outbox.
    pub(crate) fn restart(&mut self, outbox: Vec<OutboxPost>) {
        let config = config(self.name, self.token.clone());
        self.session = Session::new(SessionConfig { outbox, ..config });
        self.views.clear();
        self.epoch = None;
        self.link = None;
    }

    /// Takes an event of the session and checks it.
    pub(crate) fn on_event(
        &mut self,
        event: &Event,
        oracle: &mut Oracle,
        stats: &mut Stats,
    ) -> Result<(), Violation> {
        match event {
            Event::Refused(refusal) if refusal.code == ErrorCode::Banned => {
                self.on_banned(refusal, oracle, stats)
            }
            Event::Status(_)
            | Event::Slowed { .. }
            | Event::Refused(_)
            | Event::RoundTrip { .. } => Ok(()),
            Event::Message(message) => self.on_message(message, oracle, stats),
            Event::Acked { room, entry } => oracle.on_acked(self.epoch()?, room, entry),
            Event::PostRefused { post, refusal } => {
                if refusal.retry {
                    return Err("a post was given up that could be sent again".to_owned());
                }
                stats.posts_refused += 1;
                oracle.check_refusal(post.id, refusal.code)?;
                if refusal.code == ErrorCode::Muted {
                    stats.muted += 1;
                    oracle.check_muted(self.member, &post.room)?;
                }
                oracle.on_refused(post.id, self.epoch()?, refusal.code)
            }
        }
    }

    /// A ban keeps the client out of a room, or has put it out.
    fn on_banned(
        &mut self,
        refusal: &Refusal,
        oracle: &Oracle,
        stats: &mut Stats,
    ) -> Result<(), Violation> {
        stats.put_out += 1;
        oracle.check_banned(self.member, refusal.room.as_ref())?;
        if let Some(room) = &refusal.room {
            self.wanted.remove(room);
            self.views.remove(room);
            self.put_out.push(room.clone());
        }
        Ok(())
    }

    fn on_message(
        &mut self,
        message: &ServerMessage,
        oracle: &mut Oracle,
        stats: &mut Stats,
    ) -> Result<(), Violation> {
        match message {
            ServerMessage::Typing { .. }
            | ServerMessage::Seen { .. }
            | ServerMessage::Notice { .. }
            | ServerMessage::Right { .. }
            | ServerMessage::Moderated(_)
            | ServerMessage::OpenReports { .. }
            | ServerMessage::Admitted { .. }
            | ServerMessage::Rooms { .. } => Ok(()),
            ServerMessage::State { room, state } => oracle.check_state(self.epoch()?, room, state),
            ServerMessage::Welcome {
                member,
                token,
                epoch,
                ..
            } => {
                self.member = Some(*member);
                self.token = Some(token.clone());
                self.epoch = Some(*epoch);
                Ok(())
            }
            ServerMessage::Joined {
                room,
                outcome,
                after,
                head,
                ..
            } => {
                self.on_joined(room, *outcome, *after, oracle, stats)?;
                self.view(room)?.head = *head;
                Ok(())
            }
            ServerMessage::Entry { room, entry } => self.on_entry(room, entry, oracle, stats),
            ServerMessage::History { room, entries, .. } => {
                stats.pages += 1;
                oracle.check_page(self.epoch()?, room, entries)?;
                self.check_withheld(room, entries, oracle)
            }
            ServerMessage::Slice {
                room,
                entries,
                changes,
                ..
            } => {
                stats.pages += 1;
                oracle.check_page(self.epoch()?, room, entries)?;
                self.check_withheld(room, entries, oracle)?;
                self.check_scattered(room, changes, oracle)
            }
            ServerMessage::Found { room, entries, .. } => {
                self.check_scattered(room, entries, oracle)
            }
            ServerMessage::Present { room, members, .. } => self.on_present(room, members, stats),
            ServerMessage::Presence {
                room, here, gone, ..
            } => {
                let view = self.view(room)?;
                view.present.extend(here.iter().map(|here| here.member));
                view.present.retain(|member| !gone.contains(member));
                Ok(())
            }
            ServerMessage::Duplicate { .. }
            | ServerMessage::Error(_)
            | ServerMessage::Pong { .. }
            | ServerMessage::Unknown => Err(format!("the session passed on {message:?}")),
        }
    }

    /// Checks entries that are not each other's neighbours.
    fn check_scattered(
        &self,
        room: &RoomId,
        entries: &[Entry],
        oracle: &Oracle,
    ) -> Result<(), Violation> {
        let epoch = self.epoch()?;
        let check = |entry| oracle.check_durable(epoch, room, entry);
        entries.iter().try_for_each(check)?;
        self.check_withheld(room, entries, oracle)
    }

    fn check_withheld(
        &self,
        room: &RoomId,
        entries: &[Entry],
        oracle: &Oracle,
    ) -> Result<(), Violation> {
        // An answer that comes after the client has left is of no room that it shows.
        let Some(view) = self.views.get(room) else {
            return Ok(());
        };
        let check = |entry| oracle.check_withheld(view.epoch, room, entry, view.head);
        entries.iter().try_for_each(check)
    }

    fn epoch(&self) -> Result<Epoch, Violation> {
        self.epoch
            .ok_or_else(|| "received something before the welcome".to_owned())
    }

    fn view(&mut self, room: &RoomId) -> Result<&mut View, Violation> {
        let view = self.views.get_mut(room);
        view.ok_or_else(|| format!("received something of {room}, which is not joined"))
    }

    fn on_joined(
        &mut self,
        room: &RoomId,
        outcome: JoinOutcome,
        after: Seq,
        oracle: &Oracle,
        stats: &mut Stats,
    ) -> Result<(), Violation> {
        let epoch = self.epoch()?;
        if !self.wanted.contains(room) {
            return Err(format!("joined {room}, which it left"));
        }
        match outcome {
            JoinOutcome::Reset => {
                stats.resets += 1;
                if let Some(view) = self.views.get(room) {
                    let had = Position {
                        epoch: view.epoch,
                        seq: view.newest,
                    };
                    oracle.check_reset(had, epoch, room)?;
                }
                if !oracle.is_position(epoch, room, after) {
                    return Err(format!(
                        "{room} starts after {after}, which is no position of its log"
                    ));
                }
                let view = View {
                    epoch,
                    newest: after,
                    head: after,
                    present: BTreeSet::new(),
                    live: false,
                };
                self.views.insert(room.clone(), view);
            }
            JoinOutcome::Resumed => {
                stats.resumes += 1;
                let view = self.view(room)?;
                if view.newest != after {
                    return Err(format!(
                        "{room} resumed after {after}, and the newest was {}",
                        view.newest
                    ));
                }
                if !oracle.is_same(view.epoch, epoch, room, after) {
                    return Err(format!("{room} resumed after {after} of another history"));
                }
                view.epoch = epoch;
                view.live = false;
            }
        }
        Ok(())
    }

    fn on_entry(
        &mut self,
        room: &RoomId,
        entry: &Entry,
        oracle: &Oracle,
        stats: &mut Stats,
    ) -> Result<(), Violation> {
        let view = self.view(room)?;
        if entry.prev != view.newest {
            return Err(format!(
                "{room} shows {} (after {}) next to {}",
                entry.seq, entry.prev, view.newest
            ));
        }
        oracle.check_durable(view.epoch, room, entry)?;
        oracle.check_withheld(view.epoch, room, entry, view.head)?;
        stats.shown += 1;
        view.newest = entry.seq;
        Ok(())
    }

    fn on_present(
        &mut self,
        room: &RoomId,
        members: &[Member],
        stats: &mut Stats,
    ) -> Result<(), Violation> {
        let view = self.view(room)?;
        if view.live {
            // Its cursor had fallen behind the ring and has caught up.
            stats.fell_behind += 1;
        }
        view.live = true;
        view.present = members.iter().map(|member| member.member).collect();
        Ok(())
    }

    /// Why the client has not caught up; `None` if it is online, live at the head of every room
    /// that it wants, and has an empty outbox.
    pub(crate) fn not_converged(&self, oracle: &Oracle) -> Option<String> {
        if self.session.status() != Status::Online {
            return Some(format!("{} is {:?}", self.name, self.session.status()));
        }
        let unsent = self.session.outbox().count();
        if unsent > 0 {
            return Some(format!("{} has {unsent} posts in its outbox", self.name));
        }
        for room in &self.wanted {
            let Some(view) = self.views.get(room).filter(|view| view.live) else {
                return Some(format!("{} is not live in {room}", self.name));
            };
            let head = oracle.head(view.epoch, room);
            if Some(view.epoch) != oracle.epoch() || view.newest != head {
                return Some(format!(
                    "{} is at {} of {room}, and its head is {head}",
                    self.name, view.newest
                ));
            }
        }
        None
    }
}

fn config(name: &str, token: Option<Token>) -> SessionConfig {
    SessionConfig {
        name: Name::parse(name).unwrap(),
        token,
        access: None,
        client: ClientInfo::default(),
        outbox: Vec::new(),
    }
}
