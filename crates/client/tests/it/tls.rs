//! A server with TLS.

use std::fs;

use parlor_client::{Client, Config, ConfigError, Event, TlsInvalid};
use parlor_test_server::TestServer;

use crate::listener::{Listener, lobby, text};

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
    let config = Config::new(&url, "ann").unwrap();
    let trusting = config.clone().with_root_certificates(&certificate).unwrap();
    let (ann, events) = Client::connect(trusting);
    let mut listener = Listener(events);
    ann.join(&lobby()).await.unwrap();
    listener.live().await;
    ann.post(&lobby(), "over TLS").await.unwrap();
    assert_eq!(text(&listener.entry().await), "over TLS");

    let (stranger, events) = Client::connect(config);
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

#[test]
fn what_is_no_certificate_is_refused() {
    let config = Config::new("wss://127.0.0.1:1/ws", "ann").unwrap();
    for pem in ["", "nonsense"] {
        let error = config.clone().with_root_certificates(pem).unwrap_err();
        assert!(matches!(
            error,
            ConfigError::Tls(TlsInvalid::NoCertificate(_))
        ));
    }
}
