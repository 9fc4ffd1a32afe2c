//! The other nodes of the same log: each says who is present on it and types there, and shows what
//! the others say.
//!
//! Nothing here is on the log, and messages may be lost. So a node numbers what it says, says all
//! of it again now and then, and asks another for all of its members where a number is missing
//! ([`others`]). A node that says nothing for
//! [`NODE_LEASE_MS`](parlor_shared::limits::NODE_LEASE_MS) is dead: its members count as those
//! whose connection was lost, and have the same time to come back on any other node. A member who
//! moves from node to node is therefore never gone.

#[cfg(test)]
mod memory;
mod message;
mod others;
mod outgoing;
mod parts;

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use parlor_shared::limits::{NODE_ASK_MS, NODE_SEND_MS_MAX, PRESENCE_COALESCE_MS};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};

pub(crate) use self::message::NodeId;
use self::{
    message::{NodeMessage, Says},
    others::Others,
    outgoing::Outgoing,
};
use crate::{
    engine::{Broadcast, BroadcastReceiver},
    repeated_line::log_repeated,
    rooms::{elsewhere::RoomNews, hub::Hub},
};

/// What this node says to the others and receives from them. Dropping it is what the others see of
/// a node that was killed.
#[derive(Debug)]
pub(crate) struct Nodes {
    stop: mpsc::Sender<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Nodes {
    /// Says who is present in this hub's rooms from now on, as this run of a node, and shows there
    /// who is present on the others.
    pub(crate) fn start(hub: Arc<Hub>, broadcast: Arc<dyn Broadcast>, node: NodeId) -> Self {
        hub.own_changes().collect();
        let now_ms = hub.clock().now_ms();
        let exchange = Exchange {
            hub,
            broadcast,
            outgoing: Outgoing::new(node, now_ms),
            others: Others::new(node),
            changes_due_ms: None,
        };
        let (stop, stopped) = mpsc::channel(1);
        Self {
            stop,
            task: tokio::spawn(exchange.run(stopped)),
        }
    }

    /// Says that this node stops: its members may come back on any other node, and nobody waits
    /// until it is missed.
    pub(crate) async fn stop(&self) {
        let (reply, stopped) = oneshot::channel();
        let said = async {
            if self.stop.send(reply).await.is_ok() {
                // An error means that the task has ended already.
                stopped.await.ok();
            }
        };
        // If the servers take nothing, the others will miss this node.
        timeout(Duration::from_millis(NODE_SEND_MS_MAX), said)
            .await
            .ok();
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The exchange with the other nodes, and what it needs.
struct Exchange {
    hub: Arc<Hub>,
    broadcast: Arc<dyn Broadcast>,
    outgoing: Outgoing,
    others: Others,
    /// When what has changed on this node is said.
    changes_due_ms: Option<u64>,
}

/// Why nothing is received any more.
enum End {
    Lost,
    /// Who waits for the end, unless this node ends without it.
    Stopped(Option<oneshot::Sender<()>>),
}

impl Exchange {
    async fn run(mut self, mut stopped: mpsc::Receiver<oneshot::Sender<()>>) {
        let reply = loop {
            match self.broadcast.receive().await {
                Ok(receiver) => match self.follow(receiver, &mut stopped).await {
                    End::Lost => {}
                    End::Stopped(reply) => break reply,
                },
                Err(error) => {
                    log_repeated!(warn, %error, "nothing is received from the other nodes");
                }
            }
            self.expire();
            tokio::select! {
                reply = stopped.recv() => break reply,
                () = sleep(Duration::from_millis(NODE_ASK_MS)) => {}
            }
        };
        if let Some(reply) = reply {
            // Nobody may wait for it any more.
            reply.send(()).ok();
        }
    }

    /// Receives and says what there is, until nothing can be received.
    async fn follow(
        &mut self,
        mut receiver: Box<dyn BroadcastReceiver>,
        stopped: &mut mpsc::Receiver<oneshot::Sender<()>>,
    ) -> End {
        let ask = self.outgoing.say(Says::Ask { of: None }, self.now_ms());
        self.send(vec![ask]).await;
        let hub = self.hub.clone();
        loop {
            let wait = self.say_what_is_due().await;
            tokio::select! {
                reply = stopped.recv() => {
                    let stop = self.outgoing.say(Says::Stop, self.now_ms());
                    self.send(vec![stop]).await;
                    return End::Stopped(reply);
                }
                message = receiver.next() => match message {
                    Some(message) => self.on_message(&message),
                    None => return End::Lost,
                },
                () = hub.own_changes().changed(), if self.changes_due_ms.is_none() => {
                    self.changes_due_ms = Some(self.now_ms() + PRESENCE_COALESCE_MS);
                }
                () = sleep(wait) => {}
            }
        }
    }

    /// Says what is due. Returns how long nothing more is due by itself.
    async fn say_what_is_due(&mut self) -> Duration {
        self.expire();
        let now_ms = self.now_ms();
        if self.changes_due_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.say_changes().await;
        }
        for node in self.others.ask_now(now_ms) {
            let ask = self.outgoing.say(Says::Ask { of: Some(node) }, now_ms);
            self.send(vec![ask]).await;
        }
        if self.outgoing.is_whole_due(now_ms) {
            // First the changes: what all members are has them already, and is never older.
            self.say_changes().await;
            let (own, bytes_max) = (self.hub.own_members(), self.broadcast.bytes_max());
            let whole = self.outgoing.whole(own, bytes_max, now_ms);
            self.send(whole).await;
        }
        if let Some(heartbeat) = self.outgoing.heartbeat(now_ms) {
            self.send(vec![heartbeat]).await;
        }
        let due = [self.changes_due_ms, self.others.due_at_ms(now_ms)];
        let due = due.into_iter().flatten().chain([self.outgoing.due_at_ms()]);
        let due_ms = due.min().unwrap_or(now_ms);
        // A millisecond at least, since the clock may be a part of one behind the timer.
        Duration::from_millis(due_ms.saturating_sub(self.now_ms()).max(1))
    }

    /// Says what has changed on this node since this was last said.
    async fn say_changes(&mut self) {
        self.changes_due_ms = None;
        let changes = self.hub.own_changes().take();
        if changes.is_incomplete {
            self.outgoing.ask_whole();
        }
        let bytes_max = self.broadcast.bytes_max();
        let delta = self.outgoing.delta(changes, bytes_max, self.now_ms());
        self.send(delta).await;
    }

    /// Sends these. After one that is not sent the others would be in vain.
    async fn send(&mut self, messages: Vec<NodeMessage>) {
        for message in messages {
            let sent = match message.encode() {
                Ok(bytes) => {
                    let sending = self.broadcast.send(Bytes::from(bytes));
                    let within = Duration::from_millis(NODE_SEND_MS_MAX);
                    let sent = timeout(within, sending).await;
                    sent.map_err(|_| "the servers do not take it".to_owned())
                        .and_then(|sent| sent.map_err(|error| error.to_string()))
                }
                // Names and numbers are always JSON.
                Err(error) => Err(error.to_string()),
            };
            let metrics = self.hub.nodes_metrics();
            if let Err(error) = sent {
                metrics.unsent.add(1);
                log_repeated!(warn, %error, "the other nodes are not sent who is present here");
                return;
            }
            metrics.sent.add(1);
        }
    }

    fn on_message(&mut self, bytes: &[u8]) {
        let message = match NodeMessage::decode(bytes) {
            Ok(message) if self.others.is_own(&message) => return,
            Ok(message) => message,
            Err(error) => {
                log_repeated!(warn, %error, "a message of another node can't be read");
                return;
            }
        };
        let now_ms = self.now_ms();
        let outcome = self.others.on_message(message, now_ms);
        let metrics = self.hub.nodes_metrics();
        metrics.received.add(1);
        metrics.gaps.add(outcome.is_gap.into());
        if outcome.is_asked {
            self.outgoing.ask_whole();
        }
        self.show(outcome.news);
    }

    /// Has the members of dead nodes go.
    fn expire(&mut self) {
        let now_ms = self.now_ms();
        let news = self.others.expire(now_ms);
        self.show(news);
        let nodes = self.others.count(now_ms) as u64;
        self.hub.nodes_metrics().nodes.store(nodes, Relaxed);
    }

    fn show(&self, news: Vec<RoomNews>) {
        for news in news {
            self.hub.apply_elsewhere(news);
        }
    }

    fn now_ms(&self) -> u64 {
        self.hub.clock().now_ms()
    }
}

#[cfg(test)]
mod tests;
