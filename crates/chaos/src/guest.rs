//! One client: what it does in the storm, and what it writes down.

mod deeds;
mod notes;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use parlor_client::{Client, Config, Events, MessageId, RoomId, Seq};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    dice::Dice,
    record::{Record, Seen, Sight},
    tally::Tally,
};

pub(crate) use notes::Interned;

/// Messages of a room that a client may react to, or edit.
const TARGETS_MAX: usize = 32;

/// How far the run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Everything goes wrong.
    Storm,
    /// Nothing goes wrong, nobody posts: every outbox is to become empty.
    Calm,
    /// Every client is to come to these places.
    Heads(Arc<BTreeMap<RoomId, Seq>>),
    /// Time is up: whoever is not there says so.
    Over,
}

/// Says that a client's outbox is empty, and the newest place it knows of each room.
pub(crate) type Settled = BTreeMap<RoomId, Seq>;

/// What all clients of a run share.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    pub(crate) url: String,
    pub(crate) rooms: Arc<[RoomId]>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) interned: Arc<Interned>,
}

/// One client and the program around it.
pub(crate) struct Guest {
    party: Party,
    dice: Dice,
    config: Config,
    client: Client,
    events: Events,
    record: Record,
    /// Rooms it wants to be in.
    rooms: BTreeSet<RoomId>,
    /// Posts that were accepted and not heard of since.
    unsettled: BTreeSet<MessageId>,
    /// The newest place seen of each room.
    newest: BTreeMap<RoomId, Seq>,
    /// The newest place of each room in this visit.
    reached: BTreeMap<RoomId, Seq>,
    /// Messages of anyone, and of its own, by room.
    heard: BTreeMap<RoomId, VecDeque<MessageId>>,
    own: BTreeMap<RoomId, VecDeque<MessageId>>,
    posts: u64,
    acts_at: Instant,
    listens_at: Instant,
    probes_at: Option<Instant>,
}

impl Guest {
    pub(crate) fn new(number: usize, seed: u64, party: Party) -> anyhow::Result<Self> {
        let mut dice = Dice::of(seed, number as u64 + 1);
        let config = Config::new(&party.url, &format!("Guest {number}"))?;
        let (client, events) = Client::connect(config.clone());
        let now = Instant::now();
        let record = Record {
            client: number,
            ..Record::default()
        };
        let acts_at = now + dice.ms(0..500);
        Ok(Self {
            party,
            dice,
            config,
            client,
            events,
            record,
            rooms: BTreeSet::new(),
            unsettled: BTreeSet::new(),
            newest: BTreeMap::new(),
            reached: BTreeMap::new(),
            heard: BTreeMap::new(),
            own: BTreeMap::new(),
            posts: 0,
            acts_at,
            listens_at: now,
            probes_at: None,
        })
    }

    /// Lives through the run; gives its record.
    pub(crate) async fn live(
        mut self,
        mut stages: watch::Receiver<Stage>,
        settled: mpsc::Sender<Settled>,
    ) -> anyhow::Result<Record> {
        self.join_some().await?;
        let mut stage = Stage::Storm;
        let mut told = false;
        loop {
            let now = stages.borrow_and_update().clone();
            if stage == Stage::Storm && now != Stage::Storm {
                self.calm_down().await?;
            }
            stage = now;
            match &stage {
                Stage::Storm => {}
                Stage::Calm if !told && self.unsettled.is_empty() => {
                    told = true;
                    settled.send(self.newest.clone()).await?;
                }
                Stage::Calm => {}
                Stage::Heads(heads) => {
                    if self.rooms.iter().all(|room| self.is_at(room, heads)) {
                        return self.finish().await;
                    }
                }
                Stage::Over => return self.give_up(),
            }
            let listens = Instant::now() >= self.listens_at;
            let probe = self.probes_at;
            tokio::select! {
                event = self.events.next(), if listens => match event {
                    Some(event) => self.hear(event),
                    None => anyhow::bail!("the client ended by itself"),
                },
                () = tokio::time::sleep_until(self.acts_at), if stage == Stage::Storm => {
                    self.act().await?;
                }
                () = at(probe) => {
                    self.probes_at = None;
                    self.client.probe().await?;
                }
                changed = stages.changed() => changed?,
            }
        }
    }

    fn is_at(&self, room: &RoomId, heads: &BTreeMap<RoomId, Seq>) -> bool {
        let head = heads.get(room).copied().unwrap_or_default();
        self.reached.get(room).is_some_and(|seq| *seq >= head)
    }

    /// Listens again, and goes back to where posts still wait.
    async fn calm_down(&mut self) -> anyhow::Result<()> {
        self.listens_at = Instant::now();
        for post in self.client.outbox().await? {
            self.join(&post.room).await?;
        }
        Ok(self.client.probe().await?)
    }

    async fn finish(mut self) -> anyhow::Result<Record> {
        let left = self.client.close().await?;
        if !left.is_empty() {
            let what = format!("the outbox still has {left:?}");
            self.record.complaints.push(what);
        }
        self.record.stays_in = self.rooms;
        Ok(self.record)
    }

    fn give_up(mut self) -> anyhow::Result<Record> {
        let what = format!(
            "did not settle: {} posts wait, the line {:?}, at {:?}",
            self.unsettled.len(),
            self.client.last_error(),
            self.reached,
        );
        self.record.complaints.push(what);
        self.record.stays_in = self.rooms;
        Ok(self.record)
    }

    fn see(&mut self, room: &RoomId, what: Seen) {
        let at = self.party.tally.elapsed();
        let sights = self.record.sights.entry(room.clone()).or_default();
        sights.push(Sight { at, what });
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Puts in an id, and forgets the oldest past the bound.
fn remember(ids: &mut VecDeque<MessageId>, id: MessageId) {
    if ids.len() >= TARGETS_MAX {
        ids.pop_front();
    }
    ids.push_back(id);
}
