//! A server with TLS.

use std::fs;

use parlor_client::{Client, ConfigError, Event, TlsInvalid};
use parlor_test_server::TestServer;

use crate::listener::{Listener, lobby_of, text};

/// A server with a certificate of its own, and that certificate.
fn server(folder: &tempfile::TempDir) -> (TestServer, String) {
    let names = vec!["127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let options = ["--tls-cert", &cert, "--tls-key", &key];
    (TestServer::start_with(&options), made.cert.pem())
}

#[tokio::test]
async fn a_client_that_trusts_the_servers_certificate_talks_over_tls_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let (server, certificate) = server(&folder);
    let url = format!("https://{}/", server.address());
    let config = Client::builder(&url, "ann");
    let trusting = config.clone().root_certificates(&certificate);
    let (ann, events) = trusting.connect_with_events().unwrap();
    let mut listener = Listener(events);
    ann.join("lobby").await.unwrap();
    listener.live().await;
    lobby_of(&ann).post("over TLS").queue().await.unwrap();
    assert_eq!(text(&listener.entry().await), "over TLS");

    let (stranger, events) = config.connect_with_events().unwrap();
    let mut listener = Listener(events);
    listener
        .until(|event| match event {
            Event::Status(parlor_client::Status::Waiting { .. }) => Some(()),
            _ => None,
        })
        .await;
    let error = stranger.last_error().unwrap().to_string();
    assert!(error.contains("certificate"), "{error}");
}

#[tokio::test]
async fn what_is_no_certificate_is_refused() {
    let config = Client::builder("wss://127.0.0.1:1/ws", "ann");
    for pem in ["", "nonsense"] {
        let error = config.clone().root_certificates(pem).connect().unwrap_err();
        assert!(matches!(
            error,
            ConfigError::Tls(TlsInvalid::NoCertificate(_))
        ));
    }
}
