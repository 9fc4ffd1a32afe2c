//! Joins, resumes, gaps, and messages that arrive out of turn.

use crate::*;

#[test]
fn a_missing_entry_is_requested_and_nothing_is_passed_on_out_of_order() {
    let mut harness = SessionHarness::live();
    harness.receive(entry_message(entry(0, 1, 0, other())));
    harness.receive(entry_message(entry(2, 3, 2, other())));
    assert!(
        matches!(harness.take_sent().last(), Some(ClientMessage::Join { after: Some(at), .. }) if at.seq == Seq(1))
    );
    harness.receive(joined(&lobby(), 1, JoinOutcome::Resumed));
    harness.receive(entry_message(entry(1, 2, 1, other())));
    harness.receive(entry_message(entry(2, 3, 2, other())));
    let passed_on = harness
        .events
        .iter()
        .filter(|event| matches!(event, Event::Message(ServerMessage::Entry { .. })));
    assert_eq!(passed_on.count(), 3);
}

#[test]
fn a_log_with_a_broken_chain_does_not_cause_a_storm_of_joins() {
    let mut harness = SessionHarness::live();
    let mut joins = 0;
    for _ in 0..50 {
        harness.receive(entry_message(entry(2, 3, 2, other())));
        joins += harness.take_sent_joins();
        harness.receive(joined(&lobby(), 0, JoinOutcome::Resumed));
    }
    assert!(joins <= 2, "{joins} joins without a pause");
}

#[test]
fn a_gap_that_joining_again_does_not_fill_makes_the_room_start_over() {
    let mut harness = SessionHarness::live();
    for _ in 0..2 {
        harness.receive(entry_message(entry(2, 3, 2, other())));
        harness.receive(joined(&lobby(), 0, JoinOutcome::Resumed));
    }
    harness.receive(entry_message(entry(2, 3, 2, other())));
    harness.advance(1_000);
    harness.clear();
    harness.be_welcomed();
    assert!(
        matches!(
            harness.take_sent().last(),
            Some(ClientMessage::Join { after: None, .. })
        ),
        "the same join again would bring the same answer, for ever"
    );
    harness.receive(joined(&lobby(), 2, JoinOutcome::Reset));
    harness.receive(entry_message(entry(2, 3, 2, other())));
    assert_eq!(harness.session.position(&lobby()).unwrap().seq, Seq(3));
}

#[test]
fn a_resume_at_another_position_breaks_the_connection() {
    let mut harness = SessionHarness::live();
    harness.receive(entry_message(entry(0, 1, 0, other())));
    harness.disconnect();
    harness.advance(1_000);
    harness.be_welcomed();
    harness.receive(joined(&lobby(), 9, JoinOutcome::Resumed));
    assert!(
        matches!(harness.session.status(), Status::Waiting { .. }),
        "entries would be missing"
    );
}

#[test]
fn a_position_keeps_its_epoch_until_the_server_says_that_it_still_holds() {
    let attic = room("attic");
    let mut harness = SessionHarness::live();
    harness.receive(entry_message(entry(0, 5, 0, other())));
    harness.session.join(&attic);
    harness.receive(joined(&attic, 3, JoinOutcome::Reset));
    let [first, second, third] = [7, 8, 9].map(|n| Epoch::from_bytes([n; 16]));
    let asked_after = |harness: &mut SessionHarness, of: &RoomId| {
        for message in harness.take_sent() {
            if let ClientMessage::Join { room, after } = message
                && room == *of
            {
                return after.map(|at| (at.epoch, at.seq.0));
            }
        }
        panic!("no join")
    };
    harness.disconnect();
    harness.advance(1_000);
    harness.be_welcomed_in(second);
    assert_eq!(asked_after(&mut harness, &lobby()), Some((first, 5)));
    // Only one of the rooms is answered before this connection ends, too.
    harness.receive(joined(&lobby(), 5, JoinOutcome::Resumed));
    let position = harness.session.position(&lobby()).unwrap();
    assert_eq!((position.epoch, position.seq), (second, Seq(5)));
    harness.disconnect();
    harness.advance(3_000);
    harness.be_welcomed_in(third);
    let sent = harness.session.position(&attic).unwrap();
    assert_eq!((sent.epoch, sent.seq), (first, Seq(3)));
    harness.receive(joined(&attic, 40, JoinOutcome::Reset));
    let position = harness.session.position(&attic).unwrap();
    assert_eq!((position.epoch, position.seq), (third, Seq(40)));
    let position = harness.session.position(&lobby()).unwrap();
    assert_eq!(position.epoch, second, "not answered yet");
    harness.receive(joined(&lobby(), 5, JoinOutcome::Resumed));
    assert_eq!(harness.session.position(&lobby()).unwrap().epoch, third);
    assert_eq!(harness.session.status(), Status::Online);
}

#[test]
fn another_log_starts_the_room_over() {
    let mut harness = SessionHarness::live();
    harness.receive(entry_message(entry(0, 5, 0, other())));
    harness.disconnect();
    harness.advance(1_000);
    harness.be_welcomed();
    harness.receive(joined(&lobby(), 0, JoinOutcome::Reset));
    harness.receive(entry_message(entry(0, 1, 3, other())));
    assert_eq!(harness.session.position(&lobby()).unwrap().seq, Seq(1));
}

#[test]
fn a_join_refused_for_now_is_retried_and_one_refused_for_good_is_not() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.start(0);
    harness.be_welcomed();
    harness.clear();
    harness.receive_refusal(ErrorCode::Busy, Some(lobby()), None);
    harness.advance(20_000);
    assert_eq!(harness.take_sent_joins(), 1);
    harness.receive_refusal(ErrorCode::TooManyRooms, Some(lobby()), None);
    assert!(harness.was_refused());
    harness.advance(20_000);
    assert_eq!(harness.take_sent_joins(), 0);
}

#[test]
fn questions_need_a_live_room_and_typing_is_limited() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.typing(&lobby(), 0);
    assert_eq!(
        harness.session.history(&lobby(), Seq(1), 10),
        Err(NotJoined)
    );
    let mut harness = SessionHarness::live();
    for now_ms in [0, 1, 2_999, 3_000] {
        harness.session.typing(&lobby(), now_ms);
    }
    assert_eq!(harness.take_sent().len(), 2);
}

#[test]
fn a_search_refused_during_a_rejoin_does_not_lose_the_room() {
    let mut harness = SessionHarness::live();
    harness.session.search(&lobby(), " ").unwrap();
    harness.receive(entry_message(entry(2, 3, 2, other())));
    harness.receive_refusal(ErrorCode::SearchInvalid, Some(lobby()), None);
    assert!(harness.was_refused());
    harness.receive(joined(&lobby(), 0, JoinOutcome::Resumed));
    harness.receive(present(&lobby()));
    assert_eq!(harness.session.history(&lobby(), Seq(1), 10), Ok(()));
}

#[test]
fn any_refusal_with_not_joined_joins_the_room_again() {
    let mut harness = SessionHarness::live();
    harness.session.history(&lobby(), Seq(1), 10).unwrap();
    harness.clear();
    harness.receive_refusal(ErrorCode::NotJoined, Some(lobby()), None);
    assert_eq!(
        harness.take_sent_joins(),
        1,
        "otherwise the room would stay silent forever"
    );
    assert!(harness.was_refused(), "the question is not answered");
}

#[test]
fn a_busy_room_is_joined_less_and_less_often() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.start(0);
    harness.be_welcomed();
    harness.clear();
    let mut joins = 0;
    for _ in 0..600 {
        harness.receive_refusal(ErrorCode::Busy, Some(lobby()), None);
        harness.advance(100);
        joins += harness.take_sent_joins();
    }
    assert!((3..=8).contains(&joins), "{joins} joins in a minute");
}

#[test]
fn a_room_left_and_joined_again_starts_over_despite_the_answer_to_the_earlier_join() {
    let mut harness = SessionHarness::live();
    harness.receive(entry_message(entry(0, 1, 0, other())));
    harness.receive(entry_message(entry(2, 3, 2, other())));
    harness.session.leave(&lobby());
    harness.session.join(&lobby());
    harness.clear();
    harness.receive(joined(&lobby(), 1, JoinOutcome::Resumed));
    harness.receive(entry_message(entry(1, 2, 1, other())));
    assert!(
        harness.events.is_empty(),
        "the answer belongs to the join before the leave"
    );
    harness.receive(joined(&lobby(), 0, JoinOutcome::Reset));
    harness.receive(entry_message(entry(0, 1, 0, other())));
    let passed_on = |event: &Event| {
        matches!(
            event,
            Event::Message(ServerMessage::Joined { .. } | ServerMessage::Entry { .. })
        )
    };
    assert_eq!(
        harness
            .events
            .iter()
            .filter(|event| passed_on(event))
            .count(),
        2
    );
}

/// The server answers joins in order: the reset belongs to the join before the leave, and the room
/// would stay silent.
#[test]
fn a_refused_join_is_retried_though_the_join_before_the_leave_was_answered() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.start(0);
    harness.be_welcomed();
    harness.session.leave(&lobby());
    harness.session.join(&lobby());
    harness.clear();
    harness.receive(joined(&lobby(), 0, JoinOutcome::Reset));
    harness.receive_refusal(ErrorCode::LogUnavailable, Some(lobby()), None);
    harness.advance(10_000);
    assert_eq!(harness.take_sent_joins(), 1);
}

/// The joins among what a session asks its driver to send.
fn joins(session: &mut RecordedSession) -> Vec<ClientMessage> {
    let mut joins = Vec::new();
    while let Some(output) = session.poll_output() {
        if let Output::Send(frame) = output {
            joins.push(codec::decode_client(&frame).unwrap());
        }
    }
    joins.retain(|sent| matches!(sent, ClientMessage::Join { .. }));
    joins
}

#[test]
fn a_room_is_joined_after_a_place_that_the_program_knows_from_before() {
    let mut session = RecordedSession::new(SessionConfig {
        name: name("n"),
        token: None,
        access: None,
        client: ClientInfo::default(),
        outbox: vec![],
    });
    let position = Position {
        epoch: Epoch::from_bytes([3; 16]),
        seq: Seq(40),
    };
    session.join_after(&lobby(), position);
    session.start(0);
    session.handle_open();
    for frame in [
        welcome(me(), 25_000),
        joined(&lobby(), 40, JoinOutcome::Resumed),
    ] {
        session.handle_frame(0, &codec::encode_server(&frame), 7);
    }
    let join = ClientMessage::Join {
        room: lobby(),
        after: Some(position),
    };
    assert_eq!(joins(&mut session), [join]);
    assert_eq!(session.position(&lobby()).unwrap().seq, Seq(40));
    // Joined again, the room goes on from where it is.
    let other = Position {
        seq: Seq(1),
        ..position
    };
    session.join_after(&lobby(), other);
    assert_eq!(joins(&mut session), []);
    assert_eq!(session.position(&lobby()).unwrap().seq, Seq(40));
    assert!(session.has_room(&lobby()) && !session.has_room(&room("attic")));
}
