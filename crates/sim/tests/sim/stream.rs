//! The stream that the nodes of a world share: what it stores and when, what it shows to whom, and
//! what the nodes make of it.

use bytes::Bytes;
use parlor_server::sim::{Answer, Replica, Server, Stream};
use parlor_shared::{Entry, Epoch, MessageId, RoomId, Seq};

use crate::{
    ends::End,
    history::LogStart,
    node::{Following, Node},
    shared::{Damage, Shared},
    world::{Event, Faults, World},
};

/// How often time passes for the nodes where nothing else happens.
const TURN_MS: u64 = 200;
/// How long a group that was lost on its way may take to arrive after all.
const LATE_MS_MAX: u64 = 30_000;
/// How many of the newest messages may be stored once more.
const REPEATS_MAX: usize = 60;
/// For how long after the stream was mended a node may still stop because of what it has seen.
const STOPS_LATE_MS: u64 = 2_000;

impl World {
    /// Begins a stream, and with it an epoch.
    pub(crate) fn begin_stream(&mut self, nodes: usize) {
        let epoch = Epoch::new(self.random.bytes());
        let stream = Stream::new(epoch, nodes).unwrap();
        let replica = self.open_replica(&stream);
        self.oracle.start_log(epoch, LogStart::New);
        match self.shared {
            None => {
                self.stats.shared += 1;
                self.schedule_in(TURN_MS, Event::StreamStep);
            }
            Some(_) => self.trace("stream", || "begins anew, in another epoch".to_owned()),
        }
        self.shared = Some(Shared::new(stream, replica));
    }

    /// A replica that has nothing of the stream yet.
    pub(crate) fn open_replica(&mut self, stream: &Stream) -> Replica {
        let name = format!("replica {}", self.random.next_u64());
        let folder = self.folders.path().join(name);
        Replica::open(&folder, stream).unwrap()
    }

    /// Runs the tasks of the nodes as far as they get without waiting.
    pub(crate) fn run_nodes(&self) {
        if let Some(shared) = &self.shared {
            shared.stream.run(self.now_ms);
        }
    }

    /// Schedules what the stream is to store and to show.
    pub(crate) fn poll_stream(&mut self) {
        let Some(shared) = &mut self.shared else {
            return;
        };
        let (last, stores) = (
            shared.stream.last(),
            shared.stream.published() > 0 && !shared.store_due,
        );
        shared.store_due |= stores;
        let mut shows = Vec::new();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let following = &mut node.following;
            let may_show = !following.show_due && self.now_ms >= following.lags_until_ms;
            if may_show && shared.stream.shown(number) < last {
                following.show_due = true;
                shows.push(Event::StreamShows(number));
            }
        }
        for event in shows
            .into_iter()
            .chain(stores.then_some(Event::StreamStores))
        {
            let in_ms = self.random.between(0, self.plan.stream_ms_max);
            self.schedule_in(in_ms, event);
        }
        self.check_failures();
    }

    /// The stream stores a group that was published, or loses it. Its publisher may learn nothing
    /// of it either way.
    pub(crate) fn stream_stores(&mut self) {
        let Some(shared) = &mut self.shared else {
            return;
        };
        shared.store_due = false;
        let waiting = shared.stream.published();
        if waiting == 0 {
            return;
        }
        let index = self.random.below(waiting as u64) as usize;
        let rough = self.faults == Faults::On;
        let is_stalled = self.now_ms < shared.stalled_until_ms;
        if is_stalled || rough && self.random.one_in(10) {
            self.stats.groups_lost += 1;
            let group = shared.stream.lose(index);
            let comes_late = rough && !is_stalled && self.random.one_in(2);
            if let Some(group) = group.filter(|_| comes_late) {
                let at_ms = self.now_ms + self.random.between(1, LATE_MS_MAX);
                shared.late.push((at_ms, group));
            }
            return self.trace("stream", || "loses a group".to_owned());
        }
        let answer = match rough && self.random.one_in(10) {
            true => Answer::Lost,
            false => Answer::Stored,
        };
        self.stats.answers_lost += u64::from(answer == Answer::Lost);
        let brought = shared.stream.store(index, answer);
        self.on_stored(&brought);
    }

    /// The stream has stored a group, which is the first to bring these entries.
    fn on_stored(&mut self, brought: &[(RoomId, MessageId)]) {
        self.stats.stored += 1;
        self.oracle.on_brought(brought);
        self.check_fork();
        let Some(shared) = &mut self.shared else {
            return;
        };
        let last = shared.stream.last();
        self.trace("stream", || format!("stores group {last}"));
        let Some(shared) = &mut self.shared else {
            return;
        };
        if let Err(why) = shared.replica.follow() {
            // Those who have what is lost publish here, too: nobody applies that.
            let is_explained = shared.damage.as_ref().is_some_and(Damage::is_of_end);
            if !is_explained {
                self.check(Err(format!("what the stream says can't be applied: {why}")));
            }
        }
        self.learn_stream();
    }

    /// Reads the entries that are new in the stream into the oracle.
    fn learn_stream(&mut self) {
        let Some(shared) = &self.shared else {
            return;
        };
        for room in &self.rooms {
            let head = self.oracle.newest(room);
            let new = shared.replica.durable(room, head).unwrap();
            if new.is_empty() {
                continue;
            }
            self.trace_entries("stream", room, &new);
            let result = self.oracle.append(room, new);
            if let Err(violation) = result {
                self.violation.get_or_insert(violation);
            }
        }
    }

    /// Adds a line to the trace of entries that are new on a log.
    pub(crate) fn trace_entries(&self, who: &str, room: &RoomId, new: &[Entry]) {
        self.trace(who, || {
            let entries = new.iter();
            let entries: Vec<_> = entries
                .map(|entry| format!("{} ({})", entry.seq, self.oracle.number(entry.id)))
                .collect();
            format!("{room} has {}", entries.join(", "))
        });
    }

    /// The stream shows a node more of what it has.
    pub(crate) fn stream_shows(&mut self, number: usize) {
        let (Some(shared), following) = (&self.shared, &mut self.nodes[number].following) else {
            return;
        };
        following.show_due = false;
        let (shown, last) = (shared.stream.shown(number), shared.stream.last());
        if shown < last && self.now_ms >= following.lags_until_ms {
            let until = match self.random.one_in(3) {
                true => self.random.between(shown + 1, last),
                false => last,
            };
            shared.stream.show(number, until);
        }
    }

    /// Time passes for the nodes: those that were away come back, and what was late arrives.
    pub(crate) fn stream_step(&mut self) {
        self.schedule_in(TURN_MS, Event::StreamStep);
        let Some(shared) = &mut self.shared else {
            return;
        };
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let away_until_ms = &mut node.following.away_until_ms;
            if *away_until_ms > 0 && self.now_ms >= *away_until_ms {
                *away_until_ms = 0;
                node.following.reaches_since_ms = self.now_ms;
                shared.stream.set_away(number, false);
            }
        }
        let now_ms = self.now_ms;
        let (arrived, late) = shared
            .late
            .drain(..)
            .partition(|(at_ms, _)| *at_ms <= now_ms);
        shared.late = late;
        let arrived: Vec<(u64, Bytes)> = arrived;
        for (_, group) in arrived {
            self.store_again(group);
        }
        self.check_damage();
    }

    fn store_again(&mut self, group: Bytes) {
        if let Some(shared) = &self.shared {
            let brought = shared.stream.store_again(group);
            self.on_stored(&brought);
        }
    }

    /// The stream stores nothing for a while.
    pub(crate) fn stall_stream(&mut self) {
        let until_ms = self.now_ms + self.random.between(500, 15_000);
        if let Some(shared) = &mut self.shared {
            shared.stalled_until_ms = shared.stalled_until_ms.max(until_ms);
            self.trace("stream", || "stores nothing for a while".to_owned());
        }
    }

    /// The stream stores one of its newest messages once more.
    pub(crate) fn repeat_message(&mut self) {
        let Some(shared) = self
            .shared
            .as_ref()
            .filter(|shared| shared.damage.is_none())
        else {
            return;
        };
        let messages = shared.stream.messages();
        let newest = messages.into_values().rev().take(REPEATS_MAX);
        let newest: Vec<Bytes> = newest.collect();
        if let Some(group) = self.random.pick(&newest).cloned() {
            self.stats.repeated += 1;
            self.trace("stream", || "stores a group once more".to_owned());
            self.store_again(group);
        }
    }

    /// A node does not reach the stream for a while.
    pub(crate) fn send_away(&mut self, number: usize) {
        let until_ms = self.now_ms + self.random.between(100, 20_000);
        if let Some(shared) = &self.shared {
            self.stats.aways += 1;
            self.nodes[number].following.away_until_ms = until_ms;
            shared.stream.set_away(number, true);
            self.trace_node(number, || "does not reach the stream".to_owned());
        }
    }

    /// A node is shown nothing for a while.
    pub(crate) fn let_lag(&mut self, number: usize) {
        self.stats.lags += 1;
        let until_ms = self.now_ms + self.random.between(1_000, 60_000);
        self.nodes[number].following.lags_until_ms = until_ms;
        self.trace_node(number, || "is shown nothing for a while".to_owned());
    }

    /// A node's tail leaves a group out.
    pub(crate) fn skip_message(&mut self, number: usize) {
        if let Some(shared) = &self.shared {
            self.stats.skips += 1;
            self.nodes[number].following.was_skipped = true;
            shared.stream.skip_one(number);
            self.trace_node(number, || "has a tail that leaves a group out".to_owned());
        }
    }

    /// A node whose engine has failed is stopped, and starts again. It must have had a reason.
    fn check_failures(&mut self) {
        for number in 0..self.nodes.len() {
            let server = self.nodes[number].server.as_ref();
            let (Some(why), Some(shared)) = (server.and_then(Server::failure), &self.shared) else {
                continue;
            };
            let is_to_skip = shared.stream.is_to_skip(number);
            let following = &self.nodes[number].following;
            let is_late = self.now_ms <= shared.mended_ms + STOPS_LATE_MS;
            let is_damaged = shared.damage.is_some() || shared.mended_ms > 0 && is_late;
            if !is_damaged && !following.was_skipped {
                self.check(Err(format!(
                    "node {number} stops, and its stream is whole: {why}"
                )));
            }
            self.nodes[number].following.was_skipped = is_to_skip;
            self.stats.stopped += 1;
            self.trace_node(number, || format!("has failed: {why}"));
            self.crash(number, End::Killed);
        }
    }

    /// Compares the entries that are newly on a node's disk with what the stream says.
    pub(crate) fn compare_log(&mut self, number: usize) {
        let Node {
            server, following, ..
        } = &mut self.nodes[number];
        let Some(server) = server else {
            return;
        };
        for room in &self.rooms {
            let after = following.heads.get(room).copied().unwrap_or(Seq::ZERO);
            let new = server.durable(room, after).unwrap();
            let Some(newest) = new.last().map(|newest| newest.seq) else {
                continue;
            };
            let mut differs = None;
            following.histories.retain(|history| {
                let compared = self.oracle.check_applied(*history, room, after, &new);
                let is_same = compared.is_ok();
                differs = compared.err().or(differs.take());
                is_same
            });
            following.heads.insert(room.clone(), newest);
            if following.histories.is_empty() {
                let why = differs.unwrap_or_default();
                let violation = format!("node {number}: {why}");
                self.violation.get_or_insert(violation);
                return;
            }
        }
    }

    /// Compares all that is on the disk of a node that starts.
    pub(crate) fn compare_whole_log(&mut self, number: usize) {
        let following = &mut self.nodes[number].following;
        following.heads.clear();
        following.histories = self.oracle.histories();
        self.compare_log(number);
    }

    /// A node that has not come as far as its stream.
    pub(crate) fn node_behind(&self) -> Option<String> {
        self.shared.as_ref()?;
        self.nodes.iter().enumerate().find_map(|(number, node)| {
            let is_behind = |room: &&RoomId| {
                let head = node.following.heads.get(*room).copied();
                head.unwrap_or(Seq::ZERO) != self.oracle.newest(room)
            };
            let room = self.rooms.iter().find(is_behind)?;
            let head = self.oracle.newest(room);
            Some(format!("node {number} has not come to {head} of {room}"))
        })
    }

    /// Ends whatever keeps the nodes from the stream.
    pub(crate) fn mend_stream(&mut self) {
        self.mend_damage();
        let Some(shared) = &mut self.shared else {
            return;
        };
        shared.late.clear();
        shared.stalled_until_ms = 0;
        shared.stream.skip_none();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let Following {
                lags_until_ms,
                away_until_ms,
                ..
            } = &mut node.following;
            *lags_until_ms = 0;
            if std::mem::take(away_until_ms) > 0 {
                shared.stream.set_away(number, false);
            }
        }
    }
}
