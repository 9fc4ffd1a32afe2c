//! Another device of a member: it comes in by a code that the first one shows, as the same member.

use parlor_shared::{
    Access, AccessSecret, ErrorCode, MemberId, Moderated, Moderation, Right, ServerMessage, Token,
    limits::{DEVICE_ADDRESS_BYTES_MAX, DEVICE_CODE_MS_MAX, TRIES_ADDRESS_BURST},
};
use parlor_test_server::TestServer;

use crate::{
    access::{password, run, secret, set_password, token, with},
    client::Client,
    server::{command, spawn, start_binary},
};

impl Client {
    /// Has a code for another device shown.
    async fn device_code(&mut self) -> AccessSecret {
        let address = "https://chat.example.org/#device=".to_owned();
        self.moderate(Moderation::Device { address }).await;
        match self.moderated().await {
            Moderated::Device { secret, .. } => secret,
            other => panic!("no code: {other:?}"),
        }
    }

    /// Says hello with a code, and returns the member and the name that the server welcomes.
    async fn hello_by(&mut self, code: &AccessSecret) -> Welcomed {
        self.access = Some(Access::Device(code.clone()));
        self.say_hello("anybody").await;
        let mut pass = None;
        loop {
            match self.next().await {
                ServerMessage::Admitted { access, .. } => pass = access,
                ServerMessage::Welcome {
                    member,
                    name,
                    token,
                    ..
                } => {
                    self.access = pass.map(Access::Token);
                    (self.member, self.token) = (member, Some(token.clone()));
                    return Welcomed {
                        member,
                        name: name.to_string(),
                        token,
                    };
                }
                other => panic!("no welcome: {other:?}"),
            }
        }
    }
}

struct Welcomed {
    member: MemberId,
    name: String,
    token: Token,
}

#[actix_web::test]
async fn a_code_lets_another_device_in_as_the_same_member_once() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let address = "https://chat.example.org/#device=".to_owned();
    ann.moderate(Moderation::Device { address }).await;
    let Moderated::Device {
        secret: code,
        until_ms,
        size,
        path,
    } = ann.moderated().await
    else {
        panic!("no code");
    };
    let now_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    assert!(until_ms > now_ms && until_ms <= now_ms + DEVICE_CODE_MS_MAX);
    assert!(size > 30 && path.starts_with("M4 4.5h7"), "{size} {path}");

    // The phone was here before, as somebody else.
    let mut phone = Client::connect(server.address()).await;
    let stranger = Client::welcomed(server.address(), "visitor").await;
    phone.token.clone_from(&stranger.token);
    let welcomed = phone.hello_by(&code).await;
    assert_eq!((welcomed.member, &*welcomed.name), (ann.member, "ann"));
    // From then on its own token proves who it is.
    let mut again = Client::connect(server.address()).await;
    again.token = Some(welcomed.token);
    again.hello("ann").await;
    assert_eq!(again.member, ann.member);

    // It was good for once, and an address that is too long is refused.
    let mut eve = Client::connect(server.address()).await;
    eve.access = Some(Access::Device(code));
    eve.say_hello("eve").await;
    let refused = eve.refused(ErrorCode::InvitationUnknown).await;
    assert!(refused.message.contains("has been used"), "{refused:?}");
    let address = "a".repeat(DEVICE_ADDRESS_BYTES_MAX + 1);
    ann.moderate(Moderation::Device { address }).await;
    ann.refused(ErrorCode::OutOfRange).await;
    ann.check_alive().await;
}

#[actix_web::test]
async fn the_next_code_voids_the_one_before_and_a_code_of_another_server_is_none() {
    let (server, other) = (TestServer::start(), TestServer::start());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let mut bob = Client::welcomed(other.address(), "bob").await;
    let first = ann.device_code().await;
    let second = ann.device_code().await;
    let foreign = bob.device_code().await;
    for code in [first, foreign] {
        let mut phone = Client::connect(server.address()).await;
        phone.access = Some(Access::Device(code));
        phone.say_hello("phone").await;
        phone.refused(ErrorCode::InvitationUnknown).await;
    }
    // A code is read without its hyphen and in any case.
    let typed = second.as_str().replace('-', " ").to_lowercase();
    let mut phone = Client::connect(server.address()).await;
    assert_eq!(phone.hello_by(&secret(&typed)).await.member, ann.member);
}

#[actix_web::test]
async fn codes_are_guessed_at_a_bounded_rate() {
    let folder = tempfile::tempdir().unwrap();
    let server = spawn(&mut command(folder.path()));
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let code = ann.device_code().await;
    let mut eve = Client::connect(server.address()).await;
    for n in 0..TRIES_ADDRESS_BURST.get() {
        eve.access = Some(Access::Device(secret(&format!("2222-222{n}"))));
        eve.say_hello("eve").await;
        eve.refused(ErrorCode::InvitationUnknown).await;
    }
    eve.access = Some(Access::Device(code));
    eve.say_hello("eve").await;
    let refused = eve.refused(ErrorCode::RateLimited).await;
    assert!(refused.retry_after_ms > Some(1_000), "{refused:?}");
}

#[actix_web::test]
async fn a_code_stands_for_the_password_only_while_it_is_the_one_that_let_its_member_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    set_password(data, "open sesame");
    let server = spawn(&mut with(data, &["--access", "password"]));
    let mut ann = Client::connect(server.address()).await;
    ann.access = password("open sesame");
    ann.hello("ann").await;
    let mut phone = Client::connect(server.address()).await;
    let code = ann.device_code().await;
    assert_eq!(phone.hello_by(&code).await.member, ann.member);
    // The phone comes back by what it was given.
    let mut again = phone.reconnected_with_access(server.address(), "ann").await;
    assert_eq!(again.member, ann.member);

    // It is also good for showing a code, until the password changes.
    let code = again.device_code().await;
    set_password(data, "another one");
    loop {
        let mut late = Client::connect(server.address()).await;
        late.access.clone_from(&again.access);
        late.say_hello("ann").await;
        match late.next_but_admitted().await {
            // The server looks once a second.
            ServerMessage::Welcome { .. } => {}
            ServerMessage::Error(refusal) => {
                assert_eq!(refusal.code, ErrorCode::AccessExpired);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let mut eve = Client::connect(server.address()).await;
    eve.access = Some(Access::Device(code));
    eve.say_hello("eve").await;
    eve.refused(ErrorCode::AccessExpired).await;
    ann.check_alive().await;
}

#[actix_web::test]
async fn a_device_has_the_rights_and_the_end_of_the_token_that_let_its_member_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    start_binary(data).kill().unwrap();
    let server = spawn(&mut with(data, &["--access", "token"]));
    let rights = "team=moderate,lobby=read";
    let given = run(data, &["token", "--name", "Ada", "--rights", rights]);
    let mut ada = Client::connect(server.address()).await;
    ada.access = token(&given);
    ada.hello("ada").await;
    let mut phone = Client::connect(server.address()).await;
    let code = ada.device_code().await;
    let welcomed = phone.hello_by(&code).await;
    assert_eq!((welcomed.member, &*welcomed.name), (ada.member, "Ada"));
    let mut again = phone.reconnected_with_access(server.address(), "Ada").await;
    for device in [&mut phone, &mut again] {
        device
            .send(&parlor_shared::ClientMessage::Join {
                room: crate::client::room("team"),
                after: None,
            })
            .await;
        let moderates = |message: &ServerMessage| {
            matches!(
                message,
                ServerMessage::Right {
                    right: Right::Moderate,
                    ..
                }
            )
        };
        device.until(moderates).await;
    }
    // Without a code or a token nobody comes in.
    let mut eve = Client::connect(server.address()).await;
    eve.token.clone_from(&phone.token);
    eve.say_hello("eve").await;
    eve.refused(ErrorCode::AccessRequired).await;
}
