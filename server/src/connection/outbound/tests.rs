//! The outbound state on a socket in memory.

use std::{future::poll_fn, sync::Arc};

use futures_util::FutureExt;
use parlor_shared::{Body, Member, MemberId, MessageId, Name, Seq, Text};

use super::*;
use crate::{
    clock::SystemClock,
    connection::socket::memory::MemorySocket,
    engine::{Authority, Engine, NewEntry, RetentionPolicy, embedded::Embedded},
    log_reader::LogReader,
    rooms::{hub::Hub, room::RoomBounds},
};

fn outbound() -> (MemorySocket, Outbound) {
    let (memory, socket) = MemorySocket::idle();
    let outbound = Outbound::new(socket, SessionRegistry::new(drop));
    (memory, outbound)
}

/// Writes as much as the socket takes now.
fn write(outbound: &Outbound) {
    let written = poll_fn(|cx| outbound.poll_write(cx)).now_or_never();
    assert!(written.is_none(), "the socket is not broken");
}

#[test]
fn a_client_that_takes_no_replies_is_full_until_it_takes_one() {
    let (memory, outbound) = outbound();
    memory.set_capacity(0);
    let reply = ServerMessage::Notice {
        text: "x".repeat(REPLIES_BYTES_MAX / 4),
    };
    for _ in 0..5 {
        assert!(!outbound.is_full());
        outbound.reply(&reply);
        write(&outbound);
    }
    assert!(outbound.is_full(), "one is being written, four are queued");
    outbound.progress().now_or_never().unwrap();
    assert_eq!(outbound.progress().now_or_never(), None);
    memory.set_capacity(REPLIES_BYTES_MAX / 2);
    write(&outbound);
    assert_eq!(outbound.progress().now_or_never(), Some(()));
    assert!(!outbound.is_full());
}

#[test]
fn a_written_ping_is_no_progress() {
    let (memory, outbound) = outbound();
    outbound.ping();
    write(&outbound);
    assert_eq!(memory.take(), [0x89, 0]);
    assert_eq!(outbound.progress().now_or_never(), None);
    outbound.pong(b"");
    write(&outbound);
    assert_eq!(memory.take(), [0x8A, 0]);
    assert_eq!(outbound.progress().now_or_never(), Some(()));
}

#[tokio::test]
async fn a_reader_that_retention_overtakes_joins_again_on_the_same_connection() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
    let engine: Arc<dyn Engine> = Arc::new(Embedded::open(folder.path(), hub.clone()).unwrap());
    let lobby = RoomId::parse("lobby").unwrap();
    let member = Member {
        member: MemberId::new([1; 16]),
        name: Name::parse("ann").unwrap(),
    };
    let mut head = Seq::ZERO;
    for n in [1, 2] {
        let entry = NewEntry {
            authority: Authority::Member,
            room: lobby.clone(),
            id: MessageId::new(n, [0; 10]),
            follows: None,
            member: member.member,
            name: member.name.clone(),
            body: Body::post(Text::parse("old").unwrap()),
            at_ms: n,
        };
        head = engine.append(entry).await.unwrap().await.unwrap().entry.seq;
    }
    let handle = hub.open(&lobby, None).unwrap();
    handle.observe_head(head);
    let (memory, outbound) = outbound();
    let log = LogReader::new(engine.clone(), None);
    outbound.add(Cursor::new(handle, log, &member, Seq::ZERO));
    let policy = RetentionPolicy {
        entries: None,
        since_ms: Some(u64::MAX >> 1),
    };
    assert_eq!(engine.apply_retention(policy).await, Ok(2));

    poll_fn(|cx| {
        assert!(outbound.poll_write(cx).is_pending(), "the socket works");
        if outbound.is_in(&lobby) {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    assert!(outbound.take_lost().is_none(), "the connection goes on");
    assert_eq!(memory.take(), must_rejoin(&lobby));
}
