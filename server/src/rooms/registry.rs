//! The session registry: which sessions are subscribed to which room, for the sessions of one
//! thread.
//!
//! A session has one connection, and so one socket, and at most one subscription for each room. It
//! subscribes when its cursor (`cursor.rs`) has caught up with the room's newest entry; this is the
//! only way in which new frames of a room reach a socket. The subscribers of one room are in groups
//! of up to 512, each with a task of its own. A publish wakes every group's task once, and the task
//! writes the new frames to each subscriber whose socket is idle, one after the other. Neighbours
//! at the same position get the same bytes, so that the ring is read once for all of them.
//!
//! A socket is busy while it has not taken everything that was given to it, or a reply is queued,
//! and is passed over then. What it misses is not queued: its subscription keeps its position in
//! the ring, and the connection's own task (`Outbound::poll_write`) reads from there when the
//! socket has taken what came before. So a slow session costs the others nothing, and the server no
//! more than one chunk of unsent bytes. If the ring has dropped the next frame by then, the session
//! unsubscribes, reads the missing entries from the log, and subscribes again when it has caught
//! up.
//!
//! What a delivery needs of a subscriber lies side by side in memory. Past a thousand connections a
//! delivery's cost is the memory it touches.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt,
    future::poll_fn,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Buf;
use futures_util::{FutureExt, future::LocalBoxFuture};
use parlor_shared::{RoomId, Seq, limits::GROUP_SUBSCRIBERS_MAX};
use slab::Slab;

use crate::{
    connection::socket::SocketWriter,
    rooms::{
        ring::{RingFrames, RingPosition, RingRead},
        room::{Room, waker_slot::WakerSlot},
        wakeups::Inbox,
    },
};

/// A task of the registry: it delivers to one group of subscribers, and ends when the last of them
/// has gone, or it wakes those that do.
pub(crate) type GroupTask = LocalBoxFuture<'static, ()>;

/// The subscriptions of one thread's sessions.
pub(crate) struct SessionRegistry {
    /// Each room's subscribers in groups of at most [`GROUP_SUBSCRIBERS_MAX`], so that a large room
    /// does not keep the thread from everything else.
    groups: RefCell<HashMap<RoomId, Vec<Rc<SubscriberGroup>>>>,
    /// Through which a publish wakes the groups' tasks.
    inbox: Arc<Inbox>,
    /// Starts a group's task on this thread.
    spawn: Box<dyn Fn(GroupTask)>,
}

/// Subscribers of one room that are written to in one go.
#[derive(Debug)]
struct SubscriberGroup {
    /// The group's place among those that a publish in the room wakes.
    slot: WakerSlot,
    subscribers: RefCell<Slab<Subscriber>>,
    /// Wakes the group's task when the last subscriber has gone: without a publish, the task would
    /// not notice.
    waker: RefCell<Option<Waker>>,
    /// See [`Room::observe_delivery`].
    observed: Cell<u64>,
}

/// A session's place in a group.
#[derive(Debug)]
struct Subscriber {
    /// The next frame of the room's ring that was neither written nor buffered for the session.
    position: RingPosition,
    socket: Rc<SocketWriter>,
}

/// A session's subscription to a room, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    group: Rc<SubscriberGroup>,
    /// The subscriber's key in the group.
    key: usize,
}

impl SessionRegistry {
    /// A registry without subscribers. `spawn` runs a task on this thread.
    pub(crate) fn new(spawn: impl Fn(GroupTask) + 'static) -> Rc<Self> {
        let inbox = Arc::new(Inbox::default());
        spawn(inbox.clone().run().boxed_local());
        Rc::new(Self {
            groups: RefCell::default(),
            inbox,
            spawn: Box::new(spawn),
        })
    }

    /// Through which a publish wakes tasks of this thread.
    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// Subscribes a session to the room's frames from this position on.
    pub(crate) fn subscribe(
        self: &Rc<Self>,
        room: &Arc<Room>,
        position: RingPosition,
        socket: &Rc<SocketWriter>,
    ) -> Subscription {
        let group = self.group_with_capacity(room);
        let key = group.subscribers.borrow_mut().insert(Subscriber {
            position,
            socket: socket.clone(),
        });
        Subscription { group, key }
    }

    fn group_with_capacity(self: &Rc<Self>, room: &Arc<Room>) -> Rc<SubscriberGroup> {
        let mut rooms = self.groups.borrow_mut();
        let groups = rooms.entry(room.id().clone()).or_default();
        // A room that is unloaded and loaded again is another `Room`. A group of the old one may
        // still be here until its task has ended.
        let has_capacity = |group: &&Rc<SubscriberGroup>| {
            Arc::ptr_eq(group.slot.room(), room)
                && group.subscribers.borrow().len() < GROUP_SUBSCRIBERS_MAX
        };
        groups
            .iter()
            .find(has_capacity)
            .cloned()
            .unwrap_or_else(|| {
                let group = Rc::new(SubscriberGroup {
                    slot: WakerSlot::new(room, &self.inbox),
                    subscribers: RefCell::default(),
                    waker: RefCell::default(),
                    observed: Cell::new(room.published_us()),
                });
                groups.push(group.clone());
                (self.spawn)(self.clone().run(group.clone()).boxed_local());
                group
            })
    }

    /// Delivers to a group until its last subscriber has gone.
    async fn run(self: Rc<Self>, group: Rc<SubscriberGroup>) {
        poll_fn(|cx| group.poll_deliver(cx)).await;
        let mut rooms = self.groups.borrow_mut();
        let room = group.slot.room().id();
        if let Some(groups) = rooms.get_mut(room) {
            groups.retain(|other| !Rc::ptr_eq(other, &group));
            if groups.is_empty() {
                rooms.remove(room);
            }
        }
    }
}

impl SubscriberGroup {
    /// Writes new frames to every idle subscriber. Ready when there are no subscribers.
    fn poll_deliver(&self, cx: &Context<'_>) -> Poll<()> {
        self.waker.replace(Some(cx.waker().clone()));
        self.slot.register(cx.waker());
        let mut subscribers = self.subscribers.borrow_mut();
        if subscribers.is_empty() {
            return Poll::Ready(());
        }
        // Subscribers at the same position get the same bytes.
        let mut last = None;
        for (_, subscriber) in subscribers.iter_mut() {
            if subscriber.socket.is_idle() {
                subscriber.deliver(self.slot.room(), &mut last);
            }
        }
        if last.is_some() {
            let observed = self.slot.room().observe_delivery(self.observed.get());
            self.observed.set(observed);
        }
        Poll::Pending
    }
}

/// The group's last read of the ring.
struct LastRead {
    from: RingPosition,
    frames: RingFrames,
}

impl Subscriber {
    /// Writes the room's new frames to the socket. The connection's task does the rest: what the
    /// socket does not take at once, what is more than one read gives, and what the ring has
    /// dropped.
    fn deliver(&mut self, room: &Room, last: &mut Option<LastRead>) {
        let frames = match last {
            Some(last) if last.from == self.position => &last.frames,
            Some(_) | None => match room.read(self.position) {
                RingRead::Frames(frames) => {
                    let from = self.position;
                    &last.insert(LastRead { from, frames }).frames
                }
                RingRead::Empty => return,
                RingRead::Lagged => {
                    self.socket.mark_busy();
                    return self.socket.wake();
                }
            },
        };
        self.position = frames.next;
        let written = self.socket.try_write(&frames.bytes);
        if written < frames.bytes.len() || frames.more {
            let mut unsent = frames.bytes.clone();
            unsent.advance(written);
            self.socket.buffer(unsent);
            self.socket.wake();
        }
    }
}

impl Subscription {
    /// Reads the subscription's new frames and moves its position past them. For the connection's
    /// task, which marks the socket idle only when nothing is left to read here.
    pub(crate) fn read(&self) -> RingRead {
        let mut subscribers = self.group.subscribers.borrow_mut();
        let position = &mut subscribers[self.key].position;
        let read = self.group.slot.room().read(*position);
        if let RingRead::Frames(frames) = &read {
            *position = frames.next;
        }
        read
    }

    /// The newest entry that the session has been given.
    pub(crate) fn seq(&self) -> Seq {
        self.group.subscribers.borrow()[self.key].position.seq
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut subscribers = self.group.subscribers.borrow_mut();
        subscribers.remove(self.key);
        // The group's task ends with its last subscriber.
        if subscribers.is_empty()
            && let Some(waker) = &*self.group.waker.borrow()
        {
            waker.wake_by_ref();
        }
    }
}

impl fmt::Debug for SessionRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRegistry")
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::task::{LocalSet, spawn_local, yield_now};

    use super::*;
    use crate::{
        clock::SystemClock,
        connection::socket::memory::MemorySocket,
        rooms::{
            hub::Hub,
            room::{RoomBounds, RoomHandle},
        },
    };

    const START: RingPosition = RingPosition {
        frame: 0,
        seq: Seq::ZERO,
    };

    fn registry() -> Rc<SessionRegistry> {
        SessionRegistry::new(|task| {
            spawn_local(task);
        })
    }

    fn open_room() -> RoomHandle {
        let hub = Hub::new(SystemClock::start(), RoomBounds::default());
        let room = hub.open(&RoomId::parse("lobby").unwrap(), None).unwrap();
        room.observe_head(Seq::ZERO);
        room
    }

    /// Runs the group's task until nothing is left for it to do.
    async fn deliver() {
        for _ in 0..10 {
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn more_subscribers_than_a_group_holds_make_two_groups_and_all_are_written_to() {
        let test = async {
            let (room, registry) = (open_room(), registry());
            let (memory, socket) = MemorySocket::idle();
            let count = GROUP_SUBSCRIBERS_MAX + 1;
            let subscriptions: Vec<Subscription> = (0..count)
                .map(|_| registry.subscribe(&room, START, &socket))
                .collect();
            assert_eq!(registry.groups.borrow()[room.id()].len(), 2);
            room.publish_ephemeral(&Bytes::from_static(b"x"));
            deliver().await;
            assert_eq!(memory.take(), vec![b'x'; count]);

            drop(subscriptions);
            deliver().await;
            assert!(registry.groups.borrow().is_empty());
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_busy_socket_is_passed_over_and_its_subscription_keeps_its_position() {
        let test = async {
            let (room, registry) = (open_room(), registry());
            let (busy_memory, busy_socket) = MemorySocket::idle();
            let (memory, socket) = MemorySocket::idle();
            let busy = registry.subscribe(&room, START, &busy_socket);
            let idle = registry.subscribe(&room, START, &socket);
            busy_socket.mark_busy();
            room.publish_ephemeral(&Bytes::from_static(b"x"));
            deliver().await;
            assert_eq!(memory.take(), b"x");
            assert_eq!(idle.read(), RingRead::Empty);
            assert_eq!(busy_memory.take(), b"");
            let RingRead::Frames(missed) = busy.read() else {
                panic!("the connection's task reads what was missed")
            };
            assert_eq!(missed.bytes, "x");
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn what_a_socket_does_not_take_is_buffered_and_the_socket_is_busy() {
        let test = async {
            let (room, registry) = (open_room(), registry());
            let (memory, socket) = MemorySocket::idle();
            let _subscription = registry.subscribe(&room, START, &socket);
            memory.set_capacity(2);
            room.publish_ephemeral(&Bytes::from_static(b"abc"));
            deliver().await;
            room.publish_ephemeral(&Bytes::from_static(b"def"));
            deliver().await;
            assert_eq!(memory.take(), b"ab");
            assert!(!socket.is_idle());
            assert!(!socket.is_flushed());
            memory.set_capacity(10);
            poll_fn(|cx| socket.poll_flush(cx)).await.unwrap();
            assert_eq!(
                memory.take(),
                b"c",
                "`def` is left to the connection's task"
            );
        };
        LocalSet::new().run_until(test).await;
    }
}
