//! Frames that the user writes by hand in the inspector.

use parlor_frontend::{
    event::InspectorEvent,
    model::inspector::by_hand::{ByHand, Outcome, templates},
};
use parlor_shared::limits::{INSPECTOR_HAND_FRAME_BYTES_MAX, INSPECTOR_HAND_FRAMES_MAX};

use super::*;

/// What became of the last frame by hand.
fn outcome(page: &Page) -> &Outcome {
    &page.model.inspector.as_ref().unwrap().by_hand.outcome
}

fn send_by_hand(page: &mut Page, frame: &str) -> Vec<Effect> {
    page.dispatch(Event::Inspector(InspectorEvent::FrameSent(
        frame.to_owned(),
    )))
}

#[test]
fn the_refusal_of_a_frame_by_hand_stands_beside_it_and_not_in_the_chat() {
    let mut page = Page::online();
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    assert_eq!(*outcome(&page), Outcome::None);
    let refused = [
        ("not JSON", ErrorCode::Malformed, None),
        (
            r#"{"type":"dance"}"#,
            ErrorCode::Unsupported,
            Some(Request::Unknown),
        ),
        (
            r#"{"type":"join","room":"No Room"}"#,
            ErrorCode::RoomInvalid,
            Some(Request::Join),
        ),
        (
            r#"{"type":"rename","name":""}"#,
            ErrorCode::NameInvalid,
            Some(Request::Rename),
        ),
        (
            r#"{"type":"search","room":"lobby","text":""}"#,
            ErrorCode::SearchInvalid,
            Some(Request::Search),
        ),
    ];
    for (frame, code, request) in refused {
        let effects = send_by_hand(&mut page, frame);
        assert_eq!(effects, [Effect::Send(frame.to_owned())]);
        assert_eq!(*outcome(&page), Outcome::Sent);
        let mut refusal = Refusal::new(code, "That is \"wrong\".");
        refusal.request = request;
        let effects = page.receive(&ServerMessage::Error(refusal));
        assert_eq!(
            effects,
            [],
            "the page's own name, search and rooms stay as they are"
        );
        assert_eq!(
            *outcome(&page),
            Outcome::Refused("That is \"wrong\".".to_owned())
        );
        assert_eq!(page.notice(), "");
    }
    // The page's own requests are refused in the chat as before.
    let refusal = Refusal::new(ErrorCode::TooManyRooms, "Leave a room first.");
    page.receive(&ServerMessage::Error(refusal));
    assert_eq!(page.notice(), "Leave a room first.");
}

#[test]
fn history_by_hand_is_not_taken_for_the_pages_own() {
    let mut page = Page::open();
    page.connect();
    page.join_after(300);
    for seq in 301..=305 {
        page.receive_entry(entry(seq, bob(), post("hello")));
    }
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    send_by_hand(
        &mut page,
        r#"{"type":"history","room":"lobby","before":9,"limit":1}"#,
    );
    let history = |before: u64| ServerMessage::History {
        room: lobby(),
        before: Seq(before),
        entries: vec![entry(before - 1, bob(), post("long ago"))],
        more: true,
    };
    page.receive(&history(9));
    assert_eq!(*outcome(&page), Outcome::Answered("history".to_owned()));
    assert_eq!(page.texts().len(), 5, "no hole in the list");
}

#[test]
fn frames_by_hand_are_recalled_up_to_their_bounds() {
    let mut by_hand = ByHand::default();
    for n in 0..=INSPECTOR_HAND_FRAMES_MAX {
        by_hand.record(&n.to_string());
    }
    by_hand.record("5");
    let newest: Vec<_> = (1..=3).map(|count| by_hand.ago(count).unwrap()).collect();
    assert_eq!(newest, ["5", "20", "19"], "each once");
    assert_eq!(by_hand.ago(0), None);
    assert!(by_hand.ago(INSPECTOR_HAND_FRAMES_MAX).is_some());
    assert_eq!(by_hand.ago(INSPECTOR_HAND_FRAMES_MAX + 1), None);
    by_hand.record(&"x".repeat(INSPECTOR_HAND_FRAME_BYTES_MAX + 1));
    assert_eq!(by_hand.ago(1), Some("5"));
}

#[test]
fn the_templates_are_what_they_are_called() {
    for template in templates(&lobby(), id(1)) {
        let message = codec::decode_client(&template.frame);
        match template.name {
            "?" => assert_eq!(message.unwrap_err().code, ErrorCode::Malformed),
            "join" => assert_eq!(message.unwrap_err().code, ErrorCode::RoomInvalid),
            "dance" => assert!(matches!(message, Ok(ClientMessage::Unknown))),
            name => {
                let frame = codec::encode_client(&message.unwrap());
                assert!(
                    frame.starts_with(&format!(r#"{{"type":"{name}""#)),
                    "{frame}"
                );
            }
        }
    }
}
