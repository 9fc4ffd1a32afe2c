//! Checks what people have written before it is accepted. A message is decoded with every name,
//! text and reaction that any version has accepted, since a log may have them; new ones obey
//! today's rules.

use parlor_shared::{Body, Emoji, ErrorCode, Name, NameInvalid, Topic, characters::has_visible};

use crate::dispatch::error::RequestError;

/// Checks a name that a client sends.
pub(super) fn check_name(name: &Name) -> Result<(), RequestError> {
    let why = match Name::parse(name.as_str()) {
        Ok(normal) if normal == *name => return Ok(()),
        Ok(_) => NameInvalid::NotNormal.into(),
        Err(invalid) => invalid,
    };
    Err(RequestError::new(ErrorCode::NameInvalid, why.to_string()))
}

/// Checks the body of a post, and gives a reaction its one spelling.
pub(super) fn checked_body(body: Body) -> Result<Body, RequestError> {
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
        Body::Deletion { .. } | Body::Pin { .. } => Ok(body),
        Body::Blanked { .. } | Body::Unknown => {
            let why = "This server does not know that kind of entry.";
            Err(RequestError::new(ErrorCode::Unsupported, why))
        }
    }
}
