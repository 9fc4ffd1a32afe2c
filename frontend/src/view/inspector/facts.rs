//! What one knows of the connection, as it changes.

use parlor_frontend::{
    model::{
        Model,
        inspector::{Sum, Wire},
    },
    texts,
};
use parlor_session::Status;

use super::{
    super::{PageRef, locale::number, pieces::*, read},
    look,
};
use crate::browser::socket;

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
    let address = socket::address().unwrap_or_default();
    let facts = [
        (texts::CONNECTION, "wire-state", of_wire(state)),
        (texts::ADDRESS, "address", vec![address.into_any()]),
        (texts::HANDSHAKE, "handshake", of_page(handshake)),
        (texts::SERVER, "server", of_page(server)),
        (texts::ENDED_LAST, "ended", of_page(ended)),
        (texts::CURSOR, "cursor", cursor(page)),
        (texts::OUTBOX, "outbox", of_page(outbox)),
        (
            texts::SENT_IN_ALL,
            "sent",
            of_wire(|_, wire| amount(wire.sent)),
        ),
        (
            texts::RECEIVED_IN_ALL,
            "received",
            of_wire(|_, wire| amount(wire.received)),
        ),
        (texts::EACH_SECOND, "rate", rate(page)),
        (
            texts::ROUND_TRIP,
            "round-trip",
            measured(page, |wire| wire.round_trips_ms.iter().copied().collect()),
        ),
        (
            texts::WAITS,
            "waits",
            measured(page, |wire| wire.waits_ms.iter().copied().collect()),
        ),
    ];
    let facts = facts.into_iter().map(|(name, mark, is)| {
        let name = element("dt", &[], vec![name.into_any()]);
        let is = element("dd", &[("data-testid", mark)], is);
        element("div", &[], vec![name, is])
    });
    element("dl", &[("class", "facts")], facts.collect())
}

fn amount(sum: Sum) -> String {
    texts::amount(sum.frames, sum.bytes, number)
}

fn state(model: &Model, wire: &Wire) -> String {
    let began_ms = model.connection.began_ms;
    let state = match model.session.status() {
        Status::Online => texts::online_for(model.now_ms.saturating_sub(began_ms) / 1_000),
        Status::Connecting { attempt } => texts::connecting(attempt + 1),
        Status::Waiting { attempt, .. } => texts::waiting(attempt + 1),
        Status::Stopped(_) => texts::STANDING_STILL.to_owned(),
    };
    state + &texts::opened_again(wire.opened)
}

fn handshake(model: &Model) -> String {
    let connection = &model.connection;
    match connection.opened_after_ms {
        Some(ms) => texts::handshake(ms, connection.welcomed_after_ms),
        None => texts::UNKNOWN.to_owned(),
    }
}

fn server(model: &Model) -> String {
    let connection = &model.connection;
    match connection.heartbeat_ms {
        0 => texts::UNKNOWN.to_owned(),
        ms => texts::server(&connection.server, ms / 1_000),
    }
}

fn ended(model: &Model) -> String {
    let ended = model.connection.ended.map(texts::ended);
    ended.unwrap_or_else(|| texts::UNKNOWN.to_owned())
}

fn outbox(model: &Model) -> String {
    texts::on_their_way(model.session.outbox().count())
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
        Some((at, head, _)) => texts::cursor(at, head),
        None => texts::NOWHERE_YET.to_owned(),
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
    let given = [("aria-label", texts::CURSOR_AGAINST_HEAD)];
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
        Some(ms) => texts::milliseconds(ms, number),
        None => texts::UNKNOWN.to_owned(),
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
