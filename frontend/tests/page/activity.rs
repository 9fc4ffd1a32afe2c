//! When members were last active.

use parlor_frontend::model::activity::{self, ACTIVE_MS, Activity};
use parlor_shared::limits::ACTIVE_MEMBERS_MAX;

use crate::*;

const MINUTE_MS: u64 = 60_000;

fn member(n: u128) -> MemberId {
    MemberId::from_bytes((n + 1_000).to_be_bytes())
}

impl Page {
    fn pass_minutes(&mut self, minutes: u64) {
        self.env.unix_ms += minutes * MINUTE_MS;
        self.dispatch(Event::Ticked);
    }

    /// What the list of people says beside Bob's name.
    fn activity_of_bob(&self) -> String {
        let mut people = people::people(&self.model).into_iter();
        let bob = people.find(|person| person.member == bob());
        bob.unwrap().activity_text()
    }

    fn bob_is_present(&mut self) {
        self.receive(&ServerMessage::Present {
            room: lobby(),
            count: 1,
            members: vec![Member {
                member: bob(),
                name: Name::parse("Bob").unwrap(),
            }],
        });
    }
}

#[test]
fn a_member_is_active_for_a_while_and_then_idle() {
    let mut page = Page::online();
    page.bob_is_present();
    page.env.unix_ms = 1_760_000_000_000;
    assert_eq!(page.activity_of_bob(), "", "not seen doing anything yet");
    page.flood(1);
    let by_this_clock = "the entry's own time is in 1970";
    assert_eq!(page.activity_of_bob(), "Active now", "{by_this_clock}");
    page.pass_minutes(ACTIVE_MS / MINUTE_MS - 1);
    assert_eq!(page.activity_of_bob(), "Active now");
    page.pass_minutes(8);
    assert_eq!(page.activity_of_bob(), "Active 12 min ago");
    let (room, member) = (lobby(), bob());
    page.receive(&ServerMessage::Typing { room, member });
    assert_eq!(page.activity_of_bob(), "Active now", "typing counts");
}

#[test]
fn an_entry_from_before_the_visit_counts_from_its_own_time() {
    let mut page = Page::open();
    page.connect();
    page.env.unix_ms = 3 * 24 * 60 * MINUTE_MS;
    page.join("lobby", 0, 1);
    page.flood(1);
    page.bob_is_present();
    assert_eq!(page.activity_of_bob(), "Active 3 d ago");
}

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// A page whose browser's clock is wrong by this much, connected to a server whose clock is right.
fn page_with_clock_off_by(off_ms: i64) -> Page {
    let mut page = Page::open();
    page.env.unix_ms = 1_760_000_000_000_u64.saturating_add_signed(off_ms);
    page.server_ahead_ms = -off_ms;
    page.go_online();
    page
}

impl Page {
    fn server_ms(&self) -> u64 {
        self.env.unix_ms.saturating_add_signed(self.server_ahead_ms)
    }

    /// The user posts to the lobby, and the server commits it.
    fn post_own(&mut self, seq: u64) {
        let id = post_id(&self.submit("hello"));
        let at_ms = self.server_ms();
        self.receive_entry(Entry {
            id,
            at_ms,
            ..entry(seq, me(), post("hello"))
        });
    }

    /// What stands beside the lobby's name.
    fn age_of_newest(&self) -> String {
        room_list::room(&self.model, &lobby())
            .unwrap()
            .last_message
            .unwrap()
    }
}

#[test]
fn ages_are_told_by_the_servers_clock() {
    for off_ms in [5 * HOUR_MS, -5 * HOUR_MS, 400 * 24 * HOUR_MS, 0] {
        let mut page = page_with_clock_off_by(off_ms);
        page.post_own(1);
        assert_eq!(page.age_of_newest(), "just now", "{off_ms}");
        page.bob_is_present();
        page.pass_minutes(7);
        assert_eq!(page.age_of_newest(), "7 min", "{off_ms}");
        let at_ms = page.server_ms() - 3 * HOUR_MS.cast_unsigned();
        page.dispatch(Event::SocketClosed(None));
        page.connect();
        page.join("lobby", 1, 2);
        page.receive_entry(Entry {
            at_ms,
            ..entry(2, bob(), post("while you were away"))
        });
        page.bob_is_present();
        assert_eq!(page.activity_of_bob(), "Active 3 h ago", "{off_ms}");
    }
}

#[test]
fn a_clock_that_is_set_while_the_page_is_connected_is_noticed() {
    for jump_ms in [5 * HOUR_MS, -5 * HOUR_MS] {
        let mut page = page_with_clock_off_by(0);
        page.env.unix_ms = page.env.unix_ms.saturating_add_signed(jump_ms);
        page.server_ahead_ms = -jump_ms;
        page.post_own(1);
        assert_eq!(page.age_of_newest(), "just now", "{jump_ms}");
        page.pass_minutes(2);
        assert_eq!(page.age_of_newest(), "2 min", "{jump_ms}");
    }
}

#[test]
fn entries_that_a_sleeping_machine_receives_late_do_not_set_its_clock() {
    let mut page = page_with_clock_off_by(0);
    let at_ms = page.server_ms();
    page.pass_minutes(5 * 60);
    page.receive_entry(Entry {
        at_ms,
        ..entry(1, bob(), post("five hours ago"))
    });
    assert_eq!(page.age_of_newest(), "5 h");
}

#[test]
fn elapsed_time_is_given_in_the_largest_unit_that_fits() {
    let cases = [
        (0, "just now"),
        (MINUTE_MS - 1, "just now"),
        (MINUTE_MS, "1 min"),
        (59 * MINUTE_MS, "59 min"),
        (60 * MINUTE_MS, "1 h"),
        (24 * 60 * MINUTE_MS, "1 d"),
    ];
    let at_ms = 10_000_000_000;
    for (ms, expected) in cases {
        assert_eq!(activity::elapsed(at_ms + ms, at_ms), expected);
    }
    let behind = activity::elapsed(0, MINUTE_MS);
    assert_eq!(behind, "just now", "where the clock is behind");
}

#[test]
fn past_the_bound_the_member_idle_for_longest_is_forgotten() {
    let mut page = Page::online();
    for n in 0..=ACTIVE_MEMBERS_MAX as u128 {
        page.env.unix_ms += 1;
        page.receive_entry(entry(n as u64 + 1, member(n), post("hi")));
    }
    assert_eq!(page.model.last_active.len(), ACTIVE_MEMBERS_MAX);
    let activity = |n| activity::of(&page.model, member(n));
    assert_eq!(activity(0), Activity::Unknown);
    assert_eq!(activity(1), Activity::Active);
}
