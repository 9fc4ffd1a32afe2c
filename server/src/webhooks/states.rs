//! The webhooks that send entries, as an operator sees them while the server runs.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    engine::{Behind, Engine, embedded::OutgoingWebhook},
    repeated_line::log_repeated,
};

/// Every webhook of the server, by its number: at most
/// [`WEBHOOKS_MAX`](parlor_shared::limits::WEBHOOKS_MAX).
#[derive(Debug, Default)]
pub(crate) struct WebhookStates(Mutex<BTreeMap<i64, WebhookState>>);

/// One webhook at one moment.
#[derive(Debug, Clone)]
pub(crate) struct WebhookState {
    /// As it is kept.
    pub(crate) webhook: OutgoingWebhook,
    /// Deliveries that have arrived, and those that have failed, since the server was started.
    pub(crate) arrived: u64,
    /// See `arrived`.
    pub(crate) failed: u64,
    /// What it has not delivered, when that was looked at last.
    pub(crate) behind: Behind,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Arrived,
    Failed,
}

impl WebhookStates {
    /// Notes a webhook as it is now.
    pub(super) fn set(&self, webhook: &OutgoingWebhook) {
        let mut states = self.lock();
        let state = states.entry(webhook.id).or_insert_with(|| WebhookState {
            webhook: webhook.clone(),
            arrived: 0,
            failed: 0,
            behind: Behind::default(),
        });
        state.webhook.clone_from(webhook);
    }

    /// Counts what became of a delivery.
    pub(super) fn count(&self, id: i64, outcome: Outcome) {
        if let Some(state) = self.lock().get_mut(&id) {
            match outcome {
                Outcome::Arrived => state.arrived += 1,
                Outcome::Failed => state.failed += 1,
            }
        }
    }

    /// Forgets those that are not among these.
    pub(super) fn retain(&self, webhooks: &[OutgoingWebhook]) {
        let is_there = |id: &i64| webhooks.iter().any(|webhook| webhook.id == *id);
        self.lock().retain(|id, _| is_there(id));
    }

    /// Looks how far each is behind: a bounded read of the log for each.
    pub(crate) async fn look(&self, engine: &dyn Engine) {
        for WebhookState { webhook, .. } in self.all() {
            match engine.behind(&webhook.rooms, webhook.position.seq).await {
                Ok(behind) => {
                    if let Some(state) = self.lock().get_mut(&webhook.id) {
                        state.behind = behind;
                    }
                }
                Err(error) => log_repeated!(error, %error, "a webhook's lag is not known now"),
            }
        }
    }

    /// All of them, by their numbers, as they were when last looked at.
    pub(crate) fn all(&self) -> Vec<WebhookState> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i64, WebhookState>> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WebhookState {
    /// How old the oldest entry is that was not delivered, in seconds.
    pub(crate) fn lag_s(&self, now_ms: u64) -> u64 {
        let oldest = self.behind.oldest_at_ms;
        oldest.map_or(0, |at_ms| now_ms.saturating_sub(at_ms) / 1_000)
    }

    /// Whether its receiver has what is on the log, or is about to get it.
    pub(crate) fn is_well(&self) -> bool {
        let state = &self.webhook.state;
        state.failures == 0 && state.disabled_at_ms.is_none()
    }
}
