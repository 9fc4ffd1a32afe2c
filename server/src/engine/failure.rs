//! What keeps a log from being read or written.

/// The log could not be read. The cause is only written to the server's log, because this error
/// reaches clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The log can't be read now. Try again later.")]
pub struct ReadError;

/// A node has not got as far as its client has read on another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This node has not got as far as you have read on another one. Try again soon.")]
pub struct NotReached;

/// A failure after which the engine accepts nothing, so that the process must stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineFailure {
    /// The last write may or may not be durable; only a restart can tell.
    #[error(
        "the log can't be made durable ({cause}); stopped, because what is acknowledged now could be lost. \
         Repair the disk and start again"
    )]
    NotDurable {
        /// The storage's error.
        cause: String,
    },
    /// The data on the disk is not what was written.
    #[error(
        "the log is damaged ({cause}); stopped so that it gets no worse. Restore a backup, or move the log \
         away to start with an empty one"
    )]
    Damaged {
        /// The storage's error.
        cause: String,
    },
    /// The stream that the nodes share is not what this node has applied.
    #[error(
        "the stream is not the log that this node has ({cause}); stopped so that nobody is shown two \
         histories. `parlor repair` says what is missing and puts it right"
    )]
    StreamDiffers {
        /// What differs.
        cause: String,
    },
    /// The stream has forgotten what this node has yet to apply.
    #[error(
        "the stream has forgotten what this node has yet to apply ({cause}); start it again from a newer \
         backup of another node (`parlor backup` there, `parlor restore` here)"
    )]
    Forgotten {
        /// What is missing.
        cause: String,
    },
    /// The stream has what a later version has published.
    #[error(
        "{cause}; stopped, because this node would show something else than the others. Update it to \
         the version that they have"
    )]
    Outdated {
        /// What this version does not understand.
        cause: String,
    },
}
