//! `parlor export`: a room's history as a file.

mod document;
mod html;
mod markdown;

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use parlor_client::{Place, RoomEntry, Seq, Slice};
use parlor_shared::{
    limits::HISTORY_ENTRIES_MAX,
    timeline::{Message, Timeline},
};

use self::document::Document;
use crate::{
    connect::{ConnectArgs, Connection},
    failure::Failure,
    output::ndjson,
    when::When,
};

/// What of a room is written, how and where.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Room
    room: String,
    /// Form of the file
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    format: ExportFormat,
    /// From this day or time on
    #[arg(long, value_name = "TIME")]
    from: Option<When>,
    /// Before this day or time
    #[arg(long, value_name = "TIME")]
    to: Option<When>,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// The form of an exported room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Every entry as it is on the wire, a JSON object a line, which `parlor import` reads
    Ndjson,
    /// The messages as they are now, with replies and reactions
    Markdown,
    /// The same as a page that needs nothing else
    Html,
}

impl ExportArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let mut file: Box<dyn Write> = match &self.output {
            Some(path) => Box::new(BufWriter::new(File::create(path)?)),
            None => Box::new(BufWriter::new(std::io::stdout())),
        };
        let (format, room) = (self.format, self.room);
        let connection = self.connect.open()?;
        let mut pages = Pages::open(&connection, &room, self.from, self.to).await?;
        let document: Option<&dyn Document> = match format {
            ExportFormat::Ndjson => None,
            ExportFormat::Markdown => Some(&markdown::Markdown),
            ExportFormat::Html => Some(&html::Html),
        };
        if let Some(document) = document {
            file.write_all(document.head(&room).as_bytes())?;
        }
        let mut recent = Timeline::new();
        while let Some(page) = pages.next().await? {
            match document {
                None => {
                    for entry in &page.entries {
                        let line = ndjson(&entry.room, entry.position, &entry.entry)?;
                        writeln!(file, "{line}")?;
                    }
                }
                Some(document) => {
                    for message in messages(&page, &mut recent) {
                        let answered = message.reply_to.and_then(|id| recent.find(id));
                        let answered = answered.map(AsRef::as_ref);
                        file.write_all(document.message(&message, answered).as_bytes())?;
                    }
                }
            }
        }
        if let Some(document) = document {
            file.write_all(document.end().as_bytes())?;
        }
        file.flush()?;
        connection.close().await;
        Ok(())
    }
}

/// How many messages are kept to show what a reply is about.
const RECENT_MAX: usize = 10_000;

/// The messages of a page as they are now. The page has the entries that change them, wherever
/// those stand on the log.
fn messages(page: &Slice, recent: &mut Timeline) -> Vec<Message> {
    for entry in page.entries.iter().chain(&page.changes) {
        recent.fold(&entry.entry);
    }
    recent.trim(RECENT_MAX);
    let is_of_page = |message: &&std::sync::Arc<Message>| {
        page.entries
            .first()
            .is_some_and(|first| message.seq >= first.seq)
    };
    recent
        .messages()
        .filter(is_of_page)
        .map(|message| message.as_ref().clone())
        .collect()
}

/// A room's history, page by page.
struct Pages<'a> {
    connection: &'a Connection,
    room: parlor_client::Room,
    place: Option<Place>,
    from_ms: u64,
    to_ms: u64,
}

impl<'a> Pages<'a> {
    async fn open(
        connection: &'a Connection,
        room: &str,
        from: Option<When>,
        to: Option<When>,
    ) -> Result<Self, Failure> {
        let room = connection.client.join(room).await?.room();
        let place = match from {
            Some(when) => Place::Time(when.at_ms),
            None => Place::After(Seq::ZERO),
        };
        Ok(Self {
            connection,
            room,
            place: Some(place),
            from_ms: from.map_or(0, |when| when.at_ms),
            to_ms: to.map_or(u64::MAX, |when| when.at_ms),
        })
    }

    /// The next page; `None` at the end.
    async fn next(&mut self) -> Result<Option<Slice>, Failure> {
        let Some(place) = self.place.take() else {
            return Ok(None);
        };
        let asked = self.room.slice(place, HISTORY_ENTRIES_MAX);
        let mut page = self.connection.patiently(asked).await?;
        if let Some(last) = page.entries.last()
            && page.newer
            && last.at_ms < self.to_ms
        {
            self.place = Some(Place::After(last.seq));
        }
        let is_asked_for = |entry: &RoomEntry| (self.from_ms..self.to_ms).contains(&entry.at_ms);
        page.entries.retain(is_asked_for);
        Ok(Some(page))
    }
}
