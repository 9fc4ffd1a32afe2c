//! Who wakes whom: one wake-up for all the live cursors of a thread in a room.
//!
//! A live cursor does not wait by itself. It takes a seat in a round of its thread; what is new in the room wakes the
//! round, and the round has each of its connections write at once, one after the other.

use std::{
    cell::RefCell,
    collections::HashMap,
    future::poll_fn,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
};

use parlor_shared::{RoomId, limits::ROUND_SEATS_MAX};
use slab::Slab;

use crate::tail::Desk;

/// The rounds of one thread.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    /// In each room as many as its connections fill, so that a large room does not keep others waiting.
    rooms: RefCell<HashMap<RoomId, Vec<Rc<Round>>>>,
}

#[derive(Debug)]
struct Round {
    room: RoomId,
    seats: RefCell<Slab<Weak<Desk>>>,
    waker: RefCell<Option<Waker>>,
    rounds: Weak<Rounds>,
}

/// A connection's place in a round, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Seat {
    round: Rc<Round>,
    number: usize,
}

impl Rounds {
    /// A seat in a round of this room.
    pub(crate) fn seat(self: &Rc<Self>, room: &RoomId, desk: &Rc<Desk>) -> Seat {
        let mut rooms = self.rooms.borrow_mut();
        let rounds = rooms.entry(room.clone()).or_default();
        let free = |round: &&Rc<Round>| round.seats.borrow().len() < ROUND_SEATS_MAX;
        let round = rounds.iter().find(free).cloned().unwrap_or_else(|| {
            let round = Rc::new(Round {
                room: room.clone(),
                seats: RefCell::default(),
                waker: RefCell::default(),
                rounds: Rc::downgrade(self),
            });
            rounds.push(round.clone());
            tokio::task::spawn_local(round.clone().go());
            round
        });
        let number = round.seats.borrow_mut().insert(Rc::downgrade(desk));
        Seat { round, number }
    }

    fn end(&self, ended: &Rc<Round>) {
        let mut rooms = self.rooms.borrow_mut();
        if let Some(rounds) = rooms.get_mut(&ended.room) {
            rounds.retain(|round| !Rc::ptr_eq(round, ended));
            if rounds.is_empty() {
                rooms.remove(&ended.room);
            }
        }
    }
}

impl Round {
    /// Goes round whenever it is woken, until nobody is seated.
    async fn go(self: Rc<Self>) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(self: &Rc<Self>, cx: &Context<'_>) -> Poll<()> {
        self.waker.replace(Some(cx.waker().clone()));
        let seats = self.seats.borrow();
        if seats.is_empty() {
            if let Some(rounds) = self.rounds.upgrade() {
                rounds.end(self);
            }
            return Poll::Ready(());
        }
        for (_, desk) in &*seats {
            if let Some(desk) = desk.upgrade() {
                desk.sweep(&self.room, cx.waker());
            }
        }
        Poll::Pending
    }
}

impl Seat {
    /// What wakes the round; `None` before it went round for the first time.
    pub(crate) fn waker(&self) -> Option<Waker> {
        self.round.waker.borrow().clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.round.seats.borrow_mut();
        seats.try_remove(self.number);
        if seats.is_empty()
            && let Some(waker) = &*self.round.waker.borrow()
        {
            waker.wake_by_ref();
        }
    }
}
