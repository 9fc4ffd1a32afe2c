//! Reads every room's whole log from the server, with history requests.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use parlor_client::{Client, Entry, Event, Position, RoomId, Seq, ServerMessage};

use crate::{
    phase::Heads,
    record::{Log, Logs},
};

/// How long the server may take for one page.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);
/// How many entries one request asks for.
const PAGE_ENTRIES: u16 = 100;
/// Above every seq: numbers on the wire stay below it.
const END: Seq = Seq(1 << 53);

/// Every entry of these rooms.
pub(crate) async fn read_logs(url: &str, rooms: &[RoomId]) -> anyhow::Result<Logs> {
    let client = Client::connect(url, "Auditor")?;
    let mut logs = Logs::new();
    for id in rooms {
        let room = client.join(id).await?;
        let mut newest_first = Log::new();
        let mut before = END;
        let mut has_more = true;
        while has_more {
            let page = tokio::time::timeout(PAGE_TIMEOUT, room.history(before, PAGE_ENTRIES))
                .await
                .context("the server does not answer a history request")??;
            before = page.entries.first().map_or(before, |oldest| oldest.seq);
            has_more = page.more;
            let entries = page.entries.into_iter().rev();
            newest_first.extend(entries.map(|found| Arc::<Entry>::new(found.entry)));
        }
        newest_first.reverse();
        logs.insert(id.clone(), newest_first);
    }
    client.close().await?;
    Ok(logs)
}

/// The newest head of each room on these servers: a node may have yet to apply what clients of
/// another one have been shown.
pub(crate) async fn read_heads(urls: &[String], rooms: &[RoomId]) -> anyhow::Result<Heads> {
    let mut newest = Heads::new();
    for url in urls {
        for (room, head) in read_heads_at(url, rooms).await? {
            let known = newest.entry(room).or_insert(head);
            known.seq = known.seq.max(head.seq);
        }
    }
    Ok(newest)
}

async fn read_heads_at(url: &str, rooms: &[RoomId]) -> anyhow::Result<Heads> {
    let (client, mut events) = Client::builder(url, "Auditor").connect_with_events()?;
    for room in rooms {
        client.join(room).await?;
    }
    let mut heads = Heads::new();
    let mut current = None;
    while heads.len() < rooms.len() {
        let event = tokio::time::timeout(PAGE_TIMEOUT, events.next())
            .await
            .context("the server lets nobody join")?
            .context("the auditor's client ended")?;
        match (event, current) {
            (Event::Message(ServerMessage::Welcome { epoch, .. }), _) => current = Some(epoch),
            (Event::Message(ServerMessage::Joined { room, head, .. }), Some(epoch)) => {
                heads.insert(room, Position { epoch, seq: head });
            }
            (
                Event::Message(_)
                | Event::Status(_)
                | Event::Acked { .. }
                | Event::Slowed { .. }
                | Event::PostRefused { .. }
                | Event::Refused(_)
                | Event::RoundTrip { .. },
                _,
            ) => {}
        }
    }
    client.close().await?;
    Ok(heads)
}
