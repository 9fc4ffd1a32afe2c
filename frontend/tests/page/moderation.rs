//! What moderators do, as the page shows it.

use parlor_frontend::{
    model::{
        person::{BanChoice, Erasing, PersonEvent, SavedPeople},
        room_card::RoomCardEvent,
    },
    view_model::{
        message_actions::{MessageAction, actions},
        person::{mutes, person},
    },
};
use parlor_shared::{Moderated, Moderation, Report, Right};

use crate::*;

#[test]
fn lines_say_what_moderators_did_and_to_whom() {
    let mut page = Page::online();
    page.flood(1);
    let mute = |until_ms| Body::Mute {
        member: bob(),
        name: Name::parse("Bob").unwrap(),
        until_ms,
    };
    let at_ms = entry(2, me(), mute(None)).at_ms;
    let bodies = [
        mute(Some(at_ms + 90_000)),
        mute(Some(at_ms + 600_000)),
        mute(Some(at_ms + 86_400_000)),
        mute(Some(at_ms + 7 * 86_400_000)),
        mute(None),
        Body::SlowMode { seconds: 30 },
        Body::SlowMode { seconds: 0 },
    ];
    for (n, body) in bodies.into_iter().enumerate() {
        let seq = n as u64 + 2;
        page.receive_entry(Entry {
            at_ms,
            ..entry(seq, me(), body)
        });
    }
    let lines = [
        "Ann muted Bob for 90 seconds",
        "Ann muted Bob for 10 minutes",
        "Ann muted Bob for 24 hours",
        "Ann muted Bob for 7 days",
        "Ann unmuted Bob",
        "Ann set slow mode: one message every 30 seconds",
        "Ann ended slow mode",
    ];
    assert_eq!(page.row(id(1)).room_changes, lines);
}

#[test]
fn a_message_that_a_moderator_deleted_says_who_did() {
    let mut page = Page::online();
    for n in 1..=2 {
        page.receive_entry(entry(n, bob(), post("rude")));
    }
    page.receive_entry(entry(3, me(), Body::Deletion { target: id(1) }));
    page.receive_entry(entry(4, bob(), Body::Deletion { target: id(2) }));
    let shown = [1, 2].map(|n| {
        let row = page.row(id(n));
        (row.text, row.deleted_by)
    });
    assert_eq!(shown, [(None, Some("Ann".to_owned())), (None, None)]);
}

#[test]
fn a_post_that_waits_for_slow_mode_says_so_until_it_is_sent() {
    let mut page = Page::online();
    let id = post_id(&page.submit("too soon"));
    let refusal = |code| {
        let refusal = Refusal::new(code, "no").in_room(&lobby()).of_post(id);
        ServerMessage::Error(Refusal {
            retry_after_ms: Some(30_000),
            ..refusal
        })
    };
    assert_eq!(page.row(id).delivery, Delivery::Sending);
    page.receive(&refusal(ErrorCode::SlowMode));
    assert_eq!(page.row(id).delivery, Delivery::Slowed);
    page.env.now_ms += 30_000;
    assert_eq!(post_ids(&page.dispatch(Event::Ticked)), [id]);
    page.receive_entry(Entry {
        id,
        ..entry(1, me(), post("too soon"))
    });
    assert_eq!(page.row(id).delivery, Delivery::Sent);
    let next = post_id(&page.submit("muted"));
    let muted = Refusal::new(ErrorCode::Muted, "You are muted.");
    page.receive(&ServerMessage::Error(muted.in_room(&lobby()).of_post(next)));
    let refused = Delivery::Refused("You are muted.".to_owned());
    assert_eq!(page.row(next).delivery, refused);
}

/// What the page asked of the server that stands on no log.
pub(crate) fn asked(effects: &[Effect]) -> Vec<Moderation> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(frame) => codec::decode_client(frame).ok(),
        _ => None,
    });
    sent.filter_map(|message| match message {
        ClientMessage::Moderate(request) => Some(request),
        _ => None,
    })
    .collect()
}

/// The changes that the page posted.
pub(crate) fn posted(effects: &[Effect]) -> Vec<Body> {
    let posts = effects.iter().filter_map(|effect| match effect {
        Effect::SavePost(post) => Some(post.body.clone()),
        _ => None,
    });
    posts.collect()
}

impl Page {
    /// A page whose user moderates the lobby, with a message of Bob's.
    fn moderating() -> Self {
        let mut page = Self::online();
        page.receive_entry(entry(1, bob(), post("rude")));
        page.receive(&ServerMessage::Right {
            room: lobby(),
            right: Right::Moderate,
        });
        page
    }

    pub(crate) fn person(&mut self, event: PersonEvent) -> Vec<Effect> {
        self.dispatch(Event::Person(event))
    }

    fn said(&self) -> String {
        person(&self.model).unwrap().said
    }
}

#[test]
fn a_moderator_may_delete_what_others_wrote_and_nobody_else() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("rude")));
    assert!(!actions(&page.model, id(1)).contains(&MessageAction::Delete));
    let mut page = Page::moderating();
    assert!(actions(&page.model, id(1)).contains(&MessageAction::Delete));
    let effects = page.dispatch(Event::Deleted(id(1)));
    assert_eq!(posted(&effects), [Body::Deletion { target: id(1) }]);
    assert!(!actions(&page.model, id(1)).contains(&MessageAction::Edit));
}

#[test]
fn a_person_is_muted_unmuted_and_banned_from_their_card() {
    let mut page = Page::moderating();
    page.person(PersonEvent::OpenedAt(id(1)));
    let shown = person(&page.model).unwrap();
    assert!(shown.can_moderate && shown.has_message && !shown.is_you && !shown.is_muted);
    let effects = page.person(PersonEvent::Muted(600));
    let [
        Body::Mute {
            member, until_ms, ..
        },
    ] = &posted(&effects)[..]
    else {
        panic!("no mute: {effects:?}")
    };
    let until_ms = until_ms.unwrap();
    assert_eq!(*member, bob());
    assert_eq!(until_ms, page.model.unix_ms + 600_000);
    assert!(page.model.person.is_none(), "the line in the list says it");
    let muted = posted(&effects).remove(0);
    page.receive_entry(Entry {
        id: post_id(&effects),
        ..entry(2, me(), muted)
    });
    assert_eq!(mutes(&page.model).len(), 1);
    let effects = page.person(PersonEvent::Unmuted(bob()));
    assert!(matches!(
        posted(&effects)[..],
        [Body::Mute { until_ms: None, .. }]
    ));

    page.person(PersonEvent::OpenedAt(id(1)));
    let choice = BanChoice {
        seconds: 3_600,
        addresses: true,
        reason: " spam ".to_owned(),
    };
    let effects = page.person(PersonEvent::Banned(choice));
    let [Moderation::Ban { ban, .. }] = &asked(&effects)[..] else {
        panic!("no ban: {effects:?}")
    };
    assert_eq!((ban.member, ban.reason.as_str()), (bob(), "spam"));
    assert!(ban.addresses && !ban.everywhere);
    let (room, bans) = (lobby(), Vec::new());
    page.receive(&ServerMessage::Moderated(Moderated::Bans { room, bans }));
    assert_eq!(page.said(), "Banned.");
}

#[test]
fn a_message_is_reported_and_the_user_is_told() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("rude")));
    page.person(PersonEvent::OpenedAt(id(1)));
    assert!(!person(&page.model).unwrap().can_moderate);
    let effects = page.person(PersonEvent::Reported(" spam ".to_owned()));
    let report = Moderation::Report {
        room: lobby(),
        target: id(1),
        reason: "spam".to_owned(),
    };
    assert_eq!(asked(&effects), [report]);
    let (room, target) = (lobby(), id(1));
    page.receive(&ServerMessage::Moderated(Moderated::Reported {
        room,
        target,
    }));
    assert_eq!(page.said(), "Reported. The moderators will see it.");
    page.dispatch(Event::SocketClosed(Some(1006)));
    page.person(PersonEvent::Reported("again".to_owned()));
    assert!(page.said().contains("offline"), "{}", page.said());
}

#[test]
fn the_rooms_card_shows_a_moderator_the_reports_and_bans() {
    let mut page = Page::moderating();
    let effects = page.dispatch(Event::RoomCard(RoomCardEvent::Opened));
    let room = lobby();
    let expected = [
        Moderation::Reports { room: room.clone() },
        Moderation::Bans { room: room.clone() },
    ];
    assert_eq!(asked(&effects), expected);
    let report = Report {
        report: 7,
        target: id(1),
        member: me(),
        name: Name::parse("Ann").unwrap(),
        at_ms: 0,
        reason: "spam".to_owned(),
    };
    let reports = vec![report];
    page.receive(&ServerMessage::Moderated(Moderated::Reports {
        room,
        reports,
    }));
    assert_eq!(page.model.room().reports.len(), 1);
    let effects = page.person(PersonEvent::Resolved(7));
    let (room, report) = (lobby(), 7);
    assert_eq!(asked(&effects), [Moderation::Resolve { room, report }]);
    let effects = page.person(PersonEvent::SlowModeSet(30));
    assert_eq!(posted(&effects), [Body::SlowMode { seconds: 30 }]);
}

#[test]
fn all_own_messages_are_erased_request_by_request() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("mine")));
    page.person(PersonEvent::OpenedAt(id(1)));
    assert!(person(&page.model).unwrap().is_you);
    let effects = page.person(PersonEvent::EraseRequested);
    assert_eq!(asked(&effects), [Moderation::Erase { before: None }]);
    let erased = |count, next| ServerMessage::Moderated(Moderated::Erased { count, next });
    let effects = page.receive(&erased(50, Some(Seq(7))));
    let before = Some(Seq(7));
    assert_eq!(asked(&effects), [Moderation::Erase { before }]);
    assert_eq!(person(&page.model).unwrap().erased, Some(50));
    page.receive(&erased(2, None));
    assert_eq!(page.said(), "Done: 52 messages deleted.");
}

#[test]
fn the_deletion_of_all_own_messages_goes_on_without_the_card_the_connection_and_the_page() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("mine")));
    page.person(PersonEvent::OpenedAt(id(1)));
    page.person(PersonEvent::EraseRequested);
    page.person(PersonEvent::Closed);
    let erased = |count, next| ServerMessage::Moderated(Moderated::Erased { count, next });
    let effects = page.receive(&erased(50, Some(Seq(7))));
    let go_on = [Moderation::Erase {
        before: Some(Seq(7)),
    }];
    assert_eq!(asked(&effects), go_on);
    assert_eq!(page.notice(), "50 messages deleted…");
    let saved = effects.into_iter().find_map(|effect| match effect {
        Effect::SavePeople(SavedPeople::Erasing(progress)) => Some(progress),
        _ => None,
    });
    let saved = saved.unwrap();

    page.dispatch(Event::SocketClosed(Some(1006)));
    page.env.now_ms += 60_000;
    page.dispatch(Event::Ticked);
    assert_eq!(asked(&page.connect()), go_on, "the answer was lost");
    page.join_empty("lobby");

    let mut next_visit = Page::open();
    assert_eq!(
        asked(&next_visit.person(PersonEvent::ErasingFound(saved))),
        []
    );
    assert_eq!(asked(&next_visit.connect()), go_on);
    next_visit.join_empty("lobby");
    let effects = next_visit.receive(&erased(2, None));
    assert_eq!(next_visit.notice(), "Done: 52 messages deleted.");
    let ended = SavedPeople::Erasing(String::new());
    assert!(effects.contains(&Effect::SavePeople(ended)), "{effects:?}");
    assert_eq!(Erasing::parse(""), None);
    assert_eq!(asked(&next_visit.connect()), [], "nothing is left");
}

#[test]
fn a_moderator_is_told_of_a_new_report_once_and_sees_it_where_the_card_is_open() {
    let mut page = Page::moderating();
    let open = |count| ServerMessage::OpenReports {
        room: lobby(),
        count,
    };
    page.receive(&open(0));
    assert_eq!(page.notice(), "");
    page.receive(&open(1));
    assert_eq!(
        page.notice(),
        "1 open report in #lobby: see the room's details."
    );
    page.dispatch(Event::NoticeDismissed);
    // After a reconnect the server says it again.
    page.receive(&open(1));
    assert_eq!(page.notice(), "");
    page.receive(&open(2));
    page.receive(&open(0));
    assert_eq!(page.notice(), "", "another moderator has closed them");
    page.dispatch(Event::RoomCard(RoomCardEvent::Opened));
    let effects = page.receive(&open(3));
    assert_eq!(asked(&effects), [Moderation::Reports { room: lobby() }]);
    assert_eq!(page.notice(), "");
}
