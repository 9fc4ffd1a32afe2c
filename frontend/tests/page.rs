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
}

impl Page {
    fn open() -> Self {
        let visit = Visit {
            room: lobby(),
            name: name(),
            token: None,
            outbox: Vec::new(),
        };
        Self {
            model: Model::new(visit),
            moment: Moment::default(),
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
        self.moment.random[9] += 1;
        update(&mut self.model, event, self.moment)
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
        let texts = self
            .model
            .timeline
            .messages()
            .filter_map(|m| m.text.as_ref());
        texts.map(ToString::to_string).collect()
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
    let effects = page.does(Event::Submitted("hello".to_owned()));
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
    let effects = page.does(Event::Submitted("later".to_owned()));
    assert!(
        matches!(effects[..], [Effect::KeepPost(_)]),
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
    };
    let mut next = Page {
        model: Model::new(visit),
        moment: Moment::default(),
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
    page.does(Event::Submitted("too much".to_owned()));
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
fn a_name_is_kept_and_a_bad_one_is_explained() {
    let mut page = Page::online();
    let effects = page.does(Event::Renamed("  Bea ".to_owned()));
    assert!(effects.contains(&Effect::KeepName(Name::parse("Bea").unwrap())));
    assert_eq!(page.does(Event::Renamed("   ".to_owned())), []);
    assert!(page.model.notice.is_some());
    assert_eq!(page.model.name.as_str(), "Bea");
}
