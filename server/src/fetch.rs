//! Fetches what the operator has named by its address: keys of others, and what an OpenID Connect
//! provider says. What webhooks send goes out the same way.
//!
//! A name may lead anywhere, another time than before, and an answer may lead on. So each address
//! is checked after the name was resolved, and the socket is opened to that very address: only to
//! public networks, and to what the operator has listed (`--fetch-from`). Without TLS the server
//! asks only there. Bytes, time and redirects are bounded.

mod error;
mod source;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{
        ACCEPT, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT,
    },
};
use hyper_util::rt::TokioIo;
use parlor_shared::limits::{
    FETCH_ADDRESSES_MAX, FETCH_BYTES_MAX, FETCH_REDIRECTS_MAX, FETCH_TIMEOUT_MS,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{IpAddr as TlsAddress, ServerName},
    },
};
use url::{Host, Position, Url};

use self::source::{is_listed, is_public};
pub use self::{
    error::FetchError,
    source::{FetchAddress, FetchAddressInvalid, FetchSource, FetchSourceInvalid},
};

/// A socket, with TLS or without.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Fetches from public networks, and from what is listed.
pub(crate) struct Fetcher {
    listed: Vec<FetchSource>,
    tls: TlsConnector,
}

/// How long a fetch takes at most, redirects included.
const FETCH_TIME_MAX: Duration = Duration::from_millis(FETCH_TIMEOUT_MS);

/// An answer whose body does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    /// When to come back, as the answer says it.
    pub(crate) retry_after: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// How much of an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// All of it.
    Body,
    /// Its status and its headers: what follows is not waited for.
    Head,
}

/// What is sent along.
pub(crate) type Sent = Request<Full<Bytes>>;

impl Fetcher {
    /// One that trusts the authorities that this machine trusts, and fetches from these besides
    /// public networks.
    ///
    /// # Errors
    /// [`FetchError::NoTls`].
    pub(crate) fn new(listed: Vec<FetchSource>) -> Result<Self, FetchError> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            tracing::warn!(
                "this machine trusts no authority, so nothing can be fetched with TLS; install \
                 ca-certificates, or name a file with SSL_CERT_FILE"
            );
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { listed, tls })
    }

    /// Fetches what stands at an address, and follows where it leads.
    ///
    /// # Errors
    /// [`FetchError`], also where the answer is anything but 200.
    pub(crate) async fn get(&self, address: &FetchAddress) -> Result<Bytes, FetchError> {
        within_time(FETCH_TIME_MAX, self.follow(address.url().clone())).await
    }

    /// Sends a request to an address, whose answer may be any but a redirect: what is sent along
    /// is for that address alone.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(crate) async fn send(
        &self,
        address: &FetchAddress,
        request: Sent,
    ) -> Result<Fetched, FetchError> {
        within_time(FETCH_TIME_MAX, async {
            let (answer, body) = self.exchange(address.url(), request, Wanted::Body).await?;
            let status = answer.status();
            if status.is_redirection() {
                return Err(FetchError::Status(status.as_u16()));
            }
            Ok(Fetched { status, body })
        })
        .await
    }

    /// Sends a request to an address, for whose answer it waits for so long at most, and of whose
    /// answer only the status and the headers count. A redirect is an answer like others: what is
    /// sent along is for that address alone.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(crate) async fn notify(
        &self,
        address: &FetchAddress,
        request: Sent,
        time_max: Duration,
    ) -> Result<Answered, FetchError> {
        within_time(time_max, async {
            let sent = self.exchange(address.url(), request, Wanted::Head);
            let (answer, _) = sent.await?;
            let retry_after = answer.headers().get(RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| value.to_str().ok());
            Ok(Answered {
                status: answer.status(),
                retry_after: retry_after.map(str::to_owned),
            })
        })
        .await
    }

    async fn follow(&self, mut url: Url) -> Result<Bytes, FetchError> {
        for _ in 0..=FETCH_REDIRECTS_MAX {
            let (answer, body) = self.exchange(&url, Sent::default(), Wanted::Body).await?;
            match answer.status() {
                StatusCode::OK => return Ok(body),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => url = next(&url, &answer)?,
                other => return Err(FetchError::Status(other.as_u16())),
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    /// One request and its answer, with its body apart, if that is wanted.
    async fn exchange(
        &self,
        url: &Url,
        mut request: Sent,
        wanted: Wanted,
    ) -> Result<(Response<()>, Bytes), FetchError> {
        let stream = self.connect(url).await?;
        *request.uri_mut() = url[Position::BeforePath..Position::AfterQuery]
            .parse()
            .map_err(|_| FetchError::RedirectInvalid)?;
        let host = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort]);
        let host = host.map_err(|_| FetchError::RedirectInvalid)?;
        let headers = request.headers_mut();
        headers.insert(HOST, host);
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        headers.insert(USER_AGENT, HeaderValue::from_static("parlor"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let answer = async move {
            let answer = sender.send_request(request).await?;
            let (head, body) = answer.into_parts();
            let body = match wanted {
                Wanted::Body => read(body).await?,
                Wanted::Head => Bytes::new(),
            };
            Ok((Response::from_parts(head, ()), body))
        };
        tokio::pin!(answer);
        // The connection does the reading and the writing. It may end first: what it has read is
        // there then.
        tokio::select! {
            answered = &mut answer => answered,
            ended = connection => {
                ended?;
                answer.await
            }
        }
    }

    /// Those of a host's addresses that may be asked: the first [`FETCH_ADDRESSES_MAX`].
    fn choose(
        &self,
        url: &Url,
        mut addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, FetchError> {
        let host = || url.host_str().unwrap_or_default().to_owned();
        let is_listed = |address: &SocketAddr| is_listed(url.domain(), address.ip(), &self.listed);
        addresses.retain(|address| is_listed(address) || is_public(address.ip()));
        if addresses.is_empty() {
            return Err(FetchError::NotPublic { host: host() });
        }
        if !is_encrypted(url) {
            addresses.retain(is_listed);
        }
        if addresses.is_empty() {
            return Err(FetchError::NotEncrypted { host: host() });
        }
        addresses.truncate(FETCH_ADDRESSES_MAX);
        Ok(addresses)
    }

    /// Opens a socket to an address that may be asked.
    async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, FetchError> {
        let named = url.host().ok_or(FetchError::RedirectInvalid)?;
        let host = named.to_string();
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses = match named {
            Host::Ipv4(address) => vec![SocketAddr::from((address, port))],
            Host::Ipv6(address) => vec![SocketAddr::from((address, port))],
            Host::Domain(name) => resolve(name, port).await?,
        };
        let addresses = self.choose(url, addresses)?;
        // An address from the slice is connected to as it is: nothing is resolved again.
        let tcp = match TcpStream::connect(&addresses[..]).await {
            Ok(tcp) => tcp,
            Err(source) => return Err(FetchError::Unreachable { host, source }),
        };
        if !is_encrypted(url) {
            return Ok(Box::new(tcp));
        }
        let name = server_name(url).ok_or(FetchError::RedirectInvalid)?;
        match self.tls.connect(name, tcp).await {
            Ok(tls) => Ok(Box::new(tls)),
            Err(source) => Err(FetchError::Tls { host, source }),
        }
    }
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetcher")
            .field("listed", &self.listed)
            .finish_non_exhaustive()
    }
}

/// A form that is posted.
pub(crate) fn form(fields: &[(&str, &str)]) -> Sent {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(fields);
    posted(text.finish(), "application/x-www-form-urlencoded")
}

/// A text of this media type that is posted.
pub(crate) fn posted(text: String, media_type: &'static str) -> Sent {
    let mut request = Request::new(Full::from(text));
    *request.method_mut() = Method::POST;
    let media_type = HeaderValue::from_static(media_type);
    request.headers_mut().insert(CONTENT_TYPE, media_type);
    request
}

async fn within_time<T>(
    time_max: Duration,
    work: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    let done = tokio::time::timeout(time_max, work).await;
    let seconds = time_max.as_secs();
    done.unwrap_or(Err(FetchError::TooSlow { seconds }))
}

async fn resolve(name: &str, port: u16) -> Result<Vec<SocketAddr>, FetchError> {
    match tokio::net::lookup_host((name, port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(source) => Err(FetchError::Unresolved {
            host: name.to_owned(),
            source,
        }),
    }
}

fn is_encrypted(url: &Url) -> bool {
    url.scheme() == "https"
}

/// Who the certificate has to be for.
fn server_name(url: &Url) -> Option<ServerName<'static>> {
    match url.host()? {
        Host::Domain(name) => ServerName::try_from(name.to_owned()).ok(),
        Host::Ipv4(address) => Some(ServerName::IpAddress(TlsAddress::from(
            std::net::IpAddr::V4(address),
        ))),
        Host::Ipv6(address) => Some(ServerName::IpAddress(TlsAddress::from(
            std::net::IpAddr::V6(address),
        ))),
    }
}

/// Where a redirect leads.
fn next(url: &Url, answer: &Response<()>) -> Result<Url, FetchError> {
    let location = answer.headers().get(LOCATION);
    let location = location.and_then(|location| location.to_str().ok());
    let location = location.and_then(|location| url.join(location).ok());
    let next = location.and_then(|url| FetchAddress::try_from(url).ok());
    Ok(next.ok_or(FetchError::RedirectInvalid)?.0)
}

async fn read(body: Incoming) -> Result<Bytes, FetchError> {
    match Limited::new(body, FETCH_BYTES_MAX).collect().await {
        Ok(read) => Ok(read.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
        Err(error) => Err(match error.downcast::<hyper::Error>() {
            Ok(error) => FetchError::Broken(*error),
            // Only these two.
            Err(_) => FetchError::TooLarge,
        }),
    }
}

#[cfg(test)]
mod tests;
