//! The card of a person: ignoring and reporting them and, for a moderator, muting and banning.

use leptos::{html, prelude::*};
use parlor_frontend::{
    event::Event,
    model::person::{BanChoice, PersonEvent},
    texts,
    view_model::person::{BAN_SECONDS, MUTE_SECONDS, PersonView, person},
};
use parlor_shared::limits::REASON_CHARS_MAX;

use crate::{
    browser::store::use_store,
    view::{devices::Devices, owner::RightChoice, switcher::is_backdrop},
};

/// The card, while it is open.
#[component]
pub(super) fn PersonCard() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.person.is_some())>
            <OpenPerson/>
        </Show>
    }
}

#[component]
fn OpenPerson() -> impl IntoView {
    let store = use_store();
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(|dialog| {
        // It fails only where the dialog is open already.
        dialog.show_modal().ok();
    });
    let close = move || store.dispatch(Event::Person(PersonEvent::Closed));
    let shown = store.memo(person);
    let field = move |get: fn(&PersonView) -> bool| {
        move || shown.with(|shown| shown.as_ref().is_some_and(get))
    };
    let name = move || shown.with(|shown| shown.as_ref().map(|shown| shown.name.clone()));
    let said = move || {
        shown.with(|shown| {
            let shown = shown.as_ref();
            shown.map(|shown| match shown.erased {
                Some(count) => texts::erasing(count),
                None => shown.said.clone(),
            })
        })
    };
    view! {
        <dialog
            node_ref=dialog
            class="room-card"
            aria-labelledby="person-title"
            data-testid="person-card"
            on:close=move |_| close()
            on:click=move |click| {
                if is_backdrop(&click) {
                    close();
                }
            }
        >
            <div class="card-body">
                <h2 id="person-title"><bdi>{name}</bdi></h2>
                <Show when=field(|shown| shown.has_message && !shown.is_you)>
                    <ReportForm/>
                </Show>
                <Show when=field(|shown| shown.can_own)>
                    <RightChoice/>
                </Show>
                <Show when=field(|shown| shown.can_moderate)>
                    <MuteForm is_muted=Signal::derive(field(|shown| shown.is_muted))/>
                    <BanForm/>
                </Show>
                <Show
                    when=field(|shown| shown.is_you)
                    fallback=move || {
                        view! { <IgnoreButton is_ignored=Signal::derive(field(|shown| shown.is_ignored))/> }
                    }
                >
                    <Devices/>
                    <EraseButton is_erasing=Signal::derive(field(|shown| shown.erased.is_some()))/>
                </Show>
                <p class="note" role="status" data-testid="person-said">{said}</p>
                <div class="card-ends">
                    <button
                        type="button"
                        class="primary"
                        data-testid="person-close"
                        on:click=move |_| close()
                    >
                        {texts::close()}
                    </button>
                </div>
            </div>
        </dialog>
    }
}

/// Reports the message.
#[component]
fn ReportForm() -> impl IntoView {
    let store = use_store();
    let reason = RwSignal::new(String::new());
    view! {
        <section>
            <label class="field">
                <span>{texts::report_reason()}</span>
                <input
                    data-testid="report-reason"
                    autocomplete="off"
                    maxlength=REASON_CHARS_MAX.to_string()
                    prop:value=reason
                    on:input:target=move |input| reason.set(input.target().value())
                />
            </label>
            <button
                type="button"
                data-testid="report"
                on:click=move |_| {
                    store.dispatch(Event::Person(PersonEvent::Reported(reason.get_untracked())));
                }
            >
                {texts::report()}
            </button>
        </section>
    }
}

/// Ignores the person, or ends that.
#[component]
fn IgnoreButton(
    /// Whether the user ignores them.
    is_ignored: Signal<bool>,
) -> impl IntoView {
    let store = use_store();
    let label = move || match is_ignored.get() {
        true => texts::unignore_person(),
        false => texts::ignore_person(),
    };
    view! {
        <section>
            <button
                type="button"
                data-testid="ignore"
                on:click=move |_| store.dispatch(Event::Person(PersonEvent::IgnoreToggled))
            >
                {label}
            </button>
            <p class="note">{texts::ignore_hint()}</p>
        </section>
    }
}

/// Deletes all of the user's own messages, after a question.
#[component]
fn EraseButton(
    /// Whether they are being deleted.
    is_erasing: Signal<bool>,
) -> impl IntoView {
    let store = use_store();
    let asked = RwSignal::new(false);
    let label = move || match asked.get() {
        true => texts::erase_confirm(),
        false => texts::erase_own(),
    };
    view! {
        <button
            type="button"
            class="bad"
            data-testid="erase"
            prop:disabled=is_erasing
            on:click=move |_| {
                if asked.get_untracked() {
                    store.dispatch(Event::Person(PersonEvent::EraseRequested));
                }
                asked.update(|asked| *asked = !*asked);
            }
        >
            {label}
        </button>
    }
}

/// The choice of a duration.
#[component]
fn Duration(
    /// What it is for.
    label: &'static str,
    /// What can be chosen, in seconds.
    choices: [u32; 4],
    /// What is chosen.
    chosen: RwSignal<u32>,
    /// What the tests call it.
    test_id: &'static str,
) -> impl IntoView {
    let option = |seconds: u32| {
        let label = texts::duration(u64::from(seconds));
        view! { <option value=seconds.to_string()>{label}</option> }
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <select
                data-testid=test_id
                on:change:target=move |select| {
                    chosen.set(select.target().value().parse().unwrap_or_default());
                }
            >
                {choices.map(option).collect_view()}
            </select>
        </label>
    }
}

/// Mutes the person, or lifts that.
#[component]
fn MuteForm(
    /// Whether they are muted.
    is_muted: Signal<bool>,
) -> impl IntoView {
    let store = use_store();
    let seconds = RwSignal::new(MUTE_SECONDS[0]);
    view! {
        <section>
            <Duration label=texts::mute_for() choices=MUTE_SECONDS chosen=seconds test_id="mute-time"/>
            <button
                type="button"
                data-testid="mute"
                on:click=move |_| {
                    let muted = PersonEvent::Muted(seconds.get_untracked());
                    store.dispatch(Event::Person(muted));
                }
            >
                {texts::mute()}
            </button>
            <Show when=move || is_muted.get()>
                <button
                    type="button"
                    data-testid="unmute"
                    on:click=move |_| store.dispatch(Event::Person(PersonEvent::Muted(0)))
                >
                    {texts::unmute()}
                </button>
            </Show>
        </section>
    }
}

/// Bans the person from the room.
#[component]
fn BanForm() -> impl IntoView {
    let store = use_store();
    let seconds = RwSignal::new(BAN_SECONDS[0]);
    let (addresses, reason) = (RwSignal::new(false), RwSignal::new(String::new()));
    view! {
        <section>
            <Duration label=texts::ban_for() choices=BAN_SECONDS chosen=seconds test_id="ban-time"/>
            <label class="field">
                <span>{texts::ban_reason()}</span>
                <input
                    data-testid="ban-reason"
                    autocomplete="off"
                    maxlength=REASON_CHARS_MAX.to_string()
                    prop:value=reason
                    on:input:target=move |input| reason.set(input.target().value())
                />
            </label>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="ban-addresses"
                    prop:checked=addresses
                    on:change:target=move |input| addresses.set(input.target().checked())
                />
                <span>{texts::ban_addresses()}</span>
            </label>
            <button
                type="button"
                class="bad"
                data-testid="ban"
                on:click=move |_| {
                    let choice = BanChoice {
                        seconds: seconds.get_untracked(),
                        addresses: addresses.get_untracked(),
                        reason: reason.get_untracked(),
                    };
                    store.dispatch(Event::Person(PersonEvent::Banned(choice)));
                }
            >
                {texts::ban()}
            </button>
        </section>
    }
}
