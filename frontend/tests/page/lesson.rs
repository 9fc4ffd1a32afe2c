//! The lesson: each step is ticked by what it says to do, and by nothing else.

use parlor_frontend::{
    event::InspectorEvent,
    model::lesson::{Lesson, Step},
    texts,
};

use super::*;

/// A page with the inspector open.
fn page() -> Page {
    let mut page = Page::online();
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    page
}

fn done(page: &Page) -> Vec<Step> {
    let lesson = &page.model.inspector.as_ref().unwrap().lesson;
    let steps = Step::ALL.into_iter();
    steps.filter(|step| lesson.has_done(*step)).collect()
}

fn reconnect(page: &mut Page, outcome: JoinOutcome) {
    page.connect();
    page.receive(&ServerMessage::Joined {
        room: lobby(),
        after: Seq(0),
        head: Seq(0),
        first: Seq(0),
        outcome,
    });
    page.catch_up("lobby");
}

/// The server appends what the page has sent, as the entry with this number.
fn ack(page: &mut Page, effects: &[Effect], seq: u64) {
    let mut entry = entry(seq, me(), post("hello"));
    entry.id = post_id(effects);
    page.receive_entry(entry);
}

fn by_hand(page: &mut Page, frame: &str) {
    page.dispatch(Event::Inspector(InspectorEvent::FrameSent(
        frame.to_owned(),
    )));
}

#[test]
fn disconnecting_and_reconnecting_is_a_step_and_a_lost_connection_is_none() {
    let mut page = page();
    page.dispatch(Event::SocketClosed(None));
    reconnect(&mut page, JoinOutcome::Resumed);
    assert_eq!(done(&page), []);
    page.dispatch(Event::DisconnectRequested);
    assert_eq!(done(&page), [], "not yet");
    reconnect(&mut page, JoinOutcome::Resumed);
    assert_eq!(done(&page), [Step::Handshake]);
}

#[test]
fn a_post_is_a_step_once_it_is_acked_and_unfolding_an_entry_another_one() {
    let mut page = page();
    page.receive_entry(entry(1, bob(), post("hello")));
    assert_eq!(done(&page), [], "somebody else's");
    let sent = page.submit("hello");
    assert_eq!(done(&page), [], "not on the log yet");
    ack(&mut page, &sent, 2);
    assert_eq!(done(&page), [Step::Post]);
    let numbers = |page: &Page, kind: &str| -> Vec<u64> {
        let frames = page.model.inspector.as_ref().unwrap().frames();
        let of_kind = frames.filter(|frame| frame.kind == kind);
        of_kind.map(|frame| frame.number).collect()
    };
    for (kind, expected) in [("post", 1), ("entry", 2)] {
        let number = numbers(&page, kind)[0];
        page.dispatch(Event::Inspector(InspectorEvent::Unfolded(number)));
        assert_eq!(done(&page).len(), expected);
    }
    assert_eq!(done(&page), [Step::Post, Step::Unfold]);
}

#[test]
fn frames_by_hand_are_two_steps_one_answered_and_one_refused() {
    let mut page = page();
    by_hand(&mut page, r#"{"type":"ping","t":1}"#);
    assert_eq!(done(&page), []);
    page.receive(&ServerMessage::Pong { t: 1 });
    assert_eq!(done(&page), [Step::ByHand]);
    let refusal = Refusal::new(ErrorCode::Malformed, "No.");
    page.receive(&ServerMessage::Error(refusal.clone()));
    assert_eq!(done(&page), [Step::ByHand], "about nothing by hand");
    by_hand(&mut page, "not JSON");
    page.receive(&ServerMessage::Error(refusal));
    assert_eq!(done(&page), [Step::ByHand, Step::Refusal]);
}

#[test]
fn a_round_trip_is_a_step_while_the_list_is_filtered_for_it() {
    let mut page = page();
    for (filter, expected) in [("", 0), ("entry", 0), ("Pong", 1)] {
        let filter = filter.to_owned();
        page.dispatch(Event::Inspector(InspectorEvent::Filtered(filter)));
        page.env.now_ms += 2_000;
        page.dispatch(Event::Ticked);
        let t = page.env.now_ms;
        page.receive(&ServerMessage::Pong { t });
        assert_eq!(done(&page).len(), expected);
    }
    assert_eq!(done(&page), [Step::Ping]);
}

#[test]
fn a_message_that_waited_for_the_connection_is_a_step_once_it_is_acked() {
    let resume = |write: bool, outcome: JoinOutcome| {
        let mut page = page();
        page.dispatch(Event::DisconnectRequested);
        if write {
            page.submit("hello");
        }
        page.connect();
        page.receive(&ServerMessage::Joined {
            room: lobby(),
            after: Seq(0),
            head: Seq(0),
            first: Seq(0),
            outcome,
        });
        let mut effects = page.receive(&ServerMessage::Present {
            room: lobby(),
            count: 1,
            members: vec![],
        });
        if !write {
            effects = page.submit("hello");
        }
        assert!(!done(&page).contains(&Step::Resume));
        ack(&mut page, &effects, 1);
        done(&page).contains(&Step::Resume)
    };
    assert!(resume(true, JoinOutcome::Resumed));
    assert!(!resume(false, JoinOutcome::Resumed), "written afterwards");
    assert!(!resume(true, JoinOutcome::Reset), "not resumed");
}

#[test]
fn three_waits_are_a_step() {
    let mut page = page();
    for _ in 0..3 {
        assert_eq!(done(&page), []);
        page.dispatch(Event::Inspector(InspectorEvent::ConnectionDropped));
        page.dispatch(Event::SocketClosed(None));
        reconnect(&mut page, JoinOutcome::Resumed);
    }
    assert_eq!(done(&page), [Step::Backoff]);
}

#[test]
fn the_lesson_is_kept_and_can_be_started_again() {
    let mut page = page();
    by_hand(&mut page, r#"{"type":"ping","t":1}"#);
    page.receive(&ServerMessage::Pong { t: 1 });
    let saved = page.dispatch(Event::Ticked);
    let saved = saved.into_iter().find_map(|effect| match effect {
        Effect::SaveInspector(saved) => Some(saved),
        _ => None,
    });
    let saved = saved.unwrap();
    let mut later = self::page();
    later.dispatch(Event::Inspector(InspectorEvent::Loaded(saved)));
    assert_eq!(done(&later), [Step::ByHand]);
    let saves = |effect: &Effect| matches!(effect, Effect::SaveInspector(_));
    assert!(
        !later.dispatch(Event::Ticked).iter().any(saves),
        "nothing has changed"
    );
    later.dispatch(Event::Inspector(InspectorEvent::LessonRestarted));
    assert_eq!(done(&later), []);
    let lesson = Lesson::parse("45 handshake backoff folded from-a-later-version");
    assert_eq!(lesson.to_string(), "handshake backoff ");
    assert_eq!(lesson.next(), Some(Step::Post));
}

#[test]
fn the_document_has_the_same_steps_in_the_same_order() {
    let document = include_str!("../../../docs/LEARN.md");
    let steps = document.split("**Step ").skip(1);
    let steps: Vec<&str> = steps.filter_map(|step| step.lines().next()).collect();
    let numbered =
        |(number, step): (usize, Step)| format!("{}.** {}", number + 1, texts::step_text(step));
    let expected: Vec<String> = Step::ALL.into_iter().enumerate().map(numbered).collect();
    assert_eq!(steps, expected);
    for step in Step::ALL {
        assert!(
            texts::step_look(step).ends_with('.'),
            "one sentence or a few"
        );
    }
}
