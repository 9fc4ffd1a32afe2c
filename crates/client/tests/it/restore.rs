//! What a client has, after a log was restored from a backup, is what the server has.

use std::{collections::BTreeMap, fs, path::Path};

use parlor_client::{Client, Entry, Event, JoinOutcome, RoomId, ServerMessage};
use parlor_test_server::TestServer;

use crate::listener::{Listener, config};

fn rooms() -> [RoomId; 2] {
    ["lobby", "attic"].map(|name| RoomId::parse(name).unwrap())
}

/// A client in two rooms, and the entries that its program has of each.
struct Program {
    client: Client,
    listener: Listener,
    entries: BTreeMap<RoomId, Vec<Entry>>,
    resets: usize,
}

impl Program {
    async fn start(url: &str, name: &str) -> Self {
        let (client, events) = config(url, name).connect_with_events().unwrap();
        for room in rooms() {
            client.join(room).await.unwrap();
        }
        Self {
            client,
            listener: Listener(events),
            entries: BTreeMap::new(),
            resets: 0,
        }
    }

    /// Takes events until both rooms end with this text.
    async fn until_both_end_with(&mut self, text: &str) {
        let ends = |entries: &Vec<Entry>| {
            let last = entries.last().and_then(|last| last.body.text());
            last.is_some_and(|last| last.as_str() == text)
        };
        while self.entries.len() < 2 || !self.entries.values().all(ends) {
            match self
                .listener
                .next()
                .await
                .expect("the client is not closed")
            {
                Event::Message(ServerMessage::Joined { room, outcome, .. }) => {
                    let entries = self.entries.entry(room).or_default();
                    if outcome == JoinOutcome::Reset {
                        self.resets += 1;
                        entries.clear();
                    }
                }
                Event::Message(ServerMessage::Entry { room, entry }) => {
                    self.entries.entry(room).or_default().push(entry);
                }
                _ => {}
            }
        }
    }

    /// Posts to both rooms in turn, and waits for the last of them.
    async fn post(&mut self, what: &str, count: usize) {
        for n in 0..count {
            let text = format!("{what} {}", n / 2);
            let room = self.client.room(&rooms()[n % 2]).unwrap();
            room.post(text).queue().await.unwrap();
        }
        self.until_both_end_with(&format!("{what} {}", count / 2 - 1))
            .await;
    }
}

/// Copies a log that is not written at the moment.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in ["parlor.db", "parlor.db-wal"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

#[tokio::test]
async fn a_client_beyond_a_restored_backup_ends_with_exactly_what_the_server_has() {
    let mut server = TestServer::start();
    let data = server.log_file().parent().unwrap().to_owned();
    let backup = data.with_file_name("backup");
    let mut ann = Program::start(&server.url(), "Ann").await;
    ann.post("common", 10).await;
    copy(&data, &backup);
    ann.post("lost", 10).await;
    assert_eq!(ann.resets, 2, "only at the first join");

    // While Ann is offline, the server is at another address and the log grows past her place.
    server.stop();
    fs::remove_dir_all(&data).unwrap();
    fs::rename(&backup, &data).unwrap();
    let anns_address = server.address();
    server.restart();
    let mut bob = Program::start(&server.url(), "Bob").await;
    bob.post("new", 30).await;
    server.stop();
    server.start_at(anns_address);
    ann.client.probe().await.unwrap();
    ann.until_both_end_with("new 14").await;
    assert_eq!(ann.resets, 4, "once in each room");
    assert_eq!(ann.entries, bob.entries);
}
