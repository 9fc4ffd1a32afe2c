//! What one knows of the connection, as it changes.

use parlor_frontend::{
    model::{
        Model,
        inspector::{Inspector, Traffic},
    },
    texts,
    view_model::inspector::{self, Cursor},
};

use super::{
    super::{StoreRef, locale::number, pieces::*, read},
    look,
};
use crate::browser::socket;

/// The facts, each under its name.
pub(super) fn facts(store: StoreRef) -> AnyView {
    let of_page = |look: fn(&Model) -> String| {
        let fact = Memo::new(move |_| read(store, look));
        vec![text(move || fact.get())]
    };
    let of_wire = |at: fn(&Model, &Inspector) -> String| {
        let fact = Memo::new(move |_| look(store, at));
        vec![text(move || fact.get())]
    };
    let address = socket::address().unwrap_or_default();
    let facts = [
        (texts::CONNECTION, "wire-state", of_wire(inspector::state)),
        (texts::ADDRESS, "address", vec![address.into_any()]),
        (texts::HANDSHAKE, "handshake", of_page(inspector::handshake)),
        (texts::SERVER, "server", of_page(inspector::server)),
        (texts::LAST_CLOSE, "ended", of_page(inspector::last_close)),
        (texts::CURSOR, "cursor", cursor(store)),
        (texts::OUTBOX, "outbox", of_page(inspector::outbox)),
        (
            texts::TOTAL_SENT,
            "sent",
            of_wire(|_, inspector| amount(inspector.sent)),
        ),
        (
            texts::TOTAL_RECEIVED,
            "received",
            of_wire(|_, inspector| amount(inspector.received)),
        ),
        (texts::PER_SECOND, "rate", rate(store)),
        (
            texts::ROUND_TRIP,
            "round-trip",
            measured(store, |inspector| {
                inspector.round_trips_ms.iter().copied().collect()
            }),
        ),
        (
            texts::BACKOFF,
            "waits",
            measured(store, |inspector| {
                inspector.backoffs_ms.iter().copied().collect()
            }),
        ),
    ];
    let facts = facts.into_iter().map(|(name, mark, is)| {
        let name = element("dt", &[], vec![name.into_any()]);
        let is = element("dd", &[("data-testid", mark)], is);
        element("div", &[], vec![name, is])
    });
    element("dl", &[("class", "facts")], facts.collect())
}

fn amount(sum: Traffic) -> String {
    texts::traffic(sum.frames, sum.bytes, number)
}

/// Where one is in the room's log, against its head.
fn cursor(store: StoreRef) -> Vec<AnyView> {
    let place = Memo::new(move |_| read(store, inspector::cursor));
    let words = move || match place.get() {
        Some(at) => texts::cursor(at.seq, at.head, number),
        None => texts::NOT_JOINED.to_owned(),
    };
    let of = move |part: fn(Cursor) -> u64| move || place.get().map_or(0, part);
    let ways = vec![
        follows("value", of(|at| at.seq)),
        // An empty log has nothing one could be behind of.
        follows("max", of(|at| at.head.max(1))),
        follows("title", move || {
            place.get().map_or_else(String::new, |at| at.epoch)
        }),
    ];
    let given = [("aria-label", texts::CURSOR_PROGRESS)];
    vec![
        text(words),
        " ".into_any(),
        live("progress", &given, ways, vec![]),
    ]
}

/// What went over the wire in the last whole second, and in those before.
fn rate(store: StoreRef) -> Vec<AnyView> {
    let seconds = Memo::new(move |_| {
        look(store, |model, inspector| {
            inspector.last_seconds(model.now_ms)
        })
    });
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
fn measured(store: StoreRef, samples_ms: fn(&Inspector) -> Vec<u64>) -> Vec<AnyView> {
    let samples_ms = Memo::new(move |_| look(store, |_, inspector| samples_ms(inspector)));
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
