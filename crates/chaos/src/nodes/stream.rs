//! What happens to the servers of the stream.

use std::{fs, io, path::Path, time::Duration};

use anyhow::Context;
use parlor_test_server::copy_folder;
use tokio::{
    task::block_in_place,
    time::{Instant, sleep},
};

use super::{DOWN_MS, Nodes, STREAM_DIFFERS, STREAM_SERVERS};
use crate::stats::Fault;

/// How long a server of the stream is cut off from the others before a node can reach only that
/// server, and again how long after that. The others choose a leader within about five seconds; a
/// leader that is cut off notices it after ten to twenty.
const APART_MS: std::ops::Range<u64> = 1_000..9_000;
/// Where in the newest file of a server's a byte is flipped, in thousandths: near its end, from
/// which nodes look through a stream, but not in the last message, which the server itself checks.
const FLIPPED_THOUSANDTHS: std::ops::Range<u64> = 960..995;
/// What a node logs about a server that has lost messages.
const LACKS: &str = "copy of the stream lacks";
/// How long a node may take to find it: it looks through 64 places every three seconds, and the
/// stream goes on meanwhile.
const LACK_TIMEOUT: Duration = Duration::from_secs(90);
/// The stream.
const STREAM: &str = "parlor";
/// How often a server is asked to lead it.
const LEADER_INTERVAL: Duration = Duration::from_millis(500);
/// How long a copy is older than the stream in whose place it is put.
const COPY_AGE_MS: std::ops::Range<u64> = 2_000..4_000;
/// How many groups the nodes have to apply before a copy counts as older: more than they may have
/// published when it was made.
const PROGRESS_GROUPS: u64 = 20;
/// How far apart two groups are in `seq`: see docs/SCALE.md.
const GROUP_SEQS: u64 = 1_024;
/// How long the nodes may take to notice that their stream has lost what they have: servers that
/// start together first have to agree who leads.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(45);
/// How often the run looks whether they have.
const NOTICE_INTERVAL: Duration = Duration::from_millis(100);

impl Nodes {
    pub(super) async fn kill_stream_server(&mut self) -> anyhow::Result<()> {
        let number = self.rng.usize(0..STREAM_SERVERS);
        let what = format!("server {number} of the stream is killed");
        self.stats.count(Fault::StreamServerKilled, what);
        self.restart_server(number).await
    }

    pub(super) async fn kill_leader(&mut self) -> anyhow::Result<()> {
        let number = self.nats.stream_leader().unwrap_or_default();
        let what = format!("server {number} is killed, which leads the stream");
        self.stats.count(Fault::StreamLeaderKilled, what);
        self.restart_server(number).await
    }

    async fn restart_server(&mut self, number: usize) -> anyhow::Result<()> {
        self.nats.kill(number)?;
        self.pause(DOWN_MS).await;
        self.run_server(number)
    }

    fn run_server(&mut self, number: usize) -> anyhow::Result<()> {
        self.nats.run(number)?;
        self.stats
            .log(format!("server {number} of the stream has restarted"));
        Ok(())
    }

    pub(super) async fn kill_stream(&mut self) -> anyhow::Result<()> {
        let what = "all servers of the stream are killed";
        self.stats.count(Fault::StreamKilled, what);
        self.kill_servers()?;
        self.pause(DOWN_MS).await;
        self.run_servers()
    }

    fn kill_servers(&mut self) -> io::Result<()> {
        (0..STREAM_SERVERS).try_for_each(|number| self.nats.kill(number))
    }

    fn run_servers(&mut self) -> anyhow::Result<()> {
        (0..STREAM_SERVERS).try_for_each(|number| self.run_server(number))
    }

    /// Cuts a server of the stream off from the others for a while, most often the leader. Halfway
    /// through, a node can reach only that server.
    pub(super) async fn partition(&mut self) {
        let number = match self.rng.u8(0..3) {
            0 => self.rng.usize(0..STREAM_SERVERS),
            _ => self.nats.stream_leader().unwrap_or_default(),
        };
        let what = format!("server {number} of the stream is apart from the others");
        self.stats.count(Fault::Partition, what);
        self.server_links.close(number).await;
        self.pause(APART_MS).await;
        let node = self.draw_node();
        self.stats
            .log(format!("node {node} reaches server {number} only"));
        self.links[node].cut_all_but(number).await;
        self.pause(APART_MS).await;
        self.stats.log("all reach each other again");
        self.server_links.open().await;
        self.links[node].open().await;
    }

    /// Kills a server while a node begins to read, which may read there.
    pub(super) async fn lose_read(&mut self) -> anyhow::Result<()> {
        let node = self.draw_node();
        self.nodes[node].kill()?;
        self.restart(node)?;
        let number = self.rng.usize(0..STREAM_SERVERS);
        let what = format!("server {number} is killed while node {node} begins to read");
        self.stats.count(Fault::ReadLost, what);
        self.restart_server(number).await
    }

    /// Flips a byte of what one server has and has it lead, so that nodes read there. The others
    /// have it as it was, so nothing is missing; but a node has to say that this server lacks
    /// something.
    pub(super) async fn flip_byte(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        let number = self.rng.usize(0..STREAM_SERVERS);
        // One that is killed writes its newest messages once more, from its Raft log.
        self.nats.stop(number)?;
        let place = self.rng.u64(FLIPPED_THOUSANDTHS);
        let flipped = self.nats.flip_byte(number, STREAM, place);
        self.run_server(number)?;
        // It has nothing yet where its store was emptied just now.
        let Ok(flipped) = flipped else {
            return Ok(());
        };
        let what = format!("a byte of {flipped} is flipped");
        self.stats.count(Fault::ByteFlipped, what);
        self.wait_until_leads(number).await?;
        let node = self.draw_node();
        // Its log then has nothing about an earlier flip.
        self.stop_and_restart(node, failures)?;
        let deadline = Instant::now() + LACK_TIMEOUT;
        while !self.nodes[node].says(LACKS) && Instant::now() < deadline {
            sleep(NOTICE_INTERVAL).await;
        }
        if self.nodes[node].says(LACKS) {
            let what = format!("node {node} says that server {number} lacks something");
            self.stats.log(what);
        } else {
            let what = format!("node {node} does not say that server {number} lacks something");
            failures.push(self.nodes[node].with_stderr(&what));
        }
        self.replace_store(number)
    }

    /// Makes a server that has just started the leader of the stream.
    async fn wait_until_leads(&self, number: usize) -> anyhow::Result<()> {
        let deadline = Instant::now() + NOTICE_TIMEOUT;
        while self.nats.stream_leader() != Some(number) {
            anyhow::ensure!(
                Instant::now() < deadline,
                "server {number} does not lead the stream, though it was asked to"
            );
            // It is refused until the server has what the others have.
            block_in_place(|| self.nats.request_leader(STREAM, number)).ok();
            sleep(LEADER_INTERVAL).await;
        }
        Ok(())
    }

    /// Lets a server begin with nothing: it gets all from the others.
    pub(super) fn replace_store(&mut self, number: usize) -> anyhow::Result<()> {
        self.nats.kill(number)?;
        fs::remove_dir_all(self.nats.store(number))?;
        self.run_server(number)
    }

    /// Puts an older copy of all stores in the place of those that the nodes have followed. Every
    /// node must say so and stop. Then what was there is put back, and all go on.
    pub(super) async fn put_copy_back(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        self.kill_servers()?;
        self.for_stores(|store, copy| copy_folder(store, &copy.join("older")))?;
        self.run_servers()?;
        self.wait_for_progress().await?;
        self.pause(COPY_AGE_MS).await;
        self.kill_servers()?;
        self.for_stores(|store, copy| {
            fs::rename(store, copy.join("newer"))?;
            fs::rename(copy.join("older"), store)
        })?;
        let what = "an older copy of all servers' stores is put back";
        self.stats.count(Fault::CopyPutBack, what);
        self.run_servers()?;
        self.wait_until_noticed(failures).await?;
        self.kill_servers()?;
        self.for_stores(|store, copy| {
            fs::remove_dir_all(store)?;
            fs::rename(copy.join("newer"), store)
        })?;
        self.run_servers()?;
        (0..self.nodes.len()).try_for_each(|number| self.restart(number))
    }

    /// Does this to each server's store and the folder of its copies.
    fn for_stores(&self, act: impl Fn(&Path, &Path) -> io::Result<()>) -> anyhow::Result<()> {
        for number in 0..STREAM_SERVERS {
            let store = self.nats.store(number);
            let copies = store.with_extension("copies");
            fs::create_dir_all(&copies)?;
            block_in_place(|| act(&store, &copies))
                .with_context(|| format!("{} can't be copied", store.display()))?;
        }
        Ok(())
    }

    /// Waits until every node has applied what was published since this began.
    async fn wait_for_progress(&mut self) -> anyhow::Result<()> {
        let heads = |nodes: &Self| -> anyhow::Result<Vec<u64>> {
            let heads = nodes.nodes.iter().map(|node| node.noted_head());
            heads.map(|head| Ok(head?.seq.0)).collect()
        };
        // What was on its way when this began is less.
        let newest = heads(self)?.into_iter().max().unwrap_or_default();
        let enough = newest + PROGRESS_GROUPS * GROUP_SEQS;
        let deadline = Instant::now() + NOTICE_TIMEOUT;
        while heads(self)?.into_iter().any(|head| head <= enough) {
            anyhow::ensure!(
                Instant::now() < deadline,
                "the nodes apply nothing any more"
            );
            sleep(NOTICE_INTERVAL).await;
        }
        Ok(())
    }

    /// Waits until every node has ended because its stream is not what it has.
    async fn wait_until_noticed(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        let deadline = Instant::now() + NOTICE_TIMEOUT;
        for number in 0..self.nodes.len() {
            let status = loop {
                if let Some(status) = self.nodes[number].exit_status()? {
                    break Some(status);
                }
                if Instant::now() >= deadline {
                    break None;
                }
                sleep(NOTICE_INTERVAL).await;
            };
            let what = match status {
                Some(status) if status.code() == Some(STREAM_DIFFERS) => {
                    self.stats
                        .log(format!("node {number} says so and has stopped"));
                    continue;
                }
                Some(status) => format!(
                    "node {number} ended with {status} when its stream had lost what it has"
                ),
                None => format!("node {number} goes on, and its stream has lost what it has"),
            };
            failures.push(self.nodes[number].with_stderr(&what));
            self.nodes[number].kill()?;
        }
        Ok(())
    }
}
