//! One client: the real client of `parlor-client`, the actions that it takes at random, and its
//! record.

mod actions;
mod events;

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

use parlor_client::{Client, ClientBuilder, Epoch, Events, MessageId, RoomId};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    entry_cache::EntryCache,
    phase::{Heads, Phase},
    recent::RecentMessages,
    record::{Observation, Observed, Record},
    rng::{self, Rng},
    stats::Stats,
    texts::Texts,
};

/// What all clients of a run share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    /// Where the proxy listens that carries their connections to the server.
    pub(crate) proxy: SocketAddr,
    pub(crate) rooms: Arc<[RoomId]>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) entries: Arc<EntryCache>,
}

/// A client and the program around it.
pub(crate) struct TestClient {
    shared: Shared,
    rng: Rng,
    config: ClientBuilder,
    client: Client,
    events: Events,
    record: Record,
    /// The rooms that it wants to be in.
    rooms: BTreeSet<RoomId>,
    /// The accepted posts that were neither acked nor refused yet.
    unacked: BTreeSet<MessageId>,
    /// The epoch of the server that has welcomed it last.
    epoch: Option<Epoch>,
    /// The newest place of each room that the current client has received.
    received: Heads,
    /// Messages to react to.
    messages: RecentMessages,
    /// Its own messages, to edit and delete.
    own_messages: RecentMessages,
    texts: Texts,
    acts_at: Instant,
    reads_at: Instant,
    probes_at: Option<Instant>,
}

impl TestClient {
    pub(crate) fn new(number: usize, seed: u64, shared: Shared) -> anyhow::Result<Self> {
        let mut rng = rng::for_part(seed, number as u64 + 1);
        let config = Client::builder(
            format!("ws://{}/ws", shared.proxy),
            format!("Client {number}"),
        );
        let (client, events) = config.clone().connect_with_events()?;
        let now = Instant::now();
        let record = Record {
            client: number,
            ..Record::default()
        };
        let acts_at = now + rng::millis(&mut rng, 0..500);
        Ok(Self {
            shared,
            rng,
            config,
            client,
            events,
            record,
            rooms: BTreeSet::new(),
            unacked: BTreeSet::new(),
            epoch: None,
            received: Heads::new(),
            messages: RecentMessages::default(),
            own_messages: RecentMessages::default(),
            texts: Texts::of(number),
            acts_at,
            reads_at: now,
            probes_at: None,
        })
    }

    /// Runs through all phases; returns the record. When the outbox is empty in [`Phase::Drain`],
    /// says so to `drained`.
    pub(crate) async fn run(
        mut self,
        mut phases: watch::Receiver<Phase>,
        drained: mpsc::Sender<()>,
    ) -> anyhow::Result<Record> {
        self.join_half_of_the_rooms().await?;
        let mut phase = Phase::Chaos;
        let mut has_drained = false;
        loop {
            let current = phases.borrow_and_update().clone();
            if phase == Phase::Chaos && current != Phase::Chaos {
                self.begin_drain().await?;
            }
            phase = current;
            match &phase {
                Phase::Drain if !has_drained && self.unacked.is_empty() => {
                    has_drained = true;
                    drained.send(()).await?;
                }
                Phase::Chaos | Phase::Drain => {}
                Phase::CatchUp(heads) => {
                    if self.rooms.iter().all(|room| self.has_received(room, heads)) {
                        return self.finish().await;
                    }
                }
                Phase::TimedOut => return Ok(self.give_up()),
            }
            let reads = Instant::now() >= self.reads_at;
            let probes_at = self.probes_at;
            tokio::select! {
                event = self.events.next(), if reads => match event {
                    Some(event) => self.on_event(event),
                    None => anyhow::bail!("the client ended without being closed"),
                },
                () = tokio::time::sleep_until(self.acts_at), if phase == Phase::Chaos => {
                    self.act().await?;
                }
                () = sleep_until(probes_at) => {
                    self.probes_at = None;
                    self.client.probe().await?;
                }
                changed = phases.changed() => changed?,
            }
        }
    }

    /// Whether the client has everything up to the head, as the server that is running has it.
    fn has_received(&self, room: &RoomId, heads: &Heads) -> bool {
        let received = self.received.get(room).zip(heads.get(room));
        received.is_some_and(|(place, head)| place.epoch == head.epoch && place.seq >= head.seq)
    }

    /// Reads again, and joins the rooms for which the outbox still holds posts.
    async fn begin_drain(&mut self) -> anyhow::Result<()> {
        self.reads_at = Instant::now();
        for post in self.client.outbox().await? {
            self.join(&post.room).await?;
        }
        Ok(self.client.probe().await?)
    }

    async fn finish(mut self) -> anyhow::Result<Record> {
        let left = self.client.close().await?;
        if !left.is_empty() {
            self.fail(format!("the outbox still holds {left:?}"));
        }
        self.record.final_rooms = self.rooms;
        Ok(self.record)
    }

    fn give_up(mut self) -> Record {
        self.fail(format!(
            "did not finish: {} posts are not acked, last error {:?}, received up to {:?}",
            self.unacked.len(),
            self.client.last_error(),
            self.received,
        ));
        self.record.final_rooms = self.rooms;
        self.record
    }

    fn observe(&mut self, room: &RoomId, what: Observed) {
        let at = self.shared.stats.elapsed();
        let observations = self.record.observations.entry(room.clone()).or_default();
        observations.push(Observation { at, what });
    }

    fn fail(&mut self, what: impl Into<String>) {
        self.record.failures.push(what.into());
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
