//! Fits what a node says into messages of bounded size.

use std::mem;

use parlor_shared::RoomId;

/// Bytes of a message beside its rooms.
const MESSAGE_BYTES: usize = 256;
/// Bytes of a room in a message beside its name and members.
const ROOM_BYTES: usize = 128;

/// Something of one room.
pub(super) trait OfRoom {
    /// Nothing of this room yet.
    fn of(room: RoomId) -> Self;

    fn room(&self) -> &RoomId;
}

/// What is said of rooms, split into the parts that messages have space for.
#[derive(Debug)]
pub(super) struct Parts<T> {
    full: Vec<Vec<T>>,
    part: Vec<T>,
    bytes: usize,
    bytes_max: usize,
}

impl<T: OfRoom> Parts<T> {
    /// For messages of up to this many bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            full: Vec::new(),
            part: Vec::new(),
            bytes: MESSAGE_BYTES,
            bytes_max,
        }
    }

    /// Where something of this room goes that takes up to `bytes`.
    pub(super) fn at(&mut self, room: &RoomId, bytes: usize) -> &mut T {
        let is_new = self.part.last().is_none_or(|last| last.room() != room);
        let head = if is_new {
            ROOM_BYTES + room.as_str().len()
        } else {
            0
        };
        if self.bytes + head + bytes > self.bytes_max && !self.part.is_empty() {
            self.full.push(mem::take(&mut self.part));
            self.bytes = MESSAGE_BYTES;
        }
        if self.part.last().is_none_or(|last| last.room() != room) {
            self.bytes += ROOM_BYTES + room.as_str().len();
            self.part.push(T::of(room.clone()));
        }
        self.bytes += bytes;
        let last = self.part.len() - 1;
        &mut self.part[last]
    }

    /// The parts: one at least, which may have nothing.
    pub(super) fn finish(mut self) -> Vec<Vec<T>> {
        self.full.push(self.part);
        self.full
    }
}
