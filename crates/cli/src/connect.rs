//! Which server a command uses and as whom. A lost connection is waited for, within a bound.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use parlor_client::{Access, AccessSecret, AccessToken, Client, ClientInfo, ConnectionStatus};

use crate::failure::Failure;

/// The name of who gives none.
const NAME: &str = "parlor";

/// Which server, and as whom.
#[derive(Debug, Clone, Args)]
pub struct ConnectArgs {
    /// Address of the server, as people open it
    #[arg(
        long,
        value_name = "URL",
        env = "PARLOR_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    server: String,
    /// Name that others see [default: $USER]
    #[arg(long, value_name = "NAME", env = "PARLOR_NAME")]
    name: Option<String>,
    /// File with an access token, as `parlor token` prints it
    #[arg(long, value_name = "FILE", env = "PARLOR_TOKEN_FILE", group = "shown")]
    token_file: Option<PathBuf>,
    /// File with the server's password
    #[arg(
        long,
        value_name = "FILE",
        env = "PARLOR_PASSWORD_FILE",
        group = "shown"
    )]
    password_file: Option<PathBuf>,
    /// Link of an invitation, or its code
    #[arg(long, value_name = "LINK", group = "shown")]
    invitation: Option<String>,
    /// File that keeps who you are, what is not posted yet and how far a room was read
    ///
    /// Without it, each command is a new member. With it, the next one goes on where this one
    /// stopped, even if it was killed.
    #[arg(long, value_name = "FILE", env = "PARLOR_STATE")]
    state: Option<PathBuf>,
    /// File with certificates (PEM) that are trusted besides those of this machine
    #[arg(long, value_name = "FILE", env = "PARLOR_CA")]
    ca: Option<PathBuf>,
    /// Seconds without a connection after which the command gives up
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,
}

impl ConnectArgs {
    /// Whether a state file says where an earlier command has stopped.
    pub(crate) fn has_state(&self) -> bool {
        self.state.is_some()
    }

    /// Connects and does something, until it is done or there has been no connection for too long.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn run(
        self,
        work: impl AsyncFnOnce(&Client) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (server, limit) = (self.server.clone(), Duration::from_secs(self.timeout));
        let client = self.open()?;
        let done = tokio::select! {
            done = work(&client) => done,
            failure = no_connection(&client, &server, limit) => Err(failure),
        };
        // It may be closed already. What is in the state file stays there.
        client.close().await.ok();
        done
    }

    fn open(self) -> Result<Client, Failure> {
        let access = self.access()?;
        let name = self.name.or_else(user_name);
        let name = name.unwrap_or_else(|| NAME.to_owned());
        let mut builder = Client::builder(self.server, name).client_info(ClientInfo {
            name: "parlor".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        });
        if let Some(access) = access {
            builder = builder.access(access);
        }
        if let Some(state) = self.state {
            builder = builder.state_file(state);
        }
        if let Some(ca) = &self.ca {
            builder = builder.root_certificates(read(ca)?);
        }
        Ok(builder.connect()?)
    }

    /// What is shown to come in. Secrets are read from files: what stands on a command line, every
    /// user of the machine can read.
    fn access(&self) -> Result<Option<Access>, Failure> {
        if let Some(file) = &self.token_file {
            let token = AccessToken::try_from(read(file)?.trim().to_owned());
            return token.map(|token| Some(Access::Token(token))).map_err(usage);
        }
        if let Some(file) = &self.password_file {
            let password = read(file)?;
            let password = password.trim_end_matches(['\n', '\r']).to_owned();
            let password = AccessSecret::try_from(password);
            return password
                .map(|word| Some(Access::Password(word)))
                .map_err(usage);
        }
        if let Some(link) = &self.invitation {
            let code = link
                .split_once("#invite=")
                .map_or(link.as_str(), |(_, code)| code);
            let code = AccessSecret::try_from(code.trim().to_owned());
            return code
                .map(|code| Some(Access::Invitation(code)))
                .map_err(usage);
        }
        Ok(None)
    }
}

/// Resolves once there has been no connection for this long, or the client tries no more.
async fn no_connection(client: &Client, server: &str, limit: Duration) -> Failure {
    let mut since = Instant::now();
    loop {
        let status = client.status();
        if let ConnectionStatus::Stopped(why) = status {
            return Failure::NotLetIn(why);
        }
        let left = match status == ConnectionStatus::Online {
            true => Duration::MAX,
            false => limit.saturating_sub(since.elapsed()),
        };
        match tokio::time::timeout(left, client.status_other_than(status)).await {
            Ok(Ok(_)) if status == ConnectionStatus::Online => since = Instant::now(),
            Ok(Ok(_)) => {}
            Ok(Err(closed)) => return closed.into(),
            Err(_) => break,
        }
    }
    let why = client.last_error().map(|error| error.to_string());
    Failure::NoConnection {
        server: server.to_owned(),
        limit,
        why: why.unwrap_or_else(|| "it does not answer".to_owned()),
    }
}

fn usage(error: impl std::fmt::Display) -> Failure {
    Failure::Usage(error.to_string())
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{} can't be read: {error}", file.display())))
}

/// The name of who is logged in at this machine.
fn user_name() -> Option<String> {
    let name = std::env::var("USER").ok()?;
    (!name.trim().is_empty()).then_some(name)
}
