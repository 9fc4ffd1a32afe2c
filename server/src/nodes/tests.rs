//! Nodes with rooms of their own, and a broadcast in memory between them. Time is paused: it goes
//! on by itself to what is due next.

use std::cell::Cell;

use parlor_shared::{
    Member, MemberId, Name, RoomId, Seq, ServerMessage, codec,
    limits::{NODE_CHANGES_MAX, NODE_LEASE_MS, NODE_SEND_MS_MAX, NODE_WHOLE_MS, PRESENCE_GRACE_MS},
};

use super::{
    memory::{Fault, MemoryBroadcast},
    *,
};
use crate::{
    clock::SystemClock,
    rooms::{
        presence::Departure,
        ring::{RingPosition, RingRead},
        room::{RoomBounds, RoomHandle},
    },
};

/// A node with one room.
struct TestNode {
    hub: Arc<Hub>,
    nodes: Nodes,
    lobby: RoomHandle,
    /// Up to where the room's frames were read.
    position: Cell<RingPosition>,
    presence: JoinHandle<()>,
}

impl TestNode {
    fn start(broadcast: &Arc<MemoryBroadcast>, node: u64) -> Self {
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let lobby = hub.open(&room(), None).unwrap();
        lobby.observe_head(Seq::ZERO);
        Self {
            nodes: Nodes::start(hub.clone(), broadcast.clone(), NodeId(node)),
            presence: tokio::spawn(hub.clone().run_presence()),
            position: Cell::new(RingPosition {
                frame: 0,
                seq: Seq::ZERO,
            }),
            lobby,
            hub,
        }
    }

    /// As if its process was killed.
    fn kill(self) {
        self.presence.abort();
    }

    /// Who is shown in the room.
    fn shown(&self) -> String {
        let mut names: Vec<String> = self
            .lobby
            .listed_members()
            .into_iter()
            .map(|member| member.name.to_string())
            .collect();
        names.sort();
        names.join(" ")
    }

    /// What those in the room were sent since this was last called, in words.
    fn frames(&self) -> Vec<String> {
        match self.lobby.read(self.position.get()) {
            RingRead::Frames(read) => {
                self.position.set(read.next);
                words(&read.bytes)
            }
            RingRead::Empty => Vec::new(),
            RingRead::Lagged => panic!("read it more often"),
        }
    }
}

/// Frames of presence and typing, in words.
fn words(mut bytes: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    while let [_, length, ..] = *bytes {
        // The header of a WebSocket's frame.
        let (head, length) = match length {
            126 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
            length => (2, usize::from(length)),
        };
        let text = std::str::from_utf8(&bytes[head..head + length]).unwrap();
        bytes = &bytes[head + length..];
        let message = codec::decode_server(text).unwrap();
        all.push(
            if let ServerMessage::Presence { here, gone, .. } = message {
                let here = here.iter().map(|member| format!("+{}", member.name));
                let gone = gone.iter().map(|_| "-".to_owned());
                here.chain(gone).collect::<Vec<_>>().join(" ")
            } else if let ServerMessage::Typing { .. } = message {
                "typing".to_owned()
            } else {
                panic!("{message:?}")
            },
        );
    }
    all
}

fn room() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn member(n: u8, name: &str) -> Member {
    Member {
        member: MemberId::from_bytes([n; 16]),
        name: Name::parse(name).unwrap(),
    }
}

/// Has this time go by.
async fn pass(ms: u64) {
    sleep(Duration::from_millis(ms)).await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_goes_and_types_is_shown_on_every_node_at_once() {
    let broadcast = MemoryBroadcast::new();
    let one = TestNode::start(&broadcast, 1);
    let two = TestNode::start(&broadcast, 2);
    pass(1_500).await;
    one.lobby.enter(&member(1, "ann"));
    two.lobby.enter(&member(2, "bob"));
    pass(400).await;
    assert_eq!([one.shown(), two.shown()], ["ann bob", "ann bob"]);
    // A node that starts later learns it within a second or so.
    let late = TestNode::start(&broadcast, 3);
    pass(1_500).await;
    assert_eq!(late.shown(), "ann bob");
    assert_eq!(late.hub.member_count(&room()), 2);
    one.lobby.publish_typing(member(1, "ann").member);
    one.lobby.rename(&member(1, "anna"));
    pass(400).await;
    two.lobby.leave(member(2, "bob").member, Departure::Left);
    pass(400).await;
    for node in [&one, &two, &late] {
        assert_eq!(node.shown(), "anna");
        let frames = node.frames();
        assert_eq!(frames.iter().filter(|frame| *frame == "typing").count(), 1);
        assert!(frames.contains(&"+anna".to_owned()), "{frames:?}");
        assert_eq!(frames.last().unwrap(), "-");
    }
    let metrics = one.hub.nodes_metrics();
    assert_eq!((metrics.nodes.load(Relaxed), metrics.gaps.get()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_member_who_moves_to_another_node_is_never_gone() {
    let broadcast = MemoryBroadcast::new();
    let [one, two, three] = [1, 2, 3].map(|node| TestNode::start(&broadcast, node));
    one.lobby.enter(&member(1, "ann"));
    three.lobby.enter(&member(3, "cid"));
    pass(1_000).await;
    let check = |nodes: &[&TestNode]| {
        for node in nodes {
            assert_eq!(node.shown(), "ann cid");
            let frames = node.frames();
            assert!(
                !frames.iter().any(|frame| frame.contains('-')),
                "{frames:?}"
            );
        }
    };
    one.lobby.leave(member(1, "ann").member, Departure::Lost);
    pass(PRESENCE_GRACE_MS - 2_000).await;
    two.lobby.enter(&member(1, "ann"));
    pass(60_000).await;
    check(&[&one, &two, &three]);
    // Its node is killed: it comes back on another one before its time is over.
    two.kill();
    pass(NODE_LEASE_MS + PRESENCE_GRACE_MS - 3_000).await;
    three.lobby.enter(&member(1, "ann"));
    pass(60_000).await;
    check(&[&one, &three]);
}

#[tokio::test(start_paused = true)]
async fn the_members_of_a_dead_node_are_gone_after_its_lease_and_their_grace_and_no_sooner() {
    let broadcast = MemoryBroadcast::new();
    let [one, two, three] = [1, 2, 3].map(|node| TestNode::start(&broadcast, node));
    two.lobby.enter(&member(2, "bob"));
    three.lobby.enter(&member(3, "cid"));
    pass(5_000).await;
    two.kill();
    pass(PRESENCE_GRACE_MS).await;
    assert_eq!(one.shown(), "bob cid");
    assert_eq!(one.hub.nodes_metrics().nodes.load(Relaxed), 1);
    pass(NODE_LEASE_MS + 500).await;
    assert_eq!([one.shown(), three.shown()], ["cid", "cid"]);
    // One that stops says so: nobody waits for its lease.
    three.nodes.stop().await;
    three.kill();
    pass(PRESENCE_GRACE_MS - 500).await;
    assert_eq!(one.shown(), "cid");
    pass(1_000).await;
    assert_eq!(one.shown(), "");
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_is_asked_for_again_and_a_node_that_is_cut_off_comes_back() {
    let broadcast = MemoryBroadcast::new();
    let [one, two] = [1, 2].map(|node| TestNode::start(&broadcast, node));
    one.lobby.enter(&member(1, "ann"));
    pass(1_500).await;
    for (fault, cut_ms) in [
        (Fault::Lost, 500),
        (Fault::Down, 5_000),
        (Fault::Stuck, 8_000),
    ] {
        broadcast.set(fault);
        one.lobby.enter(&member(2, "bob"));
        one.lobby.leave(member(1, "ann").member, Departure::Left);
        pass(cut_ms).await;
        assert_eq!(two.shown(), "ann", "{fault:?}");
        broadcast.set(Fault::None);
        // Until the next sign of life, which shows that something is missing, and the answer.
        pass(NODE_SEND_MS_MAX + 4_000).await;
        assert_eq!(two.shown(), "bob", "{fault:?}");
        one.lobby.enter(&member(1, "ann"));
        one.lobby.leave(member(2, "bob").member, Departure::Left);
        pass(1_000).await;
        assert_eq!(two.shown(), "ann");
    }
    assert!(two.hub.nodes_metrics().gaps.get() >= 3);
    assert!(one.hub.nodes_metrics().unsent.get() > 0);
    // Cut off for long, each shows its own members, and both again soon afterwards.
    two.lobby.enter(&member(3, "cid"));
    pass(1_000).await;
    broadcast.set(Fault::Down);
    pass(NODE_LEASE_MS + PRESENCE_GRACE_MS + 1_000).await;
    assert_eq!([one.shown(), two.shown()], ["ann", "cid"]);
    broadcast.set(Fault::None);
    pass(4_000).await;
    assert_eq!([one.shown(), two.shown()], ["ann cid", "ann cid"]);
}

#[tokio::test(start_paused = true)]
async fn more_changes_than_are_kept_at_once_arrive_all_the_same() {
    let broadcast = MemoryBroadcast::new();
    let [one, two] = [1, 2].map(|node| TestNode::start(&broadcast, node));
    pass(NODE_WHOLE_MS + 1_500).await;
    for n in 0..=NODE_CHANGES_MAX {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        one.lobby.enter(&Member {
            member: MemberId::from_bytes(bytes),
            name: Name::parse("m").unwrap(),
        });
    }
    pass(3_000).await;
    assert_eq!(two.lobby.member_count() as usize, NODE_CHANGES_MAX + 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_message_of_a_node_is_ignored() {
    let broadcast = MemoryBroadcast::new();
    let one = TestNode::start(&broadcast, 1);
    one.lobby.enter(&member(1, "ann"));
    pass(500).await;
    let mut sent = broadcast.observe();
    broadcast.send(Bytes::from_static(b"hello")).await.unwrap();
    // Its own messages come back to it, and change nothing.
    pass(NODE_WHOLE_MS).await;
    assert_eq!(sent.recv().await.unwrap(), "hello");
    let own = sent.recv().await.unwrap();
    broadcast.send(own).await.unwrap();
    pass(60_000).await;
    assert_eq!(one.shown(), "ann");
    assert_eq!(one.hub.nodes_metrics().nodes.load(Relaxed), 0);
}
