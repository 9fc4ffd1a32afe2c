//! The page's behaviour, without a browser: what happened, and what is known and done then.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets the unexpected fails"
)]

use parlor_frontend::{
    event::{Effect, Event, Moment},
    model::{Model, Visit},
    update::update,
};
use parlor_session::Status;
use parlor_shared::{
    Body, ClientMessage, Entry, Epoch, ErrorCode, JoinOutcome, Limits, MemberId, MessageId, Name,
    Refusal, RoomId, Seq, ServerMessage, Text, Token, codec,
    limits::{TIMELINE_MESSAGES_MAX, WINDOW_ROWS_MAX},
};

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
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
            room: lobby(),
            name: name(),
            token: None,
            outbox: Vec::new(),
            draft: String::new(),
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
        let (after, outcome) = (Seq::ZERO, JoinOutcome::Reset);
        let (room, head, first) = (lobby(), Seq::ZERO, Seq::ZERO);
        self.hears(&ServerMessage::Joined {
            room,
            after,
            head,
            first,
            outcome,
        });
        self.hears(&ServerMessage::Present {
            room: lobby(),
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
        let body = Body::Post {
            text: Text::parse(text).unwrap(),
        };
        let (seq, prev, member, name) = (Seq(seq), Seq(seq - 1), me(), name());
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
            room: lobby(),
            entry,
        })
    }

    fn shown(&self) -> Vec<String> {
        let messages = self.model.window.messages(&self.model.timeline);
        let texts = messages.filter_map(|m| m.text.as_ref());
        texts.map(ToString::to_string).collect()
    }

    /// So many messages of others come, numbered on.
    fn flood(&mut self, count: u64) {
        let head = self.model.newest().0;
        for seq in head + 1..=head + count {
            self.entry(seq, MessageId::new(seq, [9; 10]), &seq.to_string());
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
    assert_eq!((page.model.pending.len(), page.shown().len()), (1, 0));
    let effects = page.entry(1, id, "hello");
    assert!(effects.contains(&Effect::ForgetPost(id)));
    assert_eq!(
        (page.model.pending.len(), page.shown()),
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
    let id = page.model.pending[0].0.id;
    page.moment.now_ms += 30_000;
    assert_eq!(page.does(Event::Ticked), [Effect::Connect]);

    // The next visit begins with it, and sends it.
    let outbox = page.model.session.outbox().cloned().collect();
    let visit = Visit {
        room: lobby(),
        name: name(),
        token: None,
        outbox,
        draft: String::new(),
    };
    let mut next = Page {
        model: Model::new(visit),
        moment: Moment::default(),
        events: 0,
    };
    assert_eq!(next.model.pending.len(), 1);
    next.does(Event::Started);
    next.go_online();
    assert_eq!(
        next.model.session.outbox().next().map(|post| post.id),
        Some(id)
    );
    next.entry(1, id, "later");
    assert_eq!(next.model.pending.len(), 0);
}

#[test]
fn a_refused_message_stays_with_its_reason_until_one_decides() {
    let mut page = Page::online();
    page.says("too much");
    let id = page.model.pending[0].0.id;
    let refusal = Refusal::new(ErrorCode::TextTooLong, "shorter, please");
    let effects = page.hears(&ServerMessage::Error(refusal.in_room(&lobby()).of_post(id)));
    assert!(effects.contains(&Effect::ForgetPost(id)));
    assert_eq!(page.model.pending[0].1.as_deref(), Some("shorter, please"));
    assert_eq!(
        posts(&page.does(Event::Retried(id))),
        [id],
        "the same post again"
    );
    assert_eq!(page.model.pending[0].1, None);
    page.does(Event::Discarded(id));
    assert!(page.model.pending.is_empty());
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
    assert_eq!(page.model.unseen(), 150);
    page.flood(WINDOW_ROWS_MAX as u64);
    assert_eq!(page.first_and_last_shown(), (901, 1_200), "no more rows");
    page.does(Event::EndReached);
    assert_eq!(
        page.model.unseen(),
        450,
        "the last row is not the newest message"
    );
    page.does(Event::LatestWanted);
    assert_eq!(page.first_and_last_shown(), (1_351, 1_450));
    assert_eq!(page.model.unseen(), 0);
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
    assert_eq!(page.model.timeline.len(), TIMELINE_MESSAGES_MAX);
    assert_eq!(
        page.model.start,
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
    let attic = Effect::Visit(RoomId::parse("attic").unwrap());
    assert_eq!(page.does(Event::RoomWanted(" attic ".to_owned())), [attic]);
    assert_eq!(page.does(Event::RoomWanted("The Attic".to_owned())), []);
    assert!(page.model.notice.is_some());
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
