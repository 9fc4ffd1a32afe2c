//! Servers that speak TLS, and know users by credentials that an operator has signed.

use std::{fs, path::Path, process::Command};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use nkeys::KeyPair;
use parlor_test_server::NatsCluster;
use serde_json::{Value, json};

use crate::{
    client::{Client, text},
    server::{command, spawn},
    start::complaint,
    tls::Files,
};

/// What operators are given, up to the users.
const CONFIG: &str = include_str!("../../../../deploy/nats.conf");

/// A token that says something of `subject`, signed by `issuer`.
fn signed(issuer: &KeyPair, subject: &KeyPair, says: Value) -> String {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({"typ": "JWT", "alg": "ed25519-nkey"}));
    let claims = encode(json!({
        "jti": "test", "iat": 1_760_000_000, "name": "test",
        "iss": issuer.public_key(), "sub": subject.public_key(), "nats": says,
    }));
    let signed = format!("{header}.{claims}");
    let signature = issuer.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Who may do what at servers of one operator.
struct Accounts {
    operator: KeyPair,
    system: KeyPair,
    parlor: KeyPair,
}

impl Accounts {
    fn make() -> Self {
        Self {
            operator: KeyPair::new_operator(),
            system: KeyPair::new_account(),
            parlor: KeyPair::new_account(),
        }
    }

    fn account(&self, account: &KeyPair, stored: i64) -> String {
        let limits = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
            "conn": -1, "leaf": -1, "mem_storage": stored, "disk_storage": stored,
            "streams": stored, "consumer": stored,
        });
        let says = json!({"type": "account", "version": 2, "limits": limits});
        signed(&self.operator, account, says)
    }

    /// The part of the servers' configuration that says whom they know.
    fn config(&self) -> String {
        let operator = json!({"type": "operator", "version": 2});
        let operator = signed(&self.operator, &self.operator, operator);
        let (system, parlor) = (self.system.public_key(), self.parlor.public_key());
        format!(
            "operator: {operator}\nsystem_account: {system}\nresolver: MEMORY\nresolver_preload: {{\n\
             {system}: {}\n{parlor}: {}\n}}\n",
            self.account(&self.system, 0),
            self.account(&self.parlor, -1)
        )
    }

    /// Writes the credentials of a user of this account into a file.
    fn write_user(account: &KeyPair, file: &Path) {
        let user = KeyPair::new_user();
        let says = json!({
            "type": "user", "version": 2, "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1,
        });
        let token = signed(account, &user, says);
        let seed = user.seed().unwrap();
        let text = format!(
            "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        );
        fs::write(file, text).unwrap();
    }
}

#[actix_web::test]
async fn nodes_speak_tls_to_servers_that_know_them_by_credentials() {
    let files = Files::make();
    let accounts = Accounts::make();
    let (given, _) = CONFIG.split_once("\naccounts {").unwrap();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| files.path(name).display().to_string());
    let tls = format!("tls {{ cert_file: \"{cert}\", key_file: \"{key}\" }}\n");
    let config = format!("{given}\n{tls}{}", accounts.config());
    let cluster = NatsCluster::start_as(3, &config).unwrap();
    let urls = (0..3).map(|n| format!("tls://{}", cluster.address(n)));
    let urls = urls.collect::<Vec<_>>().join(",");
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str| place.path().join(name);
    for (account, name) in [
        (&accounts.parlor, "parlor.creds"),
        (&accounts.system, "system.creds"),
        (&KeyPair::new_account(), "stranger.creds"),
    ] {
        Accounts::write_user(account, &file(name));
    }
    let node = |folder: &str, user: &str, trusted: &str| -> Command {
        let mut command = command(&file(folder));
        command
            .arg("--nats-credentials")
            .arg(file(user))
            .arg("--nats-system")
            .arg(file("system.creds"))
            .env("PARLOR_LOG", &urls)
            .env("SSL_CERT_FILE", trusted);
        command
    };
    let nodes = ["one", "two"].map(|folder| spawn(&mut node(folder, "parlor.creds", &cert)));
    let mut clients = Vec::new();
    for node in &nodes {
        let mut client = Client::welcomed(node.address(), "ann").await;
        client.join("lobby").await;
        clients.push(client);
    }
    clients[0].post("lobby", "over TLS").await;
    for client in &mut clients {
        assert_eq!(text(&client.entry().await), "over TLS");
    }

    let refused = node("three", "stranger.creds", &cert).output().unwrap();
    let said = complaint(&refused, 1);
    assert!(said.contains("does not let this node in"), "{said}");
    let seed = fs::read_to_string(file("stranger.creds")).unwrap();
    assert!(
        !seed
            .lines()
            .any(|line| !line.is_empty() && said.contains(line))
    );
    // Somebody else's servers are not taken for these.
    let other = Files::make();
    let other = other.path("cert.pem").display().to_string();
    let refused = node("four", "parlor.creds", &other).output().unwrap();
    let said = complaint(&refused, 1);
    assert!(said.contains("SSL_CERT_FILE"), "{said}");
}
