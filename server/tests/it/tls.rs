//! TLS in the binary: its connections, its certificate, and browsers that come without it.

use std::{
    fs,
    io::{Read, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use parlor_shared::{Seq, limits::REDIRECT_CONNECTIONS_MAX};
use parlor_test_server::{ServerProcess, TestServer};
use tokio_rustls::rustls::{
    self, ClientConfig, RootCertStore, ServerConfig,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tokio_tungstenite::{Connector, connect_async_tls_with_config};

use crate::{
    admin::send,
    client::{Client, PATIENCE, check_chain},
    server::{command, spawn},
    start::complaint,
};

/// A certificate for this machine and its key, in files.
pub(crate) struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    pub(crate) fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Self { folder };
        files.renew();
        files
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts another certificate and its key into the files.
    fn renew(&self) {
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        fs::write(self.path("cert.pem"), made.cert.pem()).unwrap();
        fs::write(self.path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    }

    /// The options that name them.
    fn options(&self) -> [String; 4] {
        let path = |name: &str| self.path(name).display().to_string();
        let [cert, key] = ["cert.pem", "key.pem"].map(path);
        ["--tls-cert".into(), cert, "--tls-key".into(), key]
    }

    /// The configuration of somebody else's server with this certificate.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let cert = CertificateDer::from_pem_file(self.path("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.path("key.pem")).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth();
        Arc::new(config.with_single_cert(vec![cert], key).unwrap())
    }

    /// A client's configuration that trusts the certificate which is in the file now.
    pub(crate) fn trusted(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let cert = CertificateDer::from_pem_file(self.path("cert.pem")).unwrap();
        roots.add(cert).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        // A session that is resumed does not look at the certificate again.
        config.resumption = Resumption::disabled();
        Arc::new(config)
    }
}

fn start(files: &Files, options: &[&str]) -> TestServer {
    let tls = files.options();
    let tls = tls.iter().map(String::as_str);
    let limits = ["--rate-per-second", "0", "--connections-per-address", "0"];
    let all: Vec<&str> = tls.chain(limits).chain(options.iter().copied()).collect();
    TestServer::start_with(&all)
}

/// A client over TLS; `None` if it does not trust the server.
async fn connect(address: SocketAddr, config: Arc<ClientConfig>) -> Option<Client> {
    connect_at(address, config, "/ws").await
}

/// The same, at this path.
pub(crate) async fn connect_at(
    address: SocketAddr,
    config: Arc<ClientConfig>,
    path: &str,
) -> Option<Client> {
    let url = format!("wss://{address}{path}");
    let connector = Some(Connector::Rustls(config));
    let opened = connect_async_tls_with_config(url, None, true, connector).await;
    Some(Client::on(opened.ok()?.0))
}

async fn welcomed(address: SocketAddr, files: &Files, name: &str) -> Client {
    let mut client = connect(address, files.trusted()).await.unwrap();
    client.hello(name).await;
    client
}

/// What a server answers to a request over TLS.
pub(crate) fn get(address: SocketAddr, config: Arc<ClientConfig>, path: &str) -> String {
    let name = ServerName::from(address.ip());
    let session = rustls::ClientConnection::new(config, name).unwrap();
    let tcp = std::net::TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut stream = rustls::StreamOwned::new(session, tcp);
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.to_lowercase()
}

#[actix_web::test]
async fn messages_and_files_come_over_tls_and_the_browser_is_told_to_stay_with_it() {
    let files = Files::make();
    let server = start(&files, &[]);
    let mut ann = welcomed(server.address(), &files, "ann").await;
    let mut bob = welcomed(server.address(), &files, "bob").await;
    for client in [&mut ann, &mut bob] {
        client.join("kitchen").await;
    }
    let id = ann.post("kitchen", "hello over TLS").await;
    assert_eq!(bob.entry().await.id, id);
    let (address, config) = (server.address(), files.trusted());
    let answer = tokio::task::spawn_blocking(move || get(address, config, "/health"));
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(
        answer.contains("strict-transport-security: max-age="),
        "{answer}"
    );
    assert!(answer.ends_with("ok"), "{answer}");
    let mut health = command(tempfile::tempdir().unwrap().path());
    health.args(files.options());
    health.args(["health", &address.to_string()]);
    let said = tokio::task::spawn_blocking(move || health.output().unwrap());
    let said = said.await.unwrap();
    assert_eq!(said.stdout, b"ok\n", "{said:?}");
}

/// More than every buffer between the two holds, while nobody reads: what TLS has encrypted and the
/// system has not taken must not be forgotten.
#[actix_web::test]
async fn a_client_that_reads_late_gets_every_entry_over_tls() {
    let files = Files::make();
    let server = start(&files, &[]);
    let mut late = welcomed(server.address(), &files, "late").await;
    late.join("kitchen").await;
    let mut ann = welcomed(server.address(), &files, "ann").await;
    ann.join("kitchen").await;
    let words = "x".repeat(7_000);
    let count = 2_000;
    for n in 0..count {
        ann.post("kitchen", &format!("{n} {words}")).await;
        ann.entry().await;
    }
    let mut entries = Vec::new();
    while entries.len() < count {
        entries.push(late.entry().await);
    }
    check_chain(Seq::ZERO, &entries);
    ann.post("kitchen", "the last one").await;
    assert_eq!(late.entry().await.prev, entries[count - 1].seq);
}

#[actix_web::test]
async fn without_tls_a_browser_is_sent_to_it_and_at_its_port_told_so() {
    let files = Files::make();
    let server = start(&files, &["--redirect-http", "127.0.0.1:0"]);
    let (redirect, secure) = (server.redirect(), server.address());
    let checks = tokio::task::spawn_blocking(move || {
        let answer = send(redirect, "GET /r/kitchen?at=1", "", "");
        assert_eq!(answer.status, 308, "{answer:?}");
        let location = format!(
            "location: https://127.0.0.1:{}/r/kitchen?at=1",
            secure.port()
        );
        assert!(answer.head.contains(&location), "{answer:?}");
        let answer = send(redirect, "GET /", "host: localhost:80\r\n", "");
        let location = format!("location: https://localhost:{}/\r\n", secure.port());
        assert!(
            format!("{}\r\n", answer.head).contains(&location),
            "{answer:?}"
        );
        let answer = send(secure, "GET /", "", "");
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.body.contains("https"), "{answer:?}");
        let silent: Vec<_> = (0..REDIRECT_CONNECTIONS_MAX + 8)
            .map(|_| std::net::TcpStream::connect(redirect).unwrap())
            .collect();
        assert_eq!(send(redirect, "GET /", "", "").status, 308);
        drop(silent);
    });
    checks.await.unwrap();
}

fn binary(folder: &Path, files: &Files) -> ServerProcess {
    let mut command = command(folder);
    spawn(command.args(files.options()).stderr(Stdio::piped()))
}

#[actix_web::test]
async fn another_certificate_is_used_without_a_restart_and_one_that_fits_not_never() {
    let (folder, files) = (tempfile::tempdir().unwrap(), Files::make());
    let mut server = binary(folder.path(), &files);
    let address = server.address();
    let old = files.trusted();
    let mut inside = connect(address, old.clone()).await.unwrap();
    inside.hello("ann").await;

    // A key of another certificate.
    let key = fs::read(files.path("key.pem")).unwrap();
    files.renew();
    fs::write(files.path("key.pem"), key).unwrap();
    server.hang_up().unwrap();
    let refused = tokio::time::timeout(PATIENCE, async {
        while !server
            .stderr_lines()
            .iter()
            .any(|line| line.contains("does not fit"))
        {
            tokio::task::yield_now().await;
        }
    });
    refused.await.expect("the server says what is wrong");
    assert!(
        connect(address, old.clone()).await.is_some(),
        "the old one stays"
    );

    files.renew();
    server.hang_up().unwrap();
    let renewed = files.trusted();
    let used = tokio::time::timeout(PATIENCE, async {
        while connect(address, renewed.clone()).await.is_none() {}
    });
    used.await.expect("the new one is used");
    assert!(connect(address, old).await.is_none());
    inside.check_alive().await;
}

#[test]
fn a_start_with_a_certificate_that_can_not_be_used_says_why() {
    let (folder, files) = (tempfile::tempdir().unwrap(), Files::make());
    let other = Files::make();
    let [_, cert, _, _] = files.options();
    let [_, _, _, key] = other.options();
    let mut start = command(folder.path());
    let output = start
        .args(["--tls-cert", &cert, "--tls-key", &key])
        .output()
        .unwrap();
    let sentence = complaint(&output, 1);
    assert!(sentence.contains("does not fit"), "{sentence}");
    for alone in ["--tls-cert", "--tls-key"] {
        let output = command(folder.path())
            .args([alone, &cert])
            .output()
            .unwrap();
        let sentence = complaint(&output, 2);
        assert!(sentence.contains("needs tls-"), "{sentence}");
    }
    let redirect = ["--redirect-http", "127.0.0.1:0"];
    let output = command(folder.path()).args(redirect).output().unwrap();
    assert!(complaint(&output, 2).contains("needs tls-cert"));
}
