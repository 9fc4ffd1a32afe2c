//! A room's newest entries as they came, kept so that the next visit has something to show before the server tells, or
//! where it does not.

use std::collections::VecDeque;

use parlor_shared::{Entry, ServerMessage, codec, limits::RECENT_BYTES_MAX};

/// Entries of a room in order, the oldest forgotten past [`RECENT_BYTES_MAX`].
#[derive(Debug, Default)]
pub struct CachedEntries {
    frames: VecDeque<String>,
    bytes: usize,
    /// Whether it is other than what is kept.
    changed: bool,
}

impl CachedEntries {
    /// What was kept, and the entries in it. A frame that does not read any more is from another version, and left out.
    #[must_use]
    pub fn parse(kept: &str) -> (Self, Vec<Entry>) {
        let (mut recent, mut entries) = (Self::default(), Vec::new());
        for frame in kept.lines() {
            if let Ok(ServerMessage::Entry { entry, .. }) = codec::decode_server(frame) {
                entries.push(entry);
                recent.push(frame.to_owned());
            }
        }
        recent.changed = false;
        (recent, entries)
    }

    /// One more entry, as it came.
    pub fn push(&mut self, frame: String) {
        self.changed = true;
        self.bytes += frame.len();
        self.frames.push_back(frame);
        while self.bytes > RECENT_BYTES_MAX
            && let Some(oldest) = self.frames.pop_front()
        {
            self.bytes -= oldest.len();
        }
    }

    /// They are of another log, or too far back.
    pub fn clear(&mut self) {
        *self = Self {
            changed: true,
            ..Self::default()
        };
    }

    /// What is to be kept, where that is other than before: JSON has no line breaks of its own.
    pub fn to_keep(&mut self) -> Option<String> {
        std::mem::take(&mut self.changed).then(|| {
            let frames: Vec<&str> = self.frames.iter().map(String::as_str).collect();
            frames.join("\n")
        })
    }
}
