//! A client in JavaScript (`clients/js`): it reads one room through its loop over the entries, and
//! posts there. Its process is killed now and then; another one goes on as the same member, after
//! the last entry that was read, and posts again what is not acked.

use std::{path::PathBuf, time::SystemTime};

use parlor_client::{Body, Emoji, JoinOutcome, MessageId, Position, Token};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use crate::{
    client::Shared,
    follower::Follower,
    js_process::{COMMANDS_MAX, JsCommand, JsProcess, Seen},
    phase::Phase,
    recent::RecentMessages,
    record::{AcceptedPost, ClientKind, Record},
    rng::{self, Rng},
    stats::Fault,
    texts::Texts,
};

/// How many posts may be unacked before the client waits with more: all of them, and what else a
/// new process is to do, wait for it together.
const UNACKED_MAX: usize = COMMANDS_MAX / 2;

/// A client and the program around it.
pub(crate) struct JsClient {
    shared: Shared,
    library: PathBuf,
    rng: Rng,
    texts: Texts,
    follower: Follower,
    process: JsProcess,
    token: Option<Token>,
    /// The posts that were neither acked nor refused yet, in their order.
    unacked: Vec<AcceptedPost>,
    messages: RecentMessages,
    own_messages: RecentMessages,
    acts_at: Instant,
    reads_at: Instant,
}

impl JsClient {
    pub(crate) fn start(
        number: usize,
        library: PathBuf,
        seed: u64,
        shared: Shared,
    ) -> anyhow::Result<Self> {
        let now = Instant::now();
        let client = Self {
            rng: rng::for_part(seed, number as u64 + 1),
            texts: Texts::of(number),
            follower: Follower::new(shared.clone(), number, ClientKind::JavaScript),
            process: JsProcess::start(&library)?,
            shared,
            library,
            token: None,
            unacked: Vec::new(),
            messages: RecentMessages::default(),
            own_messages: RecentMessages::default(),
            acts_at: now,
            reads_at: now,
        };
        Ok(client)
    }

    /// Runs through all phases; returns the record. When nothing is unacked in [`Phase::Drain`],
    /// says so to `drained`.
    pub(crate) async fn run(
        mut self,
        mut phases: watch::Receiver<Phase>,
        drained: mpsc::Sender<()>,
    ) -> anyhow::Result<Record> {
        self.begin()?;
        let mut phase = Phase::Chaos;
        let mut has_drained = false;
        loop {
            let current = phases.borrow_and_update().clone();
            if phase == Phase::Chaos && current != Phase::Chaos {
                self.process.command(&JsCommand::Start {})?;
            }
            phase = current;
            match &phase {
                Phase::Drain if !has_drained && self.unacked.is_empty() => {
                    has_drained = true;
                    drained.send(()).await?;
                }
                Phase::CatchUp(heads) if self.follower.has_received(heads) => {
                    self.process.close().await?;
                    return Ok(self.follower.finish());
                }
                Phase::TimedOut => {
                    let why = format!("{} posts are not acked", self.unacked.len());
                    return Ok(self.follower.give_up(&why));
                }
                Phase::Chaos | Phase::Drain | Phase::CatchUp(_) => {}
            }
            let is_chaos = phase == Phase::Chaos;
            let reads = !is_chaos || Instant::now() >= self.reads_at;
            tokio::select! {
                seen = self.process.next(), if reads => self.on_seen(seen?),
                () = sleep_until(self.acts_at), if is_chaos => self.act().await?,
                changed = phases.changed() => changed?,
            }
        }
    }

    /// Has the process connect, read on and post again.
    fn begin(&mut self) -> anyhow::Result<()> {
        let number = self.follower.record().client;
        let room = self.follower.room().clone();
        let after = self.follower.place();
        let process = &self.process;
        process.command(&JsCommand::Connect {
            url: format!("http://{}", self.shared.proxy),
            name: format!("Client {number}"),
            token: self.token.as_ref().map(|token| token.as_str().to_owned()),
        })?;
        process.command(&JsCommand::Read { room, after })?;
        for AcceptedPost { room, id, body } in self.unacked.clone() {
            process.command(&JsCommand::Post { room, id, body })?;
        }
        Ok(())
    }

    /// Takes one action, most often a post, and sets the time of the next one.
    async fn act(&mut self) -> anyhow::Result<()> {
        match self.rng.u16(0..1_000) {
            0..8 => self.crash().await?,
            8..14 => self.stop_reading(),
            14..50 => self.edit()?,
            50..90 => self.react()?,
            90..100 => self.delete()?,
            _ => self.post()?,
        }
        self.acts_at = Instant::now() + rng::millis(&mut self.rng, 20..80);
        Ok(())
    }

    /// Kills the process and starts another.
    async fn crash(&mut self) -> anyhow::Result<()> {
        // Before its first welcome a client has no token, so the other one would be another member.
        if self.token.is_none() {
            return Ok(());
        }
        self.follower.count(Fault::Crash, "crashes");
        self.process.kill().await?;
        self.process = JsProcess::start(&self.library)?;
        self.follower.come_back();
        self.begin()
    }

    /// The process can print nothing then once the pipe is full, and takes nothing from its socket.
    fn stop_reading(&mut self) {
        let duration = rng::millis(&mut self.rng, 300..3_000);
        self.reads_at = Instant::now() + duration;
        let what = format!("stops reading for {duration:?}");
        self.follower.count(Fault::ReaderStall, what);
    }

    fn post(&mut self) -> anyhow::Result<()> {
        for _ in 0..self.rng.u8(1..4) {
            let text = self.texts.next(&mut self.rng)?;
            self.append(Body::post(text))?;
        }
        Ok(())
    }

    fn edit(&mut self) -> anyhow::Result<()> {
        match self.own_message() {
            Some(target) => {
                let text = self.texts.next(&mut self.rng)?;
                self.append(Body::Edit { target, text })
            }
            None => Ok(()),
        }
    }

    fn delete(&mut self) -> anyhow::Result<()> {
        match self.own_message() {
            Some(target) => {
                self.own_messages.remove(self.follower.room(), target);
                self.append(Body::Deletion { target })
            }
            None => Ok(()),
        }
    }

    fn react(&mut self) -> anyhow::Result<()> {
        let target = self.messages.choose(self.follower.room(), &mut self.rng);
        match target {
            Some(target) => {
                let emoji = Emoji::parse("👍")?;
                let on = self.rng.u8(0..3) > 0;
                self.append(Body::Reaction { target, emoji, on })
            }
            None => Ok(()),
        }
    }

    fn own_message(&mut self) -> Option<MessageId> {
        let room = self.follower.room();
        self.own_messages.choose(room, &mut self.rng)
    }

    fn append(&mut self, body: Body) -> anyhow::Result<()> {
        if self.unacked.len() >= UNACKED_MAX {
            return Ok(());
        }
        let room = self.follower.room().clone();
        let post = AcceptedPost {
            id: self.new_id()?,
            room,
            body,
        };
        if matches!(post.body, Body::Post { .. }) {
            // From here on it may be changed: the change follows it.
            self.own_messages.push(post.room.clone(), post.id);
        }
        self.follower.record().accepted.push(post.clone());
        self.unacked.push(post.clone());
        let AcceptedPost { room, id, body } = post;
        self.process.command(&JsCommand::Post { room, id, body })
    }

    fn new_id(&mut self) -> anyhow::Result<MessageId> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let mut random = [0; 10];
        self.rng.fill(&mut random);
        Ok(MessageId::new(now.as_millis() as u64, random))
    }

    fn on_seen(&mut self, seen: Seen) {
        match seen {
            Seen::Welcome { member, token } => {
                self.token = Some(token);
                let members = &mut self.follower.record().members;
                members.insert(member);
                if members.len() > 1 {
                    let what = format!("became another member: {members:?}");
                    self.follower.fail(what);
                }
            }
            Seen::Joined { outcome, epoch } => {
                if outcome == JoinOutcome::Resumed
                    && let Some(place) = self.follower.place()
                {
                    // Its place is one of this epoch from here on.
                    self.follower.go_on(epoch, place.seq);
                }
            }
            Seen::Entry { epoch, entry } => {
                if matches!(entry.body, Body::Post { .. }) {
                    self.messages.push(self.follower.room().clone(), entry.id);
                }
                self.follower.go_on(epoch, entry.prev);
                self.follower.receive(entry);
            }
            Seen::Reset {} => self.follower.start_over(),
            Seen::Acked { id, seq, epoch } => self.on_acked(id, Position { epoch, seq }),
            Seen::Refused { id, code } => {
                self.unacked.retain(|post| post.id != id);
                self.follower.record().refused.insert(id, code);
            }
            Seen::Failed { what } => self.follower.fail(what),
        }
    }

    fn on_acked(&mut self, id: MessageId, place: Position) {
        self.unacked.retain(|post| post.id != id);
        let before = self.follower.record().acked.insert(id, place);
        if let Some(before) = before
            && before.seq != place.seq
        {
            let what = format!("{id} was acked at {before:?} before, and at {place:?}");
            self.follower.fail(what);
        }
    }
}
