//! What an operator does about people and messages by the command line: bans in admin.db at once,
//! and what stands on a room's log through the server that runs.

use std::{
    fmt::Write as _,
    net::IpAddr,
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use parlor_server::{
    config::ModerationCommand,
    engine::embedded::{self, AdminFile, BanOrder, Banned, KeptBan, TakesAddresses},
};
use parlor_shared::{
    Body, MemberId, Name, RoomId,
    limits::{BAN_DAYS_MAX, MUTE_DAYS_MAX, ORDER_WAIT_MS, SLOW_MODE_SECONDS_MAX},
};

/// How often the command line looks whether the server has done what it asked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The lines of the admin log that are printed.
const LINES: usize = 20;

/// Who does it, for people.
const BY: &str = "the operator";

/// Carries out a command on the log in `data`, and returns what to print.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn moderate(data: &Path, command: ModerationCommand) -> anyhow::Result<String> {
    let admin = AdminFile::open_beside_log(data)?;
    let now_ms = now_ms();
    match command {
        ModerationCommand::Ban {
            who,
            room,
            duration,
            addresses,
            reason,
        } => {
            let until_ms = end_ms(now_ms, duration, BAN_DAYS_MAX)?;
            let takes = match addresses {
                true => TakesAddresses::Yes,
                false => TakesAddresses::No,
            };
            let order = BanOrder {
                who: banned(data, room.as_ref(), &who, takes)?,
                room,
                until_ms,
                reason,
                by: BY.to_owned(),
            };
            let id = admin.ban(&order, now_ms)?;
            Ok(format!("{who} is banned; `parlor unban {id}` lifts it.\n"))
        }
        ModerationCommand::Unban { number } => {
            anyhow::ensure!(
                admin.unban(number, BY, now_ms)?,
                "there is no ban {number}; `parlor bans` prints them"
            );
            Ok(format!("Ban {number} is lifted.\n"))
        }
        ModerationCommand::Bans => Ok(list_bans(&admin.bans(now_ms)?, now_ms)),
        ModerationCommand::Mute {
            room,
            who,
            duration,
        } => {
            let Member { member, name } = find(data, &room, &who)?;
            let until_ms = match duration {
                Duration::ZERO => None,
                _ => Some(end_ms(now_ms, duration, MUTE_DAYS_MAX)?),
            };
            let mute = Body::Mute {
                member,
                name,
                until_ms,
            };
            order(&admin, &room, &mute, now_ms)
        }
        ModerationCommand::SlowMode { room, seconds } => {
            anyhow::ensure!(
                seconds <= SLOW_MODE_SECONDS_MAX,
                "slow mode has a wait of up to {SLOW_MODE_SECONDS_MAX} seconds"
            );
            order(&admin, &room, &Body::SlowMode { seconds }, now_ms)
        }
        ModerationCommand::Delete { room, message } => {
            let deletion = Body::Deletion { target: message };
            order(&admin, &room, &deletion, now_ms)
        }
        ModerationCommand::Reports => list_reports(&admin),
    }
}

/// A member and their name.
struct Member {
    member: MemberId,
    name: Name,
}

/// Has the server that runs append this, and waits for it.
fn order(admin: &AdminFile, room: &RoomId, body: &Body, now_ms: u64) -> anyhow::Result<String> {
    let id = admin.order(room, body, now_ms)?;
    let deadline = Instant::now() + Duration::from_millis(ORDER_WAIT_MS);
    loop {
        match admin.order_outcome(id)? {
            Some(refused) if !refused.is_empty() => anyhow::bail!("{refused}"),
            Some(_) => return Ok(format!("Done; it stands on the log of room {room}.\n")),
            None if Instant::now() > deadline => {
                return Ok("No server runs on this log. It is done once one starts.\n".to_owned());
            }
            None => thread::sleep(LOOK_EVERY),
        }
    }
}

fn banned(
    data: &Path,
    room: Option<&RoomId>,
    who: &str,
    addresses: TakesAddresses,
) -> anyhow::Result<Banned> {
    if let Ok(address) = who.trim_end_matches("/64").parse::<IpAddr>() {
        return Ok(Banned::Address(address.to_canonical().to_string()));
    }
    let found = match (room, who.parse::<MemberId>()) {
        (_, Ok(member)) => Member {
            member,
            name: Name::parse("member")?,
        },
        (Some(room), Err(_)) => find(data, room, who)?,
        (None, Err(_)) => anyhow::bail!(
            "'{who}' is no member's id and no address; with --room it may be the name of someone who has \
             written there"
        ),
    };
    Ok(Banned::Member {
        member: found.member,
        name: found.name,
        addresses,
    })
}

/// The member with this id, or with this name among those who have written in the room.
fn find(data: &Path, room: &RoomId, who: &str) -> anyhow::Result<Member> {
    let written = embedded::members_named(data, room, who)?;
    match (who.parse::<MemberId>(), &written[..]) {
        (Ok(member), _) => Ok(Member {
            member,
            name: Name::parse("member")?,
        }),
        (Err(_), [member]) => Ok(Member {
            member: *member,
            name: Name::try_from(who.to_owned())?,
        }),
        (Err(_), []) => anyhow::bail!("nobody called '{who}' has written in room {room} lately"),
        (Err(_), several) => {
            let ids: Vec<String> = several.iter().map(MemberId::to_string).collect();
            let ids = ids.join(", ");
            anyhow::bail!("several members are called '{who}': name one by the id: {ids}")
        }
    }
}

fn end_ms(now_ms: u64, duration: Duration, days_max: u64) -> anyhow::Result<u64> {
    let days = duration.as_secs().div_ceil(24 * 60 * 60);
    anyhow::ensure!(
        (1..=days_max).contains(&days),
        "--for takes a time of up to {days_max} days"
    );
    Ok(now_ms + duration.as_secs() * 1_000)
}

fn list_bans(bans: &[KeptBan], now_ms: u64) -> String {
    if bans.is_empty() {
        return "Nobody is banned.\n".to_owned();
    }
    let mut text = String::new();
    for ban in bans {
        let name = ban.name.as_ref().map_or("", Name::as_str);
        let member = ban.member.map(|member| format!("{name} {member}"));
        let place = ban.room.as_ref().map_or("the server", RoomId::as_str);
        let left_h = ban
            .until_ms
            .saturating_sub(now_ms)
            .div_ceil(60 * 60 * 1_000);
        let addresses = ban.networks.join(" ");
        let (who, by, reason) = (member.unwrap_or_default(), &ban.by, &ban.reason);
        let line = format!(
            "{}\t{place}\t{who}\t{addresses}\t{left_h} h left\tby {by}\t{reason}",
            ban.id
        );
        // Writing to a string can't fail.
        writeln!(text, "{line}").ok();
    }
    text
}

fn list_reports(admin: &AdminFile) -> anyhow::Result<String> {
    let mut text = String::new();
    for room in admin.report_counts()?.into_keys() {
        for report in admin.reports(&room)? {
            let (target, name, reason) = (report.target, report.name, report.reason);
            // Writing to a string can't fail.
            writeln!(text, "{room}\t{target}\treported by {name}\t{reason}").ok();
        }
    }
    if text.is_empty() {
        text += "There are no open reports.\n";
    }
    let lines = admin.admin_log(LINES)?;
    if !lines.is_empty() {
        text += "\nThe last lines of the admin log:\n";
    }
    for line in lines.iter().rev() {
        let (at_s, what) = (line.at_ms / 1_000, &line.what);
        // Writing to a string can't fail.
        writeln!(text, "{at_s}\t{what}").ok();
    }
    Ok(text)
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}
