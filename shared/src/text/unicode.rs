//! What Unicode's tables say about names and emoji. In native programs only: the tables would be
//! larger than the page.

use std::{borrow::Cow, iter};

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{ExtendedPictographic, GeneralCategory},
};

use super::{NameInvalid, TextInvalid, unstyled};
use crate::limits::NAME_MARKS_MAX;

/// The text in normal form C.
pub(super) fn normalize(text: String) -> String {
    match ComposingNormalizerBorrowed::new_nfc().normalize(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(normal) => normal,
    }
}

/// Checks a name's characters: all are assigned, and no letter has too many marks.
pub(super) fn check_name(name: &str) -> Result<(), NameInvalid> {
    let categories = CodePointMapData::<GeneralCategory>::new();
    // Emoji of a later Unicode: their places are reserved.
    let emoji = CodePointSetData::new::<ExtendedPictographic>();
    // A mark at the beginning has no letter.
    let mut marks = NAME_MARKS_MAX;
    for c in name.chars() {
        match categories.get(c) {
            GeneralCategory::PrivateUse => return Err(NameInvalid::Unassigned),
            GeneralCategory::Unassigned if !emoji.contains(c) => {
                return Err(NameInvalid::Unassigned);
            }
            GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark => {
                marks += 1;
                if marks > NAME_MARKS_MAX {
                    return Err(NameInvalid::Marks);
                }
            }
            // Joiners between marks.
            GeneralCategory::Format => {}
            _ => marks = 0,
        }
    }
    Ok(())
}

/// Unicode's recommended spelling of an emoji.
pub(super) fn recommended(emoji: &str) -> Result<String, TextInvalid> {
    let known = emojis::get(emoji).ok_or(TextInvalid::Emoji)?;
    let bare = unstyled(emoji);
    // For a pair with two skin tones and without selectors, `get` finds another pair of tones.
    let mut spellings = iter::once(known).chain(known.skin_tones().into_iter().flatten());
    let recommended = spellings.find(|known| unstyled(known.as_str()) == bare);
    recommended
        .map(|known| known.as_str().to_owned())
        .ok_or(TextInvalid::Emoji)
}
