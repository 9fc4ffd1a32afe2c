//! What one knows of the connection, as it changes.

use std::fmt::Display;

use parlor_frontend::{
    model::Model,
    wire::{Sum, Wire},
};
use parlor_session::Status;

use super::{
    super::{PageRef, line, pieces::*, read},
    look,
};

/// The facts, each under its name.
pub(super) fn facts(page: PageRef) -> AnyView {
    let of_page = |look: fn(&Model) -> String| {
        let fact = Memo::new(move |_| read(page, look));
        vec![text(move || fact.get())]
    };
    let of_wire = |at: fn(&Model, &Wire) -> String| {
        let fact = Memo::new(move |_| look(page, at));
        vec![text(move || fact.get())]
    };
    let address = vec![address().into_any()];
    let all = vec![
        fact(
            "Connection",
            &[("data-testid", "wire-state")],
            of_wire(state),
        ),
        fact("Address", &[], address),
        fact(
            "Handshake",
            &[("data-testid", "handshake")],
            of_page(handshake),
        ),
        fact("Server", &[], of_page(server)),
        fact(
            "Ended last",
            &[("data-testid", "ended")],
            of_page(|model| shown(model.connection.ended)),
        ),
        fact("Cursor", &[("data-testid", "cursor")], cursor(page)),
        fact(
            "Outbox",
            &[],
            of_page(|model| format!("{} on their way", model.session.outbox().count())),
        ),
        fact("Sent", &[], of_wire(|_, wire| amount(wire.sent))),
        fact("Received", &[], of_wire(|_, wire| amount(wire.received))),
        fact("Each second", &[("data-testid", "rate")], rate(page)),
        fact(
            "Round trip",
            &[("data-testid", "round-trip")],
            measured(page, |wire| wire.round_trips_ms.iter().copied().collect()),
        ),
        fact(
            "Waits before a reconnect",
            &[("data-testid", "waits")],
            measured(page, |wire| wire.waits_ms.iter().copied().collect()),
        ),
    ];
    element("dl", &[("class", "facts")], all)
}

fn fact(name: &'static str, given: &[(&'static str, &str)], is: Vec<AnyView>) -> AnyView {
    let name = element("dt", &[], vec![name.into_any()]);
    element("div", &[], vec![name, element("dd", given, is)])
}

fn shown(fact: Option<impl Display>) -> String {
    fact.map_or_else(|| "–".to_owned(), |fact| fact.to_string())
}

fn amount(sum: Sum) -> String {
    format!("{} frames, {} bytes", sum.frames, sum.bytes)
}

fn state(model: &Model, wire: &Wire) -> String {
    let status = model.session.status();
    let began_ms = model.connection.began_ms;
    let for_s = model.now_ms.saturating_sub(began_ms) / 1_000;
    let since = match status {
        Status::Online => format!(" for {for_s} s"),
        Status::Waiting { attempt, .. } | Status::Connecting { attempt } => {
            format!(", attempt {}", attempt + 1)
        }
        Status::Stopped(_) => String::new(),
    };
    let again = match wire.opened {
        0 => String::new(),
        1 => " · opened again once".to_owned(),
        count => format!(" · opened again {count} times"),
    };
    format!("{}{since}{again}", line::word(status))
}

fn address() -> String {
    let location = window().location();
    let host = location.host().unwrap_or_default();
    let is_secure = location.protocol().is_ok_and(|is| is == "https:");
    format!("{}://{host}/ws", if is_secure { "wss" } else { "ws" })
}

fn handshake(model: &Model) -> String {
    let connection = &model.connection;
    match (connection.opened_after_ms, connection.welcomed_after_ms) {
        (Some(open), Some(welcome)) => {
            format!("open {open} ms, welcome {welcome} ms")
        }
        (Some(open), None) => format!("open {open} ms"),
        (None, _) => shown(None::<u64>),
    }
}

fn server(model: &Model) -> String {
    let connection = &model.connection;
    match connection.heartbeat_ms {
        0 => shown(None::<u64>),
        ms => format!("{}, pings every {} s", connection.server, ms / 1_000),
    }
}

/// Where one is in the room's log, against its head.
fn cursor(page: PageRef) -> Vec<AnyView> {
    let place = Memo::new(move |_| {
        read(page, |model| {
            let position = model.session.position(&model.here)?;
            let head = model.session.head(&model.here);
            Some((position.seq.0, head.0, position.epoch.to_string()))
        })
    });
    let words = move || match place.get() {
        Some((at, head, _)) if at < head => format!("entry {at} of {head}"),
        Some((at, ..)) => format!("entry {at}, the head"),
        None => "nowhere yet".to_owned(),
    };
    let of = move |part: fn((u64, u64, String)) -> u64| move || place.get().map_or(0, part);
    let ways = vec![
        follows("value", of(|(at, ..)| at)),
        // An empty log has nothing one could be behind of.
        follows("max", of(|(_, head, _)| head.max(1))),
        follows("title", move || {
            place.get().map_or_else(String::new, |(.., epoch)| epoch)
        }),
    ];
    let given = [("aria-label", "The cursor against the head")];
    vec![
        text(words),
        " ".into_any(),
        live("progress", &given, ways, vec![]),
    ]
}

/// What went over the wire in the last whole second, and in those before.
fn rate(page: PageRef) -> Vec<AnyView> {
    let seconds = Memo::new(move |_| look(page, |model, wire| wire.last_seconds(model.now_ms)));
    let last = move || amount(seconds.with(|all| all.last().copied().unwrap_or_default()));
    let bytes = move || {
        seconds.with(|all| {
            let bytes: Vec<u64> = all.iter().map(|sum| sum.bytes).collect();
            chart(&bytes)
        })
    };
    vec![text(last), " ".into_any(), changing(bytes)]
}

/// The last of these milliseconds, and all as bars.
fn measured(page: PageRef, samples_ms: fn(&Wire) -> Vec<u64>) -> Vec<AnyView> {
    let samples_ms = Memo::new(move |_| look(page, |_, wire| samples_ms(wire)));
    let last = move || match samples_ms.with(|all| all.last().copied()) {
        Some(ms) => format!("{ms} ms"),
        None => shown(None::<u64>),
    };
    let bars = changing(move || samples_ms.with(|all| chart(all)));
    vec![text(last), " ".into_any(), bars]
}

/// The samples as bars, the largest as high as there is place.
fn chart(samples: &[u64]) -> AnyView {
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
        ("preserveAspectRatio", "none"),
        ("aria-hidden", "true"),
    ];
    element("svg", &given, bars.collect())
}
