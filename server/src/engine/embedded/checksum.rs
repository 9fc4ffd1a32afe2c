//! A checksum for each entry: tells a bit that has flipped on the disk, or in a copy, from what was
//! written.
//!
//! It covers what the entry means. The `seq` is not covered: an append learns it only from SQLite.
//! But the next entry of the room names it in its `prev`, which is covered, and SQLite's own check
//! finds a row that is not where its indexes say. `target` repeats what the body says.

use rusqlite::Row;

/// The columns that [`Covered::of_row`] and [`stored`] read, in this order.
pub(super) const COLUMNS: &str = "room, prev, id, at_ms, member, name, body, checksum";

/// What the checksum of an entry covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Covered<'a> {
    /// The row id of the room.
    pub(super) room: i64,
    pub(super) prev: i64,
    pub(super) id: &'a [u8],
    pub(super) at_ms: i64,
    pub(super) member: &'a [u8],
    /// As it is in the file: a damaged text need not be UTF-8.
    pub(super) name: &'a [u8],
    pub(super) body: &'a [u8],
}

impl<'a> Covered<'a> {
    /// Reads it from a row whose columns from `first` on are [`COLUMNS`].
    pub(super) fn of_row(row: &'a Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let bytes = |column| Ok::<_, rusqlite::Error>(row.get_ref(first + column)?.as_bytes()?);
        Ok(Self {
            room: row.get(first)?,
            prev: row.get(first + 1)?,
            id: bytes(2)?,
            at_ms: row.get(first + 3)?,
            member: bytes(4)?,
            name: bytes(5)?,
            body: bytes(6)?,
        })
    }

    /// The checksum: CRC-32, which finds every burst of up to 32 bits, and every flip of up to
    /// three in an entry of up to 11 KB; of other changes it misses one in four billion.
    pub(super) fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for number in [self.room, self.prev, self.at_ms] {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(self.id);
        hasher.update(self.member);
        // Where the name ends and the body begins.
        hasher.update(&(self.name.len() as u64).to_le_bytes());
        hasher.update(self.name);
        hasher.update(self.body);
        hasher.finalize()
    }
}

/// The checksum that a row of [`COLUMNS`] has, whatever number is there. Entries of earlier
/// versions have none.
pub(super) fn stored(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<i64>> {
    row.get(first + 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COVERED: Covered<'_> = Covered {
        room: 1,
        prev: 2,
        id: &[3; 16],
        at_ms: 4,
        member: &[5; 16],
        name: b"ann",
        body: br#"{"kind":"post","text":"hello"}"#,
    };

    #[test]
    fn every_part_of_an_entry_is_covered_and_the_algorithm_never_changes() {
        // Logs have it.
        assert_eq!(COVERED.checksum(), 815_026_978);
        let changed = [
            Covered { room: 0, ..COVERED },
            Covered { prev: 3, ..COVERED },
            Covered {
                id: &[1; 16],
                ..COVERED
            },
            Covered {
                at_ms: 5,
                ..COVERED
            },
            Covered {
                member: &[4; 16],
                ..COVERED
            },
            Covered {
                name: b"anm",
                ..COVERED
            },
            Covered {
                name: b"ann{",
                body: &COVERED.body[1..],
                ..COVERED
            },
            Covered {
                body: br#"{"kind":"post","text":"hellp"}"#,
                ..COVERED
            },
        ];
        for changed in changed {
            assert_ne!(changed.checksum(), COVERED.checksum(), "{changed:?}");
        }
    }
}
