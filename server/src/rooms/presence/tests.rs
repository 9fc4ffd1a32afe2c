//! Presence, with a clock of its own.

use super::*;

fn id(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

fn named(member: MemberId, name: &str) -> Member {
    Member {
        member,
        name: Name::parse(name).unwrap(),
    }
}

/// What is sent at `now_ms`, as `"count +names -number gone"`, `"count all names"` or `""`.
fn flushed(presence: &mut Presence, now_ms: u64) -> String {
    let room = RoomId::parse("lobby").unwrap();
    let names = |members: &[Member]| {
        let mut names: Vec<_> = members.iter().map(|m| m.name.to_string()).collect();
        names.sort();
        names.join(",")
    };
    match presence.flush(&room, now_ms) {
        None => String::new(),
        Some(ServerMessage::Presence {
            count, here, gone, ..
        }) => {
            format!("{count} +{} -{}", names(&here), gone.len())
        }
        Some(ServerMessage::Present { count, members, .. }) => {
            format!("{count} all {}", names(&members))
        }
        Some(other) => panic!("not a presence message: {other:?}"),
    }
}

#[test]
fn changes_are_coalesced_and_sent_once() {
    let mut presence = Presence::default();
    presence.enter(&named(id(1), "ann"), 0);
    presence.enter(&named(id(2), "bob"), 50);
    assert_eq!(flushed(&mut presence, 99), "", "not yet");
    assert_eq!(flushed(&mut presence, 100), "2 +ann,bob -0");
    assert_eq!(flushed(&mut presence, 1_000), "");
    presence.leave(id(2), Departure::Left, 2_000);
    assert_eq!(flushed(&mut presence, 2_100), "1 + -1");
}

#[test]
fn a_member_that_is_back_in_time_never_left() {
    let mut presence = Presence::default();
    presence.enter(&named(id(1), "ann"), 0);
    flushed(&mut presence, 100);
    presence.leave(id(1), Departure::Lost, 1_000);
    presence.enter(&named(id(1), "ann"), 15_999);
    assert_eq!(flushed(&mut presence, 60_000), "");
    presence.leave(id(1), Departure::Lost, 60_000);
    assert_eq!(presence.due_at_ms(), Some(75_000));
    assert_eq!(flushed(&mut presence, 75_000), "", "coalesced first");
    assert_eq!(flushed(&mut presence, 75_100), "0 + -1");
    assert!(!presence.has_own());
    assert_eq!(presence.due_at_ms(), None);
}

#[test]
fn a_member_with_two_connections_is_one_member() {
    let mut presence = Presence::default();
    presence.enter(&named(id(1), "ann"), 0);
    presence.enter(&named(id(1), "ann"), 10);
    assert_eq!(flushed(&mut presence, 110), "1 +ann -0");
    presence.leave(id(1), Departure::Left, 200);
    assert_eq!(flushed(&mut presence, 400), "");
    presence.leave(id(1), Departure::Left, 500);
    assert_eq!(flushed(&mut presence, 600), "0 + -1");
}

#[test]
fn a_new_name_is_sent() {
    let mut presence = Presence::default();
    presence.enter(&named(id(1), "ann"), 0);
    flushed(&mut presence, 100);
    presence.rename(&named(id(1), "anna"), 200);
    assert_eq!(flushed(&mut presence, 300), "1 +anna -0");
}

fn numbered(n: usize) -> MemberId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    MemberId::from_bytes(bytes)
}

#[test]
fn a_large_room_is_a_count_and_named_again_once_it_is_well_below_the_limit() {
    let mut presence = Presence::default();
    for n in 0..=PRESENCE_MEMBERS_MAX {
        presence.enter(&named(numbered(n), "m"), 0);
    }
    assert_eq!(flushed(&mut presence, 100), "201 + -0");
    let ServerMessage::Present {
        count: 201,
        members,
        ..
    } = presence.snapshot(&RoomId::parse("lobby").unwrap())
    else {
        panic!("a snapshot of 201")
    };
    assert!(members.is_empty());
    presence.leave(numbered(0), Departure::Left, 200);
    assert_eq!(
        flushed(&mut presence, 1_200),
        "200 + -0",
        "still a count just below the limit"
    );
    for n in 1..=PRESENCE_MEMBERS_MAX - PRESENCE_MEMBERS_LOW {
        presence.leave(numbered(n), Departure::Left, 2_000);
    }
    assert!(flushed(&mut presence, 3_000).starts_with("150 all m,m"));
}

#[test]
fn ten_thousand_members_that_come_and_go_do_not_flood_the_room() {
    let mut presence = Presence::default();
    let room = RoomId::parse("lobby").unwrap();
    let (mut messages, mut bytes) = (0, 0);
    // A member comes every millisecond and stays for ten seconds.
    for now_ms in 0..30_000 {
        if now_ms < 10_000 {
            presence.enter(&named(numbered(now_ms), "somebody"), now_ms as u64);
        }
        if (10_000..20_000).contains(&now_ms) {
            presence.leave(numbered(now_ms - 10_000), Departure::Left, now_ms as u64);
        }
        if let Some(message) = presence.flush(&room, now_ms as u64) {
            messages += 1;
            bytes += parlor_shared::codec::encode_server(&message).len();
            assert!(presence.pending.is_empty());
        }
    }
    assert!(!presence.has_own());
    // Once a second as a count, and ten times a second while the room is small enough for
    // names.
    assert!(messages < 30, "{messages} messages");
    assert!(bytes < 64 * 1024, "{bytes} bytes to each member");
}

#[test]
fn the_number_of_members_that_may_come_back_is_bounded() {
    let mut presence = Presence::default();
    for n in 0..=PRESENCE_GRACE_MEMBERS_MAX {
        presence.enter(&named(numbered(n), "m"), 0);
        presence.leave(numbered(n), Departure::Lost, n as u64);
    }
    assert_eq!(presence.members.len(), PRESENCE_GRACE_MEMBERS_MAX);
    assert!(!presence.members.contains_key(&numbered(0)));
}

fn elsewhere(member: MemberId, name: Option<&str>) -> MemberElsewhere {
    MemberElsewhere {
        member,
        name: name.map(|name| Name::parse(name).unwrap()),
    }
}

fn entered(member: MemberId, name: Option<&str>) -> [MemberChange; 1] {
    [MemberChange::Entered(elsewhere(member, name))]
}

#[test]
fn a_member_who_moves_to_another_node_never_left_and_is_gone_once_no_node_has_it() {
    let mut presence = Presence::default();
    presence.enter(&named(id(1), "ann"), 0);
    flushed(&mut presence, 100);
    presence.leave(id(1), Departure::Lost, 1_000);
    presence.change_elsewhere(&entered(id(1), Some("ann")), 2_000);
    assert_eq!(flushed(&mut presence, 60_000), "");
    assert!(!presence.has_own(), "its time to come back here is over");
    // It comes here once more before the other node says that it has left there.
    presence.enter(&named(id(1), "ann"), 61_000);
    presence.change_elsewhere(&[MemberChange::Left(id(1))], 62_000);
    assert_eq!(flushed(&mut presence, 63_000), "");
    presence.change_elsewhere(&entered(id(2), Some("bob")), 64_000);
    assert_eq!(flushed(&mut presence, 64_100), "2 +bob -0");
    presence.change_elsewhere(&[MemberChange::Left(id(2))], 65_000);
    assert_eq!(flushed(&mut presence, 65_100), "1 + -1");
    presence.leave(id(1), Departure::Left, 66_000);
    assert_eq!(flushed(&mut presence, 66_100), "0 + -1");
}

#[test]
fn the_other_nodes_are_said_only_what_has_changed_on_this_one() {
    let mut presence = Presence::default();
    let changes = |presence: &mut Presence| {
        let changes = presence.take_own_changes().into_iter();
        let changes = changes.map(|change| match change.presence {
            OwnPresence::Present(name) => format!("+{name}"),
            OwnPresence::Gone => "-".to_owned(),
        });
        changes.collect::<Vec<_>>().join(" ")
    };
    presence.begin([elsewhere(id(2), Some("bob"))].into_iter());
    presence.change_elsewhere(&entered(id(3), None), 0);
    assert_eq!(changes(&mut presence), "");
    presence.enter(&named(id(1), "ann"), 0);
    presence.enter(&named(id(2), "bob"), 0);
    assert_eq!(changes(&mut presence), "+ann +bob");
    presence.enter(&named(id(2), "bob"), 0);
    presence.leave(id(2), Departure::Left, 1);
    presence.rename(&named(id(1), "anna"), 1);
    assert_eq!(changes(&mut presence), "+anna");
    presence.leave(id(2), Departure::Lost, 2);
    assert_eq!(changes(&mut presence), "", "it may come back");
    flushed(&mut presence, PRESENCE_GRACE_MS + 2);
    assert_eq!(changes(&mut presence), "-");
    assert_eq!(presence.own_members(), [named(id(1), "anna")]);
    assert_eq!(presence.count(), 3);
}

#[test]
fn a_member_without_a_name_counts_and_is_listed_once_it_has_one() {
    let mut presence = Presence::default();
    presence.change_elsewhere(&entered(id(1), None), 0);
    assert_eq!(flushed(&mut presence, 100), "1 + -0");
    assert_eq!(presence.listed(), []);
    let renamed = MemberChange::Renamed(elsewhere(id(1), Some("ann")));
    presence.change_elsewhere(&[renamed], 200);
    assert_eq!(flushed(&mut presence, 300), "1 +ann -0");
    assert_eq!(presence.listed(), [named(id(1), "ann")]);
}
