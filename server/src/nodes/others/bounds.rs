//! How much of what the other nodes say is kept.

use super::*;
use crate::nodes::message::Ids;

fn whole(node: u64, number: u64, rooms: Vec<RoomWhole>) -> NodeMessage {
    let says = Says::Whole {
        first: number,
        is_last: true,
        rooms,
    };
    NodeMessage {
        node: NodeId(node),
        number,
        says,
    }
}

fn room_of(name: &str, members: usize) -> RoomWhole {
    let member = |n: usize| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(bytes)
    };
    RoomWhole {
        room: RoomId::parse(name).unwrap(),
        members: Ids((0..members).map(member).collect()),
        names: Vec::new(),
    }
}

#[test]
fn the_other_nodes_are_bounded_and_a_dead_one_makes_way() {
    let mut others = Others::new(NodeId(0));
    let news = |others: &mut Others, node, now_ms| {
        let message = whole(node, 1, vec![room_of("lobby", 1)]);
        others.on_message(message, now_ms).news.len()
    };
    for node in 1..=NODES_MAX as u64 {
        assert_eq!(news(&mut others, node, node), 1);
    }
    let late = NODES_MAX as u64 + 1;
    assert_eq!(news(&mut others, late, 100), 0);
    let first_ends_ms = 1 + NODE_LEASE_MS + PRESENCE_GRACE_MS;
    assert_eq!(others.expire(first_ends_ms - 1), []);
    assert_eq!(others.expire(first_ends_ms).len(), 1);
    assert_eq!(news(&mut others, late, first_ends_ms), 1);
}

#[test]
fn the_rooms_and_members_of_another_node_are_bounded() {
    let mut others = Others::new(NodeId(0));
    let rooms = (0..=NODE_ROOMS_MAX).map(|n| room_of(&format!("r{n}"), 1));
    let news = others.on_message(whole(1, 1, rooms.collect()), 0).news;
    assert_eq!(news.len(), NODE_ROOMS_MAX);
    let large = vec![room_of("lobby", NODE_MEMBERS_MAX + 1)];
    let news = others.on_message(whole(2, 1, large), 0).news;
    assert_eq!(news[0].changes.len(), NODE_MEMBERS_MAX);
    // Those that left make space for others.
    let small = vec![room_of("tea", 10)];
    let news = others.on_message(whole(2, 2, small), 0).news;
    let of_tea = news.iter().find(|news| news.room.as_str() == "tea");
    assert_eq!(of_tea.unwrap().changes.len(), 10);
}

#[test]
fn the_names_that_a_large_room_leaves_out_stay_known() {
    let mut others = Others::new(NodeId(0));
    let named = RoomWhole {
        names: vec![Name::parse("ann").unwrap()],
        ..room_of("lobby", 1)
    };
    let entered = others.on_message(whole(1, 1, vec![named.clone()]), 0).news;
    assert!(matches!(
        &entered[0].changes[..],
        [MemberChange::Entered(_)]
    ));
    let nameless = room_of("lobby", 1);
    assert_eq!(
        others
            .on_message(whole(1, 2, vec![nameless.clone()]), 0)
            .news,
        []
    );
    assert_eq!(
        others.on_message(whole(1, 3, vec![named.clone()]), 0).news,
        []
    );
    others.on_message(whole(2, 1, vec![nameless]), 0);
    let renamed = others.on_message(whole(2, 2, vec![named]), 0).news;
    assert!(matches!(
        &renamed[0].changes[..],
        [MemberChange::Renamed(_)]
    ));
}
