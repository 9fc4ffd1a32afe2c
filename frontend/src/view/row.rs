//! One message in the list: what it says, and what one can do about it.

mod actions;

use leptos::ev;
use parlor_frontend::{
    texts,
    view_model::rows::{Delivery, Row},
};
use parlor_shared::{MemberId, MessageId};

use self::actions::{buttons, change, quoted, reactions, refused};
use super::{StoreRef, locale, markup, pieces::*};

/// The letter in a member's picture, which the style sheet puts in upper case.
pub(super) fn initial(name: &str) -> String {
    name.chars().take(1).collect()
}

/// The class that gives a member their colour, everywhere the same.
pub(super) fn hue(member: MemberId) -> String {
    let sum = member
        .as_bytes()
        .iter()
        .fold(0_u32, |sum, byte| sum + u32::from(*byte));
    format!("hue-{}", sum % 8)
}

/// The messages that stand out from the others.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    /// The one whose buttons are shown.
    pub(super) at_hand: RwSignal<Option<MessageId>>,
    /// The one that was searched for.
    pub(super) found: RwSignal<Option<MessageId>>,
}

/// A row.
pub(super) fn message(store: StoreRef, row: Row, marks: Marks) -> AnyView {
    let (id, can_act) = (row.id, row.delivery == Delivery::Sent && row.text.is_some());
    let (word, note, why) = match row.delivery {
        Delivery::Sent => ("sent", None, None),
        Delivery::Sending => ("pending", Some(texts::SENDING), None),
        Delivery::Waiting => ("pending", Some(texts::WAITING_TO_SEND), None),
        Delivery::Refused(why) => ("refused", None, Some(why)),
    };
    let face = format!("face {}", row.member.map(hue).unwrap_or_default());
    let mut inner = Vec::new();
    if row.has_header {
        let hidden = &[("class", &*face), ("aria-hidden", "true")];
        inner.push(element("span", hidden, vec![initial(&row.name).into_any()]));
        let name = vec![
            words("bdi", "author", row.name),
            " ".into_any(),
            element(
                "time",
                &[],
                vec![row.at_ms.map(locale::time).unwrap_or_default().into_any()],
            ),
        ];
        inner.push(element("p", &[("class", "head")], name));
    }
    inner.extend(row.quote.map(|quote| quoted(store, quote)));
    inner.push(match row.text {
        Some(text) => markup::text(&text),
        None => words("p", "text deleted", texts::DELETED),
    });
    inner.extend(note.map(|note| words("p", "note", note)));
    inner.extend(
        row.is_edited
            .then(|| words("span", "edited", texts::EDITED)),
    );
    inner.extend(reactions(store, id, row.reactions));
    inner.extend(why.map(|why| refused(store, id, why)));
    inner.extend(row.changes.into_iter().map(|of| change(store, of)));
    let is_at_hand = Memo::new(move |_| can_act && marks.at_hand.get() == Some(id));
    let is_found = Memo::new(move |_| marks.found.get() == Some(id));
    inner.push(when(
        move || is_at_hand.get(),
        move || buttons(store, id, row.is_own),
    ));
    let take = move |_: ev::Event| {
        if marks.at_hand.get_untracked() != Some(id) {
            marks.at_hand.set(Some(id));
        }
    };
    let id = id.to_string();
    let class = if row.has_header {
        "message headed"
    } else {
        "message"
    };
    let given = [
        ("class", class),
        ("data-testid", "message"),
        ("data-id", &*id),
        ("data-state", word),
    ];
    let ways = vec![
        follows("data-found", move || is_found.get()),
        follows("data-active", move || is_at_hand.get()),
        on("pointerenter", take),
        on("pointerdown", take),
    ];
    let mut all = lines_above(row.at_ms.filter(|_| row.starts_day), row.is_first_unread);
    all.push(live("li", &given, ways, inner));
    all.into_any()
}

/// The lines above a row: its day where it is the first of it, and "New" where the unread messages begin.
fn lines_above(day_ms: Option<u64>, is_first_unread: bool) -> Vec<AnyView> {
    let mut lines = Vec::new();
    lines.extend(day_ms.map(|at_ms| words("li", "day", locale::day(at_ms))));
    if is_first_unread {
        let new = [("class", "new"), ("data-testid", "new")];
        lines.push(element("li", &new, vec![texts::NEW.into_any()]));
    }
    lines
}
