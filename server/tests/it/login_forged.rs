//! Logins at a provider that says what a test has it say, which a real one never would.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use parlor_shared::limits::LOGINS_MAX;
use parlor_test_server::TestServer;
use serde_json::{Value, json};
use url::Url;

use crate::{
    browser::{Browser, PUBLIC, Page},
    issuer::{Issuer, key_set},
};

/// A provider whose tokens are what the test sets.
struct Forger {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    keys: String,
    /// What is answered to the provider's code; without one, nothing is.
    token: Option<String>,
    /// Who waits for it.
    held: Vec<TcpStream>,
}

impl Forger {
    fn start(keys: &[&Issuer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            keys: key_set(keys),
            ..State::default()
        }));
        let shared = state.clone();
        // Ends with the test's process.
        thread::spawn(move || {
            for tcp in listener.incoming() {
                answer(tcp.unwrap(), address, &shared);
            }
        });
        Self { address, state }
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    fn server(&self) -> TestServer {
        TestServer::start_with(&[
            "--access",
            "token",
            "--url",
            PUBLIC,
            "--fetch-from",
            "127.0.0.1",
            "--oidc-issuer",
            &self.issuer(),
            "--oidc-client-id",
            "parlor",
        ])
    }

    /// What an ID token of this login says.
    fn claims(&self, nonce: &str) -> Value {
        json!({
            "iss": self.issuer(), "sub": "ann", "aud": "parlor", "exp": 99_999_999_999_u64,
            "iat": 1, "nonce": nonce, "name": "Ann",
        })
    }
}

fn answer(mut tcp: TcpStream, address: SocketAddr, state: &Mutex<State>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && tcp.read(&mut byte).unwrap_or(0) > 0 {
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let mut state = state.lock().unwrap();
    let at = |path: &str| format!("http://{address}{path}");
    let body = match request.split(' ').nth(1).unwrap_or_default() {
        "/.well-known/openid-configuration" => json!({
            "issuer": format!("http://{address}"),
            "authorization_endpoint": at("/auth"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
        })
        .to_string(),
        "/keys" => state.keys.clone(),
        _ => match &state.token {
            Some(token) => json!({ "id_token": token, "token_type": "Bearer" }).to_string(),
            None => {
                state.held.push(tcp);
                return;
            }
        },
    };
    drop(state);
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    // What the form had in it is not read: the server may see the end of the connection.
    tcp.write_all((head + &body).as_bytes()).ok();
    tcp.shutdown(std::net::Shutdown::Write).ok();
    tcp.read_to_end(&mut Vec::new()).ok();
}

/// Begins a login; returns its state and nonce.
fn begin(browser: &mut Browser) -> [String; 2] {
    let page = browser.request(&format!("{PUBLIC}/login").parse().unwrap(), None);
    let url: Url = page.location.unwrap().parse().unwrap();
    ["state", "nonce"].map(|wanted| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| name == wanted)
            .unwrap()
            .1
            .into_owned()
    })
}

fn end(browser: &mut Browser, state: &str) -> Page {
    let returned = format!("{PUBLIC}/login/callback?state={state}&code=x");
    browser.request(&returned.parse().unwrap(), None)
}

#[test]
fn an_id_token_counts_only_for_this_client_this_login_and_now() {
    let (key, stranger) = (Issuer::ed("a"), Issuer::ed("a"));
    let forger = Forger::start(&[&key]);
    let server = forger.server();
    let attempt = |signed: &dyn Fn(&Value) -> String, change: &dyn Fn(&mut Value)| {
        let mut browser = Browser::new(server.address());
        let [state, nonce] = begin(&mut browser);
        let mut claims = forger.claims(&nonce);
        change(&mut claims);
        forger.state.lock().unwrap().token = Some(signed(&claims));
        let page = end(&mut browser, &state);
        assert!(
            page.status == 303 || page.body.contains("login_refused"),
            "{page:?}"
        );
        page.status
    };
    let by_key = |claims: &Value| key.sign(claims);
    assert_eq!(attempt(&by_key, &|_| {}), 303);
    let two = json!(["parlor", "other"]);
    let wrong: [(&str, Value); 8] = [
        ("iss", json!("http://evil.example")),
        ("aud", json!("other")),
        ("aud", two.clone()),
        ("azp", json!("other")),
        ("exp", json!(1)),
        ("iat", json!(99_999_999_999_u64)),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
    ];
    for (name, value) in &wrong {
        let status = attempt(&by_key, &|claims| claims[*name] = value.clone());
        assert_eq!(status, 400, "{name}: {value}");
    }
    let for_two = |claims: &mut Value| {
        claims["aud"] = two.clone();
        claims["azp"] = json!("parlor");
    };
    assert_eq!(attempt(&by_key, &for_two), 303);
    // Another key of the same name, a secret that everyone knows, and no signature at all.
    assert_eq!(attempt(&|claims| stranger.sign(claims), &|_| {}), 400);
    let public = key.jwk["x"].as_str().unwrap().as_bytes();
    let confused = Issuer::secret("a", public);
    assert_eq!(attempt(&|claims| confused.sign(claims), &|_| {}), 400);
    let unsigned = |claims: &Value| {
        let signed = key.sign(claims);
        let (message, _) = signed.rsplit_once('.').unwrap();
        format!("{message}.")
    };
    assert_eq!(attempt(&unsigned, &|_| {}), 400);
    // The provider has changed its keys since.
    let new = Issuer::ec("new");
    forger.state.lock().unwrap().keys = key_set(&[&new]);
    assert_eq!(attempt(&|claims| new.sign(claims), &|_| {}), 303);
}

#[test]
fn a_bounded_number_of_logins_ends_at_once() {
    let key = Issuer::ed("a");
    let forger = Forger::start(&[&key]);
    let server = forger.server();
    let address = server.address();
    let ending: Vec<_> = (0..=LOGINS_MAX)
        .map(|_| {
            let mut browser = Browser::new(address);
            let [state, _] = begin(&mut browser);
            thread::spawn(move || end(&mut browser, &state))
        })
        .collect();
    let pages: Vec<Page> = ending.into_iter().map(|end| end.join().unwrap()).collect();
    let busy = pages.iter().filter(|page| page.status == 503).count();
    assert_eq!(busy, 1, "{pages:?}");
    assert!(pages.iter().any(|page| page.body.contains("login_busy")));
    let too_slow = pages.iter().filter(|page| page.status == 502).count();
    assert_eq!(too_slow, LOGINS_MAX);
}

#[test]
fn an_address_begins_a_bounded_number_of_logins() {
    let forger = Forger::start(&[&Issuer::ed("a")]);
    let server = forger.server();
    let address = server.address();
    let begin_many = move || {
        let url = format!("{PUBLIC}/login").parse().unwrap();
        let mut browser = Browser::new(address);
        let statuses = (0..10).map(|_| browser.request(&url, None).status);
        statuses.collect::<Vec<u16>>()
    };
    let threads: Vec<_> = (0..40).map(|_| thread::spawn(begin_many)).collect();
    let statuses: Vec<u16> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    assert!(statuses.contains(&303) && statuses.contains(&429));
}
