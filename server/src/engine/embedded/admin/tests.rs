use parlor_shared::{
    AccessSecret, Right,
    limits::{GRANTS_MAX, INVITATIONS_MAX},
};

use super::{
    invitations::{InvitationError, NewInvitation},
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
    let given = file.redeem(&code("a"), member(1), 2).unwrap();
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
    let insert =
        "INSERT INTO grants SELECT cast(i + 1000000000000000 AS BLOB), '*', 'read', 0, 1 FROM n";
    fill(&file, GRANTS_MAX, insert);
    file.invite(&code("new"), &to("tea", Right::Post), 1)
        .unwrap();
    let refused = file.redeem(&code("new"), member(1), 2);
    assert!(
        matches!(refused, Err(InvitationError::TooMany)),
        "{refused:?}"
    );
    assert_eq!(file.invitations().unwrap()[0].used, 0, "nothing is used up");
}
