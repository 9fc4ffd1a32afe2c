//! `parlor history`, `parlor search` and `parlor rooms`: questions with one answer.

use clap::Args;
use parlor_client::{Client, RoomInfo, Seq};
use parlor_shared::limits::HISTORY_ENTRIES_MAX;

use crate::{
    connect::ConnectArgs,
    failure::Failure,
    format::clean,
    output::{OutputFormat, json, print},
    when,
};

/// Which part of a room's history.
#[derive(Debug, Clone, Args)]
pub struct HistoryArgs {
    /// Room
    room: String,
    /// Only entries before this seq, which `-o ndjson` prints with each entry
    #[arg(long, value_name = "SEQ")]
    before: Option<u64>,
    /// How many entries
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 50)]
    limit: usize,
    /// How entries are printed
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: OutputFormat,
    #[command(flatten)]
    connect: ConnectArgs,
}

impl HistoryArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let read = async |client: &Client| {
            let room = client.join(self.room).await?.room();
            let mut before = self.before.map_or(Seq::END, Seq);
            let mut left = self.limit;
            // The newest page comes first, and is printed last.
            let mut pages = Vec::new();
            while left > 0 {
                let limit = u16::try_from(left).unwrap_or(u16::MAX);
                let page = room.history(before, limit.min(HISTORY_ENTRIES_MAX)).await?;
                let Some(first) = page.entries.first() else {
                    break;
                };
                before = first.seq;
                left = left.saturating_sub(page.entries.len());
                pages.push(page.entries);
                if !page.more {
                    break;
                }
            }
            let mut entries = pages.iter().rev().flatten();
            entries.try_for_each(|entry| self.output.print(entry))
        };
        self.connect.run(read).await
    }
}

/// What to search for, and where.
#[derive(Debug, Clone, Args)]
pub struct SearchArgs {
    /// Room
    room: String,
    /// Words that a message has, each whole or its beginning
    #[arg(required = true)]
    words: Vec<String>,
    /// How entries are printed
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: OutputFormat,
    #[command(flatten)]
    connect: ConnectArgs,
}

impl SearchArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let search = async |client: &Client| {
            let room = client.join(self.room).await?.room();
            let found = room.search(self.words.join(" ")).await?;
            for entry in &found.entries {
                self.output.print(entry)?;
            }
            if found.incomplete {
                anstream::eprintln!(
                    "parlor: the server is building its index; others may match, too. Search \
                     again later."
                );
            }
            Ok(())
        };
        self.connect.run(search).await
    }
}

/// Which rooms.
#[derive(Debug, Clone, Args)]
pub struct RoomsArgs {
    /// Words of their names or topics [default: all rooms]
    words: Vec<String>,
    /// How rooms are printed
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: OutputFormat,
    #[command(flatten)]
    connect: ConnectArgs,
}

impl RoomsArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let list = async |client: &Client| {
            let (words, mut after) = (self.words.join(" "), None);
            loop {
                let page = client.rooms(&words, after).await?;
                for room in &page.rooms {
                    print(&match self.output {
                        OutputFormat::Text => line(room),
                        OutputFormat::Ndjson => json(room)?,
                    })?;
                }
                after = page.next;
                if after.is_none() {
                    return Ok(());
                }
            }
        };
        self.connect.run(list).await
    }
}

/// A room for people: its id, when somebody last wrote, how many are there, its name and topic.
fn line(room: &RoomInfo) -> String {
    let mut line = format!(
        "{}  {}  {} here",
        room.room,
        when::shown(room.at_ms),
        room.count
    );
    for words in [
        room.name.as_ref().map(|name| clean(name.as_str())),
        room.topic.as_ref().map(|topic| clean(topic.as_str())),
    ]
    .into_iter()
    .flatten()
    {
        line += "  ";
        line += &words;
    }
    line
}
