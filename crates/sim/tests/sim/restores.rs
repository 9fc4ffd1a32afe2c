//! Logs that are not what they were: backups that are restored, and write-ahead logs that lose
//! their end.

use std::fs;

use crate::{
    ends::{End, WRITE_AHEAD, copy_files},
    history::LogStart,
    world::World,
};

impl World {
    /// Copies the running server's log, as it is now.
    pub(crate) fn take_backup(&mut self, number: usize) {
        if self.nodes[number].server.is_none() {
            return;
        }
        self.stats.backups += 1;
        let copy = self
            .folders
            .path()
            .join(format!("backup {}", self.stats.backups));
        copy_files(&self.nodes[number].folder, &copy);
        self.backup = Some(copy);
        self.oracle.take_backup();
        self.trace("log", || "is copied as a backup".to_owned());
    }

    /// Ends the server. It starts again with the last backup.
    pub(crate) fn restore_backup(&mut self, number: usize) {
        let Some(backup) = self.backup.clone() else {
            return;
        };
        if self.random.one_in(2) {
            self.crash(number, End::Killed);
        } else {
            self.stop_server(number);
        }
        self.stats.restores += 1;
        let name = format!("restored {}", self.stats.restores);
        let node = &mut self.nodes[number];
        node.folder = self.folders.path().join(name);
        copy_files(&backup, &node.folder);
        node.log_start = LogStart::Backup;
        self.trace_node(number, || "has its log restored from the backup".to_owned());
    }

    /// Ends the server, and cuts the write-ahead log to any length.
    pub(crate) fn cut_log(&mut self, number: usize) {
        if self.nodes[number].server.is_none() {
            return;
        }
        self.crash(number, End::Killed);
        self.stats.logs_cut += 1;
        let wal = self.nodes[number].folder.join(WRITE_AHEAD);
        let file = fs::File::options().write(true).open(wal).unwrap();
        let left = self.random.between(0, file.metadata().unwrap().len());
        file.set_len(left).unwrap();
        self.nodes[number].log_start = LogStart::Cut;
        self.trace("log", || {
            format!("is cut to {left} bytes of its write-ahead log")
        });
    }
}
