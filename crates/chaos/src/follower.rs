//! The record of a client that follows one room by positions: each entry comes with its own, and
//! the client goes on after the one that it has received last, whenever it comes back.

use parlor_client::{Entry, Epoch, JoinOutcome, Position, RoomId, Seq};

use crate::{
    client::Shared,
    phase::Heads,
    record::{ClientKind, Observation, Observed, Record},
    stats::Fault,
};

/// What such a client has received, and where it is.
#[derive(Debug)]
pub(crate) struct Follower {
    shared: Shared,
    room: RoomId,
    record: Record,
    /// The position of what it has received last; `None` where it starts over.
    place: Option<Position>,
    /// Whether it has come back, and nothing was received since.
    is_back: bool,
}

impl Follower {
    /// A client that knows nothing of the room yet.
    pub(crate) fn new(shared: Shared, number: usize, kind: ClientKind) -> Self {
        let room = shared.rooms[number % shared.rooms.len()].clone();
        let record = Record {
            client: number,
            kind,
            ..Record::default()
        };
        let mut follower = Self {
            shared,
            room,
            record,
            place: None,
            is_back: false,
        };
        follower.observe(Observed::JoinRequested);
        follower
    }

    /// The room that it follows.
    pub(crate) fn room(&self) -> &RoomId {
        &self.room
    }

    /// Where it goes on; `None` if it starts over.
    pub(crate) fn place(&self) -> Option<Position> {
        self.place
    }

    /// What it has done and observed.
    pub(crate) fn record(&mut self) -> &mut Record {
        &mut self.record
    }

    /// It has broken off, and asks for what is behind its place.
    pub(crate) fn come_back(&mut self) {
        self.is_back = true;
    }

    /// The server does not know any more what is behind its place: it drops what it has.
    pub(crate) fn start_over(&mut self) {
        self.place = None;
    }

    /// What it receives next is of the log as it is in this epoch: behind its place, or behind
    /// `start` where it starts over.
    pub(crate) fn go_on(&mut self, epoch: Epoch, start: Seq) {
        let (outcome, after) = match self.place {
            Some(place) if place.epoch == epoch && !self.is_back => return,
            Some(place) => (JoinOutcome::Resumed, place.seq),
            None => (JoinOutcome::Reset, start),
        };
        self.observe(Observed::Joined {
            outcome,
            after,
            epoch,
        });
        self.place = Some(Position { epoch, seq: after });
        self.is_back = false;
    }

    /// Receives the next entry, after [`go_on`](Self::go_on) with its epoch.
    pub(crate) fn receive(&mut self, entry: Entry) {
        match &mut self.place {
            Some(place) => place.seq = entry.seq,
            None => self.fail(format!("{entry:?} has come before anything else")),
        }
        let entry = self.shared.entries.share(&self.room, entry);
        self.observe(Observed::Entry(entry));
    }

    /// Whether it has everything up to the head, as the server that is running has it.
    pub(crate) fn has_received(&self, heads: &Heads) -> bool {
        let received = self.place.zip(heads.get(&self.room));
        received.is_some_and(|(place, head)| place.epoch == head.epoch && place.seq >= head.seq)
    }

    /// The record, once the client has everything.
    pub(crate) fn finish(mut self) -> Record {
        self.record.final_rooms.insert(self.room);
        self.record
    }

    /// The record of a client whose time is up.
    pub(crate) fn give_up(mut self, why: &str) -> Record {
        self.fail(format!("did not finish, at {:?}: {why}", self.place));
        self.finish()
    }

    /// Counts a fault of this client's.
    pub(crate) fn count(&self, fault: Fault, what: impl std::fmt::Display) {
        let number = self.record.client;
        let what = format!("client {number} {what}");
        self.shared.stats.count(fault, what);
    }

    /// Notes a failure that no log shows.
    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        self.record.failures.push(what.into());
    }

    fn observe(&mut self, what: Observed) {
        let at = self.shared.stats.elapsed();
        let observations = &mut self.record.observations;
        let observations = observations.entry(self.room.clone()).or_default();
        observations.push(Observation { at, what });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlor_client::{Body, MemberId, MessageId, Name, Text};

    use super::*;
    use crate::{
        check::{ViolationKind, check},
        entry_cache::EntryCache,
        record::{Log, Logs, Loss, Start},
        stats::Stats,
    };

    /// How many entries the log has.
    const ENTRIES: u8 = 6;

    fn epoch(n: u8) -> Epoch {
        Epoch::from_bytes([n; 16])
    }

    fn entry(n: u8) -> Entry {
        Entry {
            seq: Seq(n.into()),
            prev: Seq(u64::from(n) - 1),
            id: MessageId::new(n.into(), [n; 10]),
            at_ms: 0,
            member: MemberId::from_bytes([1; 16]),
            name: Name::parse("Author").unwrap(),
            body: Body::post(Text::parse(n.to_string()).unwrap()),
        }
    }

    /// What is wrong with what a client has received that has done this; the server has started
    /// twice, and has lost this before the second time.
    fn wrong(loss: Option<Loss>, receive: impl FnOnce(&mut Follower)) -> Vec<ViolationKind> {
        let room = RoomId::parse("lobby").unwrap();
        let shared = Shared {
            proxy: ([127, 0, 0, 1], 0).into(),
            rooms: Arc::new([room.clone()]),
            stats: Arc::new(Stats::new()),
            entries: Arc::new(EntryCache::default()),
        };
        let mut follower = Follower::new(shared, 0, ClientKind::EventStream);
        receive(&mut follower);
        let log: Log = (1..=ENTRIES).map(|n| Arc::new(entry(n))).collect();
        let starts = [None, loss].into_iter().zip(1..);
        let starts = starts.map(|(loss, n)| Start {
            epoch: epoch(n),
            loss,
        });
        let starts: Vec<Start> = starts.collect();
        let verdict = check(&Logs::from([(room, log)]), &[follower.finish()], &starts);
        let kinds = verdict.violations.iter().map(|violation| violation.kind);
        // Nobody has posted here.
        kinds
            .filter(|kind| *kind != ViolationKind::NotPosted)
            .collect()
    }

    impl Follower {
        fn receive_all(&mut self, in_epoch: u8, numbers: impl IntoIterator<Item = u8>) {
            for n in numbers {
                self.go_on(epoch(in_epoch), Seq::ZERO);
                self.receive(entry(n));
            }
        }
    }

    #[test]
    fn a_client_that_comes_back_has_each_entry_once() {
        let found = wrong(None, |follower| {
            follower.receive_all(1, 1..=3);
            follower.come_back();
            follower.receive_all(2, 4..=ENTRIES);
        });
        assert_eq!(found, []);
    }

    #[test]
    fn what_is_left_out_doubled_or_late_is_found() {
        let found = |numbers: &[u8]| {
            wrong(None, |follower| {
                follower.receive_all(1, 1..=2);
                follower.come_back();
                follower.receive_all(2, numbers.iter().copied());
            })
        };
        assert_eq!(found(&[4, 5, 6]), [ViolationKind::Gap]);
        assert_eq!(found(&[2, 3, 4, 5, 6]), [ViolationKind::Duplicate]);
        assert_eq!(found(&[3, 5, 4, 6]), [ViolationKind::Reordering]);
        assert_eq!(found(&[3, 4, 5]), [ViolationKind::Behind]);
    }

    #[test]
    fn a_client_starts_over_where_its_entries_are_lost_and_nowhere_else() {
        let start_over = |follower: &mut Follower| {
            follower.receive_all(1, 1..=3);
            follower.start_over();
            follower.receive_all(2, 1..=ENTRIES);
        };
        let loss = |head| {
            let head = Seq(head);
            let starts_known = 1;
            Some(Loss { head, starts_known })
        };
        assert_eq!(wrong(loss(2), start_over), []);
        assert_eq!(wrong(loss(3), start_over), [ViolationKind::Reset]);
        let go_on = |follower: &mut Follower| {
            follower.receive_all(1, 1..=3);
            follower.receive_all(2, 4..=ENTRIES);
        };
        assert_eq!(wrong(loss(3), go_on), []);
        assert_eq!(wrong(loss(2), go_on), [ViolationKind::Resumed]);
    }
}
