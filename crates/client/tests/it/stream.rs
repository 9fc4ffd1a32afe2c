//! A room's stream, taken one event after the other.

use std::{
    future::{Future, IntoFuture},
    time::Duration,
};

use parlor_client::{Client, JoinedRoom, RoomEntry, TimelineError, TimelineEvent};
use parlor_test_server::TestServer;

/// Longer than any step of a passing test takes.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) fn connect(server: &TestServer, name: &str) -> Client {
    Client::connect(&server.url(), name).unwrap()
}

pub(crate) async fn in_time<F: IntoFuture>(future: F) -> F::Output
where
    F::IntoFuture: Future<Output = F::Output>,
{
    let timed = tokio::time::timeout(TIMEOUT, future.into_future());
    timed.await.expect("an answer in time")
}

/// Takes events up to the one that says that the room is live.
pub(crate) async fn until_live(room: &mut JoinedRoom) {
    loop {
        let event = in_time(room.next()).await.expect("the stream goes on");
        if event.expect("nothing interrupts it") == TimelineEvent::Live {
            return;
        }
    }
}

/// The next entry; other events are skipped.
pub(crate) async fn next_entry(room: &mut JoinedRoom) -> RoomEntry {
    next_or_error(room).await.expect("nothing interrupts it")
}

/// The next entry, or what comes in its place.
pub(crate) async fn next_or_error(room: &mut JoinedRoom) -> Result<RoomEntry, TimelineError> {
    loop {
        let event = in_time(room.next()).await.expect("the stream goes on")?;
        if let TimelineEvent::Entry(entry) = event {
            return Ok(entry);
        }
    }
}

/// The texts of the next `count` entries.
pub(crate) async fn next_texts(room: &mut JoinedRoom, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    while texts.len() < count {
        let entry = next_entry(room).await;
        texts.push(entry.text().unwrap_or_default().to_owned());
    }
    texts
}
