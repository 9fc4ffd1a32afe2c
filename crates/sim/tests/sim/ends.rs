//! How servers end, and what is left of their logs.

use std::{fs, mem, path::Path};

use crate::{
    history::LogStart,
    link::{Health, ToClient},
    world::{Event, World},
};

/// The file with the newest commits, beside the one with the others.
pub(crate) const WRITE_AHEAD: &str = "parlor.db-wal";

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The process is killed: the system closes its sockets.
    Killed,
    /// The machine loses power: no client is told.
    PowerLost,
}

impl World {
    /// Ends a server without a warning. Only what is on the disk then is left.
    pub(crate) fn crash(&mut self, number: usize, end: End) {
        if self.nodes[number].server.is_none() {
            return;
        }
        self.stats.crashes += 1;
        self.trace_node(number, || format!("crashes ({end:?})"));
        let copy = self.folders.path().join(self.stats.crashes.to_string());
        let node = &mut self.nodes[number];
        copy_files(&node.folder, &copy);
        node.server = None;
        let left = mem::replace(&mut node.folder, copy);
        // The worlds are in memory.
        fs::remove_dir_all(left).unwrap();
        self.drop_links(number, end);
        self.schedule_server_start(number);
    }

    pub(crate) fn schedule_server_start(&mut self, number: usize) {
        let in_ms = self.random.between(1, 10_000);
        self.schedule_in(in_ms, Event::ServerStarts(number));
    }

    /// The links to a node.
    fn links_to(&self, node: usize) -> Vec<u64> {
        let links = self.links.iter().filter(|(_, link)| link.node == node);
        links.map(|(number, _)| *number).collect()
    }

    fn drop_links(&mut self, node: usize, end: End) {
        for number in self.links_to(node) {
            let Some(link) = self.links.get_mut(&number) else {
                continue;
            };
            link.server_end = None;
            link.to_server.clear();
            // The last parts that it wrote may be lost.
            let arrives = self.random.below(link.to_client.len() as u64 + 1);
            link.to_client.truncate(arrives as usize);
            match end {
                End::Killed => self.queue_to_client(number, ToClient::End),
                End::PowerLost => link.fail(Health::Silent, self.now_ms),
            }
        }
    }

    /// Stops the server in order: it tells every client, and commits what it has accepted. A socket
    /// that does not take the close frame at once is closed without it.
    pub(crate) fn stop_server(&mut self, node: usize) {
        let Some(server) = self.nodes[node].server.take() else {
            return;
        };
        self.trace_node(node, || "stops".to_owned());
        for number in self.links_to(node) {
            let Some(link) = self.links.get_mut(&number) else {
                continue;
            };
            let Some(mut connection) = link.server_end.take() else {
                continue;
            };
            connection.shut_down();
            while connection.is_woken() {
                connection.write();
            }
            let written = link.socket.take();
            self.queue_bytes_to_client(number, written);
            self.queue_to_client(number, ToClient::End);
        }
        server.stop();
        self.schedule_server_start(node);
    }

    /// Stops the server. It starts again with a new log.
    pub(crate) fn replace_log(&mut self, number: usize) {
        self.stop_server(number);
        self.empty_log(number);
        self.trace_node(number, || "loses its log".to_owned());
    }

    /// Gives a node that does not run an empty folder.
    pub(crate) fn empty_log(&mut self, number: usize) {
        self.stats.logs_replaced += 1;
        let name = format!("log {}", self.stats.logs_replaced);
        let node = &mut self.nodes[number];
        node.folder = self.folders.path().join(name);
        node.log_start = LogStart::New;
    }
}

/// Copies the files as they are: closing them would change them.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in ["parlor.db", WRITE_AHEAD] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}
