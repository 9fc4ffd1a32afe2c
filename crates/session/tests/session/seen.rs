//! How far the user has seen a room: when it is said, and when again.

use parlor_shared::{Position, limits::SEEN_SEND_MS_MIN};

use crate::*;

/// A position in the epoch of the harness's welcome.
fn at(seq: u64) -> Position {
    Position {
        epoch: Epoch::from_bytes([7; 16]),
        seq: Seq(seq),
    }
}

fn seen_message(seq: u64) -> ServerMessage {
    ServerMessage::Seen {
        room: lobby(),
        epoch: Epoch::from_bytes([7; 16]),
        seq: Seq(seq),
    }
}

impl SessionHarness {
    fn mark_seen(&mut self, seq: u64) {
        self.session.mark_seen(&lobby(), at(seq), self.now_ms);
        self.drain_outputs();
    }

    /// The positions sent since the last call.
    fn take_sent_seen(&mut self) -> Vec<u64> {
        let mut sent = Vec::new();
        for message in self.take_sent() {
            if let ClientMessage::Seen { seq, .. } = message {
                sent.push(seq.0);
            }
        }
        sent
    }

    /// The positions that the program received since the last call.
    fn take_received(&mut self) -> Vec<u64> {
        let received = |event| {
            if let Event::Message(ServerMessage::Seen { seq, .. }) = event {
                Some(seq.0)
            } else {
                None
            }
        };
        std::mem::take(&mut self.events)
            .into_iter()
            .filter_map(received)
            .collect()
    }

    fn rejoin(&mut self, epoch: u8) {
        self.disconnect();
        self.session.start(self.now_ms);
        self.be_welcomed_in(Epoch::from_bytes([epoch; 16]));
        self.receive(joined(&lobby(), 0, JoinOutcome::Reset));
    }
}

#[test]
fn of_many_positions_the_last_one_is_sent_once_a_second() {
    let mut harness = SessionHarness::live();
    for seq in 1..=9 {
        harness.mark_seen(seq);
    }
    assert_eq!(harness.take_sent_seen(), [1]);
    harness.advance(SEEN_SEND_MS_MIN - 1);
    assert_eq!(harness.take_sent_seen(), [0; 0]);
    harness.advance(1);
    assert_eq!(harness.take_sent_seen(), [9]);
    harness.mark_seen(9);
    harness.advance(10 * SEEN_SEND_MS_MIN);
    assert_eq!(harness.take_sent_seen(), [0; 0], "it was said");
    harness.mark_seen(3);
    assert_eq!(harness.take_sent_seen(), [3], "it may go back");
    harness.mark_seen(4);
    harness.session.flush_seen(harness.now_ms);
    assert_eq!(harness.take_sent_seen(), [4], "the page is closed");
}

#[test]
fn a_position_that_was_not_acked_is_sent_again_once_the_room_is_live_again() {
    let mut harness = SessionHarness::live();
    harness.mark_seen(5);
    assert_eq!(harness.take_sent_seen(), [5]);
    harness.rejoin(7);
    harness.receive(seen_message(2));
    assert_eq!(harness.take_received(), [0; 0], "a newer one is on its way");
    harness.advance(10);
    assert_eq!(harness.take_sent_seen(), [0; 0], "it is not live yet");
    harness.receive(present(&lobby()));
    harness.advance(SEEN_SEND_MS_MIN);
    assert_eq!(harness.take_sent_seen(), [5]);
    harness.receive(seen_message(5));
    assert_eq!(harness.take_received(), [5]);

    harness.rejoin(7);
    harness.receive(seen_message(3));
    harness.receive(present(&lobby()));
    harness.advance(SEEN_SEND_MS_MIN);
    assert_eq!(
        (harness.take_received(), harness.take_sent_seen()),
        (vec![3], Vec::<u64>::new()),
        "another device has changed it since"
    );
}

#[test]
fn a_server_that_was_started_since_is_told_again() {
    let mut harness = SessionHarness::live();
    harness.mark_seen(5);
    harness.receive(seen_message(5));
    harness.clear();
    // A crash has lost what was acked last.
    harness.rejoin(8);
    harness.receive(seen_message(4));
    harness.receive(present(&lobby()));
    harness.advance(SEEN_SEND_MS_MIN);
    assert_eq!(harness.take_received(), [0; 0]);
    assert_eq!(harness.take_sent_seen(), [5]);
}

#[test]
fn what_another_device_has_told_a_server_that_was_started_since_is_not_taken_back() {
    let mut harness = SessionHarness::live();
    harness.mark_seen(5);
    harness.receive(seen_message(5));
    harness.clear();
    harness.rejoin(8);
    harness.receive(seen_message(9));
    harness.receive(present(&lobby()));
    harness.advance(SEEN_SEND_MS_MIN);
    assert_eq!(harness.take_received(), [9]);
    assert_eq!(harness.take_sent_seen(), [0; 0]);
}

#[test]
fn a_refused_position_is_sent_again_and_an_earlier_server_is_not_asked_again() {
    let mut harness = SessionHarness::live();
    harness.mark_seen(5);
    harness.take_sent();
    harness.receive(ServerMessage::Error(Refusal {
        request: Some(Request::Seen),
        retry_after_ms: Some(3_000),
        ..Refusal::new(ErrorCode::RateLimited, "no").in_room(&lobby())
    }));
    harness.advance(2_999);
    assert_eq!(harness.take_sent_seen(), [0; 0]);
    harness.advance(1);
    assert_eq!(harness.take_sent_seen(), [5]);
    harness.receive(ServerMessage::Error(Refusal {
        request: Some(Request::Unknown),
        ..Refusal::new(ErrorCode::Unsupported, "no")
    }));
    harness.advance(60_000);
    assert_eq!(harness.take_sent_seen(), [0; 0]);
    assert!(!harness.was_refused());
}

#[test]
fn a_room_that_was_left_is_forgotten() {
    let mut harness = SessionHarness::live();
    harness.mark_seen(1);
    harness.mark_seen(5);
    harness.session.leave(&lobby());
    harness.mark_seen(6);
    harness.take_sent();
    harness.receive(seen_message(6));
    assert_eq!(harness.take_received(), [0; 0]);
    harness.session.join(&lobby());
    harness.receive(joined(&lobby(), 0, JoinOutcome::Reset));
    harness.receive(present(&lobby()));
    harness.advance(SEEN_SEND_MS_MIN);
    assert_eq!(harness.take_sent_seen(), [0; 0]);
}

#[test]
fn an_answer_that_is_late_does_not_undo_what_was_sent_since() {
    let mut harness = SessionHarness::live();
    harness.mark_seen(5);
    harness.advance(SEEN_SEND_MS_MIN);
    harness.mark_seen(8);
    assert_eq!(harness.take_sent_seen(), [5, 8]);
    harness.receive(seen_message(5));
    assert_eq!(
        harness.take_received(),
        [0; 0],
        "the answer to the second one follows"
    );
    harness.receive(seen_message(8));
    assert_eq!(harness.take_received(), [8]);
    harness.receive(seen_message(3));
    assert_eq!(harness.take_received(), [3], "another device");
}
