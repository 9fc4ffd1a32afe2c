//! The wire drawer: one sees the WebSocket work, and can try what happens.

mod facts;

use leptos::{ev, html, wasm_bindgen::JsValue};
use parlor_frontend::{
    event::{Event, WireEvent},
    model::Model,
    wire::{Direction, Frame, Wire, meaning},
};
use parlor_session::Status;

use super::{PageRef, dispatch, pieces::*, read};

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
        facts::facts(page),
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
        Some(Direction::Sent) => ("↑", "sent"),
        Some(Direction::Received) => ("↓", "received"),
        None => ("•", "line"),
    };
    let bytes = match frame.direction {
        Some(_) => format!("{} bytes", frame.bytes),
        None => String::new(),
    };
    let at = format!("{}.{:03} s", frame.at_ms / 1_000, frame.at_ms % 1_000);
    let way_given = [("class", "way"), ("aria-label", way)];
    let summary = vec![
        element("span", &way_given, vec![arrow.into_any()]),
        words("span", "kind", &*frame.kind),
        words("span", "bytes", bytes),
        element("time", &[], vec![at.into_any()]),
    ];
    // Only what is unfolded is read.
    let unfolded = RwSignal::new(false);
    let toggle = on("toggle", move |_: ev::Event| {
        unfolded.update(|is| *is = !*is)
    });
    let inner = vec![
        element("summary", &[], summary),
        when(move || unfolded.get(), move || unfold(&frame)),
    ];
    let given = [("data-testid", "wire-frame"), ("data-way", way)];
    let frame = live("details", &[], vec![toggle], inner);
    element("li", &given, vec![frame])
}

/// A frame's text, set out as the message it is, and what it means.
fn unfold(frame: &Frame) -> AnyView {
    let set_out = js_sys::JSON::parse(&frame.text).and_then(|message| {
        js_sys::JSON::stringify_with_replacer_and_space(&message, &JsValue::NULL, &2.into())
    });
    // One that is no message, or was cut off, is shown as it came.
    let text = set_out.map_or_else(|_| frame.text.clone(), String::from);
    let inner = vec![
        words("p", "note", meaning(frame)),
        element("pre", &[], vec![text.into_any()]),
    ];
    element("div", &[], inner)
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
