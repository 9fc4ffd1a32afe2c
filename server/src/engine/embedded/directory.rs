//! The directory: the rooms of the log, those with the newest messages first.

use parlor_shared::{
    Name, RoomId, RoomInfo, Topic,
    limits::{ROOMS_PAGE_MAX, ROOMS_SCAN_MAX},
};
use rusqlite::{Connection, Row, params, types::Type};

use super::{room_state::Activity, row};
use crate::engine::{RoomsPage, RoomsQuery};

/// The columns that [`Listed::read`] reads.
const COLUMNS: &str = "id, active, name, display_name, topic";

/// A room's place in the directory: when it was active last, then its row id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    active: i64,
    row_id: i64,
}

impl Place {
    /// Before every room.
    const START: Self = Self {
        active: i64::MAX,
        row_id: i64::MAX,
    };

    /// Reads what [`Place::to_text`] wrote; anything else is the start.
    fn parse(text: &str) -> Self {
        let numbers = text
            .split_once('-')
            .and_then(|(active, row_id)| Some((active.parse().ok()?, row_id.parse().ok()?)));
        numbers.map_or(Self::START, |(active, row_id)| Self { active, row_id })
    }

    fn to_text(self) -> String {
        format!("{}-{}", self.active, self.row_id)
    }
}

/// A room as its row has it.
struct Listed {
    place: Place,
    info: RoomInfo,
}

impl Listed {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let active = row.get(1)?;
        let room = RoomId::parse(&row.get::<_, String>(2)?).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error))
        })?;
        Ok(Self {
            place: Place {
                active,
                row_id: row.get(0)?,
            },
            info: RoomInfo {
                room,
                name: row::checked(row, 3, Name::try_from)?,
                topic: row::checked(row, 4, Topic::try_from)?,
                count: 0,
                at_ms: Activity(active).at_ms(),
            },
        })
    }

    /// Whether its id, name or topic have each of these words.
    fn has(&self, words: &[String]) -> bool {
        let lower = |text: Option<&str>| text.unwrap_or_default().to_lowercase();
        let texts = [
            lower(Some(self.info.room.as_str())),
            lower(self.info.name.as_ref().map(Name::as_str)),
            lower(self.info.topic.as_ref().map(Topic::as_str)),
        ];
        let is_there = |word: &String| texts.iter().any(|text| text.contains(word.as_str()));
        words.iter().all(is_there)
    }
}

/// See [`Engine::rooms`](crate::engine::Engine::rooms).
pub(super) fn read(db: &mut Connection, query: &RoomsQuery) -> rusqlite::Result<RoomsPage> {
    let limit = usize::from(query.limit.clamp(1, ROOMS_PAGE_MAX));
    let between = |c: char| c.is_whitespace() || matches!(c, '-' | '#');
    let lower = query.text.to_lowercase();
    let words: Vec<String> = lower
        .split(between)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    // One transaction, so that no room is moved between the two reads.
    let transaction = db.transaction()?;
    let mut page = RoomsPage::default();
    if let (Some(first), None) = (words.first(), &query.after) {
        page.rooms = beginning_with(&transaction, first, &words, limit)?;
    }
    let start = query.after.as_deref().map_or(Place::START, Place::parse);
    // Their conditions have one order, that of the index.
    let sql = format!(
        "SELECT {COLUMNS} FROM rooms WHERE active > 0 AND kind <> 2 AND (active, id) < (?1, ?2)
         ORDER BY active DESC, id DESC"
    );
    let mut statement = transaction.prepare_cached(&sql)?;
    let mut rows = statement.query(params![start.active, start.row_id])?;
    let (mut scanned, mut last) = (0, start);
    while let Some(row) = rows.next()? {
        if page.rooms.len() >= limit || scanned == ROOMS_SCAN_MAX {
            page.next = Some(last.to_text());
            break;
        }
        let listed = Listed::read(row)?;
        scanned += 1;
        last = listed.place;
        let is_there = page.rooms.iter().any(|room| room.room == listed.info.room);
        if listed.has(&words) && !is_there {
            page.rooms.push(listed.info);
        }
    }
    Ok(page)
}

/// The rooms whose id begins with `beginning`, and that have all words. However many rooms there
/// are, they are found: the others only where they were active lately.
fn beginning_with(
    db: &Connection,
    beginning: &str,
    words: &[String],
    limit: usize,
) -> rusqlite::Result<Vec<RoomInfo>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rooms WHERE active > 0 AND kind <> 2 AND name >= ?1 AND name < ?2
         ORDER BY name LIMIT ?3"
    );
    // Ids are ASCII: the character after those that they have ends the range.
    let end = format!("{beginning}~");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![beginning, end, ROOMS_SCAN_MAX])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()?
        && found.len() < limit
    {
        let listed = Listed::read(row)?;
        if listed.has(words) {
            found.push(listed.info);
        }
    }
    Ok(found)
}
