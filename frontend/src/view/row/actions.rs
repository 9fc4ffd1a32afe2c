//! What stands around a message's text, and can be pressed.

use leptos::ev;
use parlor_frontend::{
    event::Event,
    model::quote::Quote,
    texts,
    view_model::rows::{PendingChange, QuotedMessage, Reaction},
};
use parlor_shared::{Emoji, MessageId};

use crate::view::{StoreRef, dispatch, locale::number, pieces::*};

/// The reactions that are at hand.
const AT_HAND: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/// Why something was refused, and what one can do about it.
pub(super) fn refused(store: StoreRef, id: MessageId, why: String) -> AnyView {
    let again = move || dispatch(store, Event::Retried(id));
    let remove = move || dispatch(store, Event::Discarded(id));
    let given = [
        ("class", "why"),
        ("role", "alert"),
        ("data-testid", "refused"),
    ];
    let inner = vec![
        why.into_any(),
        button(
            &[("data-testid", "retry")],
            vec![texts::TRY_AGAIN.into_any()],
            again,
        ),
        button(
            &[("data-testid", "discard")],
            vec![texts::DISCARD.into_any()],
            remove,
        ),
    ];
    element("p", &given, inner)
}

/// A change that is not on the log.
pub(super) fn change(store: StoreRef, change: PendingChange) -> AnyView {
    if change.is_refused {
        return refused(store, change.id, change.text);
    }
    let given = &[("class", "note"), ("data-testid", "change")];
    element("p", given, vec![change.text.into_any()])
}

/// The message that is answered, in a line; the way to it.
pub(super) fn quoted(store: StoreRef, QuotedMessage { id, quote }: QuotedMessage) -> AnyView {
    let (name, said) = match quote {
        Quote::Message { name, excerpt } => (name, excerpt),
        Quote::Deleted => (String::new(), texts::QUOTE_DELETED.to_owned()),
        Quote::Earlier => (String::new(), texts::QUOTE_EARLIER.to_owned()),
        Quote::Gone => (String::new(), texts::QUOTE_GONE.to_owned()),
    };
    let given = [
        ("class", "quote"),
        ("data-testid", "quote"),
        ("title", texts::GO_TO_ORIGINAL),
    ];
    let inner = vec![
        words("span", "unseen", texts::REPLY_TO),
        words("bdi", "author", name),
        element(
            "span",
            &[("class", "excerpt"), ("dir", "auto")],
            vec![said.into_any()],
        ),
    ];
    button(&given, inner, move || {
        dispatch(store, Event::MessageRequested(id))
    })
}

pub(super) fn reactions(store: StoreRef, id: MessageId, reactions: Vec<Reaction>) -> Vec<AnyView> {
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
            let shown = format!("{emoji} {}", number(count)).into_any();
            button(&given, vec![shown], move || {
                dispatch(
                    store,
                    Event::Reacted {
                        target: id,
                        emoji: emoji.clone(),
                    },
                )
            })
        },
    );
    each.collect()
}

/// What one can do about a message.
pub(super) fn buttons(store: StoreRef, id: MessageId, is_own: bool) -> AnyView {
    let at_hand = AT_HAND
        .into_iter()
        .filter_map(|emoji| Emoji::parse(emoji).ok());
    let mut all: Vec<AnyView> = at_hand
        .map(|emoji| {
            let shown = emoji.to_string();
            quiet("react", &texts::react_with(&shown), &shown, move || {
                dispatch(
                    store,
                    Event::Reacted {
                        target: id,
                        emoji: emoji.clone(),
                    },
                )
            })
        })
        .collect();
    let other = texts::ADD_REACTION;
    all.push(quiet("react-more", other, "☺", move || {
        dispatch(store, Event::PickerOpened(Some(id)))
    }));
    all.push(quiet("reply", texts::REPLY, texts::REPLY, move || {
        dispatch(store, Event::ReplyStarted(id))
    }));
    if is_own {
        all.push(quiet("edit", texts::EDIT, texts::EDIT, move || {
            dispatch(store, Event::EditStarted(Some(id)))
        }));
        all.push(delete(store, id));
    }
    let given = [
        ("class", "buttons"),
        ("role", "toolbar"),
        ("aria-label", texts::MESSAGE_ACTIONS),
    ];
    element("div", &given, all)
}

fn quiet(mark: &str, label: &str, shown: &str, click: impl Fn() + Send + 'static) -> AnyView {
    let given = [
        ("class", "quiet"),
        ("data-testid", mark),
        ("aria-label", label),
        ("title", label),
    ];
    button(&given, vec![shown.to_owned().into_any()], click)
}

/// Takes it back, once one has said so twice.
fn delete(store: StoreRef, id: MessageId) -> AnyView {
    let sure = RwSignal::new(false);
    let delete = move |_: ev::Event| {
        if sure.get_untracked() {
            dispatch(store, Event::Deleted(id));
        } else {
            sure.set(true);
        }
    };
    let shown = move || {
        if sure.get() {
            texts::DELETE_CONFIRM
        } else {
            texts::DELETE
        }
    };
    let class = move || if sure.get() { "quiet bad" } else { "quiet" };
    let given = [("data-testid", "delete"), ("type", "button")];
    let ways = vec![follows("class", class), on("click", delete)];
    live("button", &given, ways, vec![text(shown)])
}
