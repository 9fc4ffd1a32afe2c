//! Who may come in: the password, access tokens, and the commands that decide it while the server
//! runs.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use parlor_shared::{
    Access, AccessSecret, AccessToken, ClientMessage, ErrorCode, Right, ServerMessage,
    limits::TRIES_ADDRESS_BURST,
};

use crate::{
    client::{Client, room},
    server::{command, spawn, start_binary},
    start::complaint,
};

/// Runs a command on the log and returns what it prints.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> String {
    let output = command(data).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn set_password(data: &Path, password: &str) {
    let mut child = command(data)
        .arg("password")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take();
    writeln!(input.unwrap(), "{password}").unwrap();
    assert!(child.wait().unwrap().success());
}

pub(crate) fn password(text: &str) -> Option<Access> {
    Some(Access::Password(secret(text)))
}

pub(crate) fn secret(text: &str) -> AccessSecret {
    AccessSecret::try_from(text.to_owned()).unwrap()
}

pub(crate) fn token(text: &str) -> Option<Access> {
    Some(Access::Token(
        AccessToken::try_from(text.trim().to_owned()).unwrap(),
    ))
}

pub(crate) fn with(data: &Path, options: &[&str]) -> Command {
    let mut command = command(data);
    command.args(options);
    command
}

/// The code in a link that was printed.
pub(crate) fn code(printed: &str) -> AccessSecret {
    let (_, rest) = printed.split_once("#invite=").unwrap();
    secret(rest.split_whitespace().next().unwrap())
}

#[actix_web::test]
async fn who_knows_the_password_comes_in_and_needs_it_no_more_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let options = ["--access", "password"];
    let refused = with(&data, &options).output().unwrap();
    assert!(complaint(&refused, 1).contains("`parlor password`"));
    set_password(&data, "open sesame");
    let server = spawn(&mut with(&data, &options));

    let mut ann = Client::connect(server.address()).await;
    ann.say_hello("ann").await;
    ann.refused(ErrorCode::PasswordRequired).await;
    ann.access = password("open says me");
    ann.say_hello("ann").await;
    ann.refused(ErrorCode::PasswordWrong).await;
    ann.access = password("open sesame");
    ann.hello("ann").await;
    assert!(
        matches!(ann.access, Some(Access::Token(_))),
        "a pass in its place"
    );
    ann.join("lobby").await;

    let mut again = Client::connect(server.address()).await;
    again.access.clone_from(&ann.access);
    again.hello("ann").await;
    // Another password: who is inside stays inside, and the pass is worth nothing any more.
    set_password(&data, "another one");
    let mut late = Client::connect(server.address()).await;
    late.access.clone_from(&ann.access);
    loop {
        late.say_hello("ann").await;
        match late.next().await {
            ServerMessage::Error(refusal) => {
                assert_eq!(refusal.code, ErrorCode::AccessExpired);
                break;
            }
            // The server looks once a second.
            ServerMessage::Welcome { .. } => {
                let access = late.access.take();
                late = Client::connect(server.address()).await;
                late.access = access;
            }
            other => panic!("{other:?}"),
        }
    }
    ann.check_alive().await;
}

#[actix_web::test]
async fn passwords_are_tried_at_a_bounded_rate() {
    let folder = tempfile::tempdir().unwrap();
    set_password(folder.path(), "open sesame");
    let server = spawn(&mut with(folder.path(), &["--access", "password"]));
    let mut eve = Client::connect(server.address()).await;
    for _ in 0..TRIES_ADDRESS_BURST.get() {
        eve.access = password("a guess");
        eve.say_hello("eve").await;
        eve.refused(ErrorCode::PasswordWrong).await;
    }
    eve.access = password("open sesame");
    eve.say_hello("eve").await;
    let refused = eve.refused(ErrorCode::RateLimited).await;
    assert!(
        refused.retry && refused.retry_after_ms > Some(1_000),
        "{refused:?}"
    );
}

#[actix_web::test]
async fn a_token_says_who_comes_in_under_which_name_and_with_which_rights() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    start_binary(data).kill().unwrap();
    let server = spawn(&mut with(data, &["--access", "token"]));
    let mut ada = Client::connect(server.address()).await;
    ada.say_hello("eve").await;
    ada.refused(ErrorCode::AccessRequired).await;

    let rights = "team-*=moderate,lobby=read";
    let given = run(data, &["token", "--name", "Ada", "--rights", rights]);
    ada.access = token(&given);
    ada.hello("eve").await;
    ada.join("team-tea").await;
    ada.post("team-tea", "hello").await;
    assert_eq!(ada.entry().await.name.as_str(), "Ada");
    ada.join("lobby").await;
    ada.post("lobby", "hello").await;
    ada.refused(ErrorCode::NotAllowed).await;
    let join = ClientMessage::Join {
        room: room("attic"),
        after: None,
    };
    ada.send(&join).await;
    ada.refused(ErrorCode::NotAllowed).await;
    let name = parlor_shared::Name::parse("Eve").unwrap();
    ada.send(&ClientMessage::Rename { name }).await;
    ada.refused(ErrorCode::NotAllowed).await;

    // A new token on the live connection: its rights apply at once, also where they are less.
    let member = ada.member.to_string();
    let less = run(
        data,
        &["token", "--member", &member, "--rights", "team-*=read"],
    );
    let Some(Access::Token(access)) = token(&less) else {
        unreachable!()
    };
    ada.send(&ClientMessage::Renew { access }).await;
    let is_read = |message: &ServerMessage| {
        matches!(
            message,
            ServerMessage::Right {
                right: Right::Read,
                ..
            }
        )
    };
    ada.until(is_read).await;
    ada.refused(ErrorCode::NotAllowed).await;
    let other = run(data, &["token", "--rights", "*=own"]);
    let Some(Access::Token(access)) = token(&other) else {
        unreachable!()
    };
    ada.send(&ClientMessage::Renew { access }).await;
    ada.refused(ErrorCode::AccessInvalid).await;
    ada.check_alive().await;
}

#[actix_web::test]
async fn a_connection_ends_with_a_code_of_its_own_when_its_token_expires() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    start_binary(data).kill().unwrap();
    let server = spawn(&mut with(data, &["--access", "token"]));
    let mut ada = Client::connect(server.address()).await;
    ada.access = token(&run(data, &["token", "--expires", "3s"]));
    ada.hello("ada").await;
    let frame = ada.closed().await;
    assert_eq!(u16::from(frame.code), 4501);
    let mut late = Client::connect(server.address()).await;
    late.access.clone_from(&ada.access);
    late.say_hello("ada").await;
    late.refused(ErrorCode::AccessExpired).await;
}

#[actix_web::test]
async fn a_token_that_is_no_good_is_refused_by_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let keys = folder.path().join("keys.json");
    let key = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";
    std::fs::write(
        &keys,
        format!(r#"{{"keys":[{{"kty":"oct","kid":"a","k":"{key}"}}]}}"#),
    )
    .unwrap();
    let options = ["--access", "token", "--token-keys", keys.to_str().unwrap()];
    let server = spawn(&mut with(&data, &options));
    let far = 99_999_999_999_u64;
    let cases = [
        (
            format!(r#"{{"sub":"ada","aud":"parlor","exp":{far}}}"#),
            None,
        ),
        (
            format!(r#"{{"sub":"ada","aud":["x","parlor"],"exp":{far}}}"#),
            None,
        ),
        (
            r#"{"sub":"ada","aud":"parlor","exp":1}"#.to_owned(),
            Some(ErrorCode::AccessExpired),
        ),
        (
            format!(r#"{{"sub":"ada","aud":"parlor","exp":{far},"nbf":{far}}}"#),
            Some(ErrorCode::AccessNotYet),
        ),
        (
            format!(r#"{{"sub":"ada","aud":"other","exp":{far}}}"#),
            Some(ErrorCode::AccessInvalid),
        ),
        (
            format!(r#"{{"sub":"ada","exp":{far}}}"#),
            Some(ErrorCode::AccessInvalid),
        ),
        (
            r#"{"sub":"ada","aud":"parlor"}"#.to_owned(),
            Some(ErrorCode::AccessInvalid),
        ),
    ];
    for (claims, expected) in cases {
        let mut ada = Client::connect(server.address()).await;
        ada.access = token(&signed(&claims, b"secret-secret-secret-secret"));
        ada.say_hello("ada").await;
        match expected {
            None => {
                let is_in =
                    |message: &ServerMessage| matches!(message, ServerMessage::Welcome { .. });
                ada.until(is_in).await;
            }
            Some(code) => {
                ada.refused(code).await;
            }
        }
    }
    let mut eve = Client::connect(server.address()).await;
    let claims = format!(r#"{{"sub":"ada","aud":"parlor","exp":{far}}}"#);
    eve.access = token(&signed(&claims, b"another-key-another-key-another"));
    eve.say_hello("eve").await;
    eve.refused(ErrorCode::AccessInvalid).await;
}

/// A JWT with these claims, by a key with the id `a`.
fn signed(claims: &str, key: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use hmac::{Hmac, KeyInit, Mac};
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(r#"{"alg":"HS256","kid":"a"}"#), part(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

#[actix_web::test]
async fn invitations_are_made_listed_and_taken_back_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    start_binary(data).kill().unwrap();
    let server = spawn(&mut with(data, &["--access", "token"]));
    let address = "https://chat.example.org/";
    let link = run(
        data,
        &["invite", "--room", "team", "--uses", "2", "--url", address],
    );
    assert!(
        link.starts_with("https://chat.example.org/r/team#invite="),
        "{link}"
    );
    let mut ann = Client::connect(server.address()).await;
    ann.access = Some(Access::Invitation(code(&link)));
    ann.hello("ann").await;
    ann.join("team").await;
    ann.post("team", "hello").await;
    ann.entry().await;
    // Who was invited comes back without the code.
    ann.reconnected(server.address(), "ann").await;

    let listed = run(data, &["invitations"]);
    let line = listed.lines().find(|line| line.contains("team")).unwrap();
    assert!(
        line.contains("post in team, 1 of 2 uses, expires in 6d"),
        "{line}"
    );
    let (number, _) = line.split_once(':').unwrap();
    run(data, &["uninvite", number]);
    let mut bob = Client::connect(server.address()).await;
    bob.access = Some(Access::Invitation(code(&link)));
    bob.say_hello("bob").await;
    bob.refused(ErrorCode::InvitationUnknown).await;
    let again = command(data).args(["uninvite", number]).output().unwrap();
    assert!(complaint(&again, 1).contains("no invitation"));
    ann.check_alive().await;
}

#[actix_web::test]
async fn who_opens_the_owners_link_first_owns_the_room() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = start_binary(data);
    let link = run(data, &["owner"]);
    let mut ann = Client::connect(server.address()).await;
    ann.access = Some(Access::Invitation(code(&link)));
    ann.hello("ann").await;
    ann.send(&ClientMessage::Join {
        room: room("lobby"),
        after: None,
    })
    .await;
    let owns = |message: &ServerMessage| {
        matches!(
            message,
            ServerMessage::Right {
                right: Right::Own,
                ..
            }
        )
    };
    ann.until(owns).await;
    let mut eve = Client::connect(server.address()).await;
    eve.access = Some(Access::Invitation(code(&link)));
    eve.say_hello("eve").await;
    eve.refused(ErrorCode::InvitationUsedUp).await;
}

#[actix_web::test]
async fn a_token_that_is_taken_back_lets_nobody_in_and_ends_its_connections() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    start_binary(data).kill().unwrap();
    let server = spawn(&mut with(data, &["--access", "token"]));
    let given = command(data).arg("token").output().unwrap();
    let (by_id, said) = (
        String::from_utf8(given.stdout).unwrap(),
        String::from_utf8(given.stderr).unwrap(),
    );
    let (_, id) = said.split_once("--revoke ").unwrap();
    let id = id.split('`').next().unwrap();
    let by_itself = run(data, &["token"]);
    let kept = run(data, &["token"]);
    let mut clients = Vec::new();
    for given in [&by_id, &by_itself, &kept] {
        let mut client = Client::connect(server.address()).await;
        client.access = token(given);
        client.hello("ada").await;
        clients.push(client);
    }
    run(data, &["token", "--revoke", id]);
    run(data, &["token", "--revoke", by_itself.trim()]);
    for client in &mut clients[..2] {
        client.refused(ErrorCode::AccessRevoked).await;
        assert_eq!(u16::from(client.closed().await.code), 4503);
        let mut late = Client::connect(server.address()).await;
        late.access.clone_from(&client.access);
        late.say_hello("ada").await;
        late.refused(ErrorCode::AccessRevoked).await;
    }
    clients[2].check_alive().await;
}
