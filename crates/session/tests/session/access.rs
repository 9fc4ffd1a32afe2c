//! What a session shows to come in, and what it keeps of it.

use parlor_shared::{Access, AccessSecret, AccessToken, Moderation};

use crate::*;

fn token(text: &str) -> AccessToken {
    AccessToken::try_from(text.to_owned()).unwrap()
}

fn password() -> Access {
    Access::Password(AccessSecret::try_from("open sesame".to_owned()).unwrap())
}

/// A session whose connection is open and has said hello.
fn knocking() -> SessionHarness {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.start(0);
    harness.session.handle_open();
    harness.clear();
    harness
}

/// What the hellos sent since the last call have shown.
fn take_shown(harness: &mut SessionHarness) -> Vec<Option<Access>> {
    let mut shown = Vec::new();
    for message in harness.take_sent() {
        if let ClientMessage::Hello { access, .. } = message {
            shown.push(access);
        }
    }
    shown
}

#[test]
fn a_session_that_is_not_let_in_stops_and_comes_back_with_what_it_is_given() {
    let mut harness = knocking();
    harness.receive_refusal(ErrorCode::PasswordRequired, None, None);
    let refused = StopReason::Refused(ErrorCode::PasswordRequired);
    assert_eq!(harness.session.status(), Status::Stopped(refused));
    assert!(harness.was_refused());
    let close = ConnectionStep::Close { frames_before: 0 };
    assert_eq!(harness.connections, [close]);

    harness.session.show(password(), 5_000);
    harness.session.handle_open();
    assert_eq!(take_shown(&mut harness), [Some(password())]);
    harness.receive(ServerMessage::Admitted {
        access: Some(token("given.instead")),
        expires_at_ms: Some(9_000_000),
    });
    harness.receive(welcome(me(), 25_000));
    harness.disconnect();
    harness.advance(1_000);
    harness.session.handle_open();
    let given = Access::Token(token("given.instead"));
    assert_eq!(take_shown(&mut harness), [Some(given)]);
}

#[test]
fn a_password_is_not_shown_again_once_it_was_good() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.show(password(), 0);
    harness.be_welcomed();
    harness.clear();
    harness.disconnect();
    harness.advance(1_000);
    harness.session.handle_open();
    assert_eq!(take_shown(&mut harness), [None]);
}

#[test]
fn a_token_that_is_refused_is_left_out_once_before_the_session_stops() {
    let mut harness = SessionHarness::new(Some("kept"), vec![]);
    harness.session.show(Access::Token(token("old")), 0);
    harness.session.handle_open();
    harness.clear();
    harness.receive_refusal(ErrorCode::AccessExpired, None, None);
    assert_eq!(take_shown(&mut harness), [None]);
    harness.receive_refusal(ErrorCode::AccessRequired, None, None);
    assert_eq!(take_shown(&mut harness), []);
    let refused = StopReason::Refused(ErrorCode::AccessRequired);
    assert_eq!(harness.session.status(), Status::Stopped(refused));
}

#[test]
fn a_new_token_is_said_at_once_and_with_the_next_hello() {
    let mut harness = SessionHarness::live();
    harness.session.renew(token("newer"));
    let access = token("newer");
    assert_eq!(harness.take_sent(), [ClientMessage::Renew { access }]);
    harness.disconnect();
    harness.session.renew(token("newest"));
    assert_eq!(harness.take_sent(), [], "there is nobody to say it to");
    harness.advance(1_000);
    harness.session.handle_open();
    let newest = Access::Token(token("newest"));
    assert_eq!(take_shown(&mut harness), [Some(newest)]);
}

#[test]
fn a_question_of_a_moderator_is_asked_again_where_it_was_refused_for_now() {
    let reports = Moderation::Reports { room: lobby() };
    let mut harness = SessionHarness::new(None, vec![]);
    assert_eq!(harness.session.moderate(reports.clone()), Err(NotOnline));
    let mut harness = SessionHarness::live();
    harness.session.moderate(reports.clone()).unwrap();
    harness.clear();
    harness.receive(ServerMessage::Error(Refusal {
        request: Some(Request::Moderate),
        ..Refusal::new(ErrorCode::Busy, "later").in_room(&lobby())
    }));
    harness.advance(999);
    assert_eq!(harness.take_sent(), []);
    harness.advance(1);
    assert_eq!(harness.take_sent(), [ClientMessage::Moderate(reports)]);
}
