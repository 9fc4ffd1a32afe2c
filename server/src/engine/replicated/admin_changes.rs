//! What operators and owners change on a node, on its way to the stream.

use tokio::sync::{mpsc, oneshot};

use super::{applied::Done, group::Command, work::Work};
use crate::engine::embedded::{AdminError, AdminRequest, ChangeError, Made};

/// Publishes the changes of a node's admin.db. What stands in the stream is made there by every
/// node, and at the same place by each.
#[derive(Debug, Clone)]
pub struct AdminChanges(mpsc::Sender<Work>);

impl AdminChanges {
    pub(super) fn new(work: mpsc::Sender<Work>) -> Self {
        Self(work)
    }

    /// Publishes a change, and says what became of it on this node. Blocks its thread, which no
    /// others may wait for.
    ///
    /// # Errors
    /// [`ChangeError::Refused`], or [`AdminError::Stream`] if the stream does not take it in time:
    /// it may still be made later.
    pub(crate) fn publish(&self, request: AdminRequest) -> Result<Made, ChangeError> {
        let (reply, applied) = oneshot::channel();
        let command = Command::Admin(Box::new(request));
        let sent = self.0.blocking_send(Work::Command { command, reply });
        // The node is stopping, if not.
        sent.map_err(|_| AdminError::Stream)?;
        match applied.blocking_recv() {
            Ok(Ok(Done::Admin(outcome))) => outcome.map_err(ChangeError::Refused),
            Ok(Ok(_) | Err(_)) | Err(_) => Err(AdminError::Stream.into()),
        }
    }
}
