//! Access tokens of others: every algorithm, keys that are confused on purpose, and keys that stand
//! at an address that changes them, is slow or is down.

use std::{fs, net::SocketAddr, path::Path, process::Stdio};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::{
    Access, ClientMessage, ErrorCode, Refusal, ServerMessage,
    limits::{ACCESS_TOKEN_BYTES_MAX, KEYS_ASKS_BURST},
};
use parlor_test_server::{ServerProcess, TestServer};
use serde_json::{Value, json};

use crate::{
    client::Client,
    issuer::{Answer, Issuer, KeysAt, access, claims, key_set},
    server::command,
    start::complaint,
    tls::Files,
};

/// What a server answers that is shown this, as another client each time.
async fn shown(server: &TestServer, access: Option<Access>) -> Result<Client, Refusal> {
    shown_at(server.address(), access).await
}

async fn shown_at(server: SocketAddr, access: Option<Access>) -> Result<Client, Refusal> {
    let mut client = Client::connect(server).await;
    client.access = access;
    client.say_hello("ada").await;
    loop {
        match client.next().await {
            ServerMessage::Welcome { member, token, .. } => {
                (client.member, client.token) = (member, Some(token));
                return Ok(client);
            }
            ServerMessage::Error(refusal) => return Err(refusal),
            _ => {}
        }
    }
}

async fn refused(server: &TestServer, access: Option<Access>) -> Refusal {
    match shown(server, access).await {
        Ok(_) => panic!("it is let in"),
        Err(refusal) => refusal,
    }
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

/// A server that trusts these keys by a file.
fn trusting(folder: &Path, issuers: &[&Issuer]) -> TestServer {
    let file = folder.join("keys.json");
    fs::write(&file, key_set(issuers)).unwrap();
    let file = file.display().to_string();
    TestServer::start_with(&[
        "--access",
        "token",
        "--token-keys",
        &file,
        "--token-issuer",
        "them",
    ])
}

#[actix_web::test]
async fn tokens_of_each_algorithm_are_checked_alike() {
    let folder = tempfile::tempdir().unwrap();
    let issuers = [
        Issuer::rsa("rsa"),
        Issuer::ec("ec"),
        Issuer::ed("ed"),
        Issuer::secret("hs", b"secret-secret-secret-secret"),
    ];
    let server = trusting(folder.path(), &issuers.each_ref());
    let strangers = [
        Issuer::rsa("rsa"),
        Issuer::ec("ec"),
        Issuer::ed("ed"),
        Issuer::secret("hs", b"another-another-another-another"),
    ];
    let far = 99_999_999_999_u64;
    for (issuer, stranger) in issuers.iter().zip(&strangers) {
        let good = with("iss", json!("them"));
        let code = async |claims: Value| {
            let refused = refused(&server, issuer.access(&claims)).await;
            assert!(!refused.retry, "{refused:?}");
            refused.code
        };
        let mut members = Vec::new();
        for _ in 0..2 {
            let client = shown(&server, issuer.access(&good)).await;
            members.push(client.unwrap().member);
        }
        assert_eq!(members[0], members[1], "the same account, the same member");
        let changed = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            claims
        };
        assert_eq!(
            code(changed("exp", json!(1))).await,
            ErrorCode::AccessExpired
        );
        assert_eq!(
            code(changed("nbf", json!(far))).await,
            ErrorCode::AccessNotYet
        );
        assert_eq!(
            code(changed("iat", json!(far))).await,
            ErrorCode::AccessNotYet
        );
        for (name, foreign) in [("aud", json!("other")), ("iss", json!("others"))] {
            assert_eq!(code(changed(name, foreign)).await, ErrorCode::AccessInvalid);
        }
        assert_eq!(code(claims()).await, ErrorCode::AccessInvalid, "no issuer");
        let forged = refused(&server, stranger.access(&good)).await;
        assert_eq!(forged.code, ErrorCode::AccessInvalid);
        // A changed token: the last character of its claims.
        let token = issuer.sign(&good);
        let (claims, signature) = token.rsplit_once('.').unwrap();
        let more = json!({"sub": "ada", "iss": "them", "aud": "parlor", "exp": far, "rights": {"*": "own"}});
        let (header, _) = claims.split_once('.').unwrap();
        let swapped = format!(
            "{header}.{}.{signature}",
            URL_SAFE_NO_PAD.encode(more.to_string())
        );
        let swapped = refused(&server, access(&swapped)).await;
        assert_eq!(swapped.code, ErrorCode::AccessInvalid);
    }
}

#[actix_web::test]
async fn a_public_key_signs_nothing_as_a_secret_and_no_key_another_algorithm() {
    let folder = tempfile::tempdir().unwrap();
    let (rsa, ec, ed) = (Issuer::rsa("rsa"), Issuer::ec("ec"), Issuer::ed("ed"));
    let server = trusting(folder.path(), &[&rsa, &ec, &ed]);
    let good = with("iss", json!("them"));
    for issuer in [&rsa, &ec, &ed] {
        // What everyone knows of the key, taken for the secret of HS256 in each of its forms.
        let jwk = &issuer.jwk;
        let mut secrets = vec![jwk.to_string().into_bytes()];
        for part in ["n", "x"] {
            if let Some(text) = jwk[part].as_str() {
                secrets.push(text.as_bytes().to_vec());
                secrets.push(URL_SAFE_NO_PAD.decode(text).unwrap());
            }
        }
        for secret in secrets {
            let confused = Issuer::secret(&issuer.id, &secret);
            let refused = refused(&server, confused.access(&good)).await;
            assert_eq!(refused.code, ErrorCode::AccessInvalid);
        }
        // No signature at all, and another algorithm of the same key.
        for algorithm in ["none", "RS384", "PS256", "ES384", "HS256"] {
            let header = json!({"alg": algorithm, "kid": issuer.id});
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(&header), part(&good));
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"").unwrap();
            mac.update(message.as_bytes());
            let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
            for signature in [String::new(), signature] {
                let refused = refused(&server, access(&format!("{message}.{signature}"))).await;
                assert_eq!(refused.code, ErrorCode::AccessInvalid, "{algorithm}");
            }
        }
        // Another key's name.
        let elsewhere = Issuer::ec(if issuer.id == "rsa" { "ed" } else { "rsa" });
        let refused = refused(&server, elsewhere.access(&good)).await;
        assert_eq!(refused.code, ErrorCode::AccessInvalid);
    }
}

#[actix_web::test]
async fn a_token_is_at_most_as_long_as_a_token_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let ed = Issuer::ed("ed");
    let server = trusting(folder.path(), &[&ed]);
    let padded = |bytes: usize| {
        let mut good = with("iss", json!("them"));
        good["pad"] = json!("x".repeat(bytes));
        ed.sign(&good)
    };
    let fits = |bytes: &usize| padded(*bytes).len() <= ACCESS_TOKEN_BYTES_MAX;
    let most = (0..ACCESS_TOKEN_BYTES_MAX).take_while(fits).count() - 1;
    assert!(shown(&server, access(&padded(most))).await.is_ok());
    let longer = padded(most + 1);
    let mut eve = Client::connect(server.address()).await;
    let hello = json!({"type": "hello", "protocol": 1, "name": "eve", "access": longer});
    eve.send_text(&hello.to_string()).await;
    eve.refused(ErrorCode::AccessInvalid).await;
}

/// A server that fetches its keys from there.
fn fetching(keys: &KeysAt) -> TestServer {
    TestServer::start_with(&[
        "--access",
        "token",
        "--token-keys",
        &keys.url(),
        "--fetch-from",
        "127.0.0.1",
    ])
}

#[actix_web::test]
async fn keys_at_an_address_are_fetched_again_when_their_issuer_changes_them() {
    let (old, new) = (Issuer::ed("old"), Issuer::ec("new"));
    let keys = KeysAt::start(Answer::Keys(key_set(&[&old])));
    let server = fetching(&keys);
    let mut ada = shown(&server, old.access(&claims())).await.unwrap();
    assert_eq!(keys.requests(), 1);
    keys.set(Answer::Keys(key_set(&[&new])));
    assert!(shown(&server, new.access(&claims())).await.is_ok());
    assert_eq!(keys.requests(), 2);
    let gone = refused(&server, old.access(&claims())).await;
    assert_eq!(gone.code, ErrorCode::AccessInvalid);
    ada.check_alive().await;
    // On a live connection a new key is found as well.
    let newest = Issuer::ed("newest");
    keys.set(Answer::Keys(key_set(&[&new, &newest])));
    let Some(Access::Token(access)) = newest.access(&claims()) else {
        unreachable!()
    };
    ada.send(&ClientMessage::Renew { access }).await;
    let is_taken = |message: &ServerMessage| matches!(message, ServerMessage::Admitted { .. });
    ada.until(is_taken).await;
}

#[actix_web::test]
async fn tokens_of_unknown_keys_have_the_keys_fetched_at_a_bounded_rate() {
    let known = Issuer::ed("known");
    let keys = KeysAt::start(Answer::Keys(key_set(&[&known])));
    let server = fetching(&keys);
    for n in 0..3 * KEYS_ASKS_BURST.get() {
        let unknown = Issuer::ed(&format!("unknown-{n}"));
        let refused = refused(&server, unknown.access(&claims())).await;
        assert_eq!(refused.code, ErrorCode::AccessInvalid);
    }
    // What is no token at all, or a forged one of a known key, has nothing fetched.
    for forged in [access("nonsense"), Issuer::ed("known").access(&claims())] {
        assert_eq!(
            refused(&server, forged).await.code,
            ErrorCode::AccessInvalid
        );
    }
    assert_eq!(keys.requests(), 1 + KEYS_ASKS_BURST.get() as usize);
    assert!(shown(&server, known.access(&claims())).await.is_ok());
}

#[actix_web::test]
async fn while_the_address_is_down_or_slow_the_last_keys_count() {
    let (known, new) = (Issuer::rsa("known"), Issuer::ed("new"));
    let keys = KeysAt::start(Answer::Keys(key_set(&[&known])));
    let server = fetching(&keys);
    let mut ada = shown(&server, known.access(&claims())).await.unwrap();
    for answer in [
        Answer::Down,
        Answer::Keys("<html>Back soon</html>".to_owned()),
        Answer::Keys(r#"{"keys":[]}"#.to_owned()),
        Answer::Nothing,
    ] {
        keys.set(answer);
        let waiting = refused(&server, new.access(&claims()));
        let in_the_meantime = async {
            assert!(shown(&server, known.access(&claims())).await.is_ok());
            ada.check_alive().await;
        };
        let (unknown, ()) = tokio::join!(waiting, in_the_meantime);
        assert_eq!(unknown.code, ErrorCode::AccessInvalid);
    }
}

#[actix_web::test]
async fn a_server_starts_while_the_address_is_down_and_says_so_to_who_shows_a_token() {
    let issuer = Issuer::ed("a");
    let keys = KeysAt::start(Answer::Down);
    let server = fetching(&keys);
    let later = refused(&server, issuer.access(&claims())).await;
    assert_eq!(later.code, ErrorCode::Busy);
    assert!(later.retry, "{later:?}");
    keys.set(Answer::Keys(key_set(&[&issuer])));
    assert!(shown(&server, issuer.access(&claims())).await.is_ok());
}

#[actix_web::test]
async fn keys_are_fetched_with_tls_from_whom_this_machine_trusts() {
    let issuer = Issuer::ed("a");
    let (trusted, stranger) = (Files::make(), Files::make());
    for (files, is_trusted) in [(&trusted, true), (&stranger, false)] {
        let answer = Answer::Keys(key_set(&[&issuer]));
        let keys = KeysAt::start_with_tls(answer, files.server());
        let url = format!("https://{}/keys", keys.address);
        let folder = tempfile::tempdir().unwrap();
        let mut server = command(folder.path());
        server
            .args(["--access", "token", "--fetch-from", "127.0.0.1"])
            .args(["--token-keys", &url])
            // The authorities of the machine.
            .env("SSL_CERT_FILE", trusted.path("cert.pem"))
            .stderr(Stdio::null());
        let server = ServerProcess::spawn(&mut server).unwrap();
        match shown_at(server.address(), issuer.access(&claims())).await {
            Ok(_) => assert!(is_trusted, "a stranger's keys count"),
            Err(refused) => {
                assert_eq!((is_trusted, refused.code), (false, ErrorCode::Busy));
            }
        }
    }
}

#[actix_web::test]
async fn a_secret_that_everyone_can_fetch_lets_nobody_in() {
    let (secret, public) = (
        Issuer::secret("hs", b"not-so-secret-secret"),
        Issuer::ed("ed"),
    );
    let keys = KeysAt::start(Answer::Keys(key_set(&[&secret, &public])));
    let server = fetching(&keys);
    let refused = refused(&server, secret.access(&claims())).await;
    assert_eq!(refused.code, ErrorCode::AccessInvalid);
    assert!(shown(&server, public.access(&claims())).await.is_ok());
}

#[test]
fn keys_on_this_machine_are_fetched_only_if_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeysAt::start(Answer::Down);
    let mut server = command(folder.path());
    server.args(["--access", "token", "--token-keys", &keys.url()]);
    let output = server.output().unwrap();
    let said = complaint(&output, 1);
    assert!(
        said.contains("--fetch-from") && said.contains("127.0.0.1"),
        "{said}"
    );
    assert_eq!(keys.requests(), 0);
    // With it, an address that is down is no reason not to start.
    server
        .args(["--fetch-from", "127.0.0.1"])
        .stderr(Stdio::null());
    drop(ServerProcess::spawn(&mut server).unwrap());
    assert_eq!(keys.requests(), 1);
}
