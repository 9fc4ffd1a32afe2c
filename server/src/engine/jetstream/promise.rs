//! What the servers of a stream promise: whether a message that they have acknowledged survives
//! that all of them lose their power at once.
//!
//! By default a server writes what it has acknowledged to its disk every two minutes. The only sign
//! of the other setting, `sync_interval: always`, is `sync_always` in what a server says about
//! itself to the system account (or to its monitoring page), and each server has its own.

use std::{collections::BTreeMap, iter::once, time::Duration};

use async_nats::{
    Client,
    jetstream::stream::{ClusterInfo, Info},
};
use futures_util::StreamExt;
use parlor_shared::limits::{STREAM_ANSWERS_MAX, STREAM_PROMISE_MS_MAX};
use tokio::time::{Instant, timeout_at};

use super::{
    config::{NatsAddress, StreamConfig, SystemUser},
    connecting::connect,
    error::JetStreamError,
    last_answers::{Answer, LastAnswers},
};

/// In how many servers a stream must be, so that it outlives one of them.
const REPLICAS_MIN: usize = 3;
/// The oldest version of the servers whose streams were tried.
const VERSION_MIN: (u64, u64) = (2, 12);
/// Where every server of the system says what its JetStream is set to.
const ASK: &str = "$SYS.REQ.SERVER.PING.JSZ";

/// Why the promise does not hold. Each is a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lack {
    /// It does not.
    Known(String),
    /// Servers that were asked have not answered.
    Unknown(String),
}

/// A promise that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// Which servers are away, of which that is known from before; a sentence.
    pub(super) away: Option<String>,
}

/// Asks the servers as the system account.
#[derive(Debug, Clone)]
pub(super) struct SystemAccount(Client);

impl SystemAccount {
    /// Connects as the user of the system account, if the configuration names one.
    ///
    /// # Errors
    /// [`JetStreamError`].
    pub(super) async fn connect(config: &StreamConfig) -> Result<Option<Self>, JetStreamError> {
        let option = "--nats-system";
        let others = config.servers.iter().map(NatsAddress::without_user);
        let client = match &config.system {
            None => return Ok(None),
            // Its server may be the one that is down.
            Some(SystemUser::At(address)) => {
                let servers: Vec<NatsAddress> = once(address.clone()).chain(others).collect();
                connect(&servers, None, option).await?
            }
            Some(SystemUser::Credentials(file)) => {
                let servers: Vec<NatsAddress> = others.collect();
                connect(&servers, Some(file), option).await?
            }
        };
        Ok(Some(Self(client)))
    }

    /// What these servers say, each by its name. Waits until all have answered, but not for long.
    async fn ask(&self, names: &[String]) -> Result<BTreeMap<String, Answer>, String> {
        let inbox = self.0.new_inbox();
        let subscribed = self.0.subscribe(inbox.clone()).await;
        let mut answers = subscribed.map_err(|error| error.to_string())?;
        let asked = self
            .0
            .publish_with_reply(ASK, inbox, r#"{"config":true}"#.into());
        asked.await.map_err(|error| error.to_string())?;
        let end = Instant::now() + Duration::from_millis(STREAM_PROMISE_MS_MAX);
        let mut found = BTreeMap::new();
        let mut count = 0;
        while names.iter().any(|name| !found.contains_key(name)) && count < STREAM_ANSWERS_MAX {
            let Ok(Some(message)) = timeout_at(end, answers.next()).await else {
                break;
            };
            count += 1;
            // What is no such answer says nothing.
            if let Ok(answer) = serde_json::from_slice::<Answer>(&message.payload) {
                found.insert(answer.server.name.clone(), answer);
            }
        }
        Ok(found)
    }
}

/// Whether the stream keeps the promise. A server that is away counts by what it has said last,
/// while most of the others answer.
///
/// # Errors
/// Why it does not, or why that is not known.
pub(super) async fn held(
    info: &Info,
    system: Option<&SystemAccount>,
    last: &LastAnswers,
) -> Result<Held, Lack> {
    let replicas = info.config.num_replicas;
    if replicas < REPLICAS_MIN {
        return Err(Lack::Known(format!(
            "the stream is kept in {replicas} of its servers, not in {REPLICAS_MIN}: make it with \
             `nats stream edit {} --replicas {REPLICAS_MIN}`",
            info.config.name
        )));
    }
    let system = system.ok_or_else(|| {
        Lack::Known(
            "whether the servers sync what they acknowledge is not known: name a user of the system \
             account with --nats-system"
                .to_owned(),
        )
    })?;
    let names = info.cluster.as_ref().map(servers).unwrap_or_default();
    if names.len() < REPLICAS_MIN {
        return Err(Lack::Unknown("the stream has no leader now".to_owned()));
    }
    let answers = system.ask(&names).await.map_err(|error| {
        Lack::Unknown(format!("the system account can't ask the servers: {error}"))
    })?;
    last.keep(&names, &answers);
    promised_together(&names, &answers, last)
}

/// What these servers promise together.
fn promised_together(
    names: &[String],
    answers: &BTreeMap<String, Answer>,
    last: &LastAnswers,
) -> Result<Held, Lack> {
    let mut away = Vec::new();
    for name in names {
        let answer = match answers.get(name) {
            Some(answer) => answer.clone(),
            None => {
                away.push(name.as_str());
                let silent = || Lack::Unknown(silent(name));
                last.of(name).ok_or_else(silent)?
            }
        };
        if let Some(fault) = fault(name, &answer) {
            return Err(Lack::Known(fault));
        }
    }
    match away.as_slice() {
        [] => Ok(Held { away: None }),
        few if few.len() * 2 < names.len() => Ok(Held {
            away: Some(format!(
                "{} does not answer; when it did last, it kept what it acknowledges on its disk",
                few.join(", ")
            )),
        }),
        [first, ..] => Err(Lack::Unknown(silent(first))),
    }
}

/// Says of a server that it does not answer.
fn silent(name: &str) -> String {
    format!(
        "the server {name} does not say what it is set to; is it down, or --nats-system not of the \
         system account?"
    )
}

/// What is wrong with a server.
fn fault(name: &str, answer: &Answer) -> Option<String> {
    let version = &answer.server.version;
    if !is_new_enough(version) {
        let (major, minor) = VERSION_MIN;
        return Some(format!(
            "the server {name} has version {version}: update it to {major}.{minor} or later"
        ));
    }
    let why = format!(
        "the server {name} acknowledges what is not on its disk yet: set `sync_interval: always` in its \
         `jetstream` block"
    );
    (!answer.data.config.sync_always).then_some(why)
}

/// The names of the servers that have the stream.
pub(super) fn servers(cluster: &ClusterInfo) -> Vec<String> {
    let others = cluster.replicas.iter().map(|peer| peer.name.clone());
    cluster.leader.iter().cloned().chain(others).collect()
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u64>().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= VERSION_MIN,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use parlor_shared::Epoch;

    use super::*;

    #[test]
    fn a_server_that_is_old_or_syncs_later_keeps_no_promise() {
        let answer = |text: &str| serde_json::from_str::<Answer>(text).unwrap();
        let good = answer(
            r#"{"server":{"name":"a","ver":"2.15.1"},"data":{"config":{"sync_always":true}}}"#,
        );
        assert_eq!(fault("a", &good), None);
        for (said, expected) in [
            (
                r#"{"server":{"name":"a","ver":"2.15.1"},"data":{"config":{"sync_interval":120000000000}}}"#,
                "sync_interval: always",
            ),
            (
                r#"{"server":{"name":"a","ver":"2.9.10"},"data":{"config":{"sync_always":true}}}"#,
                "update it to 2.12",
            ),
            (r#"{"server":{"name":"a","ver":"3"}}"#, "update it"),
        ] {
            let why = fault("a", &answer(said)).unwrap();
            assert!(why.contains(expected), "{why}");
        }
    }

    #[test]
    fn a_server_that_is_away_counts_by_what_it_has_said_last_while_most_of_them_answer() {
        let folder = tempfile::tempdir().unwrap();
        let last = LastAnswers::open(folder.path(), Epoch::new([1; 16]));
        let names = ["a", "b", "c"].map(str::to_owned);
        let answers = |names: &[&str], sync: &str| -> BTreeMap<String, Answer> {
            let answer = |name: &&str| {
                let text = format!(
                    r#"{{"server":{{"name":"{name}","ver":"2.15.1"}},"data":{{"config":{{{sync}}}}}}}"#
                );
                ((*name).to_owned(), serde_json::from_str(&text).unwrap())
            };
            names.iter().map(answer).collect()
        };
        let sync = r#""sync_always":true"#;
        let two = answers(&["a", "b"], sync);
        let unknown = promised_together(&names, &two, &last).unwrap_err();
        assert!(matches!(unknown, Lack::Unknown(why) if why.contains("the server c")));
        last.keep(&names, &answers(&["a", "b", "c"], sync));
        let away = promised_together(&names, &two, &last)
            .unwrap()
            .away
            .unwrap();
        assert!(away.starts_with("c does not answer"), "{away}");
        let one = promised_together(&names, &answers(&["a"], sync), &last);
        assert!(matches!(one, Err(Lack::Unknown(_))), "{one:?}");
        // It has said that it syncs later, and then gone.
        last.keep(&names, &answers(&["c"], ""));
        let known = promised_together(&names, &two, &last);
        assert!(matches!(known, Err(Lack::Known(_))), "{known:?}");
    }
}
