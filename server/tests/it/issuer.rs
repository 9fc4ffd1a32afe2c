//! Somebody else who signs access tokens, and where their keys stand.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use parlor_shared::{Access, AccessToken};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What stands before the RSA key of 2,048 bits in PKCS #8.
const PKCS8_RSA_HEADER_BYTES: usize = 26;

/// A key, and the algorithm that it signs with.
pub(crate) struct Issuer {
    pub(crate) id: String,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
    /// As others are told it.
    pub(crate) jwk: Value,
}

impl Issuer {
    pub(crate) fn rsa(id: &str) -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let key = EncodingKey::from_rsa_der(&pair.serialize_der()[PKCS8_RSA_HEADER_BYTES..]);
        Self::of_key(id, Algorithm::RS256, key)
    }

    pub(crate) fn ec(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        Self::of_key(id, Algorithm::ES256, key)
    }

    pub(crate) fn ed(id: &str) -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let public = URL_SAFE_NO_PAD.encode(pair.public_key_raw());
        Self {
            id: id.to_owned(),
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(&pair.serialize_der()),
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": public}),
        }
    }

    pub(crate) fn secret(id: &str, secret: &[u8]) -> Self {
        Self::of_key(id, Algorithm::HS256, EncodingKey::from_secret(secret))
    }

    fn of_key(id: &str, algorithm: Algorithm, key: EncodingKey) -> Self {
        let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
        jwk.common.key_id = Some(id.to_owned());
        Self {
            id: id.to_owned(),
            algorithm,
            key,
            jwk: serde_json::to_value(jwk).unwrap(),
        }
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        encode(&header, claims, &self.key).unwrap()
    }

    /// The same, as a client shows it.
    pub(crate) fn access(&self, claims: &Value) -> Option<Access> {
        access(&self.sign(claims))
    }
}

pub(crate) fn access(token: &str) -> Option<Access> {
    let token = AccessToken::try_from(token.to_owned()).unwrap();
    Some(Access::Token(token))
}

/// Claims that are good everywhere.
pub(crate) fn claims() -> Value {
    json!({"sub": "ada", "aud": "parlor", "exp": 99_999_999_999_u64})
}

/// The set of these keys.
pub(crate) fn key_set(issuers: &[&Issuer]) -> String {
    let keys: Vec<&Value> = issuers.iter().map(|issuer| &issuer.jwk).collect();
    json!({ "keys": keys }).to_string()
}

/// An address with a key set.
pub(crate) struct KeysAt {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    answer: Answer,
    requests: usize,
    /// Requests that are not answered.
    held: Vec<Box<dyn Send>>,
}

/// What a request is answered with.
#[derive(Default, Clone)]
pub(crate) enum Answer {
    #[default]
    Nothing,
    Keys(String),
    Down,
}

impl KeysAt {
    pub(crate) fn start(answer: Answer) -> Self {
        Self::listen(answer, serve)
    }

    /// An address with TLS, of which this is the certificate.
    pub(crate) fn start_with_tls(answer: Answer, tls: Arc<ServerConfig>) -> Self {
        Self::listen(answer, move |tcp, state| {
            let connection = ServerConnection::new(tls.clone()).unwrap();
            serve(StreamOwned::new(connection, tcp), state);
        })
    }

    fn listen(answer: Answer, serve: impl Fn(TcpStream, &Mutex<State>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            answer,
            ..State::default()
        }));
        let shared = state.clone();
        // Ends with the test's process.
        thread::spawn(move || {
            for tcp in listener.incoming() {
                serve(tcp.unwrap(), &shared);
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    pub(crate) fn set(&self, answer: Answer) {
        self.state.lock().unwrap().answer = answer;
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }
}

fn serve(mut peer: impl Read + Write + Send + 'static, state: &Mutex<State>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && peer.read(&mut byte).unwrap_or(0) > 0 {
        request.push(byte[0]);
    }
    let mut state = state.lock().unwrap();
    state.requests += 1;
    let (status, body) = match &state.answer {
        Answer::Nothing => {
            state.held.push(Box::new(peer));
            return;
        }
        Answer::Keys(keys) => ("200 OK", keys.clone()),
        Answer::Down => ("503 Down", String::new()),
    };
    drop(state);
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    // The server may have given up.
    peer.write_all(answer.as_bytes()).ok();
}
