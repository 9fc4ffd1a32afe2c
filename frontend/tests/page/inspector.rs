//! What the inspector records, and its bounds.

use parlor_frontend::{
    event::InspectorEvent,
    model::{
        connection::ConnectionEnd,
        inspector::{
            Inspector,
            frames::{Direction, Frame},
            recent::Recent,
            recorded::Recorded,
        },
    },
    texts,
    view_model::ladder::{explained, rungs},
};
use parlor_session::Status;
use parlor_shared::{
    close::CloseCode,
    limits::{
        INSPECTOR_FRAME_CHARS_MAX, INSPECTOR_FRAMES_MAX, INSPECTOR_RECENT_BYTES_MAX,
        INSPECTOR_RECENT_FRAMES_MAX, INSPECTOR_SAMPLES_MAX, INSPECTOR_SIZE_DEFAULT,
        INSPECTOR_SIZE_MAX, INSPECTOR_SIZE_MIN,
    },
};

use super::*;

/// An inspector that was just opened.
fn open() -> Inspector {
    Inspector::open(&Recent::default())
}

fn kinds(inspector: &Inspector) -> Vec<&str> {
    let frames = inspector.frames();
    frames.map(|frame| frame.kind.as_str()).collect()
}

/// The last frame of this type.
fn last<'a>(inspector: &'a Inspector, kind: &str) -> &'a Frame {
    let frames: Vec<_> = inspector.frames().collect();
    let of_kind = |frame: &&&std::sync::Arc<Frame>| frame.kind == kind;
    frames.iter().rfind(of_kind).unwrap()
}

fn record_frame(inspector: &mut Inspector, direction: Direction, text: &str, now_ms: u64) {
    inspector.take_in(Recorded::Frame {
        direction,
        text,
        has_unsent: false,
        now_ms,
    });
}

fn record_step(inspector: &mut Inspector, kind: &str, text: &str, now_ms: u64) {
    inspector.take_in(Recorded::Step { kind, text, now_ms });
}

fn send(inspector: &mut Inspector, frame: &str, now_ms: u64) {
    record_frame(inspector, Direction::Sent, frame, now_ms);
}

fn receive(inspector: &mut Inspector, frame: &str, now_ms: u64) {
    record_frame(inspector, Direction::Received, frame, now_ms);
}

#[test]
fn frames_are_listed_oldest_first_and_can_be_filtered_paused_and_cleared() {
    let mut inspector = open();
    send(&mut inspector, r#"{"type":"leave","room":"a"}"#, 10);
    receive(&mut inspector, r#"{"type":"notice","text":"hi"}"#, 20);
    receive(&mut inspector, "not of this protocol", 30);
    assert_eq!(kinds(&inspector), ["leave", "notice", "?"]);
    for filter in ["notice", " Notice "] {
        inspector.set_filter(filter);
        assert_eq!(kinds(&inspector), ["notice"]);
    }
    inspector.set_filter("");
    inspector.toggle_pause();
    send(&mut inspector, r#"{"type":"leave","room":"b"}"#, 40);
    assert_eq!(kinds(&inspector), ["leave", "notice", "?"]);
    let counts = (inspector.sent.frames, inspector.received.frames);
    assert_eq!(counts, (2, 2), "paused frames are counted");
    inspector.toggle_pause();
    assert_eq!(kinds(&inspector), ["leave", "notice", "?", "leave"]);
    inspector.clear();
    assert_eq!(kinds(&inspector), [""; 0]);
}

#[test]
fn the_pings_of_the_page_are_folded_into_runs_with_the_last_round_trip() {
    let mut inspector = open();
    for (t, pong_ms) in [(10, 14), (20, 27)] {
        send(&mut inspector, &format!(r#"{{"type":"ping","t":{t}}}"#), t);
        let pong = format!(r#"{{"type":"pong","t":{t}}}"#);
        receive(&mut inspector, &pong, pong_ms);
    }
    let run = last(&inspector, "ping");
    let pings = run.pings.unwrap();
    assert_eq!((pings.count, pings.round_trip_ms), (2, Some(7)));
    assert_eq!(kinds(&inspector), ["ping"]);
    // A frame in between ends the run; the pong that is under way still belongs to it.
    send(&mut inspector, r#"{"type":"ping","t":30}"#, 30);
    receive(&mut inspector, r#"{"type":"notice","text":"hi"}"#, 31);
    receive(&mut inspector, r#"{"type":"pong","t":30}"#, 35);
    send(&mut inspector, r#"{"type":"ping","t":40}"#, 40);
    assert_eq!(kinds(&inspector), ["ping", "notice", "ping"]);
    let runs: Vec<_> = inspector.frames().filter_map(|frame| frame.pings).collect();
    let runs: Vec<_> = runs
        .iter()
        .map(|run| (run.count, run.round_trip_ms))
        .collect();
    assert_eq!(runs, [(3, Some(5)), (1, None)]);
    inspector.set_filter("pong");
    assert_eq!(kinds(&inspector), ["ping", "ping"]);
}

#[test]
fn an_answer_names_its_question_and_how_long_it_took() {
    let mut inspector = open();
    let asked_and_answered = [
        (
            r#"{"type":"hello","protocol":1}"#,
            r#"{"type":"welcome","member":"x"}"#,
        ),
        (
            r#"{"type":"join","room":"a"}"#,
            r#"{"type":"joined","room":"a"}"#,
        ),
        (
            r#"{"type":"post","room":"a","id":"1","body":{"kind":"post","text":"\"id\":\"9\""}}"#,
            r#"{"type":"entry","room":"a","entry":{"seq":2,"prev":1,"id":"1"}}"#,
        ),
        (
            r#"{"type":"post","room":"a","id":"2","body":{"kind":"post","text":"x"}}"#,
            r#"{"type":"duplicate","room":"a","entry":{"seq":2,"prev":1,"id":"2"}}"#,
        ),
        (
            r#"{"type":"post","room":"a","id":"3","body":{"kind":"post","text":"x"}}"#,
            r#"{"type":"error","code":"busy","id":"3","request":"post"}"#,
        ),
        (
            r#"{"type":"search","room":"a","text":"x"}"#,
            r#"{"type":"found","room":"a","text":"x"}"#,
        ),
        (
            r#"{"type":"history","room":"a","before":9,"limit":2}"#,
            r#"{"type":"error","code":"busy","room":"a","request":"history"}"#,
        ),
    ];
    for (at_ms, (question, answer)) in (0..).step_by(10).zip(asked_and_answered) {
        send(&mut inspector, question, at_ms);
        receive(
            &mut inspector,
            r#"{"type":"entry","room":"a","entry":{"id":"8"}}"#,
            at_ms,
        );
        receive(&mut inspector, answer, at_ms + 3);
        let frames: Vec<_> = inspector.frames().collect();
        let [.., asked, other, answered] = &frames[..] else {
            unreachable!("three frames")
        };
        assert_eq!(other.answers, None, "somebody else's entry");
        let answers = answered.answers.unwrap();
        assert_eq!(
            (answers.number, answers.after_ms),
            (asked.number, 3),
            "{answer}"
        );
    }
    // Nothing is answered twice, and nothing on another connection.
    receive(
        &mut inspector,
        r#"{"type":"entry","room":"a","entry":{"id":"1"}}"#,
        90,
    );
    send(&mut inspector, r#"{"type":"join","room":"a"}"#, 91);
    record_step(&mut inspector, "closed", "", 92);
    receive(&mut inspector, r#"{"type":"joined","room":"a"}"#, 93);
    assert_eq!(last(&inspector, "entry").answers, None);
    assert_eq!(last(&inspector, "joined").answers, None);
}

#[test]
fn the_last_frames_are_there_when_the_inspector_opens_within_their_bounds() {
    let mut page = Page::online();
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    let inspector = page.model.inspector.as_ref().unwrap();
    let kinds = kinds(inspector);
    assert_eq!(
        kinds,
        [
            "connecting",
            "open",
            "hello",
            "welcome",
            "join",
            "joined",
            "present",
            "seen"
        ]
    );
    assert!(last(inspector, "welcome").answers.is_some());
    assert_eq!(
        inspector.received.frames, 0,
        "the traffic counts from the opening on"
    );

    let mut recent = Recent::default();
    let frame = "x".repeat(INSPECTOR_FRAME_CHARS_MAX + 1);
    for n in 0..INSPECTOR_RECENT_FRAMES_MAX as u64 + 1 {
        recent.record_frame(Direction::Sent, "short", n);
    }
    assert_eq!(recent.iter().count(), INSPECTOR_RECENT_FRAMES_MAX);
    for n in 0..20 {
        recent.record_frame(Direction::Received, &frame, n);
    }
    let bytes: usize = recent.iter().map(|frame| frame.text.len()).sum();
    assert!(bytes <= INSPECTOR_RECENT_BYTES_MAX);
    assert!(bytes + INSPECTOR_FRAME_CHARS_MAX > INSPECTOR_RECENT_BYTES_MAX);
}

#[test]
fn a_frame_is_cut_between_two_characters() {
    let mut inspector = open();
    receive(
        &mut inspector,
        &"ö".repeat(INSPECTOR_FRAME_CHARS_MAX + 1),
        1,
    );
    let text = &last(&inspector, "?").text;
    assert_eq!(text.chars().count(), INSPECTOR_FRAME_CHARS_MAX);
}

#[test]
fn the_size_keeps_within_its_bounds_and_is_saved() {
    let mut page = Page::online();
    let effects = page.dispatch(Event::Inspector(InspectorEvent::Opened));
    assert_eq!(effects, [Effect::LoadInspector]);
    let size = |page: &Page| page.model.inspector.as_ref().unwrap().size();
    assert_eq!(size(&page), INSPECTOR_SIZE_DEFAULT);
    for (to, expected) in [(0, INSPECTOR_SIZE_MIN), (50, 50), (255, INSPECTOR_SIZE_MAX)] {
        page.dispatch(Event::Inspector(InspectorEvent::Resized(to)));
        assert_eq!(size(&page), expected);
    }
    page.dispatch(Event::Inspector(InspectorEvent::LessonFolded(true)));
    // While it is dragged it changes often; it is saved by the clock.
    let saved = page.dispatch(Event::Ticked);
    let saved = saved.into_iter().find_map(|effect| match effect {
        Effect::SaveInspector(saved) => Some(saved),
        _ => None,
    });
    let saved = saved.unwrap();
    assert_eq!(page.dispatch(Event::Inspector(InspectorEvent::Closed)), []);
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    page.dispatch(Event::Inspector(InspectorEvent::Loaded(saved)));
    assert_eq!(size(&page), INSPECTOR_SIZE_MAX);
    assert!(page.model.inspector.as_ref().unwrap().is_lesson_folded);
    page.dispatch(Event::Inspector(InspectorEvent::Loaded(
        "many 300 folds".to_owned(),
    )));
    assert_eq!(
        size(&page),
        INSPECTOR_SIZE_MAX,
        "what another version has saved"
    );
}

#[test]
fn the_steps_of_the_connection_are_listed_among_the_frames() {
    let mut inspector = open();
    record_step(&mut inspector, "open", "101 Switching Protocols", 10);
    send(&mut inspector, r#"{"type":"hello"}"#, 20);
    let code = CloseCode::ShuttingDown;
    let end = ConnectionEnd::WithCode(code.number());
    record_step(&mut inspector, "closed", &texts::connection_end(end), 30);
    assert_eq!(kinds(&inspector), ["open", "hello", "closed"]);
    assert_eq!(inspector.received.frames, 0, "a step is not a frame");
    inspector.set_filter(&format!("{}: {}", code.number(), code.reason()));
    assert_eq!(kinds(&inspector), ["closed"]);
}

#[test]
fn frames_and_samples_are_kept_up_to_their_bounds() {
    let mut inspector = open();
    let long = "x".repeat(INSPECTOR_FRAME_CHARS_MAX + 1);
    for n in 0..INSPECTOR_FRAMES_MAX as u64 + 1 {
        let now_ms = n * 1_000;
        receive(&mut inspector, &long, now_ms);
        inspector.take_in(Recorded::RoundTrip(n));
        let waiting = Status::Waiting {
            until_ms: now_ms + 500,
            attempt: 1,
        };
        inspector.take_in(Recorded::Status {
            status: waiting,
            now_ms,
        });
    }
    assert_eq!(inspector.frames().count(), INSPECTOR_FRAMES_MAX);
    let newest = inspector.frames().last().unwrap();
    assert_eq!(newest.text.len(), INSPECTOR_FRAME_CHARS_MAX);
    assert_eq!(newest.bytes, INSPECTOR_FRAME_CHARS_MAX + 1);
    assert_eq!(inspector.round_trips_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.seconds.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.backoffs_ms.len(), INSPECTOR_SAMPLES_MAX);
    assert_eq!(inspector.backoffs_ms[0], 500);
}

#[test]
fn the_traffic_of_the_last_complete_seconds_is_summed_up() {
    let mut inspector = open();
    for at_ms in [1_100, 1_900, 2_100] {
        record_frame(&mut inspector, Direction::Sent, "12345", at_ms);
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

/// Frames of each type of message, with all their fields.
const GOLDEN: &str = include_str!("../../../shared/tests/golden.jsonl");

#[test]
fn every_type_of_message_and_every_field_of_the_protocol_has_a_meaning() {
    let mut inspector = open();
    for frame in GOLDEN.lines().filter(|line| line.starts_with('{')) {
        inspector.clear();
        receive(&mut inspector, frame, 0);
        let frame = inspector.frames().last().unwrap().clone();
        let is_known = texts::frame_meaning(&frame) != texts::means_unknown();
        let is_known = is_known || frame.kind == "unknown";
        assert!(is_known, "texts/inspector.rs lacks means_{}", frame.kind);
        // As the browser lays it out: one field a line.
        let laid_out = frame.text.replace(['{', ',', '['], "\n");
        for line in explained(&laid_out).into_iter() {
            let is_field = line.code.starts_with('"') && line.code.contains("\":");
            let is_first = frame
                .text
                .matches(line.code.split(':').next().unwrap())
                .count()
                == 1;
            assert!(
                !is_field || !is_first || !line.meaning.is_empty(),
                "texts/fields.rs lacks the field of {}",
                line.code
            );
        }
    }
    for kind in ["connecting", "open", "closed", "waiting"] {
        record_step(&mut inspector, kind, "", 0);
        let step = inspector.frames().last().unwrap();
        assert_ne!(texts::frame_meaning(step), texts::means_unknown(), "{kind}");
    }
}

#[test]
fn an_answer_is_joined_to_its_question_by_a_line_and_a_field_is_explained_once() {
    let mut inspector = open();
    send(&mut inspector, r#"{"type":"post","id":"1"}"#, 1);
    receive(&mut inspector, r#"{"type":"notice"}"#, 2);
    receive(&mut inspector, r#"{"type":"entry","entry":{"id":"1"}}"#, 3);
    receive(&mut inspector, r#"{"type":"notice"}"#, 4);
    let lines = |inspector: &Inspector| -> Vec<String> {
        rungs(inspector)
            .iter()
            .map(|rung| rung.line.class())
            .collect()
    };
    assert_eq!(
        lines(&inspector),
        ["below joint", "above below ", "above joint", ""]
    );
    // Without the question there is nothing to join the answer to.
    inspector.set_filter("entry");
    assert_eq!(lines(&inspector), [""]);

    let meanings: Vec<_> = explained("{\n  \"id\": 1,\n  \"id\": 2\n}");
    let meanings: Vec<_> = meanings.iter().map(|line| line.meaning).collect();
    let id = texts::field_meaning("id").unwrap();
    assert_eq!(meanings, ["", id, "", ""]);
}
