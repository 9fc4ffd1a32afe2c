//! How far a member has seen a room: kept over restarts, told to the member's own connections and
//! to nobody else, and never ahead of the log.

use std::{path::Path, time::Instant};

use parlor_server::engine::embedded::backup;
use parlor_shared::{ClientMessage, Epoch, ErrorCode, Request, Seq, ServerMessage};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, PATIENCE, room},
    server::{command, spawn, start_binary},
};

impl Client {
    async fn mark_seen(&mut self, name: &str, epoch: Epoch, seq: u64) {
        self.send(&ClientMessage::Seen {
            room: room(name),
            epoch,
            seq: Seq(seq),
        })
        .await;
    }

    /// Says that the lobby is seen up to this place, and waits for the answer.
    async fn see(&mut self, seq: u64) -> u64 {
        self.mark_seen("lobby", self.epoch, seq).await;
        self.seen().await
    }

    /// Skips messages up to the next that says what is seen in the lobby.
    async fn seen(&mut self) -> u64 {
        let seen = self
            .until(|message| matches!(message, ServerMessage::Seen { .. }))
            .await;
        let ServerMessage::Seen {
            room: of,
            epoch,
            seq,
        } = seen
        else {
            panic!("not a position: {seen:?}")
        };
        assert_eq!((of, epoch), (room("lobby"), self.epoch));
        seq.0
    }

    /// Joins the lobby, and returns what comes between the answer and `present`.
    async fn seen_on_join(&mut self) -> Option<u64> {
        self.send(&ClientMessage::Join {
            room: room("lobby"),
            after: None,
        })
        .await;
        let mut seen = None;
        let mut is_joined = false;
        loop {
            match self.next().await {
                ServerMessage::Joined { .. } => is_joined = true,
                ServerMessage::Seen { seq, epoch, .. } => {
                    assert!(is_joined, "after the answer");
                    assert_eq!(epoch, self.epoch);
                    seen = Some(seq.0);
                }
                ServerMessage::Present { .. } => return seen,
                ServerMessage::Entry { .. } | ServerMessage::Presence { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Checks that nothing about what is seen comes before the answer to a ping.
    async fn check_nothing_received(&mut self) {
        self.send(&ClientMessage::Ping { t: 9 }).await;
        let next = self
            .until(|message| {
                matches!(
                    message,
                    ServerMessage::Seen { .. } | ServerMessage::Pong { .. }
                )
            })
            .await;
        assert_eq!(next, ServerMessage::Pong { t: 9 });
    }
}

/// Posts to the lobby and waits until the log has it all. Returns the last place.
async fn post(client: &mut Client, count: u64) -> u64 {
    let mut last = 0;
    for n in 0..count {
        client.post("lobby", &n.to_string()).await;
        last = client.entry().await.seq.0;
    }
    last
}

#[actix_web::test]
async fn what_a_member_has_seen_is_told_to_their_own_connections_and_to_nobody_else() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    post(&mut ann, 5).await;
    let mut phone = ann.reconnected(server.address(), "ann").await;
    assert_eq!(phone.seen_on_join().await, None, "nothing is known yet");
    let mut attic = ann.reconnected(server.address(), "ann").await;
    attic.join("attic").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    assert_eq!(bob.seen_on_join().await, None);

    assert_eq!(ann.see(4).await, 4, "the sender's answer");
    assert_eq!(phone.seen().await, 4);
    assert_eq!(phone.see(2).await, 2, "marked as unread");
    assert_eq!(ann.seen().await, 2);
    let mut tablet = ann.reconnected(server.address(), "ann").await;
    assert_eq!(tablet.seen_on_join().await, Some(2), "before it is written");
    bob.check_nothing_received().await;
    assert_eq!(bob.see(5).await, 5);
    for client in [&mut ann, &mut phone, &mut attic] {
        client.check_nothing_received().await;
    }
    phone
        .send(&ClientMessage::Leave {
            room: room("lobby"),
        })
        .await;
    phone.check_alive().await;
    ann.see(3).await;
    phone.check_nothing_received().await;
}

#[actix_web::test]
async fn it_survives_kill_9_after_its_second_and_a_stop_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_binary(data.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    post(&mut ann, 5).await;
    ann.see(3).await;
    // Written by itself, or by the commit of the next entry.
    let written = |wanted: i64| {
        let file = rusqlite::Connection::open(data.path().join("parlor.db")).unwrap();
        let seq = "SELECT coalesce(max(seq), 0) FROM seen";
        let deadline = Instant::now() + PATIENCE;
        while file.query_row(seq, [], |row| row.get::<_, i64>(0)).unwrap() != wanted {
            assert!(Instant::now() < deadline, "it is written");
            std::thread::yield_now();
        }
    };
    written(3);
    server.kill().unwrap();
    let mut server = start_binary(data.path());
    let mut again = ann.reconnected(server.address(), "ann").await;
    assert_eq!(again.seen_on_join().await, Some(3));
    again.see(4).await;
    post(&mut again, 1).await;
    written(4);
    again.see(5).await;
    assert!(server.terminate(PATIENCE).unwrap().unwrap().success());
    let server = start_binary(data.path());
    let mut again = ann.reconnected(server.address(), "ann").await;
    assert_eq!(again.seen_on_join().await, Some(5), "a stop writes it");
}

/// Starts the binary on this folder, copies it with `backup` once `ann` has seen the first of two
/// entries, and posts on.
async fn restored(data: &Path, copy: &Path) -> Client {
    let mut server = start_binary(data);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    post(&mut ann, 2).await;
    ann.see(1).await;
    // Its commit takes along what is seen.
    post(&mut ann, 1).await;
    backup(data, copy).unwrap();
    post(&mut ann, 7).await;
    ann.see(10).await;
    server.kill().unwrap();
    ann
}

#[actix_web::test]
async fn after_a_restore_nothing_that_was_seen_is_new_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("log"), folder.path().join("backup"));
    let ann = restored(&data, &copy).await;
    let server = start_binary(&copy);
    let mut bob = Client::welcomed(server.address(), "bob").await;
    bob.join("lobby").await;
    assert_eq!(post(&mut bob, 20).await, 23, "places are given again");
    let mut back = ann.reconnected(server.address(), "ann").await;
    assert_eq!(back.seen_on_join().await, Some(1), "as the backup has it");
    back.mark_seen("lobby", ann.epoch, 10).await;
    assert_eq!(back.seen().await, 3, "what both histories have");
    back.mark_seen("lobby", Epoch::from_bytes([9; 16]), 10)
        .await;
    assert_eq!(back.seen().await, 3, "as it was: nothing is known of that");
    bob.mark_seen("lobby", Epoch::from_bytes([9; 16]), 10).await;
    assert_eq!(bob.seen().await, 23, "never new by mistake");
    assert_eq!(bob.see(1_000).await, 23, "beyond the head");
}

#[actix_web::test]
async fn it_costs_a_token_for_each_connection_that_is_told_and_needs_the_room() {
    let server = TestServer::start_with(&["--rate-per-second", "1", "--rate-burst", "40"]);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.mark_seen("lobby", ann.epoch, 1).await;
    let refusal = ann.refused(ErrorCode::NotJoined).await;
    assert_eq!(refusal.request, Some(Request::Seen));
    assert_eq!(refusal.room, Some(room("lobby")));
    ann.join("lobby").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut other = ann.reconnected(server.address(), "ann").await;
        other.join("lobby").await;
        others.push(other);
    }
    let mut answers = 0;
    let refusal = loop {
        ann.mark_seen("lobby", ann.epoch, answers).await;
        match ann.next_but_presence().await {
            ServerMessage::Seen { .. } => answers += 1,
            ServerMessage::Error(refusal) => break refusal,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refusal.code, ErrorCode::RateLimited);
    assert!(refusal.retry && refusal.request == Some(Request::Seen));
    // 40 tokens less 16 for hellos and joins and one for the refusal above, at 4 each.
    assert!((4..=8).contains(&answers), "{answers}");
}

#[actix_web::test]
async fn retention_past_it_leaves_it_and_a_member_who_joins_is_told() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_binary(data.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    post(&mut ann, 10).await;
    ann.see(2).await;
    assert!(server.terminate(PATIENCE).unwrap().unwrap().success());
    let server = spawn(command(data.path()).args(["--retain-entries", "3"]));
    let mut back = ann.reconnected(server.address(), "ann").await;
    let gone = |joined: &ServerMessage| matches!(joined, ServerMessage::Joined { first, .. } if *first == Seq(8));
    loop {
        back.send(&ClientMessage::Join {
            room: room("lobby"),
            after: None,
        })
        .await;
        let joined = back
            .until(|message| matches!(message, ServerMessage::Joined { .. }))
            .await;
        if gone(&joined) {
            break;
        }
    }
    assert_eq!(back.seen().await, 2);
}
