//! Options that were given, or their defaults.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use parlor_shared::limits::DRAIN_SECONDS_MAX;

use super::ConfigError;

pub(super) fn default_listen() -> Vec<SocketAddr> {
    vec![SocketAddr::from(([127, 0, 0, 1], 8080))]
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
    let parse = |text: String| {
        text.parse()
            .map_err(|source: T::Err| ConfigError::Unparsed {
                option,
                text,
                source: source.into(),
            })
    };
    given.unwrap_or_default().into_iter().map(parse).collect()
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
