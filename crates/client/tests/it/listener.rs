//! A client's events, taken one after the other.

use std::time::Duration;

use parlor_client::{
    Body, Client, ClientBuilder, Entry, Event, Events, Room, RoomId, ServerMessage,
};

/// Longer than any step of a passing test takes.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

pub(crate) fn config(url: &str, name: &str) -> ClientBuilder {
    Client::builder(url, name)
}

/// The lobby's handle.
pub(crate) fn lobby_of(client: &Client) -> Room {
    client.room("lobby").unwrap()
}

pub(crate) fn text(entry: &Entry) -> &str {
    match &entry.body {
        Body::Post { text, .. } => text.as_str(),
        other => panic!("not a post: {other:?}"),
    }
}

/// A client that is live in the lobby.
pub(crate) async fn in_lobby(url: &str, name: &str) -> (Client, Listener) {
    let (client, events) = config(url, name).connect_with_events().unwrap();
    let mut listener = Listener(events);
    client.join("lobby").await.unwrap();
    listener.live().await;
    (client, listener)
}

pub(crate) struct Listener(pub(crate) Events);

impl Listener {
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let next = tokio::time::timeout(TIMEOUT, self.0.next());
        next.await.expect("an event in time")
    }

    /// What `wanted` returns for the first event that it returns something for. Other events are
    /// skipped.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        loop {
            let event = self.next().await.expect("the client is not closed");
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    }

    pub(crate) async fn live(&mut self) {
        self.until(|event| {
            matches!(event, Event::Message(ServerMessage::Present { .. })).then_some(())
        })
        .await;
    }

    pub(crate) async fn entry(&mut self) -> Entry {
        self.until(|event| match event {
            Event::Message(ServerMessage::Entry { entry, .. }) => Some(entry),
            _ => None,
        })
        .await
    }

    /// The texts of the next `count` entries.
    pub(crate) async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.push(text(&self.entry().await).to_owned());
        }
        texts
    }
}
