//! The form that asks for what the server wants to see: its password, an invitation, the code of
//! another device, or for somebody who is invited a name.

use std::time::Duration;

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::Event,
    model::access::AccessEvent,
    texts,
    view_model::access::{Asked, asked, entered, reason},
};

use crate::{
    browser::{address, env::normalized, focus, store::use_store},
    view::focus::focus_on_load,
};

/// The form, while something is asked for.
#[component]
pub(super) fn AccessForm() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| asked(model).is_some())>
            <OpenForm/>
        </Show>
    }
}

#[component]
fn OpenForm() -> impl IntoView {
    let store = use_store();
    let asked = store.memo(asked);
    let reason = store.memo(reason);
    let secret = NodeRef::<html::Input>::new();
    let name = NodeRef::<html::Input>::new();
    focus_on_load(match asked.get_untracked() {
        Some(Asked::Name) => name,
        Some(Asked::Password | Asked::Invitation | Asked::Login | Asked::Code | Asked::Device)
        | None => secret,
    });
    // Who has come in goes on in the room.
    on_cleanup(|| set_timeout(focus::leave_dialog, Duration::ZERO));
    let value = |field: NodeRef<html::Input>| field.get_untracked().map(|field| field.value());
    let on_submit = move |submit: ev::SubmitEvent| {
        submit.prevent_default();
        let Some(asked) = asked.get_untracked() else {
            return;
        };
        let invited = store.with_untracked(|model| model.invited.clone());
        let access = invited.or_else(|| entered(asked, &value(secret).unwrap_or_default()));
        if let Some(access) = access {
            if !is_of_device(Some(asked))
                && let Some(name) = value(name)
            {
                store.dispatch(Event::Renamed(normalized(&name)));
            }
            store.dispatch(Event::Access(AccessEvent::Shown(access)));
        }
    };
    view! {
        <form class="access" data-testid="access" on:submit=on_submit>
            <p role="alert" data-testid="access-reason">
                {reason}
            </p>
            <SignIn asked/>
            // Another device of somebody has their name.
            <label class="field" hidden=move || is_of_device(asked.get())>
                <span>{texts::your_name()}</span>
                <input
                    node_ref=name
                    data-testid="access-name"
                    autocomplete="username"
                    prop:value=store.with_untracked(|model| model.name.to_string())
                    required=move || !is_of_device(asked.get())
                />
            </label>
            <Secret asked field=secret/>
            // Where there are accounts, most people have one.
            <button class:primary=move || asked.get() != Some(Asked::Login) data-testid="come-in">
                {texts::come_in()}
            </button>
            <OtherWay asked/>
        </form>
    }
}

/// Whether the user comes in as who they are on another device.
fn is_of_device(asked: Option<Asked>) -> bool {
    match asked {
        Some(Asked::Code | Asked::Device) => true,
        Some(Asked::Password | Asked::Invitation | Asked::Login | Asked::Name) | None => false,
    }
}

/// The link to where the user has an account.
#[component]
fn SignIn(asked: Memo<Option<Asked>>) -> impl IntoView {
    let store = use_store();
    let room = store.with_untracked(|model| model.current_room.clone());
    let href = address::file(&format!("/login?room={room}"));
    view! {
        <a
            class="primary"
            data-testid="sign-in"
            href=href
            hidden=move || asked.get() != Some(Asked::Login)
        >
            {texts::sign_in()}
        </a>
    }
}

/// The field for the password, the link or the code; hidden where the address has had it.
#[component]
fn Secret(asked: Memo<Option<Asked>>, field: NodeRef<html::Input>) -> impl IntoView {
    let is_password = Memo::new(move |_| asked.get() == Some(Asked::Password));
    let is_known = Memo::new(move |_| matches!(asked.get(), Some(Asked::Name | Asked::Device)));
    let label = move || match asked.get() {
        Some(Asked::Password) => texts::access_password(),
        Some(Asked::Code) => texts::device_code(),
        Some(Asked::Invitation | Asked::Login | Asked::Name | Asked::Device) | None => {
            texts::access_invitation()
        }
    };
    let kind = move || match is_password.get() {
        true => "password",
        false => "text",
    };
    let kept_as = move || match is_password.get() {
        true => "current-password",
        false => "off",
    };
    view! {
        <label class="field" hidden=is_known>
            <span>{label}</span>
            <input
                node_ref=field
                data-testid="access-secret"
                type=kind
                autocomplete=kept_as
                required=move || !is_known.get()
            />
        </label>
    }
}

/// Leads to the code of another device, and back.
#[component]
fn OtherWay(asked: Memo<Option<Asked>>) -> impl IntoView {
    let store = use_store();
    let is_back = move || is_of_device(asked.get());
    let label = move || match is_back() {
        true => texts::cancel(),
        false => texts::device_enter(),
    };
    view! {
        <button
            type="button"
            class="quiet"
            data-testid="access-other"
            on:click=move |_| {
                let event = match is_of_device(asked.get_untracked()) {
                    true => AccessEvent::CodeDismissed,
                    false => AccessEvent::CodeChosen,
                };
                store.dispatch(Event::Access(event));
            }
        >
            {label}
        </button>
    }
}
