//! What the commands about access do. Each returns what is printed; a server that runs on the same
//! log follows within a second.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_shared::{AccessSecret, MemberId, Rights, RoomPattern, Seq};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::{
    access::{AccessSigner, Claims, HashedPassword, unverified},
    config::AccessCommand,
    engine::embedded::{
        AdminError, AdminFile, InvitationError, NewInvitation, OpenError, RevokeError,
        WebhookError, secret,
    },
};

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The log, or the file beside it, can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file beside the log can't be read or written.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The invitation can't be made.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// There is no such invitation.
    #[error("there is no invitation {0}; `parlor invitations` lists them")]
    NoInvitation(i64),
    /// The password is empty, too long, or was typed in two ways.
    #[error("{0}")]
    Password(&'static str),
    /// The password can't be hashed.
    #[error(transparent)]
    Hash(#[from] crate::access::HashFailed),
    /// The token has more in it than a token may have.
    #[error("that token would be too long; give it fewer rights")]
    TokenTooLong,
    /// The token can't be told from others.
    #[error("that token has no id (jti), so it can't be taken back alone")]
    NoTokenId,
    /// There is no such webhook.
    #[error("there is no such webhook as {0}; `parlor webhook list` shows those that there are")]
    NoWebhook(i64),
    /// The webhook can't be made.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The log does not have the place yet.
    #[error("the log ends at {head}; a webhook can't go on after {given}")]
    AfterHead {
        /// The log's newest entry.
        head: Seq,
        /// The place that was named.
        given: Seq,
    },
    /// The token was not taken back.
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    /// The system refuses.
    #[error("the system refuses: {0}")]
    System(String),
}

/// Runs a command on the log in `data`. Links begin with `url`.
///
/// # Errors
/// [`CommandError`].
pub fn run(data: &Path, url: &str, command: AccessCommand) -> Result<String, CommandError> {
    match command {
        AccessCommand::Invite {
            room,
            rights,
            expires,
            uses,
        } => {
            let given = NewInvitation {
                rooms: room,
                right: rights,
                expires_at_ms: expires.end_ms(now_ms()),
                uses_max: uses,
            };
            let file = AdminFile::open_with_folder(data)?;
            Ok(invite(&file, url, &given)? + "\n")
        }
        AccessCommand::Invitations => list(&AdminFile::open_with_folder(data)?),
        AccessCommand::Uninvite { number } => {
            if AdminFile::open_with_folder(data)?.uninvite(number)? {
                Ok(format!("Invitation {number} is taken back.\n"))
            } else {
                Err(CommandError::NoInvitation(number))
            }
        }
        AccessCommand::Owner => owner(&AdminFile::open_with_folder(data)?, url),
        AccessCommand::Password => {
            let password = ask_for_password()?;
            let hashed = HashedPassword::new(&password, random()?)?;
            AdminFile::open_with_folder(data)?.set_password(hashed.as_str())?;
            Ok("The password is set.\n".to_owned())
        }
        AccessCommand::Token {
            revoke: Some(token),
            ..
        } => revoke(data, &token),
        AccessCommand::Token {
            member,
            name,
            rights,
            expires,
            revoke: None,
        } => {
            let member = member.map_or_else(|| random().map(MemberId::new), Ok)?;
            let mut given = Rights::default();
            for rule in rights {
                let added = given.add(rule.rooms, rule.right);
                added.map_err(|_| CommandError::TokenTooLong)?;
            }
            let claims = Claims {
                sub: Some(member.to_string()),
                name,
                exp: expires.end_ms(now_ms()).map(|end_ms| end_ms / 1_000),
                rights: Some(given),
                ..Claims::default()
            };
            sign(data, claims)
        }
    }
}

/// The token with these claims and an id.
fn sign(data: &Path, claims: Claims) -> Result<String, CommandError> {
    let id = URL_SAFE_NO_PAD.encode(random::<12>()?);
    let jti = Some(id.clone());
    let token = AccessSigner::new(secret(data)?).sign(&Claims { jti, ..claims });
    let token = token.ok_or(CommandError::TokenTooLong)?;
    // Standard output is the token alone; without its id it is taken back by itself.
    writeln!(
        std::io::stderr(),
        "`parlor token --revoke {id}` takes it back."
    )
    .ok();
    Ok(token.as_str().to_owned() + "\n")
}

/// Takes back a token, by its id or as it is. A token says until when that must be remembered.
fn revoke(data: &Path, token: &str) -> Result<String, CommandError> {
    let file = AdminFile::open_with_folder(data)?;
    let (id, expires_at_ms) = match unverified(token) {
        Some(claims) => {
            let id = claims.jti.ok_or(CommandError::NoTokenId)?;
            (id, claims.exp.map(|exp| exp.saturating_mul(1_000)))
        }
        None => (token.to_owned(), None),
    };
    file.revoke_token(&id, expires_at_ms, now_ms())?;
    Ok(format!("The token {id} is taken back.\n"))
}

/// The link that makes its opener the owner, where nobody is and no such link is out: what the
/// first start prints. Otherwise nothing.
///
/// # Errors
/// [`CommandError`].
pub fn first_owner(data: &Path, url: &str) -> Result<String, CommandError> {
    let file = AdminFile::open(data)?;
    let code = new_code()?;
    match file.invite_first_owner(&code, now_ms())? {
        true => Ok(owner_link(url, &code)),
        false => Ok(String::new()),
    }
}

fn owner(file: &AdminFile, url: &str) -> Result<String, CommandError> {
    let code = new_code()?;
    file.invite_owner(&code, now_ms())?;
    Ok(owner_link(url, &code))
}

fn owner_link(url: &str, code: &AccessSecret) -> String {
    let link = link(url, &RoomPattern::all(), code);
    format!(
        "Who opens this link first owns the room: {link}\n(`parlor owner` prints another one.)\n"
    )
}

/// Makes an invitation, and returns its link.
fn invite(file: &AdminFile, url: &str, given: &NewInvitation) -> Result<String, CommandError> {
    let code = new_code()?;
    file.invite(&code, given, now_ms())?;
    Ok(link(url, &given.rooms, &code))
}

fn new_code() -> Result<AccessSecret, CommandError> {
    let code = AccessSecret::try_from(URL_SAFE_NO_PAD.encode(random::<16>()?));
    code.map_err(|error| CommandError::System(error.to_string()))
}

/// The link of an invitation. The code is behind the `#`, which browsers send to nobody.
fn link(url: &str, rooms: &RoomPattern, code: &AccessSecret) -> String {
    let (base, code) = (url.trim_end_matches('/'), code.as_str());
    match rooms.room() {
        Some(room) => format!("{base}/r/{room}#invite={code}"),
        None => format!("{base}/#invite={code}"),
    }
}

fn list(file: &AdminFile) -> Result<String, CommandError> {
    let invitations = file.invitations()?;
    if invitations.is_empty() {
        return Ok("There are no invitations.\n".to_owned());
    }
    let now_ms = now_ms();
    let lines = invitations.into_iter().map(|invitation| {
        let given = invitation.given;
        let uses = match given.uses_max {
            Some(max) => format!("{} of {max} uses", invitation.used),
            None => format!("{} uses", invitation.used),
        };
        let end = match given.expires_at_ms {
            None => "never expires".to_owned(),
            Some(at_ms) if at_ms <= now_ms => "expired".to_owned(),
            Some(at_ms) => format!("expires in {}", length((at_ms - now_ms) / 1_000)),
        };
        format!(
            "{}: {} in {}, {uses}, {end}\n",
            invitation.id, given.right, given.rooms
        )
    });
    Ok(lines.collect())
}

/// A length of time in its largest unit.
pub(crate) fn length(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, 's'),
        60..3_600 => (seconds / 60, 'm'),
        3_600..86_400 => (seconds / 3_600, 'h'),
        _ => (seconds / 86_400, 'd'),
    };
    format!("{count}{unit}")
}

/// Reads the password: twice from a terminal, which does not show it, or a line of standard input.
fn ask_for_password() -> Result<AccessSecret, CommandError> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return parse_password(read_line()?);
    }
    let password = prompt("Password: ")?;
    if prompt("Again: ")? != password {
        let why = "the two passwords differ; nothing was changed";
        return Err(CommandError::Password(why));
    }
    parse_password(password)
}

fn parse_password(text: String) -> Result<AccessSecret, CommandError> {
    let why = "a password has 8 to 256 bytes and no control characters";
    if text.len() < 8 {
        return Err(CommandError::Password(why));
    }
    AccessSecret::try_from(text).map_err(|_| CommandError::Password(why))
}

fn prompt(question: &str) -> Result<String, CommandError> {
    let system = |error: rustix::io::Errno| CommandError::System(error.to_string());
    // Where nobody sees the question, the answer can be given all the same.
    write!(std::io::stderr(), "{question}").ok();
    let input = std::io::stdin();
    let shown = tcgetattr(&input).map_err(system)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&input, OptionalActions::Now, &hidden).map_err(system)?;
    let line = read_line();
    tcsetattr(&input, OptionalActions::Now, &shown).map_err(system)?;
    // As above.
    writeln!(std::io::stderr()).ok();
    line
}

fn read_line() -> Result<String, CommandError> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| CommandError::System(error.to_string()))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Random bytes.
///
/// # Errors
/// [`CommandError::System`].
pub(crate) fn random<const N: usize>() -> Result<[u8; N], CommandError> {
    let mut random = [0; N];
    getrandom::fill(&mut random).map_err(|error| CommandError::System(error.to_string()))?;
    Ok(random)
}

/// The time, in Unix milliseconds.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}
