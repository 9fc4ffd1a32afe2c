//! A room's newest entries, cached for the next visit: it shows them until the server answers, or
//! where it does not.

use parlor_shared::{Entry, ServerMessage, codec, limits::CACHED_ENTRIES_BYTES_MAX};

/// A room's newest entries in order, as the frames they arrived in. Past
/// [`CACHED_ENTRIES_BYTES_MAX`] the oldest are dropped.
#[derive(Debug, Default)]
pub struct CachedEntries {
    frames: Vec<String>,
    bytes: usize,
    /// Whether they differ from what is saved.
    is_dirty: bool,
}

impl CachedEntries {
    /// Reads what [`take_unsaved`](Self::take_unsaved) returned on an earlier visit, and the
    /// entries in it. A frame that no longer parses is from another version and is dropped.
    #[must_use]
    pub fn parse(saved: &str) -> (Self, Vec<Entry>) {
        let (mut cached, mut entries) = (Self::default(), Vec::new());
        for frame in saved.lines() {
            if let Ok(ServerMessage::Entry { entry, .. }) = codec::decode_server(frame) {
                entries.push(entry);
                cached.push(frame.to_owned());
            }
        }
        cached.is_dirty = false;
        (cached, entries)
    }

    /// Appends the frame of an entry.
    pub fn push(&mut self, frame: String) {
        self.is_dirty = true;
        self.bytes += frame.len();
        self.frames.push(frame);
        while self.bytes > CACHED_ENTRIES_BYTES_MAX && !self.frames.is_empty() {
            self.bytes -= self.frames.remove(0).len();
        }
    }

    /// Drops all entries: the room's log is another one, or the entries no longer connect to what
    /// is loaded.
    pub fn clear(&mut self) {
        *self = Self {
            is_dirty: true,
            ..Self::default()
        };
    }

    /// The text to save; `None` where it has not changed since the last call. It has one frame a
    /// line: JSON has no line breaks of its own.
    pub fn take_unsaved(&mut self) -> Option<String> {
        std::mem::take(&mut self.is_dirty).then(|| self.frames.join("\n"))
    }
}
