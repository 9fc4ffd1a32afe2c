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
pub(super) fn opener(page: PageRef) -> AnyView {
    let is_open = Memo::new(move |_| read(page, |model| model.wire.is_some()));
    let toggle = move |_: ev::Event| {
        let event = if is_open.get_untracked() {
            WireEvent::Closed
        } else {
            WireEvent::Opened
        };
        dispatch(page, Event::Wire(event));
    };
    let given = [
        ("class", "quiet"),
        ("data-testid", "wire"),
        ("aria-controls", "wire"),
        ("title", "See the WebSocket work"),
    ];
    let ways = vec![
        follows("aria-expanded", move || is_open.get()),
        on("click", toggle),
    ];
    live("button", &given, ways, vec!["Wire".into_any()])
}

/// The drawer, while it is open.
pub(super) fn drawer(page: PageRef) -> AnyView {
    let is_open = move || read(page, |model| model.wire.is_some());
    when(is_open, move || open_drawer(page))
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

fn open_drawer(page: PageRef) -> AnyView {
    let is_paused = Memo::new(move |_| look(page, |_, wire| wire.paused));
    let filter = move |event: ev::Event| {
        act(page, WireEvent::Filtered(event_target_value(&event)));
    };
    let pause = text(move || if is_paused.get() { "Go on" } else { "Pause" });
    let filter_given = [
        ("data-testid", "wire-filter"),
        ("aria-label", "Show frames with"),
        ("placeholder", "Filter"),
    ];
    let cut_given = [
        ("data-testid", "wire-cut"),
        (
            "title",
            "Drop the connection and go on as if the network was lost",
        ),
    ];
    let press = |given: &[(&'static str, &str)], shown: AnyView, event: WireEvent| {
        button(given, vec![shown], move || act(page, event.clone()))
    };
    let head = vec![
        element("h2", &[], vec!["The wire".into_any()]),
        live("input", &filter_given, vec![on("input", filter)], vec![]),
        press(
            &[("data-testid", "wire-pause")],
            pause,
            WireEvent::PauseToggled,
        ),
        press(&[], "Clear".into_any(), WireEvent::Cleared),
        press(&cut_given, "Cut the line".into_any(), WireEvent::Cut),
        press(
            &[("data-testid", "wire-close")],
            "Close".into_any(),
            WireEvent::Closed,
        ),
    ];
    let inner = vec![
        element("div", &[("class", "wire-head")], head),
        facts(page),
        frames(page),
        by_hand(page),
    ];
    let given = [
        ("id", "wire"),
        ("class", "wire"),
        ("aria-label", "The wire"),
        ("data-testid", "wire-drawer"),
    ];
    element("section", &given, inner)
}

/// What one knows of the connection, as it changes.
fn facts(page: PageRef) -> AnyView {
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
    let totals =
        Memo::new(move |_| look(page, |_, wire| (amount(wire.sent), amount(wire.received))));
    let rate = Memo::new(move |_| look(page, |model, wire| amount(wire.last_second(model.now_ms))));
    let round_trips = Memo::new(move |_| look(page, |_, wire| wire.round_trips_ms.clone()));
    let waits = Memo::new(move |_| look(page, |_, wire| wire.waits_ms.clone()));
    let last_ms = move |samples: &std::collections::VecDeque<u64>| match samples.back() {
        Some(ms) => format!("{ms} ms"),
        None => "–".to_owned(),
    };
    let outbox = Memo::new(move |_| look(page, |model, _| model.session.outbox().count()));
    let state = text(move || format!("{}{}", status.get(), again()));
    let round_trip = vec![
        text(move || round_trips.with(last_ms)),
        " ".into_any(),
        changing(move || round_trips.with(chart)),
    ];
    let waited = vec![
        text(move || waits.with(last_ms)),
        " ".into_any(),
        changing(move || waits.with(chart)),
    ];
    let on_their_way = text(move || format!("{} on their way", outbox.get()));
    let all = vec![
        fact("Connection", &[("data-testid", "wire-state")], vec![state]),
        fact("Cursor", &[], vec![text(move || place.get())]),
        fact("Outbox", &[], vec![on_their_way]),
        fact("Sent", &[], vec![text(move || totals.get().0)]),
        fact("Received", &[], vec![text(move || totals.get().1)]),
        fact("Last second", &[], vec![text(move || rate.get())]),
        fact("Round trip", &[("data-testid", "round-trip")], round_trip),
        fact("Waits before a reconnect", &[], waited),
    ];
    element("dl", &[("class", "facts")], all)
}

fn fact(name: &'static str, given: &[(&'static str, &str)], is: Vec<AnyView>) -> AnyView {
    let name = element("dt", &[], vec![name.into_any()]);
    element("div", &[], vec![name, element("dd", given, is)])
}

fn amount(sum: Sum) -> String {
    format!("{} frames, {} bytes", sum.frames, sum.bytes)
}

/// The samples as bars, the largest as high as there is place.
fn chart(samples: &std::collections::VecDeque<u64>) -> AnyView {
    let largest = samples.iter().copied().max().unwrap_or(1).max(1);
    let bars = samples.iter().enumerate().map(|(n, sample)| {
        let height = (sample * 20).div_ceil(largest).max(1);
        let [x, y, height] = [n as u64 * 4, 20 - height, height].map(|n| n.to_string());
        let given = [("x", &*x), ("y", &y), ("width", "3"), ("height", &height)];
        element("rect", &given, vec![])
    });
    let width = samples.len().max(1) * 4;
    let (view_box, width) = (format!("0 0 {width} 20"), width.to_string());
    let given = [
        ("class", "bars"),
        ("viewBox", &*view_box),
        ("width", &width),
        ("height", "20"),
        ("aria-hidden", "true"),
    ];
    element("svg", &given, bars.collect())
}

fn frames(page: PageRef) -> AnyView {
    let frames = Memo::new(move |_| {
        look(page, |_, wire| {
            wire.frames().cloned().collect::<Vec<Frame>>()
        })
    });
    let given = [
        ("class", "frames"),
        ("tabindex", "0"),
        ("aria-label", "Frames, newest first"),
    ];
    element("ol", &given, vec![each(frames, one_frame)])
}

fn one_frame(frame: Frame) -> AnyView {
    let (arrow, way) = match frame.direction {
        Direction::Sent => ("↑", "sent"),
        Direction::Received => ("↓", "received"),
    };
    let at = format!("{}.{:03} s", frame.at_ms / 1_000, frame.at_ms % 1_000);
    let way_given = [("class", "way"), ("aria-label", way)];
    let summary = vec![
        element("span", &way_given, vec![arrow.into_any()]),
        words("span", "kind", frame.kind),
        words("span", "bytes", format!("{} bytes", frame.bytes)),
        element("time", &[], vec![at.into_any()]),
    ];
    let inner = vec![
        element("summary", &[], summary),
        element("pre", &[], vec![frame.text.into_any()]),
    ];
    let given = [("data-testid", "wire-frame"), ("data-way", way)];
    element("li", &given, vec![element("details", &[], inner)])
}

/// Where one writes a frame by hand, to see what the server says to it.
fn by_hand(page: PageRef) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    let is_online =
        Memo::new(move |_| read(page, |model| model.session.status() == Status::Online));
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked().filter(|_| is_online.get_untracked()) {
            act(page, WireEvent::Sent(field.value()));
        }
    };
    let frame_given = [
        ("data-testid", "wire-input"),
        ("aria-label", "A frame written by hand"),
        ("value", "{\"type\":\"ping\",\"t\":1}"),
        ("spellcheck", "false"),
        ("autocomplete", "off"),
    ];
    let inner = vec![
        live("input", &frame_given, vec![known(field)], vec![]),
        live(
            "button",
            &[("data-testid", "wire-send")],
            vec![is("disabled", move || !is_online.get())],
            vec!["Send frame".into_any()],
        ),
    ];
    live(
        "form",
        &[("class", "by-hand")],
        vec![on("submit", send)],
        inner,
    )
}
