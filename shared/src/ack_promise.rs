//! What a server promises of what it has acked.

use serde::{Deserialize, Serialize};

/// What holds of a post that a server has acked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AckPromise {
    /// It is on a disk, and stays there if the power fails: that of the server, or of most servers
    /// of the stream that its nodes share.
    #[default]
    Durable,
    /// Most servers of that stream have it. It is lost if all of them lose their power at once.
    Replicated,
    /// A promise that this version does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl AckPromise {
    /// The one with this name on the wire.
    // A derived decoder would be a part of the page that it has no use for.
    pub(crate) fn named(name: Option<String>) -> Self {
        match name.as_deref() {
            None | Some("durable") => Self::Durable,
            Some("replicated") => Self::Replicated,
            Some(_) => Self::Unknown,
        }
    }

    /// Whether an acked post survives that the power fails everywhere.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        *self == Self::Durable
    }
}
