//! Who is written to together: the live cursors of one thread in one room.
//!
//! A live cursor does not wait by itself. It sits in a round of its thread; what is new in the room wakes the round, once,
//! and the round writes it to each connection that has nothing else under way, one after the other. What a seat needs for
//! that lies side by side in memory: past a thousand connections it is the memory looked at, not the work, that costs.

use std::{
    cell::RefCell,
    collections::HashMap,
    future::poll_fn,
    rc::{Rc, Weak},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes};
use parlor_shared::{RoomId, limits::GROUP_SUBSCRIBERS_MAX};
use slab::Slab;

use crate::{
    connection::{outbound::Outbound, upgrade::SocketWriter},
    rooms::hub::{Live, RingPosition, Room, WakerSlot},
};

/// The registry of one thread: in each room as many as its connections fill, so that a large room does not keep the others
/// waiting.
#[derive(Debug, Default)]
pub(crate) struct SessionRegistry(RefCell<HashMap<RoomId, Vec<Rc<SubscriberGroup>>>>);

#[derive(Debug)]
struct SubscriberGroup {
    bell: WakerSlot,
    seats: RefCell<Slab<Subscriber>>,
    waker: RefCell<Option<Waker>>,
}

/// One seat, as its round sees it.
#[derive(Debug)]
struct Subscriber {
    position: RingPosition,
    socket: Rc<SocketWriter>,
    outbound: Weak<Outbound>,
}

/// What a connection needs to take a seat.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) registry: Rc<SessionRegistry>,
    pub(crate) socket: Rc<SocketWriter>,
    pub(crate) outbound: Weak<Outbound>,
}

/// A live cursor's seat in a round, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Subscription {
    round: Rc<SubscriberGroup>,
    number: usize,
}

impl Table {
    /// Takes a seat at this place of a room.
    pub(crate) fn seat(&self, room: &Arc<Room>, position: RingPosition) -> Subscription {
        let round = self.registry.group_with_capacity(room);
        let number = round.seats.borrow_mut().insert(Subscriber {
            position,
            socket: self.socket.clone(),
            outbound: self.outbound.clone(),
        });
        Subscription { round, number }
    }
}

impl SessionRegistry {
    fn group_with_capacity(self: &Rc<Self>, room: &Arc<Room>) -> Rc<SubscriberGroup> {
        let mut rooms = self.0.borrow_mut();
        let registry = rooms.entry(room.id.clone()).or_default();
        // One that is about to end may be of the room as it was before it was unloaded.
        let fits = |round: &&Rc<SubscriberGroup>| {
            Arc::ptr_eq(round.bell.room(), room)
                && round.seats.borrow().len() < GROUP_SUBSCRIBERS_MAX
        };
        registry.iter().find(fits).cloned().unwrap_or_else(|| {
            let round = Rc::new(SubscriberGroup {
                bell: WakerSlot::new(room),
                seats: RefCell::default(),
                waker: RefCell::default(),
            });
            registry.push(round.clone());
            tokio::task::spawn_local(self.clone().keep(round.clone()));
            round
        })
    }

    /// Goes round whenever there is news, until nobody is seated.
    async fn keep(self: Rc<Self>, round: Rc<SubscriberGroup>) {
        poll_fn(|cx| round.poll(cx)).await;
        let mut rooms = self.0.borrow_mut();
        let room = &round.bell.room().id;
        if let Some(registry) = rooms.get_mut(room) {
            registry.retain(|other| !Rc::ptr_eq(other, &round));
            if registry.is_empty() {
                rooms.remove(room);
            }
        }
    }
}

impl SubscriberGroup {
    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        self.waker.replace(Some(cx.waker().clone()));
        self.bell.register(cx.waker());
        let mut seats = self.seats.borrow_mut();
        if seats.is_empty() {
            return Poll::Ready(());
        }
        // Those who are at the same place get the same bytes.
        let mut last = None;
        for (_, seated) in seats.iter_mut() {
            if seated.socket.is_idle() {
                seated.write(self.bell.room(), &mut last);
            }
        }
        Poll::Pending
    }
}

/// What was read last: from where, to where, and what.
type LastRead = Option<(RingPosition, RingPosition, Bytes, bool)>;

impl Subscriber {
    /// Writes what is new. What the socket does not take at once, what is more than one read gives, and what is no longer
    /// in the ring, is the tail's.
    fn write(&mut self, room: &Room, last: &mut LastRead) {
        let (frames, more) = match last {
            Some((from, to, frames, more)) if *from == self.position => {
                self.position = *to;
                (frames.clone(), *more)
            }
            Some(_) | None => {
                let from = self.position;
                match room.read_live(&mut self.position) {
                    Live::Frames(frames, more) => {
                        *last = Some((from, self.position, frames.clone(), more));
                        (frames, more)
                    }
                    Live::Nothing => return,
                    Live::Behind(_) => return self.hand_over(Bytes::new()),
                }
            }
        };
        let written = self.socket.try_write(&frames);
        if written < frames.len() || more {
            let mut rest = frames;
            rest.advance(written);
            self.hand_over(rest);
        }
    }

    fn hand_over(&self, rest: Bytes) {
        self.socket.keep(rest);
        if let Some(outbound) = self.outbound.upgrade() {
            outbound.wake_tail();
        }
    }
}

impl Subscription {
    /// What is new at this seat's place, which moves past it.
    pub(crate) fn read_live(&self) -> Live {
        match self.round.seats.borrow_mut().get_mut(self.number) {
            Some(seated) => self.round.bell.room().read_live(&mut seated.position),
            None => Live::Nothing,
        }
    }
}

impl Drop for Subscription {
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parlor_shared::Seq;
    use tokio::{
        io::AsyncReadExt,
        net::{TcpListener, TcpStream},
        task::LocalSet,
    };

    use super::*;
    use crate::{
        clock::SystemClock,
        rooms::hub::{Hub, RoomBounds, RoomHandle},
    };

    fn open_room() -> RoomHandle {
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let room = hub.open(&RoomId::parse("lobby").unwrap()).unwrap();
        room.observe_head(Seq::ZERO);
        room
    }

    /// A table at a quiet socket, and the other end of its socket.
    async fn table(registry: &Rc<SessionRegistry>) -> (Table, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (here, there) = tokio::join!(listener.accept(), TcpStream::connect(address));
        let (_, write) = here.unwrap().0.into_split();
        let socket = Rc::new(SocketWriter::new(write));
        socket.mark_idle();
        let outbound = Rc::new(Outbound::default());
        let table = Table {
            registry: registry.clone(),
            socket,
            outbound: Rc::downgrade(&outbound),
        };
        (table, there.unwrap())
    }

    const START: RingPosition = RingPosition {
        next: 0,
        seq: Seq::ZERO,
    };

    #[tokio::test]
    async fn more_connections_than_a_round_seats_sit_in_two_and_all_are_written_to() {
        let seated = GROUP_SUBSCRIBERS_MAX + 1;
        let work = async {
            let (room, registry) = (open_room(), Rc::new(SessionRegistry::default()));
            let (table, mut socket) = table(&registry).await;
            let seats: Vec<Subscription> = (0..seated)
                .map(|_| table.seat(room.live(), START))
                .collect();
            assert_eq!(registry.0.borrow()[&room.id].len(), 2);
            room.publish_ephemeral(&Bytes::from_static(b"x"));
            let mut read = vec![0; seated];
            socket.read_exact(&mut read).await.unwrap();
            assert_eq!(read, vec![b'x'; seated]);

            drop(seats);
            while !registry.0.borrow().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        LocalSet::new().run_until(work).await;
    }

    #[tokio::test]
    async fn who_has_something_else_under_way_is_passed_over_and_the_place_is_kept() {
        let work = async {
            let (room, registry) = (open_room(), Rc::new(SessionRegistry::default()));
            let (busy, _socket) = table(&registry).await;
            let (quiet, mut socket) = table(&registry).await;
            busy.socket.mark_busy();
            let seats = [&busy, &quiet].map(|table| table.seat(room.live(), START));
            room.publish_ephemeral(&Bytes::from_static(b"x"));
            assert_eq!(socket.read_u8().await.unwrap(), b'x');
            assert_eq!(seats[1].read_live(), Live::Nothing);
            let missed = Live::Frames(Bytes::from_static(b"x"), false);
            assert_eq!(seats[0].read_live(), missed, "its own tail comes to it");
        };
        LocalSet::new().run_until(work).await;
    }
}
