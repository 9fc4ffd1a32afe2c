//! A room's newest entries, cached for the next visit: it shows them until the server answers, or
//! where it does not.

use parlor_shared::{Entry, MessageId, ServerMessage, codec, limits::CACHED_ENTRIES_BYTES_MAX};

use crate::model::search::message_of;

/// A room's newest entries in order, as the frames they arrived in. Past
/// [`CACHED_ENTRIES_BYTES_MAX`] the oldest are dropped.
#[derive(Debug, Default)]
pub struct CachedEntries {
    frames: Vec<String>,
    bytes: usize,
    /// Whether they differ from what is saved.
    is_dirty: bool,
    /// Whether what is saved may have words of a deleted message.
    has_forgotten: bool,
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

    /// Drops the entries with words of a deleted message. What is saved may have more of them than
    /// are among these entries, so it is to be saved again in any case.
    pub fn forget(&mut self, target: MessageId) {
        let id = target.to_string();
        self.frames.retain(|frame| {
            let message = frame.contains(&id).then(|| codec::decode_server(frame));
            let has_words = matches!(message, Some(Ok(ServerMessage::Entry { entry, .. }))
                if entry.body.text().is_some() && message_of(&entry) == target);
            self.bytes -= if has_words { frame.len() } else { 0 };
            !has_words
        });
        self.is_dirty = true;
        self.has_forgotten = true;
    }

    /// The text to save because a message was deleted; `None` if it is saved already.
    pub fn take_forgotten(&mut self) -> Option<String> {
        self.has_forgotten.then(|| self.take_unsaved()).flatten()
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
        self.has_forgotten = false;
        std::mem::take(&mut self.is_dirty).then(|| self.frames.join("\n"))
    }
}
