//! What the wire drawer keeps, and what it costs while it is closed.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use parlor_frontend::{
    model::inspector::{ConnectionEnd, Direction, Inspector},
    texts,
};
use parlor_session::Status;
use parlor_shared::close::CloseCode;
use parlor_shared::limits::{
    INSPECTOR_FRAME_CHARS_MAX, INSPECTOR_FRAMES_MAX, INSPECTOR_SAMPLES_MAX,
};

fn kinds(wire: &Inspector) -> Vec<&str> {
    wire.frames().map(|frame| frame.kind.as_str()).collect()
}

#[test]
fn frames_are_shown_newest_first_and_can_be_filtered_paused_and_cleared() {
    let mut wire = Inspector::default();
    wire.record_frame(Direction::Sent, r#"{"type":"ping","t":1}"#, 10);
    wire.record_frame(Direction::Received, r#"{"type":"pong","t":1}"#, 20);
    wire.record_frame(Direction::Received, "not of this protocol", 30);
    assert_eq!(kinds(&wire), ["?", "pong", "ping"]);
    wire.filter = "pong".to_owned();
    assert_eq!(kinds(&wire), ["pong"]);
    wire.filter.clear();
    wire.paused = true;
    wire.record_frame(Direction::Sent, r#"{"type":"ping","t":2}"#, 40);
    assert_eq!(kinds(&wire), ["?", "pong", "ping"]);
    assert_eq!(
        (wire.sent.frames, wire.received.frames),
        (2, 2),
        "counted all the same"
    );
    wire.clear();
    assert_eq!(kinds(&wire), [""; 0]);
}

#[test]
fn the_connections_own_steps_stand_among_the_frames() {
    let mut wire = Inspector::default();
    wire.record_step("open", "101 Switching Protocols", 10);
    wire.record_frame(Direction::Sent, r#"{"type":"hello"}"#, 20);
    let ended = ConnectionEnd::WithCode(CloseCode::ShuttingDown.number());
    wire.record_step("closed", &texts::connection_end(ended), 30);
    assert_eq!(kinds(&wire), ["closed", "hello", "open"]);
    assert_eq!(wire.received.frames, 0, "no frame");
    wire.filter = "4000: the server is stopping".to_owned();
    assert_eq!(kinds(&wire), ["closed"]);
}

#[test]
fn it_keeps_no_more_than_its_bounds() {
    let mut wire = Inspector::default();
    let long = "x".repeat(INSPECTOR_FRAME_CHARS_MAX + 1);
    for n in 0..INSPECTOR_FRAMES_MAX as u64 + 1 {
        wire.record_frame(Direction::Received, &long, n * 1_000);
        wire.round_trip(n);
        let until_ms = n * 1_000 + 500;
        wire.record_status(
            Status::Waiting {
                until_ms,
                attempt: 1,
            },
            n * 1_000,
        );
    }
    assert_eq!(wire.frames().count(), INSPECTOR_FRAMES_MAX);
    assert_eq!(
        wire.frames().next().unwrap().text.len(),
        INSPECTOR_FRAME_CHARS_MAX
    );
    assert_eq!(
        wire.frames().next().unwrap().bytes,
        INSPECTOR_FRAME_CHARS_MAX + 1
    );
    assert_eq!(wire.round_trips_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(wire.seconds.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(wire.backoffs_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(wire.backoffs_ms[0], 500);
}

#[test]
fn the_last_whole_seconds_are_summed_up() {
    let mut wire = Inspector::default();
    for at_ms in [1_100, 1_900, 2_100] {
        wire.record_frame(Direction::Sent, "12345", at_ms);
    }
    let seconds = |now_ms| {
        let seconds = wire.last_seconds(now_ms).into_iter();
        seconds
            .map(|sum| (sum.frames, sum.bytes))
            .collect::<Vec<_>>()
    };
    assert_eq!(seconds(3_500), [(0, 0), (2, 10), (1, 5)]);
    let later = seconds(90_000);
    assert_eq!((later.len(), later.last()), (30, Some(&(0, 0))));
}
