//! A member of the load: posts at its times, does what people do besides, and comes and goes.

use std::{collections::HashMap, ops::Range, sync::Arc, time::Duration};

use parlor_client::{
    Body, Client, Emoji, Event, Events, MessageId, OutboxPost, PostError, Queued, RoomId, Seq,
    ServerMessage, Text, Token,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::load::{Load, Pace};

/// How long a member stays before it goes, in milliseconds.
const STAY_MS: Range<u64> = 20_000..80_000;
/// How many messages of its room a member remembers, to react to.
const REMEMBERED_MAX: usize = 16;

/// How a member goes.
#[derive(Debug, Clone, Copy)]
enum Going {
    /// The connection is dropped, and the same member is back at once with its unsent posts.
    Dropped,
    /// The same member closes, and is back.
    Closed,
    /// The member closes, and somebody else takes the place.
    Replaced,
}

/// A member, its client, and what it knows of its room.
pub(crate) struct Member {
    load: Arc<Load>,
    pace: watch::Receiver<Pace>,
    rng: fastrand::Rng,
    url: String,
    room: RoomId,
    client: Client,
    events: Events,
    token: Option<Token>,
    /// When each append that is not acked was due.
    sent: HashMap<MessageId, Instant>,
    /// Messages of the room.
    seen: Vec<MessageId>,
    own: Option<MessageId>,
    head: Seq,
    due: Instant,
    goes_at: Instant,
}

impl Member {
    pub(crate) async fn enter(
        load: Arc<Load>,
        url: String,
        room: RoomId,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let (client, events) = Client::builder(&url, "Soak").connect_with_events()?;
        client.join(&room).await?;
        let now = Instant::now();
        let mut rng = fastrand::Rng::with_seed(seed);
        Ok(Self {
            pace: load.pace.subscribe(),
            due: now,
            goes_at: now + Duration::from_millis(rng.u64(STAY_MS)),
            load,
            rng,
            url,
            room,
            client,
            events,
            token: None,
            sent: HashMap::new(),
            seen: Vec::new(),
            own: None,
            head: Seq::ZERO,
        })
    }

    /// Lives until the load is dropped or has stopped and all that it sent is acked.
    pub(crate) async fn live(mut self) -> anyhow::Result<()> {
        loop {
            let pace = *self.pace.borrow_and_update();
            if pace == Pace::Stopped && self.sent.is_empty() {
                self.client.close().await?;
                return Ok(());
            }
            let wants_to_post = match pace {
                Pace::InFlight(most) => self.sent.len() < most,
                Pace::Every(_) => true,
                Pace::Stopped => false,
            };
            tokio::select! {
                biased;
                event = self.events.next() => match event {
                    Some(event) => self.on_event(event),
                    None => anyhow::bail!("a client has ended by itself"),
                },
                changed = self.pace.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    self.begin_pace();
                }
                () = sleep_until(self.goes_at), if pace != Pace::Stopped => self.go().await?,
                () = sleep_until(self.due), if wants_to_post => {
                    self.act(pace).await?;
                }
            }
        }
    }

    /// Spreads the members evenly over the interval.
    fn begin_pace(&mut self) {
        if let Pace::Every(interval) = *self.pace.borrow() {
            self.due = Instant::now() + interval.mul_f64(self.rng.f64());
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Acked { entry, .. } => {
                // An append of a client that was replaced may be acked twice.
                if let Some(due) = self.sent.remove(&entry.id) {
                    self.load.on_acked(due.elapsed());
                }
            }
            Event::PostRefused { post, .. } => {
                if self.sent.remove(&post.id).is_some() {
                    self.load.on_refused();
                }
            }
            Event::Message(ServerMessage::Welcome { token, .. }) => self.token = Some(token),
            Event::Message(ServerMessage::Entry { entry, .. }) => {
                self.head = entry.seq;
                if matches!(entry.body, Body::Post { .. }) {
                    self.seen.truncate(REMEMBERED_MAX - 1);
                    self.seen.insert(0, entry.id);
                }
            }
            Event::Message(_)
            | Event::Status(_)
            | Event::Refused(_)
            | Event::Slowed { .. }
            | Event::RoundTrip { .. } => {}
        }
    }

    /// Appends something, and does something else now and then.
    async fn act(&mut self, pace: Pace) -> anyhow::Result<()> {
        let due = self.due;
        if let Pace::Every(interval) = pace {
            // By the clock: a server that is late gets no fewer.
            self.due += interval;
        } else {
            self.due = Instant::now();
        }
        let since = due.min(Instant::now());
        let body = self.body()?;
        let is_post = matches!(body, Body::Post { .. });
        let room = self.client.room(&self.room)?;
        match room.append(body).queue().await {
            Ok(Queued { id, .. }) => {
                self.load.on_sent();
                self.sent.insert(id, since);
                if is_post {
                    self.own = Some(id);
                }
            }
            // The server is far behind; the latency of those that wait says so.
            Err(PostError::OutboxFull(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let head = self.head;
        // Nobody waits for the answers: they come while the member takes its events.
        match self.rng.u8(0..100) {
            0..3 => room.typing().await?,
            3..5 => drop(tokio::spawn(async move { room.history(head, 50).await })),
            5..6 => drop(tokio::spawn(async move { room.search("soak").await })),
            _nothing => {}
        }
        Ok(())
    }

    /// Most often a post, else a reaction or an edit.
    fn body(&mut self) -> anyhow::Result<Body> {
        let chance = self.rng.u8(0..100);
        let target = self.rng.choice(&self.seen).copied();
        Ok(match (chance, target, self.own) {
            (0..10, Some(target), _) => Body::Reaction {
                target,
                emoji: Emoji::parse("👍")?,
                on: self.rng.bool(),
            },
            (10..14, _, Some(target)) => Body::Edit {
                target,
                text: self.text()?,
            },
            _ => Body::post(self.text()?),
        })
    }

    /// A text of the length that most messages have.
    fn text(&mut self) -> anyhow::Result<Text> {
        let words = [
            "soak", "steady", "river", "evening", "letter", "market", "quiet",
        ];
        let count = self.rng.usize(3..20);
        let words: Vec<_> = (0..count).filter_map(|_| self.rng.choice(words)).collect();
        Ok(Text::parse(words.join(" "))?)
    }

    /// Whether somebody else may send this: all but edits, which nobody waits for any more.
    fn may_be_anothers(&mut self, post: &OutboxPost) -> bool {
        let is_edit = matches!(post.body, Body::Edit { .. });
        if is_edit && self.sent.remove(&post.id).is_some() {
            self.load.on_withdrawn();
        }
        !is_edit
    }

    /// Goes, and comes back or makes room for somebody else.
    async fn go(&mut self) -> anyhow::Result<()> {
        self.goes_at = Instant::now() + Duration::from_millis(self.rng.u64(STAY_MS));
        let going = match self.rng.u8(0..4) {
            0 | 1 => Going::Dropped,
            2 => Going::Closed,
            _ => Going::Replaced,
        };
        let mut outbox: Vec<OutboxPost> = match going {
            Going::Dropped => self.client.outbox().await?,
            Going::Closed | Going::Replaced => self.client.close().await?,
        };
        // What it was told before: acks among it.
        while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, self.events.next()).await {
            self.on_event(event);
        }
        let mut config = Client::builder(&self.url, "Soak");
        match going {
            Going::Dropped | Going::Closed => {
                if let Some(token) = self.token.clone() {
                    config = config.token(token);
                }
            }
            Going::Replaced => {
                self.token = None;
                self.own = None;
                outbox.retain(|post| self.may_be_anothers(post));
            }
        }
        let config = config.outbox(outbox);
        (self.client, self.events) = config.connect_with_events()?;
        self.client.join(&self.room).await?;
        Ok(())
    }
}
