//! How many open reports each room has, in memory: the connections of its moderators are told of
//! each change.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use parlor_shared::RoomId;
use tokio::sync::watch;

use crate::{
    engine::embedded::{AdminError, AdminFile},
    repeated_line::log_repeated,
};

/// The number of open reports by room; rooms without any are left out.
pub(crate) type ReportCounts = BTreeMap<RoomId, u32>;

/// The numbers as of the last look at the file.
#[derive(Debug)]
pub(crate) struct OpenReports {
    counts: watch::Sender<ReportCounts>,
    /// Held while the file is read, so that an older look never replaces a newer one.
    looking: Mutex<()>,
}

impl OpenReports {
    pub(crate) fn new() -> Self {
        Self {
            counts: watch::Sender::new(ReportCounts::new()),
            looking: Mutex::new(()),
        }
    }

    /// Reads the numbers again, and wakes those who follow them where they have changed. It waits
    /// for the disk.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn look(&self, admin: &AdminFile) -> Result<(), AdminError> {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = admin.report_counts()?;
        self.counts.send_if_modified(|known| {
            let is_changed = *known != counts;
            *known = counts;
            is_changed
        });
        Ok(())
    }

    /// The same after a change. What was changed stays changed where the numbers can't be read:
    /// the next look finds it.
    pub(crate) fn look_after_change(&self, admin: &AdminFile) {
        if let Err(error) = self.look(admin) {
            log_repeated!(error, %error, "the reports can't be counted");
        }
    }

    /// Follows the numbers. The first look is news.
    pub(crate) fn follow(&self) -> watch::Receiver<ReportCounts> {
        let mut counts = self.counts.subscribe();
        counts.mark_changed();
        counts
    }
}
