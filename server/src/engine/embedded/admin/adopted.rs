//! What was decided in a folder before its log followed a stream: by the command line before the
//! first start, or on a server of one node. The node puts it to the stream when it starts.

use parlor_shared::{MemberId, MessageId, Name};
use rusqlite::{Connection, Row};

use super::{
    change::{
        AdminChange,
        bans::{BanChange, BanOrder, Banned, TakesAddresses},
        grants::GrantChange,
        incoming::IncomingChange,
        invitations::{CodeHash, InvitationChange, NewInvitation},
        reports::{NewReport, ReportChange},
        tokens::TokenRevoked,
    },
    column::{name, parsed},
    grant::{Admits, Grant},
    requests,
};

/// What every node has the same of, and what counts its numbers. Its requests are a node's own.
const EMPTIED: &str = "
    DELETE FROM grants; DELETE FROM invitations; DELETE FROM bans; DELETE FROM ban_networks;
    DELETE FROM reports; DELETE FROM admin_log; DELETE FROM settings; DELETE FROM revoked;
    DELETE FROM webhooks; DELETE FROM outgoing_webhooks; DELETE FROM incoming_webhooks;
    DELETE FROM sqlite_sequence WHERE name NOT IN ('requests', 'orders');
";

/// Reads a row as the change that makes it.
type ReadChange = fn(&Row<'_>) -> rusqlite::Result<AdminChange>;

/// Turns what the file has into requests, and empties it. Webhooks that send entries are not asked
/// for again: their places are those of another log.
pub(super) fn ask_again(db: &Connection) -> rusqlite::Result<()> {
    for change in changes(db)? {
        requests::put(db, &change)?;
    }
    db.execute_batch(EMPTIED)
}

fn changes(db: &Connection) -> rusqlite::Result<Vec<AdminChange>> {
    let tables: [(&str, ReadChange); 7] = [
        (
            "SELECT value FROM settings WHERE name = 'password'",
            |row| Ok(AdminChange::Password(row.get(0)?)),
        ),
        (
            "SELECT member, rooms, right, admits, at_ms, name FROM grants ORDER BY at_ms",
            grant,
        ),
        (
            "SELECT code, rooms, right, made_at_ms, expires_at_ms, uses_max - used FROM invitations
             WHERE uses_max IS NULL OR used < uses_max ORDER BY id",
            invitation,
        ),
        (
            "SELECT member, name, room, takes_addresses, until_ms, by, reason,
                (SELECT network FROM ban_networks WHERE ban = bans.id LIMIT 1)
             FROM bans ORDER BY id",
            ban,
        ),
        (
            "SELECT room, target, member, name, at_ms, reason FROM reports ORDER BY id",
            report,
        ),
        ("SELECT id, expires_at_ms FROM revoked", |row| {
            Ok(AdminChange::TokenRevoked(TokenRevoked {
                id: row.get(0)?,
                expires_at_ms: row.get::<_, Option<i64>>(1)?.map(i64::cast_unsigned),
                at_ms: 0,
            }))
        }),
        (
            "SELECT secret, rooms, name, member, made_at_ms FROM webhooks
             JOIN incoming_webhooks ON webhook = id ORDER BY id",
            incoming,
        ),
    ];
    let mut changes = Vec::new();
    for (sql, read) in tables {
        let mut statement = db.prepare(sql)?;
        for change in statement.query_map([], read)? {
            changes.push(change?);
        }
    }
    Ok(changes)
}

fn grant(row: &Row<'_>) -> rusqlite::Result<AdminChange> {
    let grant = Grant {
        member: MemberId::from_bytes(row.get(0)?),
        rooms: parsed(row, 1)?,
        right: parsed(row, 2)?,
        admits: if row.get(3)? { Admits::Yes } else { Admits::No },
    };
    Ok(AdminChange::Grant(GrantChange::Give {
        grant,
        name: known_name(row, 5)?,
        at_ms: row.get::<_, i64>(4)?.cast_unsigned(),
    }))
}

fn invitation(row: &Row<'_>) -> rusqlite::Result<AdminChange> {
    let new = NewInvitation {
        rooms: parsed(row, 1)?,
        right: parsed(row, 2)?,
        expires_at_ms: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        uses_max: row.get(5)?,
    };
    Ok(AdminChange::Invitation(InvitationChange::Invite {
        code: CodeHash(row.get(0)?),
        new,
        at_ms: row.get::<_, i64>(3)?.cast_unsigned(),
    }))
}

/// The addresses that a member's ban has taken along come again with the member.
fn ban(row: &Row<'_>) -> rusqlite::Result<AdminChange> {
    let member = row.get::<_, Option<[u8; 16]>>(0)?;
    let who = match (member, known_name(row, 1)?) {
        (Some(member), Some(name)) => Banned::Member {
            member: MemberId::from_bytes(member),
            name,
            addresses: if row.get(3)? {
                TakesAddresses::Yes
            } else {
                TakesAddresses::No
            },
        },
        (Some(_), None) | (None, _) => {
            Banned::Address(row.get::<_, Option<String>>(7)?.unwrap_or_default())
        }
    };
    let room = row.get::<_, Option<String>>(2)?;
    let order = BanOrder {
        who,
        room: room.map(|_| parsed(row, 2)).transpose()?,
        until_ms: row.get::<_, i64>(4)?.cast_unsigned(),
        by: row.get(5)?,
        reason: row.get(6)?,
    };
    Ok(AdminChange::Ban(BanChange::Ban { order, at_ms: 0 }))
}

fn report(row: &Row<'_>) -> rusqlite::Result<AdminChange> {
    let new = NewReport {
        room: parsed(row, 0)?,
        target: MessageId::from_bytes(row.get(1)?),
        member: MemberId::from_bytes(row.get(2)?),
        name: name(row, 3)?,
        reason: row.get(5)?,
    };
    let at_ms = row.get::<_, i64>(4)?.cast_unsigned();
    Ok(AdminChange::Report(ReportChange::Report { new, at_ms }))
}

fn incoming(row: &Row<'_>) -> rusqlite::Result<AdminChange> {
    Ok(AdminChange::Incoming(IncomingChange {
        secret: row.get(0)?,
        room: parsed(row, 1)?,
        bot: parlor_shared::Member {
            member: MemberId::from_bytes(row.get(3)?),
            name: name(row, 2)?,
        },
        at_ms: row.get::<_, i64>(4)?.cast_unsigned(),
    }))
}

/// A name, where there is one that some version has accepted.
fn known_name(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Name>> {
    let name: Option<String> = row.get(column)?;
    Ok(name.and_then(|name| Name::try_from(name).ok()))
}
