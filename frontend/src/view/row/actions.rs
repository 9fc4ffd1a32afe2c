//! What stands around a message's text, and can be pressed.

use leptos::ev;
use parlor_frontend::{event::Event, quote::Quote};
use parlor_shared::{Emoji, MessageId};

use super::{Change, Reaction, State};
use crate::view::{PageRef, dispatch, pieces::*};

/// The reactions that are at hand.
const AT_HAND: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/// Why something was refused, and what one can do about it.
pub(super) fn refused(page: PageRef, id: MessageId, why: String) -> AnyView {
    let again = move || dispatch(page, Event::Retried(id));
    let remove = move || dispatch(page, Event::Discarded(id));
    let given = [
        ("class", "why"),
        ("role", "alert"),
        ("data-testid", "refused"),
    ];
    let inner = vec![
        why.into_any(),
        button(
            &[("data-testid", "retry")],
            vec!["Try again".into_any()],
            again,
        ),
        button(
            &[("data-testid", "discard")],
            vec!["Remove".into_any()],
            remove,
        ),
    ];
    element("p", &given, inner)
}

/// A change that is not on the log.
pub(super) fn change(page: PageRef, Change { id, what, state }: Change) -> AnyView {
    match state {
        State::Refused(why) => refused(page, id, format!("{what} was refused: {why}.")),
        State::Sent | State::Sending | State::Waiting => {
            let given = &[("class", "note"), ("data-testid", "change")];
            element(
                "p",
                given,
                vec![format!("{what} is sent when the line is back").into_any()],
            )
        }
    }
}

/// The message that is answered, in a line; the way to it.
pub(super) fn quoted(page: PageRef, (id, quote): (MessageId, Quote)) -> AnyView {
    let (name, said) = match quote {
        Quote::Said { name, excerpt } => (name, excerpt),
        Quote::Deleted => (String::new(), "A message that was deleted".to_owned()),
        Quote::Earlier => (String::new(), "An earlier message".to_owned()),
        Quote::Gone => (String::new(), "A message that is no longer here".to_owned()),
    };
    let given = [
        ("class", "quote"),
        ("data-testid", "quote"),
        ("title", "Go to what this answers"),
    ];
    let inner = vec![
        words("span", "unseen", "In answer to "),
        words("bdi", "author", name),
        element(
            "span",
            &[("class", "excerpt"), ("dir", "auto")],
            vec![said.into_any()],
        ),
    ];
    button(&given, inner, move || {
        dispatch(page, Event::MessageWanted(id))
    })
}

pub(super) fn reactions(page: PageRef, id: MessageId, reactions: Vec<Reaction>) -> Vec<AnyView> {
    let each = reactions.into_iter().map(
        move |Reaction {
                  emoji,
                  count,
                  is_own,
              }| {
            let pressed = if is_own { "true" } else { "false" };
            let given = [
                ("class", "reaction"),
                ("data-testid", "reaction"),
                ("aria-pressed", pressed),
            ];
            let shown = format!("{emoji} {count}").into_any();
            button(&given, vec![shown], move || {
                dispatch(page, Event::Reacted(id, emoji.clone()))
            })
        },
    );
    each.collect()
}

/// What one can do about a message.
pub(super) fn buttons(page: PageRef, id: MessageId, is_own: bool) -> AnyView {
    let sure = RwSignal::new(false);
    let at_hand = AT_HAND
        .into_iter()
        .filter_map(|emoji| Emoji::parse(emoji).ok());
    let quiet = |mark: &str, label: &str, shown: &str, event: Event| {
        let given = [
            ("class", "quiet"),
            ("data-testid", mark),
            ("aria-label", label),
            ("title", label),
        ];
        let click = move || dispatch(page, event.clone());
        button(&given, vec![shown.to_owned().into_any()], click)
    };
    let mut all: Vec<AnyView> = at_hand
        .map(|emoji| {
            let shown = emoji.to_string();
            quiet(
                "react",
                &format!("React with {shown}"),
                &shown,
                Event::Reacted(id, emoji),
            )
        })
        .collect();
    all.push(quiet(
        "react-more",
        "React with another emoji",
        "☺",
        Event::PickerWanted(Some(id)),
    ));
    all.push(quiet("reply", "Reply", "Reply", Event::ReplyWanted(id)));
    if is_own {
        all.push(quiet("edit", "Edit", "Edit", Event::EditWanted(Some(id))));
    }
    if is_own {
        let delete = move |_: ev::Event| {
            if sure.get_untracked() {
                dispatch(page, Event::Deleted(id));
            } else {
                sure.set(true);
            }
        };
        let class = move || if sure.get() { "quiet bad" } else { "quiet" };
        let given = [("data-testid", "delete"), ("type", "button")];
        let shown = text(move || if sure.get() { "Delete it?" } else { "Delete" });
        let ways = vec![follows("class", class), on("click", delete)];
        all.push(live("button", &given, ways, vec![shown]));
    }
    let given = [
        ("class", "buttons"),
        ("role", "toolbar"),
        ("aria-label", "This message"),
    ];
    element("div", &given, all)
}
