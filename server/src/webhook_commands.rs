//! What `parlor webhook` does. Each action returns what is printed; a server that runs on the same
//! log follows within a second.

use std::{fmt::Write as _, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_shared::{Member, MemberId, Position, Seq};

use crate::{
    access_commands::{CommandError, length, now_ms, random},
    config::{WebhookAction, WebhookPlace},
    engine::{
        Behind,
        embedded::{AdminFile, BesideLog, IncomingWebhook, NewWebhook, OutgoingWebhook},
    },
    webhooks::secret::WebhookSecret,
};

/// Does this to the webhooks of the log in `data`. Addresses of the server begin with `url`.
///
/// # Errors
/// [`CommandError`].
pub fn run(data: &Path, url: &str, action: WebhookAction) -> Result<String, CommandError> {
    let admin = AdminFile::open_beside_log(data)?;
    match action {
        WebhookAction::Add {
            address,
            room,
            name,
            from,
        } => {
            let secret = WebhookSecret::new(random()?);
            let position = place(&BesideLog::open(data)?, from)?;
            let new = NewWebhook {
                name,
                rooms: room,
                address,
                secret,
                position,
            };
            let id = admin.add_webhook(&new, now_ms())?;
            Ok(added(id, &new))
        }
        WebhookAction::Incoming { room, name } => {
            let secret = URL_SAFE_NO_PAD.encode(random::<24>()?);
            let bot = Member {
                member: MemberId::new(random()?),
                name,
            };
            let id = admin.add_incoming(&secret, &room, &bot, now_ms())?;
            let (base, name) = (url.trim_end_matches('/'), &bot.name);
            Ok(format!(
                "Webhook {id} posts in {room} as {name}.\nIts address, printed this once: \
                 {base}/hooks/{secret}\n"
            ))
        }
        WebhookAction::List => list(&admin, &BesideLog::open(data)?),
        WebhookAction::Remove { number } => match admin.remove_webhook(number, now_ms())? {
            true => Ok(format!("Webhook {number} is removed.\n")),
            false => Err(CommandError::NoWebhook(number)),
        },
        WebhookAction::Replay { number, after } => {
            let log = BesideLog::open(data)?;
            let after = after.map(|after| place(&log, after)).transpose()?;
            match admin.replay_webhook(number, after, now_ms())? {
                true => Ok(replayed(number, after)),
                false => Err(CommandError::NoWebhook(number)),
            }
        }
    }
}

/// The position of a place that the operator has named.
fn place(log: &BesideLog, place: WebhookPlace) -> Result<Position, CommandError> {
    let head = log.head()?;
    let at = |seq: Seq| Position {
        epoch: head.epoch,
        seq,
    };
    let position = match place {
        WebhookPlace::Now => head,
        WebhookPlace::Start => at(Seq::ZERO),
        WebhookPlace::Seq(seq) => at(seq),
        WebhookPlace::Position(position) => position,
    };
    match position.seq > head.seq && position.epoch == head.epoch {
        true => Err(CommandError::AfterHead {
            head: head.seq,
            given: position.seq,
        }),
        false => Ok(position),
    }
}

fn added(id: i64, new: &NewWebhook) -> String {
    let NewWebhook {
        rooms,
        address,
        secret,
        ..
    } = new;
    let secret = secret.reveal();
    format!(
        "Webhook {id} sends {rooms} to {address}.\nIts secret, printed this once: {secret}\n\
         `parlor webhook list` shows how it is doing.\n"
    )
}

fn replayed(number: i64, after: Option<Position>) -> String {
    match after {
        Some(after) => format!("Webhook {number} goes on after {}.\n", after.seq),
        None => format!("Webhook {number} tries again.\n"),
    }
}

fn list(admin: &AdminFile, log: &BesideLog) -> Result<String, CommandError> {
    let mut text = String::new();
    for webhook in admin.outgoing_webhooks()? {
        let behind = log.behind(&webhook.rooms, webhook.position.seq)?;
        let OutgoingWebhook {
            id,
            name,
            rooms,
            address,
            ..
        } = &webhook;
        let state = described(&webhook, behind, now_ms());
        // Writing to a string can't fail.
        writeln!(text, "{id}: {name}: {rooms} to {address}, {state}").ok();
    }
    for IncomingWebhook { id, room, bot, .. } in admin.incoming_webhooks()? {
        // Writing to a string can't fail.
        writeln!(text, "{id}: {}: posts in {room}", bot.name).ok();
    }
    if text.is_empty() {
        text += "There are no webhooks.\n";
    }
    Ok(text)
}

/// How a webhook is doing.
fn described(webhook: &OutgoingWebhook, behind: Behind, now_ms: u64) -> String {
    let ago = |at_ms: u64| length(now_ms.saturating_sub(at_ms) / 1_000);
    let state = &webhook.state;
    let lag = match behind.oldest_at_ms {
        Some(oldest_ms) => {
            let entries = behind.entries;
            format!(
                "{entries} entries behind, the oldest {} old",
                ago(oldest_ms)
            )
        }
        None => "nothing to send".to_owned(),
    };
    let error = &state.last_error;
    if let Some(at_ms) = state.disabled_at_ms {
        let (ago, id) = (ago(at_ms), webhook.id);
        return format!(
            "disabled {ago} ago: {error}; {lag}; `parlor webhook replay {id}` starts it again"
        );
    }
    if let Some(since_ms) = state.failing_since_ms {
        let next_ms = state
            .next_at_ms
            .map_or(0, |at_ms| at_ms.saturating_sub(now_ms));
        return format!(
            "failing for {} ({} times): {error}; {lag}; tries again in {}",
            ago(since_ms),
            state.failures,
            length(next_ms / 1_000)
        );
    }
    match state.delivered_at_ms {
        Some(at_ms) => format!("{lag}, delivered last {} ago", ago(at_ms)),
        None => format!("{lag}, nothing delivered yet"),
    }
}
