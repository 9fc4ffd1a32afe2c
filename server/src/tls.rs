//! TLS: the server's certificate, and how another one takes its place without a restart.

use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use parlor_shared::limits::{TLS_HANDSHAKE_MS_MAX, TLS_RELOAD_INTERVAL_MS};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, InconsistentKeys, ServerConfig,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject},
        },
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
    server::TlsStream,
};

/// The protocol that the server speaks below TLS.
const HTTP: &[u8] = b"http/1.1";

/// The answer to a request without TLS. What TLS begins with is no letter.
const PLAIN_HTTP: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 52\r\nconnection: close\r\n\r\nThis server speaks HTTPS here. Ask again with https.";

/// The files of a certificate, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those between it and the authority's.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or is not in PEM.
    #[error("{} can't be read as PEM: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// The file of the certificate has none.
    #[error("{} has no certificate; name a file in PEM with --tls-cert", .0.display())]
    NoCertificate(PathBuf),
    /// The key is of another certificate.
    #[error(
        "the key in {} does not fit the certificate in {}; name the two that belong together with \
         --tls-cert and --tls-key", .0.key.display(), .0.cert.display()
    )]
    Mismatch(TlsFiles),
    /// The two can't be used otherwise.
    #[error("the certificate in {} can't be used: {source}", .path.display())]
    Refused {
        /// The certificate's file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
}

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(crate) fn load(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let current = RwLock::new(Arc::new(read(&files)?));
        Ok(Arc::new(Self { files, current }))
    }

    /// What does the handshakes with it: with whichever is in use when one begins.
    ///
    /// # Errors
    /// [`TlsError::Refused`].
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .map_err(|source| TlsError::Refused {
                path: self.files.cert.clone(),
                source,
            })?;
        let mut config = config
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![HTTP.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Uses what the files have now, from the next handshake on. If that can't be used, the
    /// certificate in use stays.
    fn reload(&self) {
        match read(&self.files) {
            Ok(read) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                if current.cert != read.cert {
                    *current = Arc::new(read);
                    drop(current);
                    tracing::info!("another certificate is in use");
                }
            }
            Err(error) => {
                tracing::error!("{error}. The certificate that was in use before stays in use");
            }
        }
    }

    /// Reloads at every SIGHUP, and once the files have changed and are left alone. Runs for as
    /// long as the server does.
    async fn follow(self: Arc<Self>) {
        let mut hang_up = signal(SignalKind::hangup()).ok();
        let mut loaded = self.changed_at();
        let mut noticed = loaded;
        let mut interval = tokio::time::interval(Duration::from_millis(TLS_RELOAD_INTERVAL_MS));
        loop {
            tokio::select! {
                () = next(&mut hang_up) => {
                    loaded = self.changed_at();
                    self.reload();
                }
                _ = interval.tick() => {
                    // A program that renews a certificate writes two files, one after the other.
                    let now = self.changed_at();
                    if now != loaded && now == noticed {
                        loaded = now;
                        self.reload();
                    }
                    noticed = now;
                }
            }
        }
    }

    /// When each file was changed.
    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        let changed_at = |path| fs::metadata(path).and_then(|file| file.modified()).ok();
        [&self.files.cert, &self.files.key].map(changed_at)
    }
}

/// Follows the files of a certificate, if there is one; see [`Certificate::follow`].
pub(crate) async fn follow(certificate: Option<Arc<Certificate>>) {
    if let Some(certificate) = certificate {
        certificate.follow().await;
    }
}

/// Waits for a signal, if the system could promise it.
async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(current.clone())
    }
}

/// Does the handshake with a client, within [`TLS_HANDSHAKE_MS_MAX`]. A client that speaks HTTP
/// without TLS is told so.
///
/// # Errors
/// What broke the handshake.
pub(crate) async fn accept(
    acceptor: &TlsAcceptor,
    tcp: TcpStream,
) -> io::Result<TlsStream<TcpStream>> {
    let handshake = async {
        let mut first = [0];
        tcp.peek(&mut first).await?;
        if first[0].is_ascii_alphabetic() {
            return refuse_plain(tcp).await;
        }
        acceptor.accept(tcp).await
    };
    let timeout = Duration::from_millis(TLS_HANDSHAKE_MS_MAX);
    tokio::time::timeout(timeout, handshake).await?
}

/// Tells a client to come with TLS, and reads what it has sent: a socket that is closed before
/// loses the answer.
async fn refuse_plain<T>(mut tcp: TcpStream) -> io::Result<T> {
    tcp.write_all(PLAIN_HTTP.as_bytes()).await?;
    tcp.shutdown().await?;
    let mut rest = [0; 1_024];
    while tcp.read(&mut rest).await? > 0 {}
    Err(io::ErrorKind::InvalidData.into())
}

/// The cryptography of the whole program.
pub(crate) fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

fn read(files: &TlsFiles) -> Result<CertifiedKey, TlsError> {
    let unreadable = |path: &PathBuf| {
        let path = path.clone();
        |source| TlsError::Unreadable { path, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(&files.cert))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(files.cert.clone()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable(&files.key))?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|source| {
        if source == rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) {
            return TlsError::Mismatch(files.clone());
        }
        let path = files.cert.clone();
        TlsError::Refused { path, source }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::{net::TcpListener, time::Instant};

    use super::*;

    fn files(folder: &Path, cert: &str, key: &str) -> TlsFiles {
        let files = TlsFiles {
            cert: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        };
        fs::write(&files.cert, cert).unwrap();
        fs::write(&files.key, key).unwrap();
        files
    }

    /// A new certificate and its key.
    fn made() -> (String, String) {
        let names = vec!["localhost".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    fn refusal(files: TlsFiles) -> String {
        Certificate::load(files).unwrap_err().to_string()
    }

    #[test]
    fn a_key_of_another_certificate_and_files_without_one_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let ((cert, key), (_, other)) = (made(), made());
        let error = refusal(files(folder.path(), &cert, &other));
        assert!(
            error.contains("does not fit") && error.contains("--tls-key"),
            "{error}"
        );
        let error = refusal(files(folder.path(), "", &key));
        assert!(error.contains("has no certificate"), "{error}");
        let error = refusal(files(folder.path(), &cert, "nonsense"));
        assert!(error.contains("key.pem"), "{error}");
        let missing = TlsFiles {
            cert: folder.path().join("none.pem"),
            key: folder.path().join("key.pem"),
        };
        assert!(refusal(missing).contains("none.pem"));
        Certificate::load(files(folder.path(), &cert, &key)).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn changed_files_are_used_once_both_are_written_and_a_wrong_pair_never() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = made();
        let certificate = Certificate::load(files(folder.path(), &cert, &key)).unwrap();
        let first = certificate.current.read().unwrap().cert.clone();
        let following = tokio::spawn(certificate.clone().follow());
        let some_looks = Duration::from_millis(5 * TLS_RELOAD_INTERVAL_MS);
        tokio::time::sleep(some_looks).await;

        let (cert, key) = made();
        fs::write(folder.path().join("cert.pem"), &cert).unwrap();
        tokio::time::sleep(some_looks).await;
        assert_eq!(
            certificate.current.read().unwrap().cert,
            first,
            "the key is the old one's"
        );
        fs::write(folder.path().join("key.pem"), &key).unwrap();
        tokio::time::sleep(some_looks).await;
        assert_ne!(certificate.current.read().unwrap().cert, first);
        following.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_given_up_and_one_without_tls_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = made();
        let certificate = Certificate::load(files(folder.path(), &cert, &key)).unwrap();
        let acceptor = certificate.acceptor().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _silent = TcpStream::connect(address).await.unwrap();
        let (tcp, _) = listener.accept().await.unwrap();
        let begun = Instant::now();
        let error = accept(&acceptor, tcp).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begun.elapsed().as_millis() as u64, TLS_HANDSHAKE_MS_MAX);

        let mut plain = TcpStream::connect(address).await.unwrap();
        plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let (tcp, _) = listener.accept().await.unwrap();
        let client = tokio::spawn(async move {
            let mut answer = String::new();
            plain.read_to_string(&mut answer).await.unwrap();
            answer
        });
        accept(&acceptor, tcp).await.unwrap_err();
        let answer = client.await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{answer}"
        );
        assert!(body.contains("HTTPS"), "{answer}");
    }
}
