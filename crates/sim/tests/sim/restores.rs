//! Logs that are not what they were: backups that are restored, and write-ahead logs that lose
//! their end.

use std::fs;

use crate::{
    history::LogStart,
    server::{End, WRITE_AHEAD, copy_files},
    world::World,
};

impl World {
    /// Copies the running server's log, as it is now.
    pub(crate) fn take_backup(&mut self) {
        if self.server.is_none() {
            return;
        }
        self.stats.backups += 1;
        let copy = self
            .folders
            .path()
            .join(format!("backup {}", self.stats.backups));
        copy_files(&self.folder, &copy);
        self.backup = Some(copy);
        self.oracle.take_backup();
        self.trace("log", || "is copied as a backup".to_owned());
    }

    /// Ends the server. It starts again with the last backup.
    pub(crate) fn restore_backup(&mut self) {
        let Some(backup) = self.backup.clone() else {
            return;
        };
        if self.random.one_in(2) {
            self.crash(End::Killed);
        } else {
            self.stop_server();
        }
        self.stats.restores += 1;
        self.folder = self
            .folders
            .path()
            .join(format!("restored {}", self.stats.restores));
        copy_files(&backup, &self.folder);
        self.log_start = LogStart::Backup;
        self.trace("server", || {
            "has its log restored from the backup".to_owned()
        });
    }

    /// Ends the server, and cuts the write-ahead log to any length.
    pub(crate) fn cut_log(&mut self) {
        if self.server.is_none() {
            return;
        }
        self.crash(End::Killed);
        self.stats.logs_cut += 1;
        let wal = self.folder.join(WRITE_AHEAD);
        let file = fs::File::options().write(true).open(wal).unwrap();
        let left = self.random.between(0, file.metadata().unwrap().len());
        file.set_len(left).unwrap();
        self.log_start = LogStart::Cut;
        self.trace("log", || {
            format!("is cut to {left} bytes of its write-ahead log")
        });
    }
}
