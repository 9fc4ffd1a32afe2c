//! Connections to NATS servers, as the user that the options name.

use std::{error::Error, io, path::Path, time::Duration};

use async_nats::{Client, ConnectErrorKind, ConnectOptions, ServerAddr};
use parlor_shared::limits::{NODE_MESSAGES_MAX, STREAM_CONNECT_MS_MAX};
use tokio_rustls::rustls;

use super::{
    config::{NatsAddress, NatsUser},
    error::JetStreamError,
};

/// Connects to one of these servers, as the user of the file or the one that the first address with
/// a user names. `option` is the one to correct if that fails.
///
/// # Errors
/// [`JetStreamError`].
pub(super) async fn connect(
    addresses: &[NatsAddress],
    credentials: Option<&Path>,
    option: &'static str,
) -> Result<Client, JetStreamError> {
    let mut options = ConnectOptions::new()
        .name("parlor")
        .subscription_capacity(NODE_MESSAGES_MAX)
        .connection_timeout(Duration::from_millis(STREAM_CONNECT_MS_MAX));
    options = match addresses.iter().find_map(NatsAddress::user) {
        Some(NatsUser::Password { name, password }) => {
            options.user_and_password(name.clone(), password.clone())
        }
        Some(NatsUser::Token(token)) => options.token(token.clone()),
        None => options,
    };
    if let Some(path) = credentials {
        let with_file = options.credentials_file(path).await;
        options = with_file.map_err(|cause| JetStreamError::Credentials {
            path: path.to_owned(),
            cause,
        })?;
    }
    // The client writes addresses to its log, so they have no password.
    let servers: Vec<ServerAddr> = addresses.iter().map(|one| one.server().clone()).collect();
    let connected = options.connect(servers.as_slice()).await;
    let untrusted = |cause| JetStreamError::Untrusted {
        servers: named(addresses),
        option,
        cause,
    };
    connected.map_err(|cause| match cause.kind() {
        ConnectErrorKind::Io if is_certificate(&cause) => untrusted(cause),
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            JetStreamError::Unauthorized { option, cause }
        }
        ConnectErrorKind::Tls => untrusted(cause),
        ConnectErrorKind::ServerParse
        | ConnectErrorKind::Dns
        | ConnectErrorKind::TimedOut
        | ConnectErrorKind::Io
        | ConnectErrorKind::MaxReconnects => JetStreamError::Unreachable {
            servers: named(addresses),
            option,
            cause,
        },
    })
}

/// Names servers to people.
fn named(addresses: &[NatsAddress]) -> String {
    let servers: Vec<String> = addresses.iter().map(NatsAddress::to_string).collect();
    servers.join(", ")
}

/// Whether a connection failed because the server's certificate is not trusted.
fn is_certificate(error: &(dyn Error + 'static)) -> bool {
    let of_tls = |error: &io::Error| {
        let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
        Some(matches!(inner, rustls::Error::InvalidCertificate(_)))
    };
    let of_this = error.downcast_ref::<io::Error>().and_then(of_tls);
    of_this.unwrap_or_else(|| error.source().is_some_and(is_certificate))
}
