//! The wire drawer: one sees the WebSocket work, and can try what happens.

mod facts;

use leptos::{ev, html, wasm_bindgen::JsValue};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::{
        Model,
        inspector::{Direction, Frame, Inspector},
    },
    texts,
};
use parlor_session::Status;

use super::{StoreRef, dispatch, locale::number, pieces::*, read};

/// The button that opens it.
pub(super) fn opener(store: StoreRef) -> AnyView {
    let is_open = Memo::new(move |_| read(store, |model| model.inspector.is_some()));
    let toggle = move |_: ev::Event| {
        let event = if is_open.get_untracked() {
            InspectorEvent::Closed
        } else {
            InspectorEvent::Opened
        };
        dispatch(store, Event::Inspector(event));
    };
    let given = [
        ("class", "quiet"),
        ("data-testid", "wire"),
        ("aria-controls", "wire"),
        ("title", texts::INSPECTOR_HINT),
    ];
    let ways = vec![
        follows("aria-expanded", move || is_open.get()),
        on("click", toggle),
    ];
    live("button", &given, ways, vec![texts::INSPECTOR.into_any()])
}

/// The drawer, while it is open.
pub(super) fn drawer(store: StoreRef) -> AnyView {
    let is_open = move || read(store, |model| model.inspector.is_some());
    when(is_open, move || open_drawer(store))
}

fn look<T: Default>(store: StoreRef, at: impl FnOnce(&Model, &Inspector) -> T) -> T {
    read(store, |model| {
        let inspector = model.inspector.as_ref();
        inspector
            .map(|inspector| at(model, inspector))
            .unwrap_or_default()
    })
}

fn act(store: StoreRef, event: InspectorEvent) {
    dispatch(store, Event::Inspector(event));
}

fn open_drawer(store: StoreRef) -> AnyView {
    let is_paused = Memo::new(move |_| look(store, |_, inspector| inspector.paused));
    let filter = move |event: ev::Event| {
        act(store, InspectorEvent::Filtered(event_target_value(&event)));
    };
    let pause = text(move || {
        if is_paused.get() {
            texts::RESUME
        } else {
            texts::PAUSE
        }
    });
    let filter_given = [
        ("data-testid", "wire-filter"),
        ("aria-label", texts::FILTER_FRAMES),
        ("placeholder", texts::FILTER),
    ];
    let cut_given = [
        ("data-testid", "wire-cut"),
        ("title", texts::DROP_CONNECTION_HINT),
    ];
    let press = |given: &[(&'static str, &str)], shown: AnyView, event: InspectorEvent| {
        button(given, vec![shown], move || act(store, event.clone()))
    };
    let head = vec![
        element("h2", &[], vec![texts::INSPECTOR.into_any()]),
        live("input", &filter_given, vec![on("input", filter)], vec![]),
        press(
            &[("data-testid", "wire-pause")],
            pause,
            InspectorEvent::PauseToggled,
        ),
        press(&[], texts::CLEAR.into_any(), InspectorEvent::Cleared),
        press(
            &cut_given,
            texts::DROP_CONNECTION.into_any(),
            InspectorEvent::ConnectionDropped,
        ),
        press(
            &[("data-testid", "wire-close")],
            texts::CLOSE.into_any(),
            InspectorEvent::Closed,
        ),
    ];
    let inner = vec![
        element("div", &[("class", "wire-head")], head),
        facts::facts(store),
        frames(store),
        by_hand(store),
    ];
    let given = [
        ("id", "wire"),
        ("class", "wire"),
        ("aria-label", texts::INSPECTOR),
        ("data-testid", "wire-drawer"),
    ];
    element("section", &given, inner)
}

fn frames(store: StoreRef) -> AnyView {
    let frames = Memo::new(move |_| {
        look(store, |_, inspector| {
            inspector.frames().cloned().collect::<Vec<Frame>>()
        })
    });
    let given = [
        ("class", "frames"),
        ("tabindex", "0"),
        ("aria-label", texts::FRAMES),
    ];
    element("ol", &given, vec![each(frames, one_frame)])
}

fn one_frame(frame: Frame) -> AnyView {
    let (arrow, way, label) = match frame.direction {
        Some(Direction::Sent) => ("↑", "sent", texts::SENT),
        Some(Direction::Received) => ("↓", "received", texts::RECEIVED),
        None => ("•", "line", texts::CONNECTION_STEP),
    };
    let bytes = match frame.direction {
        Some(_) => texts::bytes(frame.bytes, number),
        None => String::new(),
    };
    let at = format!("{}.{:03} s", frame.at_ms / 1_000, frame.at_ms % 1_000);
    let way_given = [("class", "way"), ("aria-label", label)];
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
        words("p", "note", texts::frame_meaning(frame)),
        element("pre", &[], vec![text.into_any()]),
    ];
    element("div", &[], inner)
}

/// Where one writes a frame by hand, to see what the server says to it.
fn by_hand(store: StoreRef) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    let is_online =
        Memo::new(move |_| read(store, |model| model.session.status() == Status::Online));
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked().filter(|_| is_online.get_untracked()) {
            act(store, InspectorEvent::FrameSent(field.value()));
        }
    };
    let frame_given = [
        ("data-testid", "wire-input"),
        ("aria-label", texts::CUSTOM_FRAME),
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
            vec![texts::SEND_FRAME.into_any()],
        ),
    ];
    live(
        "form",
        &[("class", "by-hand")],
        vec![on("submit", send)],
        inner,
    )
}
