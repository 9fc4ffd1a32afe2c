//! The form that asks for what the server wants to see: its password, an invitation, or for
//! somebody who is invited a name.

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::Event,
    texts,
    view_model::access::{Asked, asked, entered, reason},
};

use crate::{
    browser::{env::normalized, store::use_store},
    view::focus::focus_on_load,
};

/// The form, while something is asked for.
#[component]
pub(super) fn AccessForm() -> impl IntoView {
    let store = use_store();
    let asked = store.memo(asked);
    let reason = store.memo(reason);
    let secret = NodeRef::<html::Input>::new();
    let name = NodeRef::<html::Input>::new();
    focus_on_load(match asked.get_untracked() {
        Some(Asked::Name) => name,
        Some(Asked::Password | Asked::Invitation) | None => secret,
    });
    let value = |field: NodeRef<html::Input>| field.get_untracked().map(|field| field.value());
    let on_submit = move |submit: ev::SubmitEvent| {
        submit.prevent_default();
        let Some(asked) = asked.get_untracked() else {
            return;
        };
        let invited = store.with_untracked(|model| model.invited.clone());
        let access = invited.or_else(|| entered(asked, &value(secret).unwrap_or_default()));
        if let Some(access) = access {
            if let Some(name) = value(name) {
                store.dispatch(Event::Renamed(normalized(&name)));
            }
            store.dispatch(Event::AccessShown(access));
        }
    };
    view! {
        <form class="access" data-testid="access" on:submit=on_submit>
            <p role="alert" data-testid="access-reason">
                {reason}
            </p>
            <label class="field">
                <span>{texts::your_name()}</span>
                <input
                    node_ref=name
                    data-testid="access-name"
                    autocomplete="username"
                    prop:value=store.with_untracked(|model| model.name.to_string())
                    required=true
                />
            </label>
            <Secret asked field=secret/>
            <button class="primary" data-testid="come-in">
                {texts::come_in()}
            </button>
        </form>
    }
}

/// The field for the password or the link; hidden where the address has had it.
#[component]
fn Secret(asked: Memo<Option<Asked>>, field: NodeRef<html::Input>) -> impl IntoView {
    let is_password = Memo::new(move |_| asked.get() == Some(Asked::Password));
    let is_known = Memo::new(move |_| asked.get() == Some(Asked::Name));
    let label = move || match is_password.get() {
        true => texts::access_password(),
        false => texts::access_invitation(),
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
