use parlor_shared::{
    AccessSecret, Member, MemberId, Name, Right, RoomId, RoomPattern,
    limits::{GRANTS_MAX, GRANTS_PAGE_MAX, INVITATIONS_MAX, INVITATIONS_ROOM_MAX, REVOKED_MAX},
};

use super::{
    grants::{Admits, Grant, GrantError, RightChange},
    invitations::{InvitationError, NewInvitation},
    revoked::RevokeError,
    *,
};

fn file() -> (tempfile::TempDir, AdminFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = AdminFile::open(folder.path()).unwrap();
    (folder, file)
}

fn code(text: &str) -> AccessSecret {
    AccessSecret::try_from(text.to_owned()).unwrap()
}

fn member(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

fn named(n: u8) -> Member {
    Member {
        member: member(n),
        name: Name::parse(format!("guest {n}")).unwrap(),
    }
}

fn tea() -> RoomId {
    RoomId::parse("tea").unwrap()
}

fn change(n: u8, right: Option<Right>) -> RightChange {
    let Member { member, name } = named(n);
    RightChange {
        member,
        name,
        room: tea(),
        right,
        by: "ann".to_owned(),
    }
}

fn to(rooms: &str, right: Right) -> NewInvitation {
    NewInvitation {
        rooms: rooms.parse().unwrap(),
        right,
        expires_at_ms: None,
        uses_max: None,
    }
}

/// Fills a table with rows that no test asks for.
fn fill(file: &AdminFile, rows: usize, insert: &str) {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) {insert}"
    );
    file.lock().execute(&sql, []).unwrap();
}

#[test]
fn an_invitation_never_lowers_what_a_member_has() {
    let (_folder, file) = file();
    let own = Grant {
        member: member(1),
        rooms: RoomPattern::all(),
        right: Right::Own,
        admits: Admits::No,
    };
    file.grant(&own, 1).unwrap();
    file.invite(&code("a"), &to("*", Right::Read), 1).unwrap();
    let given = file.redeem(&code("a"), &named(1), 2).unwrap();
    assert_eq!((given.right, given.admits), (Right::Own, Admits::Yes));
    assert_eq!(file.grants().unwrap(), [given]);
}

#[test]
fn another_process_is_noticed_and_the_file_has_no_code() {
    let (folder, file) = file();
    let before = file.version().unwrap();
    assert_eq!(file.version().unwrap(), before);
    let other = AdminFile::open(folder.path()).unwrap();
    let secret = "a-code-that-nobody-guesses";
    other
        .invite(&code(secret), &to("tea", Right::Post), 1)
        .unwrap();
    assert_ne!(file.version().unwrap(), before);
    drop((file, other));
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes())
        );
    }
}

#[test]
fn the_number_of_invitations_is_bounded_and_those_that_have_ended_make_way() {
    let (_folder, file) = file();
    let insert = "INSERT INTO invitations (code, rooms, right, made_at_ms, expires_at_ms)
        SELECT i, '*', 'read', 1, 10 FROM n";
    let insert = insert.replace("SELECT i,", "SELECT cast(i AS BLOB),");
    fill(&file, INVITATIONS_MAX, &insert);
    let refused = file.invite(&code("new"), &to("tea", Right::Post), 5);
    assert!(
        matches!(refused, Err(InvitationError::TooMany)),
        "{refused:?}"
    );
    file.invite(&code("new"), &to("tea", Right::Post), 11)
        .unwrap();
    assert_eq!(file.invitations().unwrap().len(), 1);
}

#[test]
fn the_number_of_grants_is_bounded() {
    let (_folder, file) = file();
    let insert = "INSERT INTO grants (member, rooms, right, admits, at_ms)
            SELECT cast(i + 1000000000000000 AS BLOB), '*', 'read', 0, 1 FROM n";
    fill(&file, GRANTS_MAX, insert);
    file.invite(&code("new"), &to("tea", Right::Post), 1)
        .unwrap();
    let refused = file.redeem(&code("new"), &named(1), 2);
    assert!(
        matches!(refused, Err(InvitationError::TooMany)),
        "{refused:?}"
    );
    assert_eq!(file.invitations().unwrap()[0].used, 0, "nothing is used up");
    let own = Grant {
        member: member(1),
        rooms: RoomPattern::all(),
        right: Right::Own,
        admits: Admits::No,
    };
    assert!(matches!(file.grant(&own, 2), Err(GrantError::TooMany)));
    let given = file.change_right(&change(1, Some(Right::Moderate)), 2);
    assert!(matches!(given, Err(GrantError::TooMany)));
    assert_eq!(file.grants().unwrap().len(), GRANTS_MAX);
}

#[test]
fn an_owner_gives_a_right_in_a_room_and_takes_it_back_and_the_admin_log_says_who() {
    let (_folder, file) = file();
    file.invite(&code("a"), &to("tea", Right::Post), 1).unwrap();
    file.redeem(&code("a"), &named(1), 2).unwrap();
    file.change_right(&change(1, Some(Right::Moderate)), 3)
        .unwrap();
    let given = file.grants().unwrap();
    assert_eq!(
        (given[0].right, given[0].admits),
        (Right::Moderate, Admits::Yes),
        "who was invited still comes in"
    );
    let listed = file.given_in(&tea()).unwrap();
    assert_eq!(listed[0].name, Some(named(1).name));
    file.change_right(&change(1, None), 4).unwrap();
    assert_eq!(file.given_in(&tea()).unwrap(), []);
    let said: Vec<String> = file
        .admin_log(9)
        .unwrap()
        .into_iter()
        .map(|line| line.what)
        .collect();
    assert!(said[1].starts_with("ann gave guest 1") && said[1].contains("moderate in room tea"));
    assert!(said[0].starts_with("ann took back"), "{said:?}");
}

#[test]
fn the_rights_in_a_room_are_listed_up_to_a_bound_with_the_moderators_first() {
    let (_folder, file) = file();
    file.change_right(&change(1, Some(Right::Moderate)), 1)
        .unwrap();
    for n in 0..GRANTS_PAGE_MAX as u8 {
        file.change_right(&change(n + 2, Some(Right::Post)), 2)
            .unwrap();
    }
    let listed = file.given_in(&tea()).unwrap();
    assert_eq!(listed.len(), GRANTS_PAGE_MAX);
    assert_eq!(listed[0].member, member(1));
}

#[test]
fn the_invitations_that_owners_make_to_a_room_are_bounded_and_taken_back_in_their_room() {
    let (_folder, file) = file();
    let mut ends = to("tea", Right::Post);
    ends.expires_at_ms = Some(10);
    file.invite_by(&code("first"), &ends, "ann", 1).unwrap();
    for n in 1..INVITATIONS_ROOM_MAX {
        let new = to("tea", Right::Post);
        file.invite_by(&code(&n.to_string()), &new, "ann", 1)
            .unwrap();
    }
    assert_eq!(
        file.invitations_to(&tea(), 5).unwrap().len(),
        INVITATIONS_ROOM_MAX
    );
    let one_more = || file.invite_by(&code("more"), &to("tea", Right::Read), "ann", 9);
    assert!(matches!(one_more(), Err(InvitationError::TooMany)));
    let listed = file.invitations_to(&tea(), 10).unwrap();
    assert_eq!(listed.len(), INVITATIONS_ROOM_MAX - 1, "one has ended");
    let newest = listed[0].id;
    let other = RoomId::parse("coffee").unwrap();
    file.uninvite_by(newest, &other, "eve", 11).unwrap();
    assert_eq!(
        file.invitations_to(&tea(), 10).unwrap()[0].id,
        newest,
        "only an owner of its room takes it back"
    );
    file.uninvite_by(newest, &tea(), "ann", 12).unwrap();
    one_more().unwrap();
    let said = &file.admin_log(2).unwrap()[1].what;
    assert!(said.starts_with("ann took back invitation"), "{said}");
}

#[test]
fn the_number_of_revoked_tokens_is_bounded_and_those_that_have_expired_make_way() {
    let folder = tempfile::tempdir().unwrap();
    let file = AdminFile::open(folder.path()).unwrap();
    let sql = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
        INSERT INTO revoked SELECT 'id-' || n, 100 FROM n";
    file.lock().execute(sql, [REVOKED_MAX as i64]).unwrap();
    let revoke = |id: &str, now_ms| file.revoke_token(id, None, now_ms);
    assert!(matches!(revoke("more", 99), Err(RevokeError::TooMany)));
    revoke("id-1", 99).unwrap();
    assert_eq!(file.revoked_tokens().unwrap().len(), REVOKED_MAX);
    revoke("more", 100).unwrap();
    let mut left = file.revoked_tokens().unwrap();
    left.sort();
    assert_eq!(left, ["id-1", "more"]);
}
