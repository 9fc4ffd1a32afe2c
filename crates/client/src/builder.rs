//! How a client connects, and as whom.

use std::{future::Future, io, path::PathBuf, sync::Arc};

use parlor_session::{OutboxPost, SessionConfig};
use parlor_shared::{Access, AccessToken, ClientInfo, Name, TextInvalid, Token};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, mpsc, watch},
};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    access::{AccessFailed, AccessSource},
    address::{Address, AddressInvalid},
    client::Client,
    command::Handle,
    connection::Target,
    dial::Dialer,
    driver::{Driver, DriverConfig},
    events::Events,
    limits::{COMMANDS_MAX, EVENTS_MAX, HEADERS_MAX},
    saver::Saver,
    state::{StateError, StateFile},
    status::{Connected, ConnectionStatus},
    tls::{Tls, TlsInvalid},
};

/// Why a client can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address is invalid.
    #[error(transparent)]
    Address(#[from] AddressInvalid),
    /// The name is invalid.
    #[error(transparent)]
    Name(#[from] TextInvalid),
    /// TLS can't be used, or a certificate is invalid.
    #[error(transparent)]
    Tls(#[from] TlsInvalid),
    /// The header is invalid, or one of the handshake's own, or there are too many.
    #[error(
        "'{0}' can't be a header of the handshake. Take another name, a value of one line, and at \
         most {HEADERS_MAX} headers."
    )]
    Header(String),
    /// The state file can't be used.
    #[error(transparent)]
    State(#[from] StateError),
}

/// How a client connects, and as whom. [`Client::builder`] makes one.
///
/// Nothing is checked before [`connect`](Self::connect).
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `connect`"]
pub struct ClientBuilder {
    url: String,
    name: String,
    token: Option<Token>,
    access: Option<Access>,
    access_source: Option<AccessSource>,
    client: ClientInfo,
    outbox: Vec<OutboxPost>,
    headers: Vec<Header>,
    root_certificates: Vec<String>,
    dialer: Option<Dialer>,
    state_file: Option<PathBuf>,
}

#[derive(Debug, Clone)]
struct Header {
    name: String,
    value: String,
}

impl Client {
    /// Starts a client of the server at `url`, named `name`, which connects now and reconnects
    /// whenever the connection is lost. It becomes a new member. Returns at once:
    /// [`Client::online`] waits for the server.
    ///
    /// # Errors
    /// [`ConfigError`] if the address or the name is invalid.
    ///
    /// # Panics
    /// If called outside of a tokio runtime.
    pub fn connect(url: &str, name: &str) -> Result<Self, ConfigError> {
        Self::builder(url, name).connect()
    }

    /// A client of the server at `url`, named `name`, with options. The address is that of the page
    /// (`https://chat.example.org/`) or that of the WebSocket (`wss://chat.example.org/ws`).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use parlor_client::Client;
    ///
    /// let client = Client::builder("https://chat.example.org/", "Deploy bot")
    ///     .state_file("deploy-bot.json") // the same member, and nothing lost, after a restart
    ///     .header("Authorization", "Basic Ym90OnNlY3JldA==") // for a proxy in front of it
    ///     .connect()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(url: impl Into<String>, name: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            url: url.into(),
            name: name.into(),
            token: None,
            access: None,
            access_source: None,
            client: ClientInfo {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            outbox: Vec::new(),
            headers: Vec::new(),
            root_certificates: Vec::new(),
            dialer: None,
            state_file: None,
        }
    }
}

impl ClientBuilder {
    /// Makes the client the member whose token this is, from an earlier
    /// [`Welcome`](crate::Welcome). A state file keeps it by itself.
    pub fn token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    /// Shows this to the server to come in: a token, a password or the code of an invitation.
    pub fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// Fetches an access token by this function whenever the server asks for one, and before the
    /// one in use ends. At most once a second; after
    /// [`ACCESS_TRIES_MAX`](crate::limits::ACCESS_TRIES_MAX) tokens with which the server does not
    /// let the client in, the client stops.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use parlor_client::{AccessToken, Client};
    ///
    /// let client = Client::builder("https://chat.example.org/", "Bot")
    ///     .access_source(|| async {
    ///         // Ask the service that signs tokens.
    ///         let token = std::env::var("PARLOR_TOKEN")?;
    ///         Ok(AccessToken::try_from(token)?)
    ///     })
    ///     .connect()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn access_source<F>(mut self, fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<AccessToken, AccessFailed>> + Send + 'static,
    {
        self.access_source = Some(AccessSource::new(fetch));
        self
    }

    /// Sends this header with the handshake of each connection, as a proxy in front of the server
    /// may want it. At most [`HEADERS_MAX`].
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.headers.push(Header { name, value });
        self
    }

    /// Trusts these certificates in PEM as well as those that this machine trusts: of an authority
    /// of your own, or a server's own. Without TLS they are not needed.
    pub fn root_certificates(mut self, pem: impl Into<String>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Opens each connection by this function, in the place of the network: to a server in the same
    /// program, or over whatever carries bytes in order. What it returns carries the frames of a
    /// WebSocket, without a handshake; the address is only a name then, and headers are not sent.
    ///
    /// The function is called whenever the client connects, at its own pace. An error is one of a
    /// server that can't be reached.
    pub fn over<F, S>(mut self, dial: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.dialer = Some(Dialer::new(dial));
        self
    }

    /// Keeps in this file what must outlive the process: which member the client is, the posts that
    /// are not on the log yet, and the places up to which the program has done everything
    /// ([`Room::save`](crate::Room::save), [`Client::resume`]). It is replaced as a whole with each
    /// write, only this user can read it, and one client at a time can use it.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Starts with the posts that an earlier [`Client::close`] returned, oldest first. Each reaches
    /// the log once.
    pub fn outbox(mut self, outbox: Vec<OutboxPost>) -> Self {
        self.outbox = outbox;
        self
    }

    /// Says what program this is, for the server's operator only.
    pub fn client_info(mut self, client: ClientInfo) -> Self {
        self.client = client;
        self
    }

    /// Starts the client, which connects now and reconnects whenever the connection is lost.
    /// Returns at once: [`Client::online`] waits for the server. A state file is read before.
    ///
    /// # Errors
    /// [`ConfigError`] if the address, the name or another option is invalid.
    ///
    /// # Panics
    /// If called outside of a tokio runtime.
    pub fn connect(self) -> Result<Client, ConfigError> {
        self.start(None)
    }

    /// Starts the client like [`connect`](Self::connect), for a program that wants every event of
    /// every room as it comes. See [`Events`] for what it takes.
    ///
    /// # Errors
    /// [`ConfigError`] if the address, the name or another option is invalid.
    ///
    /// # Panics
    /// If called outside of a tokio runtime.
    pub fn connect_with_events(self) -> Result<(Client, Events), ConfigError> {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let client = self.start(Some(sender))?;
        Ok((client, Events::new(events)))
    }

    fn start(
        self,
        events: Option<mpsc::Sender<parlor_session::Event>>,
    ) -> Result<Client, ConfigError> {
        let target = self.target()?;
        let name = Name::parse(self.name)?;
        let state = self.state_file.as_deref().map(StateFile::open);
        let (file, state) = state.transpose()?.unzip();
        let mut state = state.unwrap_or_default();
        let mut outbox = std::mem::take(&mut state.outbox);
        outbox.extend(self.outbox);
        let session = SessionConfig {
            name,
            token: self.token.or_else(|| state.token.clone()),
            access: self
                .access
                .or_else(|| state.access.clone().map(Access::Token)),
            client: self.client,
            outbox,
        };
        let saver = file.map(|file| Saver::new(file, state));
        let (commands, commands_receiver) = mpsc::channel(COMMANDS_MAX);
        let (connected_sender, connected) = watch::channel(Connected {
            status: ConnectionStatus::Connecting { attempt: 0 },
            welcome: None,
        });
        let (error_sender, last_error) = watch::channel(None);
        let drained = Arc::new(Notify::new());
        let handle = Handle {
            commands,
            drained: drained.clone(),
            connected,
            last_error,
            has_state_file: saver.is_some(),
        };
        let driver = Driver::new(DriverConfig {
            target,
            session,
            events,
            connected: connected_sender,
            last_error: error_sender,
            drained,
            saver,
            access_source: self.access_source,
        });
        tokio::spawn(driver.run(commands_receiver));
        Ok(Client::new(handle))
    }

    fn target(&self) -> Result<Target, ConfigError> {
        let address = Address::parse(&self.url)?;
        let mut tls = address.is_secure().then(Tls::of_machine).transpose()?;
        for pem in &self.root_certificates {
            if let Some(tls) = &mut tls {
                tls.trust(pem)?;
            }
        }
        Ok(Target {
            address,
            connector: tls.map(Tls::connector),
            headers: headers(&self.headers)?,
            dialer: self.dialer.clone(),
        })
    }
}

/// The headers that a program has given, checked.
fn headers(given: &[Header]) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    for Header { name, value } in given {
        let invalid = || ConfigError::Header(name.clone());
        let name: HeaderName = name.parse().map_err(|_| invalid())?;
        let mut value: HeaderValue = value.parse().map_err(|_| invalid())?;
        // It may be a secret.
        value.set_sensitive(true);
        if is_of_handshake(&name) || headers.len() >= HEADERS_MAX {
            return Err(invalid());
        }
        headers.append(name, value);
    }
    Ok(headers)
}

/// Whether the WebSocket's handshake sets this header itself.
fn is_of_handshake(name: &HeaderName) -> bool {
    let own = ["host", "connection", "upgrade", "content-length"];
    own.contains(&name.as_str()) || name.as_str().starts_with("sec-websocket-")
}
