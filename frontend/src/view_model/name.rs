//! Whether a name can be taken, while the user writes it.

use parlor_shared::{Name, NameInvalid, TextInvalid, limits::NAME_BYTES_MAX};

use crate::texts;

/// The name with one space where it has more white space, and none around it.
#[must_use]
pub fn trimmed(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ")
}

/// Why a name cannot be taken, in the user's words; `None` where it can. The server, which knows
/// all of Unicode, may still refuse it.
#[must_use]
pub fn name_error(name: &str) -> Option<String> {
    let name = trimmed(name);
    match Name::parse(name.as_str()) {
        Ok(_) => None,
        Err(TextInvalid::Name(NameInvalid::Blank)) => Some(texts::name_blank().to_owned()),
        Err(TextInvalid::Name(NameInvalid::TooLong)) => {
            // How many characters fit depends on the script, so it says how many do not.
            let mut bytes = 0;
            let over = name.chars().filter(|c| {
                bytes += c.len_utf8();
                bytes > NAME_BYTES_MAX
            });
            Some(texts::name_too_long(over.count()))
        }
        Err(_) => Some(texts::name_invalid().to_owned()),
    }
}
