//! Requests that wait for an entry.

use std::time::{Duration, Instant};

use parlor_shared::{Right, RoomKind};
use parlor_test_server::TestServer;

use super::http_client::Program;
use crate::{
    client::{Client, new_id, text},
    rights::{give, set_kind},
};

const PATH: &str = "/rooms/lobby/entries";

#[actix_web::test]
async fn a_request_waits_for_the_next_entry_and_for_no_longer() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let now = bot.get(&format!("{PATH}?limit=0")).await.after();
    // What is there already is not waited for.
    bot.say(new_id(), "one").await;
    let there = bot.get(&format!("{PATH}?after={now}&wait=60")).await;
    assert_eq!(text(&there.entries()[0]), "one");
    let after = there.after();
    let path = format!("{PATH}?after={after}&wait=60");
    let (waited, ()) = futures_util::join!(bot.get(&path), async {
        // The other one counts as a connection once it waits.
        let mut ann = Client::welcomed(server.address(), "ann").await;
        ann.join("lobby").await;
        ann.post("lobby", "two").await;
    });
    assert_eq!(text(&waited.entries()[0]), "two");
    assert_ne!(waited.after(), after);
    let begun = Instant::now();
    let path = format!("{PATH}?after={}&wait=1", waited.after());
    let nothing = bot.get(&path).await;
    assert_eq!(
        (nothing.entries().len(), nothing.after()),
        (0, waited.after())
    );
    assert!(begun.elapsed() >= Duration::from_millis(900));
}

/// Far longer than a client may take nothing of an answer that is there.
#[actix_web::test]
async fn a_request_may_wait_for_longer_than_a_stalled_one() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let after = bot.say(new_id(), "one").await.after();
    let waited = bot.get(&format!("{PATH}?after={after}&wait=12")).await;
    assert_eq!((waited.entries().len(), waited.after()), (0, after));
}

#[actix_web::test]
async fn a_server_that_stops_and_a_right_that_ends_end_the_wait() {
    let mut server = TestServer::start();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    owner.join("lobby").await;
    give(&server, &mut owner, "*", Right::Own).await;
    let bot = Program::named(&server, "bot").await;
    let after = bot.say(new_id(), "one").await.after();
    let path = format!("{PATH}?after={after}&wait=60");
    let (put_out, ()) = futures_util::join!(bot.get(&path), async {
        set_kind(&mut owner, "lobby", RoomKind::Private).await;
    });
    // The entry that closes the room may have come first.
    if put_out.status != 200 {
        put_out.refused(403, "not_allowed");
    }
    bot.get(&path).await.refused(403, "not_allowed");

    let elsewhere = bot.get("/rooms/attic/entries?limit=0").await.after();
    let path = format!("/rooms/attic/entries?after={elsewhere}&wait=60");
    let waiting = tokio::task::spawn_local(async move { bot.get(&path).await });
    let begun = Instant::now();
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    let ended = waiting.await.unwrap();
    let problem = ended.refused(503, "restarting");
    assert_eq!(problem["retry"], true);
    assert_eq!(ended.header("retry-after"), "1");
    stopping.await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[actix_web::test]
async fn those_who_wait_count_as_connections() {
    let server = TestServer::start_with(&["--rate-per-second", "0", "--connections-max", "1"]);
    let bot = Program::named(&server, "bot").await;
    let after = bot.say(new_id(), "one").await.after();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let path = format!("{PATH}?after={after}&wait=60");
    let refused = bot.get(&path).await;
    assert_eq!(refused.refused(503, "busy")["retry"], true);
    let events = [("accept", "text/event-stream")];
    bot.get_with(PATH, &events).await.refused(503, "busy");
    ann.check_alive().await;
    assert_eq!(bot.get(PATH).await.status, 200);
}
