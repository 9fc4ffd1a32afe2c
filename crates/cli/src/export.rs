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
use parlor_client::{Client, Place, Room, RoomEntry, Seq, Slice};
use parlor_shared::{
    limits::HISTORY_ENTRIES_MAX,
    timeline::{Message, Timeline},
};

use self::document::Document;
use crate::{connect::ConnectArgs, failure::Failure, output::ndjson, when::When};

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
        let export = async |client: &Client| {
            let room = client.join(self.room).await?.room();
            let mut pages = Pages::new(room, self.from, self.to);
            match self.format {
                ExportFormat::Ndjson => pages.write_entries(&mut file).await?,
                ExportFormat::Markdown => pages.write(&markdown::Markdown, &mut file).await?,
                ExportFormat::Html => pages.write(&html::Html, &mut file).await?,
            }
            Ok(file.flush()?)
        };
        self.connect.run(export).await
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
struct Pages {
    room: Room,
    place: Option<Place>,
    from_ms: u64,
    to_ms: u64,
}

impl Pages {
    fn new(room: Room, from: Option<When>, to: Option<When>) -> Self {
        let place = match from {
            Some(when) => Place::Time(when.at_ms),
            None => Place::After(Seq::ZERO),
        };
        Self {
            room,
            place: Some(place),
            from_ms: from.map_or(0, |when| when.at_ms),
            to_ms: to.map_or(u64::MAX, |when| when.at_ms),
        }
    }

    /// Writes every entry as it is on the wire.
    async fn write_entries(&mut self, file: &mut impl Write) -> Result<(), Failure> {
        while let Some(page) = self.next().await? {
            for entry in &page.entries {
                writeln!(file, "{}", ndjson(entry)?)?;
            }
        }
        Ok(())
    }

    /// Writes the messages as they are now.
    async fn write(
        &mut self,
        document: &impl Document,
        file: &mut impl Write,
    ) -> Result<(), Failure> {
        file.write_all(document.head(self.room.id().as_str()).as_bytes())?;
        let mut recent = Timeline::new();
        while let Some(page) = self.next().await? {
            for message in messages(&page, &mut recent) {
                let answered = message.reply_to.and_then(|id| recent.find(id));
                let answered = answered.map(AsRef::as_ref);
                file.write_all(document.message(&message, answered).as_bytes())?;
            }
        }
        file.write_all(document.end().as_bytes())?;
        Ok(())
    }

    /// The next page; `None` at the end.
    async fn next(&mut self) -> Result<Option<Slice>, Failure> {
        let Some(place) = self.place.take() else {
            return Ok(None);
        };
        let mut page = self.room.slice(place, HISTORY_ENTRIES_MAX).await?;
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
