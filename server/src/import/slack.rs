//! The folder of an export from Slack, unpacked: `users.json`, `channels.json`, and a folder for
//! each channel with a file for each day.
//!
//! The format is described at <https://slack.com/help/articles/220556107>.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use parlor_shared::{
    Body, Emoji, MessageId, Name, RoomId, Text,
    limits::{ROOM_BYTES_MAX, TEXT_CHARS_MAX},
};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::record::{ImportError, Record};
use crate::{
    access::member_of_account,
    slack_text::{emoji, name_of, plain},
};

/// What stands for the issuer in the member ids that are made of Slack's user ids.
const ISSUER: &str = "slack";

#[derive(Deserialize)]
struct User {
    id: String,
    name: String,
    #[serde(default)]
    profile: Profile,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    display_name: String,
    real_name: String,
}

#[derive(Deserialize)]
struct Channel {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    subtype: Option<String>,
    #[serde(default)]
    user: Option<String>,
    /// Of a bot.
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    bot_id: Option<String>,
    #[serde(default)]
    text: String,
    ts: String,
    #[serde(default)]
    thread_ts: Option<String>,
    #[serde(default)]
    reactions: Vec<Reaction>,
    #[serde(default)]
    files: Vec<SlackFile>,
}

#[derive(Deserialize)]
struct Reaction {
    name: String,
    #[serde(default)]
    users: Vec<String>,
}

#[derive(Deserialize)]
struct SlackFile {
    #[serde(default)]
    name: Option<String>,
}

/// Who is called what.
pub(super) struct People(HashMap<String, Name>);

impl People {
    /// The name of a user's id; the id itself for one who is not listed.
    fn name(&self, user: &str) -> Option<Name> {
        self.0.get(user).cloned().or_else(|| name_of(user))
    }
}

/// The messages of all channels, channel by channel and oldest first.
pub(super) fn read(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<Option<Record>, ImportError>>, ImportError> {
    let users: Vec<User> = parse(&folder.join("users.json"))?;
    let called = |user: User| Some((user.id.clone(), called(user)?));
    let people = People(users.into_iter().filter_map(called).collect());
    let channels: Vec<Channel> = parse(&folder.join("channels.json"))?;
    let mut days = Vec::new();
    for channel in channels {
        let room = room_of(&channel.name).ok_or_else(|| {
            let what = format!("no room can be made of the channel {}", channel.name);
            ImportError::malformed(folder.join("channels.json"), what)
        })?;
        for day in days_of(&folder.join(&channel.name))? {
            days.push((channel.id.clone(), room.clone(), day));
        }
    }
    Ok(days.into_iter().flat_map(
        move |(channel, room, day)| match parse::<Vec<Message>>(&day) {
            Ok(mut messages) => {
                messages.sort_by(|one, other| one.ts.cmp(&other.ts));
                let of_message = |message| records(&channel, &room, &message, &people);
                messages.into_iter().flat_map(of_message).map(Ok).collect()
            }
            Err(error) => vec![Err(error)],
        },
    ))
}

/// The files of a channel's days, in order. A channel in which nobody has written has no folder.
fn days_of(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(ImportError::Read {
                path: folder.to_owned(),
                source,
            });
        }
    };
    let mut days = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            days.push(path);
        }
    }
    // They are called by their day: 2026-11-27.json.
    days.sort();
    Ok(days)
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, ImportError> {
    let bytes = fs::read(path).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|error| ImportError::malformed(path, error))
}

/// The entries of a message: itself, and the reactions to it. `None` stands for one that can't be
/// kept.
fn records(
    channel: &str,
    room: &RoomId,
    message: &Message,
    people: &People,
) -> Vec<Option<Record>> {
    let is_written = matches!(
        message.subtype.as_deref(),
        None | Some("bot_message" | "me_message" | "thread_broadcast" | "file_share")
    );
    let (Some(at_ms), true) = (ms_of(&message.ts), is_written) else {
        return vec![None];
    };
    let author = message
        .user
        .as_deref()
        .or(message.bot_id.as_deref())
        .unwrap_or("bot");
    let name = match (&message.user, &message.username) {
        (Some(user), _) => people.name(user),
        (None, Some(username)) => name_of(username),
        (None, None) => people.name(author),
    };
    let Some(name) = name else {
        return vec![None];
    };
    let parent = message
        .thread_ts
        .as_ref()
        .filter(|parent| **parent != message.ts);
    let mut reply_to = parent.and_then(|ts| Some(id_of(channel, ts, ms_of(ts)?, 0)));
    let record = |number, body| Record {
        room: room.clone(),
        id: id_of(channel, &message.ts, at_ms, number),
        member: member_of_account(ISSUER, author),
        name: name.clone(),
        at_ms,
        body,
    };
    let mut records: Vec<Option<Record>> = Vec::new();
    for (number, text) in parts(&words_of(message, people)).into_iter().enumerate() {
        let body = Body::Post {
            text,
            reply_to: reply_to.take(),
        };
        records.push(Some(record(number, body)));
    }
    if records.is_empty() {
        return vec![None];
    }
    let target = id_of(channel, &message.ts, at_ms, 0);
    for reaction in &message.reactions {
        let emoji = emoji(&reaction.name).and_then(|emoji| Emoji::parse(emoji).ok());
        for user in &reaction.users {
            let kept = emoji.clone().zip(people.name(user));
            records.push(kept.map(|(emoji, name)| Record {
                room: room.clone(),
                id: id_of(
                    channel,
                    &format!("{} {} {user}", message.ts, reaction.name),
                    at_ms,
                    0,
                ),
                member: member_of_account(ISSUER, user),
                name,
                at_ms,
                body: Body::Reaction {
                    target,
                    emoji,
                    on: true,
                },
            }));
        }
    }
    records
}

/// What a message says. Files are not in an export; their names are.
fn words_of(message: &Message, people: &People) -> String {
    let name = |user: &str| {
        people
            .name(user)
            .map_or_else(|| user.to_owned(), |name| name.to_string())
    };
    let mut words = plain(&message.text, &name);
    for file in &message.files {
        if !words.is_empty() {
            words.push('\n');
        }
        words += "[file] ";
        words += file.name.as_deref().unwrap_or("?");
    }
    words
}

/// A text in as many messages as it needs.
fn parts(words: &str) -> Vec<Text> {
    let characters: Vec<char> = words.trim().chars().collect();
    let parts = characters.chunks(TEXT_CHARS_MAX);
    parts
        .filter_map(|part| Text::parse(part.iter().collect::<String>()).ok())
        .collect()
}

/// The id of something in a channel, the same in each import.
fn id_of(channel: &str, ts: &str, at_ms: u64, number: usize) -> MessageId {
    let mut hash = Sha256::new();
    hash.update(format!("{ISSUER} {channel} {ts} {number}"));
    let mut bytes = [0; 10];
    for (byte, hashed) in bytes.iter_mut().zip(hash.finalize()) {
        *byte = hashed;
    }
    MessageId::new(at_ms, bytes)
}

/// A time of Slack's, `1482960137.003881`, in Unix milliseconds.
fn ms_of(ts: &str) -> Option<u64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let ms = fraction.get(..3).unwrap_or("0");
    seconds
        .parse::<u64>()
        .ok()?
        .checked_mul(1_000)?
        .checked_add(ms.parse().ok()?)
}

fn called(user: User) -> Option<Name> {
    let Profile {
        display_name,
        real_name,
    } = user.profile;
    let names = [display_name, real_name, user.name, user.id];
    names.iter().find_map(|name| name_of(name))
}

/// The room of a channel: in small letters, and with what a room's id can't have as hyphens.
fn room_of(channel: &str) -> Option<RoomId> {
    let id: String = channel
        .to_lowercase()
        .chars()
        .map(|character| match character {
            'a'..='z' | '0'..='9' | '-' => character,
            _ => '-',
        })
        .take(ROOM_BYTES_MAX)
        .collect();
    RoomId::parse(id.trim_start_matches('-')).ok()
}
