//! What is on the disks: the oracle learns it where a log is a server's own, and compares it where
//! it follows a stream.

use parlor_shared::Seq;

use crate::{history::LogStart, world::World};

impl World {
    /// Reads the entries that are newly on a node's disk.
    pub(crate) fn learn_durable(&mut self, number: usize) {
        match self.shared {
            Some(_) => self.compare_log(number),
            None => self.learn_own(),
        }
    }

    fn learn_own(&mut self) {
        let (Some(server), Some(epoch)) = (&self.nodes[0].server, self.oracle.epoch()) else {
            return;
        };
        for room in &self.rooms {
            let head = self.oracle.head(epoch, room);
            let new = server.durable(room, head).unwrap();
            if new.is_empty() {
                continue;
            }
            self.trace_entries("log", room, &new);
            let result = self.oracle.append(room, new);
            if let Err(violation) = result {
                self.violation.get_or_insert(violation);
            }
        }
    }

    /// Checks, after a start of a node, that every durable entry is still on its disk; after a loss
    /// of the log's end, every entry up to one place. Where the log follows a stream, it must be
    /// what the stream says, and may lack the end.
    pub(crate) fn check_disk(&mut self, number: usize) {
        let log_start = std::mem::replace(&mut self.nodes[number].log_start, LogStart::Same);
        if self.shared.is_some() {
            return self.compare_whole_log(number);
        }
        let Some(server) = &self.nodes[number].server else {
            return;
        };
        let rooms = self.rooms.iter();
        let disk: Vec<_> = rooms
            .map(|room| server.durable(room, Seq::ZERO).unwrap())
            .collect();
        self.oracle.start_log(server.epoch(), log_start);
        if log_start == LogStart::Cut {
            let heads = disk.iter().filter_map(|entries| entries.last());
            let head = heads.map(|entry| entry.seq).max();
            self.oracle.cut(head.unwrap_or(Seq::ZERO));
        }
        for (room, entries) in self.rooms.iter().zip(disk) {
            if let Err(violation) = self.oracle.check_log(room, entries) {
                self.violation.get_or_insert(violation);
            }
        }
    }
}
