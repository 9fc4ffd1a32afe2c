//! What the owner of a room decides on the page, and coming in on another device.

use parlor_frontend::{
    model::{
        access::{AccessEvent, InviteChoice},
        person::PersonEvent,
        room_card::RoomCardEvent,
    },
    view_model::{
        access::{Asked, asked as asked_for, entered, of_fragment, reason},
        message_actions::{MessageAction, actions},
        owner::{device_code, given_right, invitation_line, is_device_code_over, member_line},
        person::person,
    },
};
use parlor_shared::{
    Access, AccessSecret, InvitationInfo, InvitationTerms, MemberRight, Moderated, Moderation,
    NewRight, Right, RoomKind,
};

use crate::{
    moderation::{asked, posted},
    *,
};

fn secret(text: &str) -> AccessSecret {
    AccessSecret::try_from(text.to_owned()).unwrap()
}

impl Page {
    /// A page whose user owns the lobby, where Bob has written.
    fn owning() -> Self {
        let mut page = Self::online();
        page.receive_entry(entry(1, bob(), post("hello")));
        page.receive(&ServerMessage::Right {
            room: lobby(),
            right: Right::Own,
        });
        page
    }

    fn decide(&mut self, event: AccessEvent) -> Vec<Effect> {
        self.dispatch(Event::Access(event))
    }

    fn receive_access(&mut self, members: Vec<MemberRight>, invitations: Vec<InvitationInfo>) {
        self.receive(&ServerMessage::Moderated(Moderated::Access {
            room: lobby(),
            members,
            invitations,
            secret: None,
        }));
    }
}

#[test]
fn an_owner_changes_the_kind_of_the_room_and_sees_who_may_what() {
    let mut page = Page::owning();
    let effects = page.dispatch(Event::RoomCard(RoomCardEvent::Opened));
    let ask = Moderation::Access { room: lobby() };
    assert!(asked(&effects).contains(&ask));
    let kind = RoomKind::ReadOnly;
    let effects = page.decide(AccessEvent::KindChosen(kind));
    assert_eq!(posted(&effects), [Body::RoomKind { kind }]);
    assert_eq!(
        posted(&page.decide(AccessEvent::KindChosen(RoomKind::Open))),
        []
    );

    let given = MemberRight {
        member: bob(),
        name: None,
        right: Right::Moderate,
    };
    page.receive_access(vec![given.clone()], vec![]);
    assert_eq!(member_line(&page.model, &given), "Bob: Moderator");
    let effects = page.decide(AccessEvent::RightTaken(bob()));
    let [Moderation::Grant { grant, .. }] = &asked(&effects)[..] else {
        panic!("{effects:?}");
    };
    assert_eq!((grant.member, grant.right), (bob(), None));
}

#[test]
fn an_owner_gives_a_right_in_a_persons_card_and_others_are_not_offered_that() {
    let mut page = Page::owning();
    let effects = page.dispatch(Event::Person(PersonEvent::OpenedAt(id(1))));
    assert_eq!(asked(&effects), [Moderation::Access { room: lobby() }]);
    assert!(person(&page.model).unwrap().can_own);
    assert_eq!(given_right(&page.model), None);
    let right = Some(Right::Moderate);
    let effects = page.decide(AccessEvent::RightGiven(right));
    let grant = NewRight {
        member: bob(),
        name: Name::parse("Bob").unwrap(),
        right,
    };
    let room = lobby();
    assert_eq!(asked(&effects), [Moderation::Grant { room, grant }]);
    let given = MemberRight {
        member: bob(),
        name: None,
        right: Right::Moderate,
    };
    page.receive_access(vec![given], vec![]);
    assert_eq!(given_right(&page.model), Some(Right::Moderate));

    page.receive(&ServerMessage::Right {
        room: lobby(),
        right: Right::Moderate,
    });
    assert!(!person(&page.model).unwrap().can_own);
}

#[test]
fn an_owner_invites_and_takes_it_back() {
    let mut page = Page::owning();
    let choice = InviteChoice {
        right: Right::Post,
        seconds: Some(86_400),
        uses: Some(5),
    };
    let effects = page.decide(AccessEvent::Invited(choice));
    let until_ms = page.model.unix_ms + 86_400_000;
    let invitation = InvitationTerms {
        right: Right::Post,
        until_ms: Some(until_ms),
        uses: Some(5),
    };
    let room = lobby();
    assert_eq!(asked(&effects), [Moderation::Invite { room, invitation }]);
    let made = InvitationInfo {
        invitation: 7,
        right: Right::Post,
        until_ms: Some(until_ms),
        uses: Some(5),
        used: 2,
    };
    let line = invitation_line(&made, until_ms - 86_400_000);
    assert_eq!(line, "May write, used 2 of 5, 24 hours left");
    let for_ever = InvitationInfo {
        until_ms: None,
        uses: None,
        ..made
    };
    assert_eq!(invitation_line(&for_ever, 0), "May write, used 2, for ever");
    let effects = page.decide(AccessEvent::Uninvited(7));
    let (room, invitation) = (lobby(), 7);
    assert_eq!(asked(&effects), [Moderation::Uninvite { room, invitation }]);
}

#[test]
fn the_code_for_another_device_is_shown_until_it_ends() {
    let mut page = Page::owning();
    page.receive_entry(entry(2, me(), post("hello")));
    page.dispatch(Event::Person(PersonEvent::OpenedAt(id(2))));
    let address = "https://chat.example.org/r/lobby#device=".to_owned();
    let effects = page.decide(AccessEvent::DeviceRequested(address.clone()));
    assert_eq!(asked(&effects), [Moderation::Device { address }]);
    assert_eq!(device_code(&page.model), None);
    let shown = |until_ms| {
        ServerMessage::Moderated(Moderated::Device {
            secret: secret("K7PM-2XQ9"),
            until_ms,
            size: 37,
            path: "M4 4.5h7".to_owned(),
        })
    };
    page.receive(&shown(page.model.unix_ms + 1));
    let code = device_code(&page.model).unwrap();
    assert_eq!(code.secret.as_str(), "K7PM-2XQ9");
    page.receive(&shown(page.model.unix_ms));
    assert_eq!(device_code(&page.model), None);
    assert!(is_device_code_over(&page.model));
}

#[test]
fn who_enters_a_code_comes_in_anew_under_the_name_of_their_other_device() {
    let device = Access::Device(secret("K7PM-2XQ9"));
    assert_eq!(
        of_fragment("https://x.example/r/tea#device=K7PM-2XQ9"),
        Some(device.clone())
    );
    assert_eq!(entered(Asked::Code, " K7PM-2XQ9 "), Some(device.clone()));
    let mut page = Page::online();
    page.decide(AccessEvent::CodeChosen);
    assert_eq!(asked_for(&page.model), Some(Asked::Code));
    assert!(reason(&page.model).contains("other device"));
    let effects = page.decide(AccessEvent::Shown(device));
    assert!(effects.contains(&Effect::Close) && effects.contains(&Effect::Connect));
    page.dispatch(Event::SocketOpened);
    let refusal = Refusal::new(ErrorCode::InvitationUnknown, "no such code");
    page.receive(&ServerMessage::Error(refusal));
    assert_eq!(asked_for(&page.model), Some(Asked::Code));
    assert_eq!(reason(&page.model), "no such code");
    // Without a code the page goes on as before.
    let effects = page.decide(AccessEvent::CodeDismissed);
    assert!(effects.contains(&Effect::Connect));
    assert_eq!(asked_for(&page.model), None);
}

#[test]
fn where_nothing_can_be_written_nothing_that_writes_is_offered() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("the news")));
    page.receive(&ServerMessage::Right {
        room: lobby(),
        right: Right::Read,
    });
    let offered = actions(&page.model, id(1));
    assert!(offered.contains(&MessageAction::CopyText) && offered.contains(&MessageAction::Author));
    assert!(
        !offered.iter().any(|action| action.is_written()),
        "{offered:?}"
    );
}

#[test]
fn what_is_refused_is_said_in_the_card_that_covers_the_page() {
    let mut page = Page::owning();
    let refuse = |page: &mut Page| {
        let refusal = Refusal::new(ErrorCode::OutOfRange, "There are too many.");
        page.receive(&ServerMessage::Error(Refusal {
            request: Some(Request::Moderate),
            ..refusal.in_room(&lobby())
        }));
    };
    page.dispatch(Event::Person(PersonEvent::OpenedAt(id(1))));
    refuse(&mut page);
    assert_eq!(person(&page.model).unwrap().said, "There are too many.");
    page.dispatch(Event::Person(PersonEvent::Closed));
    page.dispatch(Event::RoomCard(RoomCardEvent::Opened));
    refuse(&mut page);
    let card = page.model.room_card.as_ref().unwrap();
    assert_eq!(card.error, "There are too many.");
    assert_eq!(page.model.notice, None, "nobody sees it behind the card");
}
