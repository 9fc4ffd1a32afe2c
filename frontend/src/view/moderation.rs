//! The part of a room's card that moderators see: slow mode, reports, and who is muted or banned.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::{person::PersonEvent, room_card::RoomCardEvent},
    texts,
    view_model::person::{SLOW_SECONDS, ban_line, mutes},
};
use parlor_shared::{Ban, Mute, Report};

use crate::browser::store::{Store, use_store};

/// It, where the user moderates the room.
#[component]
pub(super) fn Moderation() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.room().is_moderator())>
            <section data-testid="moderation">
                <h3>{texts::moderation()}</h3>
                <SlowMode/>
                <Reports/>
                <Mutes/>
                <Bans/>
            </section>
        </Show>
    }
}

/// The wait between two messages of a member.
#[component]
fn SlowMode() -> impl IntoView {
    let store = use_store();
    let seconds = store.memo(|model| model.room().about.state.slow_mode_s.to_string());
    let option = |seconds: u32| {
        let label = match seconds {
            0 => texts::slow_off().to_owned(),
            _ => texts::duration(u64::from(seconds)),
        };
        view! { <option value=seconds.to_string()>{label}</option> }
    };
    view! {
        <label class="field">
            <span>{texts::slow_mode()}</span>
            <select
                data-testid="slow-mode"
                prop:value=seconds
                on:change:target=move |select| {
                    let seconds = select.target().value().parse().unwrap_or_default();
                    store.dispatch(Event::Person(PersonEvent::SlowModeSet(seconds)));
                }
            >
                {SLOW_SECONDS.map(option).collect_view()}
            </select>
        </label>
    }
}

/// The open reports. Each leads to its message.
#[component]
fn Reports() -> impl IntoView {
    let store = use_store();
    let reports = store.memo(|model| model.room().reports.clone());
    let item = move |report: Report| {
        let target = report.target;
        let text = texts::report_by(report.name.as_str(), &report.reason);
        let number = report.report;
        view! {
            <li class="pinned">
                <button
                    type="button"
                    class="found"
                    data-testid="reported"
                    on:click=move |_| {
                        store.dispatch(Event::RoomCard(RoomCardEvent::Closed));
                        store.dispatch(Event::MessageRequested(target));
                    }
                >
                    <span class="text" dir="auto">{text}</span>
                </button>
                {lift(store, "resolve", texts::resolve(), PersonEvent::Resolved(number))}
            </li>
        }
    };
    view! {
        <h4>{texts::reports()}</h4>
        <Show when=store.is(|model| model.room().reports.is_empty())>
            <p class="note">{texts::no_reports()}</p>
        </Show>
        <ul>{move || reports.get().into_iter().map(item).collect_view()}</ul>
    }
}

/// Who is muted.
#[component]
fn Mutes() -> impl IntoView {
    let store = use_store();
    let muted = store.memo(mutes);
    let item = move |mute: Mute| {
        let name = mute.name.to_string();
        view! {
            <li class="pinned">
                <bdi>{name}</bdi>
                {lift(store, "card-unmute", texts::unmute(), PersonEvent::Unmuted(mute.member))}
            </li>
        }
    };
    view! {
        <Show when=move || muted.with(|muted| !muted.is_empty())>
            <h4>{texts::muted_people()}</h4>
        </Show>
        <ul>{move || muted.get().into_iter().map(item).collect_view()}</ul>
    }
}

/// Who is banned.
#[component]
fn Bans() -> impl IntoView {
    let store = use_store();
    let bans = store.memo(|model| model.room().bans.clone());
    let item = move |ban: Ban| {
        let text = ban_line(&ban, store.with_untracked(|model| model.unix_ms));
        view! {
            <li class="pinned" data-testid="banned">
                <span class="text" dir="auto">{text}</span>
                {lift(store, "unban", texts::unban(), PersonEvent::Unbanned(ban.ban))}
            </li>
        }
    };
    view! {
        <Show when=move || bans.with(|bans| !bans.is_empty())>
            <h4>{texts::bans()}</h4>
        </Show>
        <ul>{move || bans.get().into_iter().map(item).collect_view()}</ul>
    }
}

/// The button at the end of a line.
fn lift(
    store: Store,
    test_id: &'static str,
    label: &'static str,
    event: PersonEvent,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="quiet"
            data-testid=test_id
            on:click=move |_| store.dispatch(Event::Person(event.clone()))
        >
            {label}
        </button>
    }
}
