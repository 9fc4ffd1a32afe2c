//! Options that were given, or their defaults.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use parlor_shared::limits::DRAIN_SECONDS_MAX;

use super::error::ConfigError;
use crate::{listen::ListenAddress, tls::TlsFiles};

/// Where the server listens if nobody says otherwise.
const LISTEN: &str = "127.0.0.1:8080";

pub(super) fn listen_or_default(
    given: Option<Vec<String>>,
) -> Result<Vec<ListenAddress>, ConfigError> {
    let given = given.unwrap_or_else(|| vec![LISTEN.to_owned()]);
    parse_all("listen", Some(given))
}

/// The two files of a certificate: both or none.
pub(super) fn tls_files(
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Result<Option<TlsFiles>, ConfigError> {
    let lacks = |given, lacks| Err(ConfigError::Lacks { given, lacks });
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => lacks("tls-cert", "tls-key"),
        (None, Some(_)) => lacks("tls-key", "tls-cert"),
    }
}

pub(super) fn redirect_http(
    given: Option<Vec<SocketAddr>>,
    tls: Option<&TlsFiles>,
) -> Result<Vec<SocketAddr>, ConfigError> {
    let given = given.unwrap_or_default();
    if tls.is_none() && !given.is_empty() {
        return Err(ConfigError::Lacks {
            given: "redirect-http",
            lacks: "tls-cert",
        });
    }
    Ok(given)
}

pub(super) fn data_or_default(given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| "parlor-data".into())
}

pub(super) fn parse_all<T>(
    option: &'static str,
    given: Option<Vec<String>>,
) -> Result<Vec<T>, ConfigError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let parse = |text| parse(option, text);
    given.unwrap_or_default().into_iter().map(parse).collect()
}

pub(super) fn parse_option<T>(
    option: &'static str,
    given: Option<String>,
) -> Result<Option<T>, ConfigError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    given.map(|text| parse(option, text)).transpose()
}

pub(super) fn parse<T>(option: &'static str, text: String) -> Result<T, ConfigError>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text.parse()
        .map_err(|source: T::Err| ConfigError::Unparsed {
            option,
            text,
            source: source.into(),
        })
}

pub(super) fn drain_time(seconds: u32) -> Result<Duration, ConfigError> {
    if seconds > DRAIN_SECONDS_MAX {
        return Err(ConfigError::TooMuch {
            option: "drain-seconds",
            max: DRAIN_SECONDS_MAX,
        });
    }
    Ok(Duration::from_secs(seconds.into()))
}

pub(super) fn at_least_one(
    option: &'static str,
    given: Option<usize>,
    default: usize,
) -> Result<usize, ConfigError> {
    match given.unwrap_or(default) {
        0 => Err(ConfigError::Zero { option }),
        count => Ok(count),
    }
}
