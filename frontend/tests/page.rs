//! The page's behaviour, without a browser: what happened, and what is known and done then.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets the unexpected fails"
)]

use parlor_frontend::{
    event::{Effect, Event, Moment, WireEvent},
    model::{KnownRoom, Model, Visit},
    search::Hit,
    update::update,
};
use parlor_session::{OutboxPost, Status};
use parlor_shared::{
    Body, ClientMessage, Emoji, Entry, Epoch, ErrorCode, JoinOutcome, Limits, MemberId, MessageId,
    Name, Refusal, RoomId, Seq, ServerMessage, Text, Token, codec,
    limits::{PAGE_ROOMS_MAX, TIMELINE_MESSAGES_MAX, WINDOW_ROWS_MAX},
};

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

fn me() -> MemberId {
    MemberId::from_bytes([1; 16])
}

fn name() -> Name {
    Name::parse("Ann").unwrap()
}

/// A page and the clock it lives by.
struct Page {
    model: Model,
    moment: Moment,
    events: u32,
}

impl Page {
    fn open() -> Self {
        let visit = Visit {
            here: lobby(),
            rooms: Vec::new(),
            name: name(),
            token: None,
        };
        Self {
            model: Model::new(visit),
            moment: Moment::default(),
            events: 0,
        }
    }

    fn online() -> Self {
        let mut page = Self::open();
        page.go_online();
        page
    }

    fn go_online(&mut self) {
        self.does(Event::Started);
        self.does(Event::Opened);
        self.welcomed();
        self.joins("lobby");
    }

    fn welcomed(&mut self) {
        self.hears(&ServerMessage::Welcome {
            protocol: 1,
            server: String::new(),
            member: me(),
            token: Token::parse("t").unwrap(),
            name: name(),
            epoch: Epoch::from_bytes([7; 16]),
            limits: Limits::default(),
            heartbeat_ms: 25_000,
        });
    }

    /// The server says that the page is in the lobby, where much was said before.
    fn joins_after(&mut self, after: u64) {
        self.hears(&ServerMessage::Joined {
            room: lobby(),
            after: Seq(after),
            head: Seq(after),
            first: Seq(1),
            outcome: JoinOutcome::Reset,
        });
        self.hears(&ServerMessage::Present {
            room: lobby(),
            count: 1,
            members: vec![],
        });
    }

    /// The server says that the page is in this empty room.
    fn joins(&mut self, name: &str) {
        self.hears(&ServerMessage::Joined {
            room: room(name),
            after: Seq::ZERO,
            head: Seq::ZERO,
            first: Seq::ZERO,
            outcome: JoinOutcome::Reset,
        });
        self.hears(&ServerMessage::Present {
            room: room(name),
            count: 1,
            members: vec![],
        });
    }

    fn does(&mut self, event: Event) -> Vec<Effect> {
        self.events += 1;
        self.moment.random[..4].copy_from_slice(&self.events.to_be_bytes());
        update(&mut self.model, event, self.moment)
    }

    /// Writes and sends.
    fn says(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = self.does(Event::Typed(text.to_owned()));
        effects.extend(self.does(Event::Submitted));
        effects
    }

    fn hears(&mut self, message: &ServerMessage) -> Vec<Effect> {
        self.does(Event::Received(codec::encode_server(message)))
    }

    fn entry(&mut self, seq: u64, id: MessageId, text: &str) -> Vec<Effect> {
        self.entry_by(me(), "lobby", (seq, id, text))
    }

    fn entry_by(
        &mut self,
        member: MemberId,
        room_name: &str,
        (seq, id, text): (u64, MessageId, &str),
    ) -> Vec<Effect> {
        let body = Body::Post {
            text: Text::parse(text).unwrap(),
        };
        self.entry_of(member, room_name, (seq, id, body))
    }

    fn entry_of(
        &mut self,
        member: MemberId,
        room_name: &str,
        (seq, id, body): (u64, MessageId, Body),
    ) -> Vec<Effect> {
        let (seq, prev, name) = (Seq(seq), Seq(seq - 1), name());
        let entry = Entry {
            seq,
            prev,
            id,
            at_ms: 0,
            member,
            name,
            body,
        };
        self.hears(&ServerMessage::Entry {
            room: room(room_name),
            entry,
        })
    }

    fn shown(&self) -> Vec<String> {
        let messages = self
            .model
            .room()
            .window
            .messages(&self.model.room().timeline);
        let texts = messages.filter_map(|m| m.text.as_ref());
        texts.map(ToString::to_string).collect()
    }

    /// So many messages of others come, numbered on.
    fn flood(&mut self, count: u64) {
        self.flood_in("lobby", count);
    }

    fn flood_in(&mut self, name: &str, count: u64) {
        let head = self.model.rooms[&room(name)].newest().0;
        for seq in head + 1..=head + count {
            let other = MemberId::from_bytes([2; 16]);
            let post = (seq, MessageId::new(seq, [9; 10]), &*seq.to_string());
            self.entry_by(other, name, post);
        }
    }

    fn first_and_last_shown(&self) -> (u64, u64) {
        let number = |text: Option<&String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
        let shown = self.shown();
        (number(shown.first()), number(shown.last()))
    }
}

fn posts(effects: &[Effect]) -> Vec<MessageId> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Send(frame) => codec::decode_client(frame).ok(),
        _ => None,
    });
    let ids = frames.filter_map(|message| match message {
        ClientMessage::Post { id, .. } => Some(id),
        _ => None,
    });
    ids.collect()
}

#[test]
fn a_message_is_pending_until_it_comes_back() {
    let mut page = Page::online();
    let effects = page.says("hello");
    let [id] = posts(&effects)[..] else {
        panic!("one post: {effects:?}")
    };
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::KeepPost(post) if post.id == id))
    );
    assert_eq!(
        (page.model.room().pending.len(), page.shown().len()),
        (1, 0)
    );
    let effects = page.entry(1, id, "hello");
    assert!(effects.contains(&Effect::ForgetPost(id)));
    assert_eq!(
        (page.model.room().pending.len(), page.shown()),
        (0, vec!["hello".to_owned()])
    );
}

#[test]
fn what_is_written_offline_is_kept_and_sent_later() {
    let mut page = Page::online();
    page.does(Event::Closed(Some(1006)));
    assert_eq!(page.model.countdown_s(), Some(1));
    let effects = page.says("later");
    assert!(
        effects.iter().any(|e| matches!(e, Effect::KeepPost(_))) && posts(&effects).is_empty(),
        "kept, not sent: {effects:?}"
    );
    let id = page.model.room().pending[0].0.id;
    page.moment.now_ms += 30_000;
    assert_eq!(page.does(Event::Ticked), [Effect::Connect]);

    // The next visit finds it, and sends it.
    let left: Vec<OutboxPost> = page.model.session.outbox().cloned().collect();
    let mut next = Page::open();
    let effects = next.does(Event::PostsLeft(left));
    assert!(
        matches!(effects[..], [Effect::KeepPost(_)]),
        "its own now: {effects:?}"
    );
    assert_eq!(next.model.room().pending.len(), 1);
    next.does(Event::Started);
    next.go_online();
    assert_eq!(
        next.model.session.outbox().next().map(|post| post.id),
        Some(id)
    );
    next.entry(1, id, "later");
    assert_eq!(next.model.room().pending.len(), 0);
}

#[test]
fn a_refused_message_stays_with_its_reason_until_one_decides() {
    let mut page = Page::online();
    page.says("too much");
    let id = page.model.room().pending[0].0.id;
    let refusal = Refusal::new(ErrorCode::TextTooLong, "shorter, please");
    let effects = page.hears(&ServerMessage::Error(refusal.in_room(&lobby()).of_post(id)));
    assert_eq!(effects, [], "kept for the next visit too");
    assert_eq!(
        page.model.room().pending[0].1.as_deref(),
        Some("shorter, please")
    );
    assert_eq!(
        posts(&page.does(Event::Retried(id))),
        [id],
        "the same post again"
    );
    assert_eq!(page.model.room().pending[0].1, None);
    assert_eq!(page.does(Event::Discarded(id)), [Effect::ForgetPost(id)]);
    assert!(page.model.room().pending.is_empty());
    assert_eq!(page.model.session.outbox().count(), 0);
}

#[test]
fn stop_stays_stopped_and_start_opens_the_line() {
    let mut page = Page::online();
    assert!(page.does(Event::Stopped).contains(&Effect::Close));
    page.moment.now_ms += 600_000;
    assert_eq!(page.does(Event::Ticked), []);
    assert!(matches!(page.model.session.status(), Status::Stopped(_)));
    assert_eq!(page.does(Event::Started), [Effect::Connect]);
}

#[test]
fn another_log_clears_what_was_shown() {
    let mut page = Page::online();
    page.entry(1, MessageId::new(1, [0; 10]), "old");
    assert_eq!(page.shown(), ["old"]);
    page.does(Event::Closed(None));
    page.moment.now_ms += 30_000;
    page.does(Event::Ticked);
    page.go_online();
    assert_eq!(page.shown(), [""; 0]);
}

#[test]
fn at_the_end_one_sees_what_comes_and_further_up_one_stays_where_one_reads() {
    let mut page = Page::online();
    page.flood(1_000);
    assert_eq!(page.first_and_last_shown(), (901, 1_000));
    page.does(Event::EndLeft);
    page.flood(150);
    assert_eq!(page.first_and_last_shown(), (901, 1_150));
    assert_eq!(page.model.room().below(), 150);
    page.flood(WINDOW_ROWS_MAX as u64);
    assert_eq!(page.first_and_last_shown(), (901, 1_200), "no more rows");
    page.does(Event::EndReached);
    assert_eq!(
        page.model.room().below(),
        450,
        "the last row is not the newest message"
    );
    page.does(Event::LatestWanted);
    assert_eq!(page.first_and_last_shown(), (1_351, 1_450));
    assert_eq!(page.model.room().below(), 0);
}

#[test]
fn the_window_moves_over_the_whole_list_and_back() {
    let mut page = Page::online();
    page.flood(1_000);
    for first in [801, 701, 601, 501, 401, 301, 201, 101, 1, 1] {
        page.does(Event::OlderWanted);
        let last = (first + WINDOW_ROWS_MAX as u64 - 1).min(1_000);
        assert_eq!(page.first_and_last_shown(), (first, last));
    }
    for last in [400, 500, 600, 700, 800, 900, 1_000, 1_000] {
        page.does(Event::NewerWanted);
        let first = last - WINDOW_ROWS_MAX as u64 + 1;
        assert_eq!(page.first_and_last_shown(), (first, last));
    }
    page.does(Event::EndReached);
    page.flood(1);
    assert_eq!(page.first_and_last_shown(), (902, 1_001));
}

#[test]
fn the_oldest_messages_are_forgotten_past_the_bound() {
    let mut page = Page::online();
    let bound = TIMELINE_MESSAGES_MAX as u64;
    page.flood(bound + 10);
    assert_eq!(page.model.room().timeline.len(), TIMELINE_MESSAGES_MAX);
    assert_eq!(
        page.model.room().start,
        Seq(10),
        "what is forgotten can be read again"
    );
}

#[test]
fn a_draft_is_kept_until_it_is_sent() {
    let mut page = Page::online();
    let effects = page.does(Event::Typed("half a th".to_owned()));
    assert!(effects.contains(&Effect::KeepDraft(lobby(), "half a th".to_owned())));
    let effects = page.does(Event::Submitted);
    assert!(effects.contains(&Effect::KeepDraft(lobby(), String::new())));
}

#[test]
fn one_goes_to_a_room_by_its_name() {
    let mut page = Page::online();
    let effects = page.does(Event::RoomWanted(" attic ".to_owned()));
    assert!(effects.contains(&Effect::ShowAddress(room("attic"))));
    assert!(effects.contains(&Effect::KeepRooms(vec![room("attic"), lobby()])));
    assert_eq!(page.model.here, room("attic"));
    page.does(Event::AddressChanged(lobby()));
    assert_eq!(page.model.here, lobby());
    assert_eq!(page.does(Event::RoomWanted("The Attic".to_owned())), []);
    assert!(page.model.notice.is_some());
}

#[test]
fn what_is_said_in_another_room_is_unread_until_one_looks() {
    let mut page = Page::online();
    page.flood(2);
    page.does(Event::Ticked);
    page.does(Event::RoomWanted("attic".to_owned()));
    page.joins("attic");
    page.does(Event::AddressChanged(lobby()));
    page.does(Event::RoomWanted("attic".to_owned()));
    page.flood_in("lobby", 3);
    assert_eq!(page.model.rooms[&lobby()].unread(Some(me())), 3);
    assert_eq!(page.model.unread(), 3);
    page.does(Event::AddressChanged(lobby()));
    assert_eq!(page.model.room().new_from, Some(Seq(3)));
    let effects = page.does(Event::Ticked);
    assert_eq!(effects, [Effect::KeepSeen(lobby(), Seq(5))]);
    assert_eq!(page.model.unread(), 0);
    page.says("so I see");
    assert_eq!(page.model.room().new_from, None, "one has answered");
}

#[test]
fn what_comes_while_nobody_looks_is_marked() {
    let mut page = Page::online();
    page.flood(1);
    page.does(Event::Ticked);
    page.does(Event::Hidden);
    page.flood(2);
    assert_eq!(page.does(Event::Ticked), []);
    assert_eq!(page.model.unread(), 2);
    page.does(Event::Shown);
    assert_eq!(page.model.room().new_from, Some(Seq(2)));
    page.does(Event::Ticked);
    assert_eq!(page.model.unread(), 0);
}

#[test]
fn one_leaves_a_room_but_never_what_one_has_to_say_there() {
    let mut page = Page::online();
    page.does(Event::RoomLeft(lobby()));
    assert_eq!(page.model.here, lobby(), "a page is always somewhere");
    page.does(Event::RoomWanted("attic".to_owned()));
    page.says("not sent yet");
    page.does(Event::RoomLeft(room("attic")));
    assert!(page.model.rooms.contains_key(&room("attic")));
    assert!(page.model.notice.is_some());
    let effects = page.does(Event::RoomLeft(lobby()));
    assert!(effects.contains(&Effect::ForgetRoom(lobby())));
    assert!(effects.contains(&Effect::KeepRooms(vec![room("attic")])));
}

#[test]
fn the_quietest_room_makes_place_for_one_too_many() {
    let mut page = Page::online();
    page.flood(1);
    for n in 1..PAGE_ROOMS_MAX {
        page.does(Event::RoomWanted(format!("room-{n}")));
    }
    assert_eq!(page.model.rooms.len(), PAGE_ROOMS_MAX);
    page.does(Event::RoomWanted("one-more".to_owned()));
    assert_eq!(page.model.rooms.len(), PAGE_ROOMS_MAX);
    assert!(
        page.model.rooms.contains_key(&lobby()),
        "something was said there"
    );
    assert_eq!(page.model.here, room("one-more"));
}

#[test]
fn a_visit_begins_with_the_rooms_of_the_last_one() {
    let rooms = ["attic", "lobby"].map(|name| KnownRoom {
        room: room(name),
        seen: Some(Seq(1)),
        draft: format!("to {name}"),
    });
    let mut page = Page::open();
    page.model = Model::new(Visit {
        here: lobby(),
        rooms: rooms.to_vec(),
        name: name(),
        token: None,
    });
    page.go_online();
    assert_eq!(page.model.room().draft, "to lobby");
    page.joins("attic");
    page.flood_in("attic", 4);
    let unread = page.model.rooms[&room("attic")].unread(Some(me()));
    assert_eq!(unread, 4, "another log, where nothing was seen yet");
}

fn bodies(effects: &[Effect]) -> Vec<Body> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Send(frame) => codec::decode_client(frame).ok(),
        _ => None,
    });
    let bodies = frames.filter_map(|message| match message {
        ClientMessage::Post { body, .. } => Some(body),
        _ => None,
    });
    bodies.collect()
}

#[test]
fn one_edits_the_last_thing_one_said_and_ones_draft_waits() {
    let mut page = Page::online();
    let (id, text) = (MessageId::new(1, [3; 10]), Text::parse("better").unwrap());
    page.entry(1, id, "good");
    page.does(Event::Typed("a draft".to_owned()));
    page.does(Event::EditWanted(None));
    assert_eq!(page.model.room().draft, "good");
    let effects = page.does(Event::Typed("better".to_owned()));
    assert!(!effects.iter().any(|e| matches!(e, Effect::KeepDraft(..))));
    let effects = page.does(Event::Submitted);
    assert_eq!(bodies(&effects), [Body::Edit { target: id, text }]);
    assert_eq!(page.model.room().draft, "a draft");
    page.does(Event::EditWanted(Some(id)));
    let effects = page.does(Event::Submitted);
    assert_eq!(bodies(&effects), [], "nothing is other than it was");
    page.flood(1);
    let of_another = page.model.room().timeline.messages().last().unwrap().id;
    page.does(Event::EditWanted(Some(of_another)));
    assert_eq!(page.model.room().edit, None);
}

#[test]
fn a_reaction_is_taken_back_by_reacting_again() {
    let mut page = Page::online();
    let target = MessageId::new(1, [3; 10]);
    let emoji = Emoji::parse("👍").unwrap();
    page.entry(1, target, "good");
    for (seq, on) in [(2, true), (3, false)] {
        let effects = page.does(Event::Reacted(target, emoji.clone()));
        let body = Body::Reaction {
            target,
            emoji: emoji.clone(),
            on,
        };
        assert_eq!(bodies(&effects), std::slice::from_ref(&body));
        let id = page.model.room().pending[0].0.id;
        page.entry_of(me(), "lobby", (seq, id, body));
    }
}

#[test]
fn a_change_that_can_not_be_is_explained_and_not_kept() {
    let mut page = Page::online();
    page.does(Event::Deleted(MessageId::new(1, [3; 10])));
    let id = page.model.room().pending[0].0.id;
    let refusal = Refusal::new(ErrorCode::TargetUnknown, "it is not here");
    let effects = page.hears(&ServerMessage::Error(refusal.in_room(&lobby()).of_post(id)));
    assert_eq!(effects, [Effect::ForgetPost(id)]);
    assert_eq!(page.model.notice.as_deref(), Some("it is not here"));
    assert!(page.model.room().pending.is_empty());
}

fn found(text: &str) -> ServerMessage {
    let (room, text, entries) = (lobby(), text.to_owned(), Vec::new());
    ServerMessage::Found {
        room,
        text,
        entries,
    }
}

fn searches(effects: &[Effect]) -> Vec<String> {
    let frames = effects.iter().filter_map(|effect| match effect {
        Effect::Send(frame) => codec::decode_client(frame).ok(),
        _ => None,
    });
    let texts = frames.filter_map(|message| match message {
        ClientMessage::Search { text, .. } => Some(text),
        _ => None,
    });
    texts.collect()
}

#[test]
fn one_question_at_a_time_is_asked_however_fast_one_types() {
    let mut page = Page::online();
    let types =
        |page: &mut Page, text: &str| searches(&page.does(Event::Searched(Some(text.to_owned()))));
    assert_eq!(types(&mut page, "n"), ["n"]);
    assert_eq!(types(&mut page, "ne"), [""; 0]);
    assert_eq!(types(&mut page, "nee"), [""; 0]);
    assert_eq!(
        searches(&page.hears(&found("n"))),
        ["nee"],
        "the last one only"
    );
    assert!(!page.model.search.as_ref().unwrap().is_answered());
    assert_eq!(searches(&page.hears(&found("nee"))), [""; 0]);
    assert!(page.model.search.as_ref().unwrap().is_answered());
}

#[test]
fn a_message_far_back_is_read_until_it_can_be_shown() {
    let mut page = Page::open();
    page.does(Event::Started);
    page.does(Event::Opened);
    page.welcomed();
    page.joins_after(1_000);
    let entry = |n: u64| Entry {
        seq: Seq(n),
        prev: Seq(n - 1),
        id: MessageId::new(n, [9; 10]),
        at_ms: 0,
        member: me(),
        name: name(),
        body: Body::Post {
            text: Text::parse(n.to_string()).unwrap(),
        },
    };
    page.does(Event::MessageWanted(MessageId::new(801, [9; 10])));
    for last in [1_000, 900] {
        assert!(page.model.room().reading_back);
        page.hears(&ServerMessage::History {
            room: lobby(),
            before: Seq(last + 1),
            entries: (last - 99..=last).map(entry).collect(),
            more: true,
        });
    }
    assert!(!page.model.room().reading_back, "it is there");
    let (first, last) = page.first_and_last_shown();
    assert!((first..=last).contains(&801), "{first} to {last}");
    page.does(Event::MessageShown);
    assert_eq!(page.model.room().wanted, None);
}

#[test]
fn the_wire_is_seen_only_while_somebody_looks() {
    let mut page = Page::online();
    page.entry(1, MessageId::new(1, [3; 10]), "before");
    assert!(page.model.wire.is_none());
    page.does(Event::Wire(WireEvent::Opened));
    page.entry(2, MessageId::new(2, [3; 10]), "meanwhile");
    let seen = |page: &Page| page.model.wire.as_ref().unwrap().frames().count();
    assert_eq!(seen(&page), 1);
    let by_hand = r#"{"type":"what"}"#.to_owned();
    let effects = page.does(Event::Wire(WireEvent::Sent(by_hand.clone())));
    assert_eq!(effects, [Effect::Send(by_hand)]);
    assert_eq!(seen(&page), 2);
    assert_eq!(page.does(Event::Wire(WireEvent::Cut)), [Effect::Cut]);
    page.does(Event::Closed(None));
    let wire = page.model.wire.as_ref().unwrap();
    assert_eq!(wire.waits_ms.len(), 1, "the wait is drawn");
    page.does(Event::Wire(WireEvent::Closed));
    assert!(page.model.wire.is_none());
}

#[test]
fn words_that_were_searched_for_stand_out() {
    let pieces = |text, words| -> Vec<&str> {
        let pieces = parlor_frontend::search::pieces(text, words);
        let hits = pieces.into_iter().filter(|(_, hit)| *hit == Hit::Word);
        hits.map(|(piece, _)| piece).collect()
    };
    assert_eq!(
        pieces("Needles, and a needle's eye", "need eye"),
        ["Needles", "needle", "eye"]
    );
    assert_eq!(pieces("Ärger über Ämter", "ÄM"), ["Ämter"]);
    assert_eq!(pieces("nothing here", "x"), [""; 0]);
    let whole = parlor_frontend::search::pieces("a <b> c", "b");
    let text: String = whole.iter().map(|(piece, _)| *piece).collect();
    assert_eq!(text, "a <b> c", "nothing is lost");
}

#[test]
fn a_name_is_kept_and_a_bad_one_is_explained() {
    let mut page = Page::online();
    let effects = page.does(Event::Renamed("  Bea ".to_owned()));
    assert!(effects.contains(&Effect::KeepName(Name::parse("Bea").unwrap())));
    assert_eq!(page.does(Event::Renamed("   ".to_owned())), []);
    assert!(page.model.notice.is_some());
    assert_eq!(page.model.name.as_str(), "Bea");
}
