//! What Unicode's tables say about names and emoji. In native programs only: the tables would be
//! larger than the page.

use std::{borrow::Cow, iter};

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{ExtendedPictographic, GeneralCategory, GeneralCategoryGroup},
};

use super::invalid::{NameInvalid, TextInvalid};
use crate::{characters::unstyled, limits::NAME_MARKS_MAX};

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
        let category = categories.get(c);
        let is_unassigned = category == GeneralCategory::Unassigned && !emoji.contains(c);
        if is_unassigned || category == GeneralCategory::PrivateUse {
            return Err(NameInvalid::Unassigned);
        }
        if GeneralCategoryGroup::Mark.contains(category) {
            marks += 1;
        } else if category != GeneralCategory::Format {
            // A joiner between marks begins no letter.
            marks = 0;
        }
        if marks > NAME_MARKS_MAX {
            return Err(NameInvalid::Marks);
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
