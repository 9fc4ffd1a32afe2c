//! What the inspector drawer keeps, and what it costs while it is closed.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

use parlor_frontend::{
    model::{
        connection::ConnectionEnd,
        inspector::{Direction, Inspector},
    },
    texts,
};
use parlor_session::Status;
use parlor_shared::close::CloseCode;
use parlor_shared::limits::{
    INSPECTOR_FRAME_CHARS_MAX, INSPECTOR_FRAMES_MAX, INSPECTOR_SAMPLES_MAX,
};

fn kinds(inspector: &Inspector) -> Vec<&str> {
    inspector
        .frames()
        .map(|frame| frame.kind.as_str())
        .collect()
}

#[test]
fn frames_are_shown_newest_first_and_can_be_filtered_paused_and_cleared() {
    let mut inspector = Inspector::default();
    inspector.record_frame(Direction::Sent, r#"{"type":"ping","t":1}"#, 10);
    inspector.record_frame(Direction::Received, r#"{"type":"pong","t":1}"#, 20);
    inspector.record_frame(Direction::Received, "not of this protocol", 30);
    assert_eq!(kinds(&inspector), ["?", "pong", "ping"]);
    inspector.filter = "pong".to_owned();
    assert_eq!(kinds(&inspector), ["pong"]);
    inspector.filter.clear();
    inspector.paused = true;
    inspector.record_frame(Direction::Sent, r#"{"type":"ping","t":2}"#, 40);
    assert_eq!(kinds(&inspector), ["?", "pong", "ping"]);
    assert_eq!(
        (inspector.sent.frames, inspector.received.frames),
        (2, 2),
        "counted all the same"
    );
    inspector.clear();
    assert_eq!(kinds(&inspector), [""; 0]);
}

#[test]
fn the_connections_own_steps_stand_among_the_frames() {
    let mut inspector = Inspector::default();
    inspector.record_step("open", "101 Switching Protocols", 10);
    inspector.record_frame(Direction::Sent, r#"{"type":"hello"}"#, 20);
    let ended = ConnectionEnd::WithCode(CloseCode::ShuttingDown.number());
    inspector.record_step("closed", &texts::connection_end(ended), 30);
    assert_eq!(kinds(&inspector), ["closed", "hello", "open"]);
    assert_eq!(inspector.received.frames, 0, "no frame");
    inspector.filter = "4000: the server is stopping".to_owned();
    assert_eq!(kinds(&inspector), ["closed"]);
}

#[test]
fn it_keeps_no_more_than_its_bounds() {
    let mut inspector = Inspector::default();
    let long = "x".repeat(INSPECTOR_FRAME_CHARS_MAX + 1);
    for n in 0..INSPECTOR_FRAMES_MAX as u64 + 1 {
        inspector.record_frame(Direction::Received, &long, n * 1_000);
        inspector.record_round_trip(n);
        let until_ms = n * 1_000 + 500;
        inspector.record_status(
            Status::Waiting {
                until_ms,
                attempt: 1,
            },
            n * 1_000,
        );
    }
    assert_eq!(inspector.frames().count(), INSPECTOR_FRAMES_MAX);
    assert_eq!(
        inspector.frames().next().unwrap().text.len(),
        INSPECTOR_FRAME_CHARS_MAX
    );
    assert_eq!(
        inspector.frames().next().unwrap().bytes,
        INSPECTOR_FRAME_CHARS_MAX + 1
    );
    assert_eq!(inspector.round_trips_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.seconds.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.backoffs_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.backoffs_ms[0], 500);
}

#[test]
fn the_last_whole_seconds_are_summed_up() {
    let mut inspector = Inspector::default();
    for at_ms in [1_100, 1_900, 2_100] {
        inspector.record_frame(Direction::Sent, "12345", at_ms);
    }
    let seconds = |now_ms| {
        let seconds = inspector.last_seconds(now_ms).into_iter();
        seconds
            .map(|sum| (sum.frames, sum.bytes))
            .collect::<Vec<_>>()
    };
    assert_eq!(seconds(3_500), [(0, 0), (2, 10), (1, 5)]);
    let later = seconds(90_000);
    assert_eq!((later.len(), later.last()), (30, Some(&(0, 0))));
}
