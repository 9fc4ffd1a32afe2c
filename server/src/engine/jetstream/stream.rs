//! The stream itself: how it is made, and what it must be.

use std::{collections::HashMap, time::Duration};

use async_nats::jetstream::{
    Context, ErrorCode,
    context::GetStreamErrorKind,
    stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType},
};
use parlor_shared::{
    Epoch,
    limits::{STREAM_LEADER_MS_MAX, STREAM_PAYLOAD_BYTES_MIN},
};

use super::{config::StreamConfig, error::JetStreamError};
use crate::engine::{
    embedded::{Ended, StreamStart},
    replicated::{
        group::{StreamHash, StreamPlace},
        ordered_log::TailError,
    },
};

/// What in a stream's metadata says that it is a log of Parlor's, and which.
const EPOCH: &str = "parlor-epoch";

/// What in it says behind which sequence that epoch began, if it is not the stream's first.
const AFTER: &str = "parlor-after";
/// And what a log must have that goes on with it: `<epoch>/<sequence>/<hash>`.
const GOES_ON: &str = "parlor-goes-on";

/// What tells the stream from every other of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamIdentity {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) epoch: Epoch,
    /// When it was made, as the servers say.
    pub(super) created: String,
}

/// The subject that a stream of this name takes groups from. A node of an epoch that has ended
/// can't publish into its successor.
fn subject(name: &str, epoch: Epoch) -> String {
    format!("{name}.groups.{epoch}")
}

/// How a stream is made, or changed to begin an epoch.
pub(super) fn config(log: &StreamConfig, start: StreamStart) -> Config {
    let mut metadata = HashMap::from([(EPOCH.to_owned(), start.epoch.to_string())]);
    if let Some(Ended { epoch, place }) = start.goes_on {
        let goes_on = format!("{epoch}/{}/{:?}", place.sequence, place.hash);
        metadata.insert(AFTER.to_owned(), start.after.to_string());
        metadata.insert(GOES_ON.to_owned(), goes_on);
    }
    Config {
        name: log.stream.clone(),
        description: Some("A log of Parlor's. Its messages are groups of entries.".to_owned()),
        subjects: vec![subject(&log.stream, start.epoch)],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: log.replicas,
        // What is full refuses, and forgets nothing.
        discard: DiscardPolicy::New,
        deny_delete: true,
        deny_purge: true,
        max_age: Duration::ZERO,
        metadata,
        ..Config::default()
    }
}

/// The start that the stream's metadata says.
fn start(metadata: &HashMap<String, String>) -> Result<StreamStart, &'static str> {
    let epoch = metadata.get(EPOCH).ok_or("its metadata names no epoch")?;
    let epoch = epoch.parse().map_err(|_| "its epoch is no UUID")?;
    let Some(goes_on) = metadata.get(GOES_ON) else {
        return Ok(StreamStart {
            epoch,
            after: 0,
            goes_on: None,
        });
    };
    let after = metadata.get(AFTER).and_then(|after| after.parse().ok());
    Ok(StreamStart {
        epoch,
        after: after.ok_or("its metadata does not say where its epoch began")?,
        goes_on: Some(
            ended(goes_on).ok_or("its metadata does not say what its epoch goes on with")?,
        ),
    })
}

/// Reads what [`GOES_ON`] says.
fn ended(text: &str) -> Option<Ended> {
    let mut parts = text.split('/');
    let epoch = parts.next()?.parse().ok()?;
    let sequence = parts.next()?.parse().ok()?;
    let hash = StreamHash::parse(parts.next()?)?;
    Some(Ended {
        epoch,
        place: StreamPlace { sequence, hash },
    })
}

/// Finds the stream; `None` if there is none.
pub(super) async fn find(context: &Context, name: &str) -> Result<Option<Info>, JetStreamError> {
    match context.get_stream(name).await {
        Ok(found) => Ok(Some(found.cached_info().clone())),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(why)
                if why.error_code() == ErrorCode::STREAM_NOT_FOUND =>
            {
                Ok(None)
            }
            GetStreamErrorKind::JetStream(_)
            | GetStreamErrorKind::EmptyName
            | GetStreamErrorKind::Request
            | GetStreamErrorKind::InvalidStreamName => Err(error.into()),
        },
    }
}

/// Finds the stream, or makes it. Of several nodes that make it at once one does, and the others
/// find it.
pub(super) async fn find_or_make(
    context: &Context,
    log: &StreamConfig,
    epoch: Epoch,
) -> Result<Info, JetStreamError> {
    if let Some(found) = find(context, &log.stream).await? {
        return Ok(found);
    }
    let start = StreamStart {
        epoch,
        after: 0,
        goes_on: None,
    };
    if let Err(error) = context.create_stream(config(log, start)).await {
        // Another node may have been faster, with its own epoch.
        tracing::debug!(%error, "the stream was not made by this node");
        return match context.get_stream(&log.stream).await {
            Ok(found) => Ok(found.cached_info().clone()),
            Err(_) => Err(error.into()),
        };
    }
    Ok(context.get_stream(&log.stream).await?.cached_info().clone())
}

/// What the stream is, and where its epoch began, if it is one of Parlor's.
pub(super) fn identity(info: &Info) -> Result<(StreamIdentity, StreamStart), JetStreamError> {
    let name = info.config.name.clone();
    let foreign = |why: &str| JetStreamError::Foreign {
        name: name.clone(),
        why: why.to_owned(),
    };
    let start = start(&info.config.metadata).map_err(foreign)?;
    if let Some(why) = unsafe_setting(&info.config, start.epoch) {
        return Err(foreign(why));
    }
    let identity = StreamIdentity {
        subject: subject(&name, start.epoch),
        epoch: start.epoch,
        created: info.created.to_string(),
        name,
    };
    Ok((identity, start))
}

/// What in a stream's configuration lets it lose or change what it has.
fn unsafe_setting(config: &Config, epoch: Epoch) -> Option<&'static str> {
    let settings = [
        (config.storage != StorageType::File, "it is kept in memory"),
        (
            config.discard != DiscardPolicy::New,
            "it forgets old messages when it is full",
        ),
        (
            config.retention != RetentionPolicy::Limits,
            "it forgets what was read",
        ),
        (!config.deny_delete, "its messages may be deleted"),
        (!config.deny_purge, "it may be purged"),
        (config.allow_rollup, "its messages may be rolled up"),
        (
            config.subjects != [subject(&config.name, epoch)],
            "it takes messages of other subjects",
        ),
        (
            config.mirror.is_some() || config.sources.is_some(),
            "it copies another stream",
        ),
        (config.no_ack, "it does not say what it has stored"),
        (
            (1..STREAM_PAYLOAD_BYTES_MIN as i32).contains(&config.max_message_size),
            "its messages may not be as large as Parlor's",
        ),
    ];
    let found = settings.into_iter().find(|(is_wrong, _)| *is_wrong);
    found.map(|(_, why)| why)
}

/// Checks that this answer is of a leader that most of the stream's servers still follow. A server
/// that is cut off from the others goes on answering: as the leader until it notices, and without a
/// leader after that. It does not know what the others have stored since, which would then seem to
/// be missing.
pub(super) fn check_leader(info: &Info) -> Result<(), TailError> {
    let Some(cluster) = &info.cluster else {
        return Ok(());
    };
    let heard_ago: Vec<Duration> = cluster.replicas.iter().map(|one| one.active).collect();
    match cluster.leader.is_some() && is_led(&heard_ago) {
        true => Ok(()),
        false => Err(TailError::Lost(
            "the server that is asked for the stream reaches too few of the others".to_owned(),
        )),
    }
}

/// Whether a leader hears from most of the stream's servers, itself included. `heard_ago` is how
/// long ago it heard from each of the others; zero means never.
fn is_led(heard_ago: &[Duration]) -> bool {
    let ago_max = Duration::from_millis(STREAM_LEADER_MS_MAX);
    let has_heard = |ago: &&Duration| !ago.is_zero() && **ago <= ago_max;
    // The leader itself is one more.
    heard_ago.iter().filter(has_heard).count() >= heard_ago.len().div_ceil(2)
}

/// Checks that the stream is still the one that was opened.
pub(super) fn check(identity: &StreamIdentity, info: &Info) -> Result<(), TailError> {
    let damaged = |why: String| Err(TailError::Damaged(why));
    match self::identity(info) {
        Ok((now, _)) if now == *identity => Ok(()),
        Ok((now, start))
            if start
                .goes_on
                .is_some_and(|ended| ended.epoch == identity.epoch) =>
        {
            damaged(format!(
                "it has gone on in a new epoch since then, {}; start this node again",
                now.epoch
            ))
        }
        Ok(_) => damaged(format!(
            "it was deleted, and another one made, which has {} to {}",
            info.state.first_sequence, info.state.last_sequence
        )),
        Err(error) => damaged(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_that_hears_from_fewer_than_most_servers_is_not_believed() {
        let (now, long_ago) = (Duration::from_millis(900), Duration::from_secs(4));
        assert!(is_led(&[]), "one server");
        assert!(is_led(&[now, long_ago]));
        assert!(!is_led(&[long_ago, long_ago]));
        assert!(!is_led(&[Duration::ZERO, long_ago]));
        assert!(!is_led(&[long_ago]), "two servers");
        assert!(is_led(&[now, now, long_ago, long_ago]));
        assert!(!is_led(&[now, long_ago, long_ago, long_ago]));
    }

    #[test]
    fn a_stream_says_in_its_metadata_what_its_epoch_goes_on_with() {
        let log = StreamConfig {
            servers: Vec::new(),
            credentials: None,
            system: None,
            stream: "parlor".to_owned(),
            replicas: 3,
            accept: Default::default(),
            wait: Duration::ZERO,
        };
        let (first, second) = (Epoch::new([1; 16]), Epoch::new([2; 16]));
        let place = StreamPlace::start(first, 7).next(b"group");
        let goes_on = Ended {
            epoch: first,
            place,
        };
        for expected in [
            StreamStart {
                epoch: first,
                after: 0,
                goes_on: None,
            },
            StreamStart {
                epoch: second,
                after: 9,
                goes_on: Some(goes_on),
            },
        ] {
            let config = config(&log, expected);
            assert_eq!(start(&config.metadata), Ok(expected));
            assert_eq!(unsafe_setting(&config, expected.epoch), None);
            assert!(unsafe_setting(&config, Epoch::new([3; 16])).is_some());
            for (largest, is_enough) in [(-1, true), (1_000_000, true), (1_000, false)] {
                let limited = Config {
                    max_message_size: largest,
                    ..config.clone()
                };
                let why = unsafe_setting(&limited, expected.epoch);
                assert_eq!(why.is_none(), is_enough, "{why:?}");
            }
        }
        for (key, value) in [(EPOCH, "x"), (AFTER, "x"), (GOES_ON, "x/7/00")] {
            let mut damaged = config(
                &log,
                StreamStart {
                    epoch: second,
                    after: 9,
                    goes_on: Some(goes_on),
                },
            );
            damaged.metadata.insert(key.to_owned(), value.to_owned());
            start(&damaged.metadata).unwrap_err();
        }
    }
}
