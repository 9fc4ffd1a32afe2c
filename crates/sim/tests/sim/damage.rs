//! Streams that are not what they were: holes, and ends that are lost, so that the same places are
//! given again.

use std::mem;

use parlor_server::sim::Stream;

use crate::{
    ends::End,
    node::Following,
    shared::{Damage, LostEnd},
    world::World,
};

/// How many of the newest messages a hole may be in.
const HOLE_MAX: u64 = 20;
/// How many of the newest messages may be lost at once.
const END_MAX: u64 = 20;
/// How long a node that reaches its stream may take to notice that it has lost its end, a full
/// disk included.
const NOTICE_MS_MAX: u64 = 30_000;

impl World {
    /// The stream gets a hole.
    pub(crate) fn lose_message(&mut self) {
        let Some(shared) = &mut self.shared else {
            return;
        };
        let last = shared.stream.last();
        if shared.damage.is_some() || last == 0 {
            return;
        }
        let sequence = last - self.random.below(HOLE_MAX.min(last));
        let lost = shared.stream.remove(sequence);
        shared.damage = Some(Damage {
            lost: lost.map(|lost| (sequence, lost)).into_iter().collect(),
            since_ms: self.now_ms,
            until_ms: self.now_ms + self.random.between(1_000, 40_000),
            end: None,
        });
        self.stats.holes += 1;
        self.trace("stream", || format!("loses group {sequence}"));
    }

    /// The stream loses its end. Half the time nothing is stored before it is put back; otherwise
    /// the same places are given again, and the stream has two histories.
    pub(crate) fn lose_end(&mut self) {
        let Some(shared) = &mut self.shared else {
            return;
        };
        let last = shared.stream.last();
        // What was published before it must not fill all the places that are given again.
        let least = self.nodes.len() as u64 + 1;
        if shared.damage.is_some() || last <= least {
            return;
        }
        let left = last - self.random.between(least, END_MAX.max(least)).min(last);
        let until_ms = self.now_ms + self.random.between(1_000, 60_000);
        let lost = shared.stream.cut(left);
        shared.late.clear();
        // Nothing is stored while the servers start.
        let stalled_ms = match self.random.one_in(2) {
            true => until_ms,
            false => self.now_ms + 1_000,
        };
        shared.stalled_until_ms = shared.stalled_until_ms.max(stalled_ms);
        self.stats.ends_lost += 1;
        self.trace("stream", || format!("loses what comes after group {left}"));
        let stream = self.shared.as_ref().map(|shared| shared.stream.clone());
        let replica = stream.map(|stream| self.open_replica(&stream));
        let (Some(shared), Some(mut replica)) = (&mut self.shared, replica) else {
            return;
        };
        let replayed = replica.follow();
        let replica = mem::replace(&mut shared.replica, replica);
        shared.damage = Some(Damage {
            lost,
            since_ms: self.now_ms,
            until_ms,
            end: Some(LostEnd { left, replica }),
        });
        self.check(replayed);
        self.part_histories(left);
    }

    /// From here on the stream may say something else after this sequence.
    fn part_histories(&mut self, left: u64) {
        let end = Stream::end_of(left);
        let history = self.oracle.part(end);
        for node in &mut self.nodes {
            if node.newest() <= end && node.server.is_some() {
                node.following.histories.push(history);
            }
        }
    }

    /// The stream has stored something: where it has lost its end, a place is given again.
    pub(crate) fn check_fork(&mut self) {
        let Some(shared) = &self.shared else {
            return;
        };
        if shared.damage.as_ref().is_some_and(Damage::is_of_end) && self.oracle.set_forked() {
            self.stats.forks += 1;
            self.trace("stream", || "gives a place again".to_owned());
        }
    }

    /// Mends a damage whose time is over. Until then, every node must have noticed it that has what
    /// the stream has lost.
    pub(crate) fn check_damage(&mut self) {
        let Some(shared) = &self.shared else {
            return;
        };
        let Some(damage) = &shared.damage else {
            return;
        };
        if self.now_ms >= damage.until_ms {
            return self.mend_damage();
        }
        if damage.is_of_end() {
            let end = Stream::end_of(shared.stream.last());
            let unaware = self.nodes.iter().position(|node| {
                let is_away = node.following.away_until_ms > 0;
                let since_ms = damage.since_ms.max(node.following.reaches_since_ms);
                let has_had_time = self.now_ms > since_ms + NOTICE_MS_MAX;
                node.server.is_some() && !is_away && has_had_time && node.newest() > end
            });
            if let Some(number) = unaware {
                self.check(Err(format!(
                    "node {number} goes on, and its stream has lost what it has"
                )));
            }
        }
    }

    /// Puts back what the stream has lost. Where others stand in its place, everyone starts anew.
    pub(crate) fn mend_damage(&mut self) {
        let Some(shared) = &mut self.shared else {
            return;
        };
        let Some(damage) = shared.damage.take() else {
            return;
        };
        shared.mended_ms = self.now_ms;
        match damage.end {
            Some(LostEnd { left, .. }) if shared.stream.last() > left => self.renew_stream(),
            Some(LostEnd { replica, .. }) => {
                shared.replica = replica;
                shared.stream.put_back(damage.lost);
                let history = self.oracle.unpart();
                for node in &mut self.nodes {
                    node.following.histories.retain(|known| *known != history);
                }
                self.trace("stream", || "has its end put back".to_owned());
            }
            None => {
                shared.stream.put_back(damage.lost);
                self.trace("stream", || "has its hole filled".to_owned());
            }
        }
    }

    /// A new stream takes the place of one with two histories, and every node begins with it.
    fn renew_stream(&mut self) {
        for number in 0..self.nodes.len() {
            self.crash(number, End::Killed);
            self.empty_log(number);
            self.nodes[number].following = Following::default();
        }
        self.backup = None;
        self.begin_stream(self.nodes.len());
    }
}
