//! Telling a moderator's connection how many open reports its rooms have.

use std::{future::Future, pin::Pin};

use parlor_shared::{RoomId, ServerMessage};

use crate::dispatch::client::Client;

impl Client {
    /// Tells the client how many open reports the rooms have that it moderates, where that is not
    /// what it was told last. A client that moderates none follows the numbers no longer.
    pub(crate) fn notify_open_reports(&mut self) {
        if !self.rights.has_moderated() {
            self.report_counts = None;
            return;
        }
        let access = &self.node.access;
        let counts = self
            .report_counts
            .get_or_insert_with(|| access.open_reports().follow());
        let news = {
            let counts = counts.borrow_and_update();
            let count = |room: &RoomId| counts.get(room).copied().unwrap_or_default();
            self.rights.take_report_news(count)
        };
        for (room, count) in news {
            let told = ServerMessage::OpenReports { room, count };
            self.outbound.reply(&told);
        }
    }

    /// Resolves when the numbers have changed; `None` for a client that does not follow them, which
    /// nearly none does.
    pub(crate) fn report_news(&self) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        let mut counts = self.report_counts.clone()?;
        Some(Box::pin(async move {
            if counts.changed().await.is_err() {
                // The server ends.
                std::future::pending().await
            }
        }))
    }
}
