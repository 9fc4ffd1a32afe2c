//! The options about a log that several nodes share.

use std::{path::PathBuf, time::Duration};

use parlor_shared::limits::STREAM_START_MS_MAX;

use super::error::ConfigError;
use crate::engine::jetstream::{NatsAddress, Promised, StreamConfig, SystemUser};

/// The stream's name if nobody says otherwise.
const STREAM: &str = "parlor";
/// In how many servers it is then.
const REPLICAS: u32 = 3;
/// In how many servers NATS keeps a stream at most.
const REPLICAS_MAX: u32 = 5;

/// The options, as they were given.
pub(super) struct StreamOptions {
    pub(super) log: Option<String>,
    pub(super) stream: Option<String>,
    pub(super) replicas: Option<u32>,
    pub(super) credentials: Option<PathBuf>,
    pub(super) system: Option<String>,
    pub(super) accept: Option<Promised>,
}

impl StreamOptions {
    /// The stream that the log follows, if it follows one.
    ///
    /// # Errors
    /// [`ConfigError`]; it shows no password.
    pub(super) fn into_config(self) -> Result<Option<StreamConfig>, ConfigError> {
        let Some(log) = self.log else {
            return match self.name_of_one() {
                None => Ok(None),
                Some(given) => Err(ConfigError::Lacks {
                    given,
                    lacks: "log",
                }),
            };
        };
        if scheme(&log).is_none() {
            let text = without_user(&log).to_owned();
            return Err(ConfigError::LogIsNoAddress { text });
        }
        let replicas = self.replicas.unwrap_or(REPLICAS);
        if replicas == 0 {
            let option = "stream-replicas";
            return Err(ConfigError::Zero { option });
        }
        if replicas > REPLICAS_MAX {
            let (option, max) = ("stream-replicas", REPLICAS_MAX);
            return Err(ConfigError::TooMuch { option, max });
        }
        Ok(Some(StreamConfig {
            servers: addresses("log", &log)?,
            credentials: self.credentials,
            system: self.system.map(system_user).transpose()?,
            stream: stream_name(self.stream)?,
            replicas: replicas as usize,
            accept: self.accept.unwrap_or_default(),
            wait: Duration::from_millis(STREAM_START_MS_MAX),
        }))
    }

    /// The name of an option that was given and needs a stream.
    fn name_of_one(&self) -> Option<&'static str> {
        let given = [
            ("stream", self.stream.is_some()),
            ("stream-replicas", self.replicas.is_some()),
            ("nats-credentials", self.credentials.is_some()),
            ("nats-system", self.system.is_some()),
            ("accept", self.accept.is_some()),
        ];
        let found = given.into_iter().find(|(_, is_given)| *is_given);
        found.map(|(name, _)| name)
    }
}

/// What stands before `://`, if that is one of NATS's schemes.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    ["nats", "tls"].contains(&scheme).then_some(scheme)
}

/// Addresses apart by commas. Those without a scheme have the first one's.
fn addresses(option: &'static str, text: &str) -> Result<Vec<NatsAddress>, ConfigError> {
    let first = scheme(text).unwrap_or_default();
    let parse = |part: &str| {
        let part = part.trim();
        let whole = match part.contains("://") {
            true => part.to_owned(),
            false => format!("{first}://{part}"),
        };
        whole
            .parse::<NatsAddress>()
            .map_err(|source| ConfigError::NatsAddress {
                option,
                text: without_user(part).to_owned(),
                source,
            })
    };
    text.split(',').map(parse).collect()
}

fn system_user(text: String) -> Result<SystemUser, ConfigError> {
    if !text.contains("://") {
        return Ok(SystemUser::Credentials(text.into()));
    }
    let option = "nats-system";
    let address = text
        .parse::<NatsAddress>()
        .map_err(|source| ConfigError::NatsAddress {
            option,
            text: without_user(&text).to_owned(),
            source,
        })?;
    Ok(SystemUser::At(address))
}

fn stream_name(given: Option<String>) -> Result<String, ConfigError> {
    let name = given.unwrap_or_else(|| STREAM.to_owned());
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if name.is_empty() || !name.chars().all(is_part) {
        return Err(ConfigError::StreamName { name });
    }
    Ok(name)
}

/// What of an address may be shown: nothing before its host.
fn without_user(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(log: &str) -> StreamOptions {
        StreamOptions {
            log: Some(log.to_owned()),
            stream: None,
            replicas: None,
            credentials: None,
            system: None,
            accept: None,
        }
    }

    #[test]
    fn servers_share_the_first_ones_scheme_and_the_defaults_promise_what_is_durable() {
        let config = options("nats://ann:secret@a,b:4333, tls://[::1]").into_config();
        let config = config.unwrap().unwrap();
        assert_eq!(config.place(), "parlor at a:4222, b:4333, [::1]:4222");
        assert_eq!((config.replicas, config.accept), (3, Promised::Durable));
        assert!(!format!("{config:?}").contains("secret"), "{config:?}");
        let mut options = options("nats://a");
        options.system = Some("/etc/watch.creds".to_owned());
        let system = options.into_config().unwrap().unwrap().system;
        assert_eq!(
            system,
            Some(SystemUser::Credentials("/etc/watch.creds".into()))
        );
    }

    #[test]
    fn what_was_the_filter_is_refused_with_its_new_name_and_no_error_has_a_password() {
        for filter in ["info", "warn,parlor_server=debug", "ann:secret@a"] {
            let error = options(filter).into_config().unwrap_err().to_string();
            assert!(error.contains("--log-filter"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        let error = options("nats://a,ann:secret@b/c")
            .into_config()
            .unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("b/c") && !error.contains("secret"),
            "{error}"
        );
    }

    #[test]
    fn an_option_of_the_stream_needs_one_and_its_own_bounds_hold() {
        let without = StreamOptions {
            log: None,
            accept: Some(Promised::Replicated),
            ..options("")
        };
        let error = without.into_config().unwrap_err().to_string();
        assert_eq!(error, "accept needs log as well");
        for (replicas, said) in [(0, "at least 1"), (6, "at most 5")] {
            let mut options = options("nats://a");
            options.replicas = Some(replicas);
            let error = options.into_config().unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let mut options = options("nats://a");
        options.stream = Some("a.b".to_owned());
        let error = options.into_config().unwrap_err().to_string();
        assert!(error.contains("stream 'a.b'"), "{error}");
    }
}
