//! Reads every room's whole log from the server, through history.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use parlor_client::{AskError, Client, Config, Entry, Event, RoomId, Seq, ServerMessage};

use crate::record::{Log, Logs};

/// Time for one page.
const PATIENCE: Duration = Duration::from_secs(30);
/// Entries asked for at once.
const PAGE_ENTRIES: u16 = 100;
/// Above every place: numbers of the wire stay below it.
const END: Seq = Seq(1 << 53);

/// Every entry of these rooms.
pub(crate) async fn read(url: &str, rooms: &[RoomId]) -> anyhow::Result<Logs> {
    let (client, mut events) = Client::connect(Config::new(url, "Auditor")?);
    let mut logs = Logs::new();
    for room in rooms {
        client.join(room).await?;
        let mut newest_first = Log::new();
        let mut before = END;
        let mut more = true;
        ask(&client, room, before).await?;
        while more {
            let event = tokio::time::timeout(PATIENCE, events.next())
                .await
                .context("the server does not show its log")?
                .context("the auditor's client ended")?;
            match event {
                // Only now can it be asked; and whatever was asked on a line before is asked again.
                Event::Message(ServerMessage::Present { .. }) => ask(&client, room, before).await?,
                Event::Message(ServerMessage::History {
                    room: of,
                    before: from,
                    entries,
                    more: is_more,
                }) if of == *room && from == before => {
                    before = entries.first().map_or(before, |oldest| oldest.seq);
                    newest_first.extend(entries.into_iter().rev().map(Arc::<Entry>::new));
                    more = is_more;
                    if more {
                        ask(&client, room, before).await?;
                    }
                }
                Event::Message(_)
                | Event::Status(_)
                | Event::Acked { .. }
                | Event::PostRefused { .. }
                | Event::Refused(_)
                | Event::RoundTrip { .. } => {}
            }
        }
        newest_first.reverse();
        logs.insert(room.clone(), newest_first);
    }
    client.close().await?;
    Ok(logs)
}

async fn ask(client: &Client, room: &RoomId, before: Seq) -> anyhow::Result<()> {
    match client.history(room, before, PAGE_ENTRIES).await {
        // When the room is live it is asked again.
        Ok(()) | Err(AskError::NotJoined(_)) => Ok(()),
        Err(error @ AskError::Closed(_)) => Err(error.into()),
    }
}
