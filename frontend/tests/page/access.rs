//! The page where the server does not let the user in, and where they may only read.

use parlor_frontend::{
    event::{Effect, Event},
    model::access::AccessEvent,
    view_model::{
        access::{Asked, asked, entered, of_fragment, reason},
        composer::{is_read_only, placeholder},
        status::notice_text,
    },
};
use parlor_shared::{
    Access, AccessSecret, AccessToken, ErrorCode, Refusal, Request, Right, ServerMessage,
    close::CloseCode,
};

use crate::{Page, lobby};

fn secret(text: &str) -> AccessSecret {
    AccessSecret::try_from(text.to_owned()).unwrap()
}

fn refuse(page: &mut Page, code: ErrorCode, why: &str) -> Vec<Effect> {
    page.receive(&ServerMessage::Error(Refusal::new(code, why)))
}

#[test]
fn the_user_is_asked_for_the_password_once_and_the_page_keeps_what_it_was_exchanged_for() {
    let mut page = Page::open();
    page.dispatch(Event::ConnectRequested);
    page.dispatch(Event::SocketOpened);
    let effects = refuse(&mut page, ErrorCode::PasswordRequired, "It has a password.");
    assert!(effects.contains(&Effect::Close));
    assert_eq!(asked(&page.model), Some(Asked::Password));
    assert_eq!(reason(&page.model), "It has a password.");

    let access = entered(Asked::Password, "open sesame").unwrap();
    let effects = page.dispatch(Event::Access(AccessEvent::Shown(access)));
    assert!(effects.contains(&Effect::Connect));
    assert_eq!(asked(&page.model), None);
    let effects = page.dispatch(Event::SocketOpened);
    let says_it =
        |effect: &Effect| matches!(effect, Effect::Send(frame) if frame.contains("open sesame"));
    assert!(effects.iter().any(says_it));
    let pass = AccessToken::try_from("a.b.c".to_owned()).unwrap();
    let effects = page.receive(&ServerMessage::Admitted {
        access: Some(pass.clone()),
        expires_at_ms: None,
    });
    assert!(effects.contains(&Effect::SaveAccess(Some(pass))));
}

#[test]
fn a_wrong_password_is_said_and_asked_for_again() {
    let mut page = Page::open();
    page.dispatch(Event::ConnectRequested);
    page.dispatch(Event::SocketOpened);
    refuse(&mut page, ErrorCode::PasswordWrong, "That is wrong.");
    assert_eq!(asked(&page.model), Some(Asked::Password));
    assert_eq!(reason(&page.model), "That is wrong.");
    refuse(&mut page, ErrorCode::InvitationUsedUp, "late");
    assert_eq!(
        asked(&page.model),
        Some(Asked::Password),
        "the page has closed"
    );
}

#[test]
fn an_invitation_is_read_from_its_link() {
    let invitation = Some(Access::Invitation(secret("Zq3_x-9")));
    let link = "https://chat.example.org/r/team#invite=Zq3_x-9";
    assert_eq!(of_fragment(link), invitation);
    assert_eq!(entered(Asked::Invitation, &format!(" {link} ")), invitation);
    assert_eq!(entered(Asked::Invitation, "Zq3_x-9"), invitation);
    assert_eq!(entered(Asked::Invitation, " "), None);
    assert_eq!(of_fragment("#other=1"), None);
}

#[test]
fn where_the_user_may_only_read_the_field_says_so() {
    let mut page = Page::online();
    assert!(!is_read_only(&page.model));
    let right = |right| ServerMessage::Right {
        room: lobby(),
        right,
    };
    page.receive(&right(Right::Read));
    assert!(is_read_only(&page.model));
    assert_eq!(placeholder(&page.model), "You can read here, and not post");
    page.receive(&right(Right::Moderate));
    assert!(!is_read_only(&page.model));
}

#[test]
fn where_people_log_in_the_page_offers_that_beside_an_invitation() {
    let mut page = Page::open();
    page.dispatch(Event::ConnectRequested);
    page.dispatch(Event::SocketOpened);
    refuse(&mut page, ErrorCode::LoginRequired, "Sign in.");
    assert_eq!(asked(&page.model), Some(Asked::Login));
    assert_eq!(reason(&page.model), "Sign in.");
    let link = "https://chat.example.org/r/team#invite=Zq3_x-9";
    let invitation = Some(Access::Invitation(secret("Zq3_x-9")));
    assert_eq!(entered(Asked::Login, link), invitation);
    // What a login ends with is in the address.
    let token = AccessToken::try_from("a.b.c".to_owned()).unwrap();
    let shown = of_fragment("https://chat.example.org/r/team#login=a.b.c");
    assert_eq!(shown, Some(Access::Token(token)));
}

#[test]
fn where_a_code_is_tried_too_often_the_page_says_so_until_the_user_is_in() {
    let mut page = Page::open();
    page.dispatch(Event::ConnectRequested);
    page.dispatch(Event::SocketOpened);
    page.receive(&ServerMessage::Error(Refusal {
        retry_after_ms: Some(1_000),
        ..Refusal::new(ErrorCode::RateLimited, "Too many tries.")
    }));
    assert_eq!(notice_text(&page.model), "Too many tries.");
    page.connect();
    assert_eq!(notice_text(&page.model), "");
}

#[test]
fn who_is_banned_reads_why_and_writes_nothing_that_nobody_will_get() {
    let mut page = Page::online();
    page.receive(&ServerMessage::Error(Refusal {
        request: Some(Request::Join),
        ..Refusal::new(ErrorCode::Banned, "You are banned: spam.").in_room(&lobby())
    }));
    assert!(is_read_only(&page.model));
    assert_eq!(placeholder(&page.model), "You are banned: spam.");
    let mut page = Page::online();
    page.dispatch(Event::SocketClosed(Some(CloseCode::Banned.number())));
    assert!(is_read_only(&page.model), "banned from the server");
    assert_eq!(placeholder(&page.model), "Disconnected");
}

#[test]
fn whose_access_ends_is_told_so_and_asked_for_another() {
    for (code, refused) in [
        (CloseCode::AccessExpired, ErrorCode::AccessExpired),
        (CloseCode::AccessRevoked, ErrorCode::AccessRevoked),
    ] {
        let mut page = Page::online();
        page.receive(&ServerMessage::Admitted {
            access: AccessToken::try_from("a.b.c".to_owned()).ok(),
            expires_at_ms: None,
        });
        let effects = page.dispatch(Event::SocketClosed(Some(code.number())));
        assert!(
            effects.contains(&Effect::Connect),
            "to hear what is missing"
        );
        page.dispatch(Event::SocketOpened);
        refuse(&mut page, refused, "It has ended.");
        refuse(&mut page, ErrorCode::LoginRequired, "Sign in.");
        assert_eq!(asked(&page.model), Some(Asked::Login));
        assert_eq!(reason(&page.model), "It has ended.");
    }
}
