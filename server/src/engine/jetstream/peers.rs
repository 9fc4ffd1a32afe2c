//! How far each node has applied the stream, as they tell each other: for the moment when the
//! stream turns out to be damaged, and somebody asks who has what is missing.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_nats::{Client, SubscribeError};
use futures_util::StreamExt;
use parlor_shared::limits::STREAM_PEERS_MAX;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::engine::replicated::ordered_log::Holder;

/// What a node tells the others.
#[derive(Debug, Serialize, Deserialize)]
struct Announced {
    /// The node's machine and folder.
    node: String,
    /// The newest sequence that it has applied.
    applied: u64,
}

/// The newest that each node has told, by its name. At most [`STREAM_PEERS_MAX`] are kept.
type Received = Mutex<BTreeMap<String, u64>>;

/// What the other nodes have told.
#[derive(Debug)]
pub(super) struct Peers {
    client: Client,
    subject: String,
    /// This node.
    name: String,
    received: Arc<Received>,
    listening: JoinHandle<()>,
}

impl Peers {
    /// Listens to the nodes of a stream, as the node with the log in `folder`.
    pub(super) async fn listen(
        client: Client,
        stream: &str,
        folder: &Path,
    ) -> Result<Self, SubscribeError> {
        let subject = format!("{stream}.places");
        let received = Arc::<Received>::default();
        let mut told = client.subscribe(subject.clone()).await?;
        let keeping = received.clone();
        let listening = tokio::spawn(async move {
            while let Some(message) = told.next().await {
                // What is no such message says nothing.
                if let Ok(announced) = serde_json::from_slice::<Announced>(&message.payload) {
                    keep(&keeping, announced);
                }
            }
        });
        Ok(Self {
            client,
            subject,
            name: name(folder),
            received,
            listening,
        })
    }

    /// Tells the others how far this node has applied the stream.
    pub(super) async fn announce(&self, applied: u64) {
        let node = self.name.clone();
        let Ok(text) = serde_json::to_vec(&Announced { node, applied }) else {
            return;
        };
        // What is lost is said again.
        let told = self.client.publish(self.subject.clone(), text.into());
        told.await.ok();
    }

    /// How far the other nodes have applied the stream.
    pub(super) fn holders(&self) -> Vec<Holder> {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let others = received.iter().filter(|(name, _)| **name != self.name);
        let holders = others.map(|(name, sequence)| Holder {
            name: name.clone(),
            sequence: *sequence,
        });
        holders.collect()
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn keep(received: &Received, Announced { node, applied }: Announced) {
    let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
    if received.len() >= STREAM_PEERS_MAX && !received.contains_key(&node) {
        // Those that are furthest behind have ended.
        let last = received.iter().min_by_key(|(_, applied)| **applied);
        if let Some(last) = last.map(|(name, _)| name.clone()) {
            received.remove(&last);
        }
    }
    received.insert(node, applied);
}

/// What an operator knows a node by: the machine's name, and the folder.
fn name(folder: &Path) -> String {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    // Where the system does not say, the folder is enough on one machine.
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_other_nodes_has_a_bound() {
        let received = Received::default();
        for n in 0..STREAM_PEERS_MAX as u64 + 10 {
            let node = n.to_string();
            keep(&received, Announced { node, applied: n });
        }
        let received = received.lock().unwrap();
        assert_eq!(received.len(), STREAM_PEERS_MAX);
        assert!(
            !received.contains_key("0"),
            "the one furthest behind is forgotten"
        );
    }
}
