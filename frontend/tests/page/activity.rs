//! When members were last heard of.

use parlor_frontend::model::activity::{self, ACTIVE_MS, Activity};
use parlor_shared::limits::ACTIVE_MEMBERS_MAX;

use crate::*;

fn other(n: u128) -> MemberId {
    MemberId::from_bytes((n + 1_000).to_be_bytes())
}

impl Page {
    fn minutes_pass(&mut self, minutes: u64) {
        self.env.unix_ms += minutes * 60_000;
        self.does(Event::Ticked);
    }

    fn says_live(&mut self, seq: u64, member: MemberId) {
        self.entry_by(member, "lobby", (seq, MessageId::new(seq, [9; 10]), "hi"));
    }
}

#[test]
fn a_member_is_active_for_a_while_and_then_idle_for_so_long() {
    let mut page = Page::online();
    page.env.unix_ms = 1_760_000_000_000;
    let of = |page: &Page| activity::of(&page.model, other(1));
    assert_eq!(of(&page), Activity::Unknown);
    page.says_live(1, other(1));
    assert_eq!(
        of(&page),
        Activity::Active,
        "by this clock, not the server's"
    );
    page.minutes_pass(ACTIVE_MS / 60_000 - 1);
    assert_eq!(of(&page), Activity::Active);
    page.minutes_pass(8);
    assert_eq!(of(&page), Activity::Idle("12 min".to_owned()));
    let (room, member) = (lobby(), other(1));
    page.hears(&ServerMessage::Typing { room, member });
    assert_eq!(of(&page), Activity::Active, "one who writes is there");
}

#[test]
fn what_was_said_before_one_came_is_as_old_as_the_log_has_it() {
    let mut page = Page::open();
    page.does(Event::ConnectRequested);
    page.does(Event::SocketOpened);
    page.welcomed();
    page.env.unix_ms = 3 * 24 * 60 * 60_000;
    page.joins_behind();
    page.says_live(1, other(1));
    let of = activity::of(&page.model, other(1));
    assert_eq!(of, Activity::Idle("3 d".to_owned()));
}

#[test]
fn time_is_told_in_the_largest_unit_that_fits() {
    let minute = 60_000;
    let cases = [
        (0, "just now"),
        (minute - 1, "just now"),
        (minute, "1 min"),
        (59 * minute, "59 min"),
        (60 * minute, "1 h"),
        (24 * 60 * minute, "1 d"),
    ];
    for (ms, expected) in cases {
        assert_eq!(
            activity::elapsed(10_000_000_000 + ms, 10_000_000_000),
            expected
        );
    }
    assert_eq!(
        activity::elapsed(0, 60_000),
        "just now",
        "a clock that is behind"
    );
}

#[test]
fn the_one_not_heard_of_for_longest_is_forgotten_when_there_are_too_many() {
    let mut page = Page::online();
    for n in 0..=ACTIVE_MEMBERS_MAX as u128 {
        page.env.unix_ms += 1;
        page.says_live(n as u64 + 1, other(n));
    }
    assert_eq!(page.model.last_active.len(), ACTIVE_MEMBERS_MAX);
    assert_eq!(activity::of(&page.model, other(0)), Activity::Unknown);
    assert_eq!(activity::of(&page.model, other(1)), Activity::Active);
}
