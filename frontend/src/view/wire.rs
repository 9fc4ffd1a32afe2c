//! The wire drawer: one sees the WebSocket work, and can try what happens.

use leptos::{ev, html};
use parlor_frontend::{
    event::{Event, WireEvent},
    model::Model,
    wire::{Direction, Frame, Sum, Wire},
};
use parlor_session::Status;

use super::{PageRef, dispatch, line, pieces::*, read};

/// The button that opens it.
pub(super) fn button(page: PageRef) -> impl IntoView {
    let is_open = Memo::new(move |_| read(page, |model| model.wire.is_some()));
    let toggle = move |_| {
        let event = if is_open.get_untracked() {
            WireEvent::Closed
        } else {
            WireEvent::Opened
        };
        dispatch(page, Event::Wire(event));
    };
    view! {
        <button class="quiet" data-testid="wire" aria-controls="wire"
            aria-expanded=text(move || is_open.get()) title="See the WebSocket work"
            on:click=toggle>"Wire"</button>
    }
}

/// The drawer, while it is open.
pub(super) fn drawer(page: PageRef) -> impl IntoView {
    let is_open = Memo::new(move |_| read(page, |model| model.wire.is_some()));
    when(move || is_open.get(), move || open_drawer(page).into_any())
}

fn look<T: Default>(page: PageRef, at: impl FnOnce(&Model, &Wire) -> T) -> T {
    read(page, |model| {
        let wire = model.wire.as_ref();
        wire.map(|wire| at(model, wire)).unwrap_or_default()
    })
}

fn act(page: PageRef, event: WireEvent) {
    dispatch(page, Event::Wire(event));
}

fn open_drawer(page: PageRef) -> impl IntoView {
    let is_paused = Memo::new(move |_| look(page, |_, wire| wire.paused));
    let filter = move |event: ev::Event| {
        act(page, WireEvent::Filtered(event_target_value(&event)));
    };
    view! {
        <section id="wire" class="wire" aria-label="The wire" data-testid="wire-drawer">
            <div class="wire-head">
                <h2>"The wire"</h2>
                <input data-testid="wire-filter" aria-label="Show frames with" placeholder="Filter"
                    on:input=filter />
                <button data-testid="wire-pause" on:click=move |_| act(page, WireEvent::PauseToggled)>
                    {text(move || if is_paused.get() { "Go on" } else { "Pause" })}
                </button>
                <button on:click=move |_| act(page, WireEvent::Cleared)>"Clear"</button>
                <button data-testid="wire-cut" title="Drop the connection and go on as if the network was lost"
                    on:click=move |_| act(page, WireEvent::Cut)>"Cut the line"</button>
                <button data-testid="wire-close" on:click=move |_| act(page, WireEvent::Closed)>"Close"</button>
            </div>
            {facts(page)}
            {frames(page)}
            {by_hand(page)}
        </section>
    }
}

/// What one knows of the connection, as it changes.
fn facts(page: PageRef) -> impl IntoView {
    let status = Memo::new(move |_| read(page, |model| line::word(model.session.status())));
    let opened = Memo::new(move |_| look(page, |_, wire| wire.opened));
    let again = move || match opened.get() {
        0 => String::new(),
        1 => " · opened again once".to_owned(),
        count => format!(" · opened again {count} times"),
    };
    let place = Memo::new(move |_| {
        look(page, |model, _| match model.session.position(&model.here) {
            Some(position) => format!("entry {} of log {}", position.seq, position.epoch),
            None => "nowhere yet".to_owned(),
        })
    });
    let totals = Memo::new(move |_| look(page, |_, wire| (words(wire.sent), words(wire.received))));
    let rate = Memo::new(move |_| look(page, |model, wire| words(wire.last_second(model.now_ms))));
    let round_trips = Memo::new(move |_| look(page, |_, wire| wire.round_trips_ms.clone()));
    let waits = Memo::new(move |_| look(page, |_, wire| wire.waits_ms.clone()));
    let last_ms = move |samples: &std::collections::VecDeque<u64>| match samples.back() {
        Some(ms) => format!("{ms} ms"),
        None => "–".to_owned(),
    };
    let outbox = Memo::new(move |_| look(page, |model, _| model.session.outbox().count()));
    view! {
        <dl class="facts">
            <div><dt>"Connection"</dt><dd data-testid="wire-state">{text(move || format!("{}{}", status.get(), again()))}</dd></div>
            <div><dt>"Cursor"</dt><dd>{text(move || place.get())}</dd></div>
            <div><dt>"Outbox"</dt><dd>{text(move || format!("{} on their way", outbox.get()))}</dd></div>
            <div><dt>"Sent"</dt><dd>{text(move || totals.get().0)}</dd></div>
            <div><dt>"Received"</dt><dd>{text(move || totals.get().1)}</dd></div>
            <div><dt>"Last second"</dt><dd>{text(move || rate.get())}</dd></div>
            <div><dt>"Round trip"</dt>
                <dd data-testid="round-trip">{text(move || round_trips.with(last_ms))} {changing(move || round_trips.with(chart))}</dd></div>
            <div><dt>"Waits before a reconnect"</dt>
                <dd>{text(move || waits.with(last_ms))} {changing(move || waits.with(chart))}</dd></div>
        </dl>
    }
}

fn words(sum: Sum) -> String {
    format!("{} frames, {} bytes", sum.frames, sum.bytes)
}

/// The samples as bars, the largest as high as there is place.
fn chart(samples: &std::collections::VecDeque<u64>) -> AnyView {
    let largest = samples.iter().copied().max().unwrap_or(1).max(1);
    let bars = samples.iter().enumerate().map(|(n, sample)| {
        let height = (sample * 20).div_ceil(largest).max(1);
        view! {
            <rect x=(n * 4).to_string() y=(20 - height).to_string() width="3" height=height.to_string() />
        }
    });
    let width = samples.len().max(1) * 4;
    view! {
        <svg class="bars" viewBox=format!("0 0 {width} 20") width=width.to_string() height="20" aria-hidden="true">
            {bars.collect_view()}
        </svg>
    }
    .into_any()
}

fn frames(page: PageRef) -> impl IntoView {
    let frames = Memo::new(move |_| {
        look(page, |_, wire| {
            wire.frames().cloned().collect::<Vec<Frame>>()
        })
    });
    view! {
        <ol class="frames" tabindex="0" aria-label="Frames, newest first">
            {each(frames, one_frame)}
        </ol>
    }
}

fn one_frame(frame: Frame) -> AnyView {
    let (arrow, way) = match frame.direction {
        Direction::Sent => ("↑", "sent"),
        Direction::Received => ("↓", "received"),
    };
    let at = format!("{}.{:03} s", frame.at_ms / 1_000, frame.at_ms % 1_000);
    view! {
        <li data-testid="wire-frame" data-way=way>
            <details>
                <summary>
                    <span class="way" aria-label=way>{arrow}</span>
                    <span class="kind">{frame.kind}</span>
                    <span class="bytes">{frame.bytes}" bytes"</span>
                    <time>{at}</time>
                </summary>
                <pre>{frame.text}</pre>
            </details>
        </li>
    }
    .into_any()
}

/// Where one writes a frame by hand, to see what the server says to it.
fn by_hand(page: PageRef) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let is_online =
        Memo::new(move |_| read(page, |model| model.session.status() == Status::Online));
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked().filter(|_| is_online.get_untracked()) {
            act(page, WireEvent::Sent(field.value()));
        }
    };
    view! {
        <form class="by-hand" on:submit=send>
            <input node_ref=field data-testid="wire-input" aria-label="A frame written by hand"
                prop:value="{\"type\":\"ping\",\"t\":1}" spellcheck="false" autocomplete="off" />
            <button data-testid="wire-send" disabled=flag(move || !is_online.get())>"Send frame"</button>
        </form>
    }
}
