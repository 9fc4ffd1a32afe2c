//! The part of a room's card that its owner sees: its kind, who was given which right, and
//! invitations. And in the card of a person, their right.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::access::{AccessEvent, InviteChoice},
    texts,
    view_model::owner::{
        GIVEN_RIGHTS, INVITE_SECONDS, INVITE_USES, given_right, invitation_line, kind_label,
        member_line, right_label,
    },
};
use parlor_shared::{InvitationInfo, MemberRight, Right, RoomKind};

use crate::{
    browser::{
        address,
        store::{Store, use_store},
    },
    view::{
        choice::{Choice, Choosable},
        link::Link,
    },
};

/// It, where the user owns the room.
#[component]
pub(super) fn Owner() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.room().is_owner())>
            <section data-testid="owner">
                <h3>{texts::access()}</h3>
                <KindChoice/>
                <Members/>
                <h4>{texts::invitations()}</h4>
                <InviteForm/>
                <Invitations/>
            </section>
        </Show>
    }
}

/// Who the room is for.
#[component]
fn KindChoice() -> impl IntoView {
    let store = use_store();
    let kind = store.memo(|model| model.room().about.state.kind.as_str().to_owned());
    let choices = RoomKind::ALL.map(|kind| Choosable {
        value: kind.as_str().to_owned(),
        label: kind_label(kind).to_owned(),
    });
    let choose = Callback::new(move |word: String| {
        if let Ok(kind) = RoomKind::try_from(word) {
            store.dispatch(Event::Access(AccessEvent::KindChosen(kind)));
        }
    });
    view! {
        <Choice
            label=texts::room_kind()
            choices=choices.into()
            chosen=kind
            choose
            test_id="room-kind"
        />
    }
}

/// The members who were given a right.
#[component]
fn Members() -> impl IntoView {
    let store = use_store();
    let members = store.memo(|model| model.room().access.members.clone());
    let item = move |given: MemberRight| {
        let text = store.with_untracked(|model| member_line(model, &given));
        view! {
            <li class="pinned" data-testid="given">
                <span class="text" dir="auto">{text}</span>
                {take_back(store, "take-right", AccessEvent::RightTaken(given.member))}
            </li>
        }
    };
    view! {
        <Show when=move || members.with(|members| !members.is_empty())>
            <h4>{texts::given_rights()}</h4>
        </Show>
        <ul>{move || members.get().into_iter().map(item).collect_view()}</ul>
    }
}

/// What the next invitation is to be, and the link of the one that was made.
#[component]
fn InviteForm() -> impl IntoView {
    let store = use_store();
    let (right, seconds, uses) = (
        RwSignal::new(Right::Post.as_str().to_owned()),
        RwSignal::new(INVITE_SECONDS[0].to_string()),
        RwSignal::new(INVITE_USES[0].to_string()),
    );
    let set = |signal: RwSignal<String>| Callback::new(move |word| signal.set(word));
    let rights = [Right::Post, Right::Read, Right::Moderate].map(|right| of_right(Some(right)));
    let lengths = INVITE_SECONDS.map(|seconds| Choosable {
        value: seconds.to_string(),
        label: match seconds {
            0 => texts::invite_for_ever().to_owned(),
            _ => texts::duration(u64::from(seconds)),
        },
    });
    let numbers = INVITE_USES.map(|uses| Choosable {
        value: uses.to_string(),
        label: match uses {
            0 => texts::invite_anybody().to_owned(),
            _ => texts::invite_people(uses as usize),
        },
    });
    // 0 is no bound.
    let number = |signal: RwSignal<String>| {
        let number = signal.get_untracked().parse().unwrap_or_default();
        (number != 0).then_some(number)
    };
    let invite = move |_| {
        let choice = InviteChoice {
            right: right.get_untracked().parse().unwrap_or_default(),
            seconds: number(seconds),
            uses: number(uses),
        };
        store.dispatch(Event::Access(AccessEvent::Invited(choice)));
    };
    let link = store.memo(|model| {
        let secret = model.room().access.secret.as_ref()?;
        Some(address::link(&model.current_room, None) + "#invite=" + secret.as_str())
    });
    view! {
        <Choice label=texts::invite_right() choices=rights.into() chosen=right choose=set(right) test_id="invite-right"/>
        <Choice label=texts::invite_for() choices=lengths.into() chosen=seconds choose=set(seconds) test_id="invite-for"/>
        <Choice label=texts::invite_uses() choices=numbers.into() chosen=uses choose=set(uses) test_id="invite-uses"/>
        <button type="button" data-testid="invite" on:click=invite>{texts::invite()}</button>
        {move || {
            link.get().map(|link| {
                view! {
                    <p class="note" role="status">{texts::invite_shown_once()}</p>
                    <Link link test_id="invitation"/>
                }
            })
        }}
    }
}

/// The invitations that there are.
#[component]
fn Invitations() -> impl IntoView {
    let store = use_store();
    let invitations = store.memo(|model| model.room().access.invitations.clone());
    let item = move |invitation: InvitationInfo| {
        let now_ms = store.with_untracked(|model| model.unix_ms);
        let taken = AccessEvent::Uninvited(invitation.invitation);
        view! {
            <li class="pinned" data-testid="invited">
                <span class="text">{invitation_line(&invitation, now_ms)}</span>
                {take_back(store, "uninvite", taken)}
            </li>
        }
    };
    view! { <ul>{move || invitations.get().into_iter().map(item).collect_view()}</ul> }
}

/// The right of the person whose card is open, for the owner of the room.
#[component]
pub(super) fn RightChoice() -> impl IntoView {
    let store = use_store();
    let given = store.memo(|model| {
        given_right(model)
            .map_or("", |right| right.as_str())
            .to_owned()
    });
    let mut choices = vec![of_right(None)];
    choices.extend(GIVEN_RIGHTS.map(|right| of_right(Some(right))));
    let choose = Callback::new(move |word: String| {
        // The empty word is no right of their own.
        let right = word.parse().ok();
        store.dispatch(Event::Access(AccessEvent::RightGiven(right)));
    });
    view! {
        <section>
            <Choice label=texts::person_right() choices chosen=given choose test_id="person-right"/>
        </section>
    }
}

fn of_right(right: Option<Right>) -> Choosable {
    Choosable {
        value: right.map_or("", |right| right.as_str()).to_owned(),
        label: right_label(right).to_owned(),
    }
}

/// The button at the end of a line.
fn take_back(store: Store, test_id: &'static str, event: AccessEvent) -> impl IntoView {
    view! {
        <button
            type="button"
            class="quiet"
            data-testid=test_id
            on:click=move |_| store.dispatch(Event::Access(event.clone()))
        >
            {texts::take_back()}
        </button>
    }
}
