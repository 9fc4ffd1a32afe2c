//! Programs that post, follow and poll while the server is killed again and again.

use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};

use parlor_shared::{Entry, MessageId, Seq};
use serde_json::json;

use super::{
    events::Events,
    http_client::{Program, post},
};
use crate::{
    client::{check_chain, new_id, text},
    server::start_binary,
};

const PATH: &str = "/rooms/lobby/entries";

/// How often the server is killed.
const KILLS: usize = 10;
/// Entries that are posted between two kills, at least.
const POSTS: usize = 20;

/// Where the server is now, and which member the programs are.
struct World {
    address: Cell<SocketAddr>,
    token: String,
    /// How many posts are acknowledged.
    acked: Cell<usize>,
}

impl World {
    fn program(&self) -> Program {
        Program {
            address: self.address.get(),
            token: Some(self.token.clone()),
        }
    }
}

/// Lets the others work while the server is away.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

/// Posts with a key each, and repeats what got no answer.
async fn write(world: &World) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for n in 0..KILLS * POSTS {
        let id = new_id();
        let (key, body) = (id.to_string(), post(&format!("{n}")).to_string());
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", &key),
        ];
        loop {
            let sent = world
                .program()
                .try_send("POST", PATH, &headers, &body)
                .await;
            match sent.map(|answer| answer.status) {
                Some(200 | 201) => break,
                Some(503) | None => pause().await,
                Some(other) => panic!("{other}"),
            }
        }
        ids.push(id);
        world.acked.set(ids.len());
    }
    ids
}

/// Follows the room, and comes back where it was.
async fn follow(world: &World) -> Vec<Entry> {
    let mut received: Vec<Entry> = Vec::new();
    let mut last_id = String::new();
    loop {
        let headers = [("last-event-id", last_id.as_str())];
        let headers = if last_id.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        let path = format!("{PATH}?after=start");
        let Some(mut events) = Events::try_open(&world.program(), &path, headers).await else {
            pause().await;
            continue;
        };
        while let Some(event) = events.next().await {
            received.push(serde_json::from_str(&event.data).unwrap());
            last_id.clone_from(&events.last_id);
            if received.len() == KILLS * POSTS {
                return received;
            }
        }
    }
}

/// Asks for what comes next, again and again.
async fn poll(world: &World) -> Vec<Entry> {
    let mut received: Vec<Entry> = Vec::new();
    let mut after = "start".to_owned();
    while received.len() < KILLS * POSTS {
        let path = format!("{PATH}?after={after}&wait=25");
        match world.program().try_send("GET", &path, &[], "").await {
            Some(answer) if answer.status == 200 => {
                received.extend(answer.entries());
                after = answer.after();
            }
            Some(_) | None => pause().await,
        }
    }
    received
}

#[actix_web::test]
async fn nothing_is_lost_doubled_or_out_of_order_across_ten_kills() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start_binary(folder.path());
    let program = Program {
        address: server.address(),
        token: None,
    };
    let made = program.post("/members", &[], json!({"name": "bot"})).await;
    let world = Rc::new(World {
        address: Cell::new(server.address()),
        token: made.json()["token"].as_str().unwrap().to_owned(),
        acked: Cell::new(0),
    });
    let killer = async {
        for n in 1..=KILLS {
            while world.acked.get() < n * POSTS - POSTS / 2 {
                pause().await;
            }
            server.kill().unwrap();
            server = start_binary(folder.path());
            world.address.set(server.address());
        }
    };
    let (ids, followed, polled, ()) =
        futures_util::join!(write(&world), follow(&world), poll(&world), killer);
    check_chain(Seq::ZERO, &followed);
    assert_eq!(followed, polled);
    assert_eq!(
        followed.iter().map(|entry| entry.id).collect::<Vec<_>>(),
        ids
    );
    let texts: Vec<&str> = followed.iter().map(text).collect();
    let expected: Vec<String> = (0..KILLS * POSTS).map(|n| n.to_string()).collect();
    assert_eq!(texts, expected);
}
