//! A program that listens, one event after the other.

use std::time::Duration;

use parlor_client::{Body, Client, Config, Entry, Event, Events, RoomId, ServerMessage};

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

pub(crate) fn config(url: &str, name: &str) -> Config {
    Config::new(url, name).unwrap()
}

pub(crate) fn text(entry: &Entry) -> &str {
    match &entry.body {
        Body::Post { text, .. } => text.as_str(),
        other => panic!("not a post: {other:?}"),
    }
}

/// A client in the lobby, live.
pub(crate) async fn in_lobby(url: &str, name: &str) -> (Client, Listener) {
    let (client, events) = Client::connect(config(url, name));
    let mut listener = Listener(events);
    client.join(&lobby()).await.unwrap();
    listener.live().await;
    (client, listener)
}

pub(crate) struct Listener(pub(crate) Events);

impl Listener {
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let next = tokio::time::timeout(PATIENCE, self.0.next());
        next.await.expect("something happens")
    }

    /// The first event that gives something; others are passed over.
    pub(crate) async fn until<T>(&mut self, wanted: impl Fn(Event) -> Option<T>) -> T {
        loop {
            let event = self.next().await.expect("the client goes on");
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

    /// The texts of the next so many entries.
    pub(crate) async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.push(text(&self.entry().await).to_owned());
        }
        texts
    }
}
