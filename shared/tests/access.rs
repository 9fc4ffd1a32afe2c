//! Rights in rooms: what a rule gives in which kind of room, and what no rule can be.
#![allow(clippy::unwrap_used, reason = "a test fails at anything unexpected")]

use parlor_shared::{
    Access, Right, Rights, RoomId, RoomKind, RoomPattern, codec, limits::RIGHTS_RULES_MAX,
};

fn right(rules: &str, room: &str, kind: RoomKind) -> Option<Right> {
    let rights: Rights = codec::from_json(rules).unwrap();
    rights.in_room(&RoomId::parse(room).unwrap(), kind)
}

#[test]
fn the_highest_right_of_the_rules_that_match_counts() {
    let rules = r#"{"*":"read","team-*":"post","team-tea":"moderate"}"#;
    let in_open = |room| right(rules, room, RoomKind::Open);
    assert_eq!(in_open("lobby"), Some(Right::Read));
    assert_eq!(in_open("team-cake"), Some(Right::Post));
    assert_eq!(in_open("team-tea"), Some(Right::Moderate));
    assert_eq!(in_open("team"), Some(Right::Read));
    assert_eq!(right("{}", "lobby", RoomKind::Open), None);
}

#[test]
fn in_a_room_that_is_not_open_only_its_own_rules_and_moderators_count() {
    for (rules, read_only, private) in [
        (r#"{"*":"post"}"#, Some(Right::Read), None),
        (r#"{"te*":"read"}"#, Some(Right::Read), None),
        (r#"{"tea":"post"}"#, Some(Right::Post), Some(Right::Post)),
        (r#"{"tea":"read"}"#, Some(Right::Read), Some(Right::Read)),
        (
            r#"{"*":"moderate"}"#,
            Some(Right::Moderate),
            Some(Right::Moderate),
        ),
        (r#"{"*":"own"}"#, Some(Right::Own), Some(Right::Own)),
    ] {
        assert_eq!(
            right(rules, "tea", RoomKind::ReadOnly),
            read_only,
            "{rules}"
        );
        assert_eq!(right(rules, "tea", RoomKind::Private), private, "{rules}");
    }
}

#[test]
fn a_pattern_is_a_room_or_how_its_id_begins() {
    for good in ["*", "lobby", "team-*", "t*", "7*"] {
        assert!(good.parse::<RoomPattern>().is_ok(), "{good}");
    }
    for bad in ["", "**", "*-team", "te*am", "Team-*", "-*", "a b"] {
        assert!(bad.parse::<RoomPattern>().is_err(), "{bad}");
    }
}

#[test]
fn a_member_has_a_bounded_number_of_rules() {
    let mut rights = Rights::default();
    let room = |n: usize| format!("r{n}").parse::<RoomPattern>().unwrap();
    for n in 0..RIGHTS_RULES_MAX {
        rights.add(room(n), Right::Read).unwrap();
    }
    assert!(rights.add(room(RIGHTS_RULES_MAX), Right::Read).is_err());
    rights.add(room(0), Right::Post).unwrap();
    let json = codec::to_json(&rights);
    assert_eq!(codec::from_json::<Rights>(&json).unwrap(), rights);
    let more = json.replacen('{', r#"{"one-more":"read","#, 1);
    assert!(codec::from_json::<Rights>(&more).is_err());
}

#[test]
fn what_lets_a_client_in_is_not_shown_by_debug() {
    for shown in [
        r#""eyJ0.eyJz.c2ln""#,
        r#"{"password":"open sesame"}"#,
        r#"{"device":"1234"}"#,
    ] {
        let access: Access = codec::from_json(shown).unwrap();
        let debug = format!("{access:?}");
        assert!(
            !["eyJ0", "sesame", "1234"]
                .iter()
                .any(|secret| debug.contains(secret)),
            "{debug}"
        );
    }
}
