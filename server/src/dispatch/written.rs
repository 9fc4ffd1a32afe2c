//! Checks what people have written before it is accepted. A message is decoded with every name,
//! text and reaction that any version has accepted, since a log may have them; new ones obey
//! today's rules.

use parlor_shared::{
    Body, Emoji, ErrorCode, Name, NameInvalid, Topic,
    characters::has_visible,
    limits::{MUTE_DAYS_MAX, SLOW_MODE_SECONDS_MAX},
};

use crate::{access::HeldToken, dispatch::error::RequestError};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Checks a name that a client sends.
pub(crate) fn check_name(name: &Name) -> Result<(), RequestError> {
    let why = match Name::parse(name.as_str()) {
        Ok(normal) if normal == *name => return Ok(()),
        Ok(_) => NameInvalid::NotNormal.into(),
        Err(invalid) => invalid,
    };
    Err(RequestError::new(ErrorCode::NameInvalid, why.to_string()))
}

/// Checks a name that a client wants to have, who may have shown a token that says its name.
pub(crate) fn check_chosen_name(held: Option<&HeldToken>, name: &Name) -> Result<(), RequestError> {
    check_name(name)?;
    let own = held.and_then(|held| held.name.as_ref());
    if own.is_some_and(|own| own != name) {
        let why = "Your name comes with your access, and can't be changed here.";
        return Err(RequestError::new(ErrorCode::NotAllowed, why));
    }
    Ok(())
}

/// Checks the body of a post, and gives a reaction its one spelling.
pub(super) fn checked_body(body: Body, now_ms: u64) -> Result<Body, RequestError> {
    match body {
        Body::Post { ref text, .. } | Body::Edit { ref text, .. } => {
            if !has_visible(text.as_str()) {
                let why = "Nothing in the text can be seen.";
                return Err(RequestError::new(ErrorCode::TextEmpty, why));
            }
            Ok(body)
        }
        Body::Reaction { target, emoji, on } => {
            let emoji = Emoji::parse(emoji.as_str()).map_err(|invalid| {
                RequestError::new(ErrorCode::EmojiInvalid, invalid.to_string())
            })?;
            Ok(Body::Reaction { target, emoji, on })
        }
        Body::RoomName { ref name } => {
            name.as_ref().map_or(Ok(()), check_name)?;
            Ok(body)
        }
        Body::Topic { ref topic } => match topic.as_ref().map(|topic| Topic::parse(topic.as_str()))
        {
            None | Some(Ok(_)) => Ok(body),
            Some(Err(invalid)) => Err(RequestError::new(
                ErrorCode::TopicInvalid,
                invalid.to_string(),
            )),
        },
        Body::Mute {
            ref name, until_ms, ..
        } => {
            check_name(name)?;
            let latest_ms = now_ms + MUTE_DAYS_MAX * DAY_MS;
            // One whose end has passed may be a repeat of one that is on the log: the log refuses
            // it if it is not.
            if until_ms.is_none_or(|until_ms| until_ms <= latest_ms) {
                return Ok(body);
            }
            let why = format!("A mute ends later than now, and within {MUTE_DAYS_MAX} days.");
            Err(RequestError::new(ErrorCode::OutOfRange, why))
        }
        Body::SlowMode { seconds } if seconds > SLOW_MODE_SECONDS_MAX => {
            let why = format!("Slow mode has a wait of up to {SLOW_MODE_SECONDS_MAX} seconds.");
            Err(RequestError::new(ErrorCode::OutOfRange, why))
        }
        Body::Deletion { .. }
        | Body::Pin { .. }
        | Body::SlowMode { .. }
        | Body::RoomKind { .. } => Ok(body),
        Body::Blanked { .. } | Body::Unknown => {
            let why = "This server does not know that kind of entry.";
            Err(RequestError::new(ErrorCode::Unsupported, why))
        }
    }
}

#[cfg(test)]
mod tests {
    use parlor_shared::MemberId;

    use super::*;

    #[test]
    fn a_mute_and_a_slow_mode_have_their_longest_times() {
        let now_ms = 1_760_000_000_000;
        let code = |body| {
            let checked = checked_body(body, now_ms);
            checked.err().map(|error| error.refusal.code)
        };
        let mute = |until_ms| Body::Mute {
            member: MemberId::from_bytes([1; 16]),
            name: Name::parse("ann").unwrap(),
            until_ms,
        };
        let longest_ms = MUTE_DAYS_MAX * DAY_MS;
        let refused = Some(ErrorCode::OutOfRange);
        assert_eq!(code(mute(None)), None);
        assert_eq!(code(mute(Some(now_ms))), None, "the log decides");
        assert_eq!(code(mute(Some(now_ms + 1))), None);
        assert_eq!(code(mute(Some(now_ms + longest_ms))), None);
        assert_eq!(code(mute(Some(now_ms + longest_ms + 1))), refused);
        assert_eq!(code(mute(Some(u64::MAX))), refused);
        let slow_mode = |seconds| Body::SlowMode { seconds };
        assert_eq!(code(slow_mode(0)), None);
        assert_eq!(code(slow_mode(SLOW_MODE_SECONDS_MAX)), None);
        assert_eq!(code(slow_mode(SLOW_MODE_SECONDS_MAX + 1)), refused);
    }
}
