//! What the inspector records, and its bounds.

use parlor_frontend::{
    model::{
        connection::ConnectionEnd,
        inspector::{Direction, Inspector},
    },
    texts,
};
use parlor_session::Status;
use parlor_shared::{
    close::CloseCode,
    limits::{INSPECTOR_FRAME_CHARS_MAX, INSPECTOR_FRAMES_MAX, INSPECTOR_SAMPLES_MAX},
};

fn kinds(inspector: &Inspector) -> Vec<&str> {
    let frames = inspector.frames();
    frames.map(|frame| frame.kind.as_str()).collect()
}

#[test]
fn frames_are_listed_newest_first_and_can_be_filtered_paused_and_cleared() {
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
    let counts = (inspector.sent.frames, inspector.received.frames);
    assert_eq!(counts, (2, 2), "paused frames are counted");
    inspector.clear();
    assert_eq!(kinds(&inspector), [""; 0]);
}

#[test]
fn the_steps_of_the_connection_are_listed_among_the_frames() {
    let mut inspector = Inspector::default();
    inspector.record_step("open", "101 Switching Protocols", 10);
    inspector.record_frame(Direction::Sent, r#"{"type":"hello"}"#, 20);
    let code = CloseCode::ShuttingDown;
    let end = ConnectionEnd::WithCode(code.number());
    inspector.record_step("closed", &texts::connection_end(end), 30);
    assert_eq!(kinds(&inspector), ["closed", "hello", "open"]);
    assert_eq!(inspector.received.frames, 0, "a step is not a frame");
    inspector.filter = format!("{}: {}", code.number(), code.reason());
    assert_eq!(kinds(&inspector), ["closed"]);
}

#[test]
fn frames_and_samples_are_kept_up_to_their_bounds() {
    let mut inspector = Inspector::default();
    let long = "x".repeat(INSPECTOR_FRAME_CHARS_MAX + 1);
    for n in 0..INSPECTOR_FRAMES_MAX as u64 + 1 {
        let now_ms = n * 1_000;
        inspector.record_frame(Direction::Received, &long, now_ms);
        inspector.record_round_trip(n);
        let waiting = Status::Waiting {
            until_ms: now_ms + 500,
            attempt: 1,
        };
        inspector.record_status(waiting, now_ms);
    }
    assert_eq!(inspector.frames().count(), INSPECTOR_FRAMES_MAX);
    let newest = inspector.frames().next().unwrap();
    assert_eq!(newest.text.len(), INSPECTOR_FRAME_CHARS_MAX);
    assert_eq!(newest.bytes, INSPECTOR_FRAME_CHARS_MAX + 1);
    assert_eq!(inspector.round_trips_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.seconds.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.backoffs_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.backoffs_ms[0], 500);
}

#[test]
fn the_traffic_of_the_last_complete_seconds_is_summed_up() {
    let mut inspector = Inspector::default();
    for at_ms in [1_100, 1_900, 2_100] {
        inspector.record_frame(Direction::Sent, "12345", at_ms);
    }
    let seconds = |now_ms| -> Vec<(u64, u64)> {
        let seconds = inspector.last_seconds(now_ms).into_iter();
        seconds
            .map(|traffic| (traffic.frames, traffic.bytes))
            .collect()
    };
    assert_eq!(seconds(3_500), [(0, 0), (2, 10), (1, 5)]);
    let later = seconds(90_000);
    assert_eq!((later.len(), later.last()), (30, Some(&(0, 0))));
}
