//! What another log has, taken over as it is there: its entries, and what its rooms were set to.

use parlor_shared::Seq;
use rusqlite::Connection;

use super::{
    append::{self, RoomHeads},
    room_state, rules,
};
use crate::engine::{Appended, NewEntry, replicated::group::CopiedState};

/// Appends an entry of another log, whatever the rules are now.
pub(super) fn append(
    db: &Connection,
    rooms: &mut RoomHeads,
    new: &NewEntry,
    seq: Seq,
) -> rusqlite::Result<Appended> {
    let room = append::load_room(db, rooms, &new.room)?;
    append::insert(db, rooms, room, new, Some(seq))
}

/// Sets a room up as it is in another log.
pub(super) fn set_up(
    db: &Connection,
    rooms: &mut RoomHeads,
    copied: &CopiedState,
) -> rusqlite::Result<()> {
    let room = append::load_room(db, rooms, &copied.room)?;
    room_state::set(db, room.row_id, copied)?;
    rules::set(db, room.row_id, &copied.state)?;
    // What is known of it has changed.
    rooms.remove(&copied.room);
    Ok(())
}
