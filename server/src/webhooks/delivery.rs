//! Delivers one webhook's entries, in the order of the log: each delivery is known to have arrived
//! before the next one begins.
//!
//! What a delivery has is kept before it is sent for the first time, so that it is the same, under
//! the same id, however often it is sent. Where it ended is kept once it has arrived. A server that
//! is killed in between sends it again.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hyper::{StatusCode, header::HeaderValue};
use parlor_shared::{
    Position, Seq,
    limits::{
        WEBHOOK_ERROR_CHARS_MAX, WEBHOOK_INTERVAL_MS, WEBHOOK_RETRY_AFTER_MS_MAX,
        WEBHOOK_RETRY_MS_MIN, WEBHOOK_TIMEOUT_MS,
    },
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, sleep_until},
};

use super::{
    backoff,
    payload::to_json,
    reading::{self, Found, Next},
    states::Outcome,
};
use crate::{
    engine::{
        ReadError,
        embedded::{AdminError, AdminFile, BegunDelivery, OutgoingWebhook},
    },
    fetch::{FetchError, Fetcher, posted},
    node::Node,
    repeated_line::log_repeated,
    rooms::commit_watch::CommitWatch,
};

/// The longest that a timer waits at once: clocks may change.
const MINUTE: Duration = Duration::from_secs(60);

/// What all webhooks deliver with.
#[derive(Debug)]
pub(super) struct DeliveryEnv {
    pub(super) node: Arc<Node>,
    pub(super) admin: Arc<AdminFile>,
    pub(super) fetcher: Arc<Fetcher>,
    /// Permits to read the log.
    pub(super) reads: Arc<Semaphore>,
}

/// One webhook at its place in the log.
#[derive(Debug)]
pub(super) struct Delivery {
    env: DeliveryEnv,
    webhook: OutgoingWebhook,
    commits: CommitWatch,
    /// Up to here there is nothing to deliver.
    scanned: Seq,
}

/// Whether the webhook goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    End,
}

/// Why nothing can be delivered now, whatever the receiver does.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error(transparent)]
    Log(#[from] ReadError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("the system has no random bytes: {0}")]
    Random(getrandom::Error),
}

/// A delivery that has not arrived.
#[derive(Debug)]
struct Failure {
    why: String,
    /// For how long the receiver asks to be left alone.
    retry_after: Option<Duration>,
    then: Then,
}

impl Delivery {
    pub(super) fn new(env: DeliveryEnv, webhook: OutgoingWebhook) -> Self {
        Self {
            commits: env.node.hub.watch_commits(webhook.rooms.clone()),
            scanned: webhook.position.seq,
            env,
            webhook,
        }
    }

    /// Delivers for as long as the webhook is there and its receiver wants anything.
    pub(super) async fn run(mut self) {
        self.env.node.webhooks.set(&self.webhook);
        loop {
            match self.step().await {
                Ok(Then::GoOn) => {}
                Ok(Then::End) => return,
                Err(error) => {
                    log_repeated!(error, %error, "webhooks can't deliver now");
                    sleep(Duration::from_millis(WEBHOOK_RETRY_MS_MIN)).await;
                }
            }
        }
    }

    /// The webhook's place in the log's current epoch, if it is kept in an earlier one, which the
    /// log does not remember for ever. One at which something was begun stays, so that it comes
    /// again as it was.
    fn renewed(&self) -> Option<Position> {
        let position = self.webhook.position;
        let is_earlier = position.epoch != self.env.node.engine.epoch();
        let can_move = self.webhook.begun.is_none() && self.env.node.engine.continues(&position);
        (is_earlier && can_move).then(|| self.position(position.seq))
    }

    /// Delivers what comes next, or waits for something.
    async fn step(&mut self) -> Result<Then, Hindrance> {
        if self.webhook.state.disabled_at_ms.is_some() {
            return Ok(Then::End);
        }
        if let Some(left) = self.time_left() {
            sleep(left.min(MINUTE)).await;
            return Ok(Then::GoOn);
        }
        if let Some(renewed) = self.renewed() {
            self.webhook.position = renewed;
            return self.keep().await;
        }
        let found = {
            // The semaphore is never closed.
            let _permit = self.env.reads.acquire().await.ok();
            let engine = &*self.env.node.engine;
            reading::read(engine, &self.webhook, self.scanned).await?
        };
        match found {
            Found::Next(next) => self.deliver(next).await,
            Found::Nothing { until, more } => {
                self.scanned = until;
                if !more {
                    self.commits.committed().await;
                } else {
                    // So that not all of it is looked at again after a start.
                    self.webhook.position = self.position(until);
                    self.webhook.begun = None;
                    return self.keep().await;
                }
                Ok(Then::GoOn)
            }
        }
    }

    /// How long until a delivery that has failed is tried again.
    fn time_left(&self) -> Option<Duration> {
        let left_ms = self.webhook.state.next_at_ms?.checked_sub(self.now_ms())?;
        // Longer than that only where the clock was set back.
        let is_ahead = (1..=WEBHOOK_RETRY_AFTER_MS_MAX).contains(&left_ms);
        is_ahead.then_some(Duration::from_millis(left_ms))
    }

    async fn deliver(&mut self, next: Next) -> Result<Then, Hindrance> {
        let begun_at = Instant::now();
        let Some(begun) = self.begin(next.until).await? else {
            return Ok(Then::End);
        };
        match self.send(&begun, &next).await {
            Ok(()) => {
                self.env
                    .node
                    .webhooks
                    .count(self.webhook.id, Outcome::Arrived);
                self.arrived(next.until);
            }
            Err(failure) => {
                self.env
                    .node
                    .webhooks
                    .count(self.webhook.id, Outcome::Failed);
                self.failed(failure);
            }
        }
        let then = self.keep().await?;
        if !next.more {
            sleep_until(begun_at + Duration::from_millis(WEBHOOK_INTERVAL_MS)).await;
        }
        Ok(then)
    }

    /// Keeps that a delivery up to here begins, and returns it: that of before if it has begun
    /// already. `None` if the webhook is not there any more.
    async fn begin(&mut self, until: Seq) -> Result<Option<BegunDelivery>, Hindrance> {
        let engine = &self.env.node.engine;
        let is_this =
            |begun: &&BegunDelivery| begun.until.seq == until && engine.continues(&begun.until);
        if let Some(begun) = self.webhook.begun.as_ref().filter(is_this) {
            return Ok(Some(begun.clone()));
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(Hindrance::Random)?;
        let begun = BegunDelivery {
            id: format!("msg_{}", URL_SAFE_NO_PAD.encode(random)),
            until: self.position(until),
        };
        let before = self.webhook.begun.replace(begun.clone());
        match self.keep().await {
            Ok(Then::GoOn) => Ok(Some(begun)),
            Ok(Then::End) => Ok(None),
            Err(error) => {
                // Nothing is sent under an id that is not kept.
                self.webhook.begun = before;
                Err(error)
            }
        }
    }

    async fn send(&self, begun: &BegunDelivery, next: &Next) -> Result<(), Failure> {
        let now_ms = self.now_ms();
        let BegunDelivery { id, until } = begun;
        let body = to_json(&self.webhook, next, *until, now_ms);
        let at_s = now_ms / 1_000;
        let signature = self.webhook.secret.sign(id, at_s, &body);
        let mut request = posted(body, "application/json");
        let headers = [
            ("webhook-id", id.clone()),
            ("webhook-timestamp", at_s.to_string()),
            ("webhook-signature", signature),
        ];
        for (name, value) in headers {
            // Each is ASCII.
            if let Ok(value) = HeaderValue::try_from(value) {
                request.headers_mut().insert(name, value);
            }
        }
        let time_max = Duration::from_millis(WEBHOOK_TIMEOUT_MS);
        let answered = self
            .env
            .fetcher
            .notify(&self.webhook.address, request, time_max)
            .await?;
        if answered.status.is_success() {
            return Ok(());
        }
        let header = answered.retry_after.as_deref();
        Err(Failure {
            why: format!("the receiver has answered with status {}", answered.status),
            retry_after: header.and_then(|header| backoff::retry_after(header, now_ms)),
            then: match answered.status {
                StatusCode::GONE => Then::End,
                _other => Then::GoOn,
            },
        })
    }

    fn arrived(&mut self, until: Seq) {
        self.webhook.position = self.position(until);
        self.webhook.begun = None;
        self.scanned = until;
        let state = &mut self.webhook.state;
        if state.failures > 0 {
            let (webhook, failures) = (self.webhook.id, state.failures);
            tracing::info!(
                webhook,
                failures,
                "a webhook's receiver takes deliveries again"
            );
        }
        state.failures = 0;
        state.failing_since_ms = None;
        state.next_at_ms = None;
        state.last_error.clear();
        state.delivered_at_ms = Some(self.env.node.hub.clock().unix_ms());
    }

    fn failed(&mut self, failure: Failure) {
        let now_ms = self.now_ms();
        let Failure {
            why,
            retry_after,
            then,
        } = failure;
        let webhook = self.webhook.id;
        let state = &mut self.webhook.state;
        state.failures = state.failures.saturating_add(1);
        state.failing_since_ms.get_or_insert(now_ms);
        state.last_error = shortened(&why);
        // Without random bytes nothing is left out of the wait.
        let random = getrandom::u32().unwrap_or(0);
        let wait = backoff::wait(state.failures, retry_after, random);
        state.next_at_ms = Some(now_ms.saturating_add(wait.as_millis() as u64));
        if then == Then::End {
            state.disabled_at_ms = Some(now_ms);
            state.next_at_ms = None;
            tracing::warn!(
                webhook,
                "a webhook's receiver wants no more deliveries (410)"
            );
        } else if state.failures == 1 {
            tracing::warn!(webhook, error = %why, "a webhook's receiver does not take a delivery");
        }
    }

    /// Keeps on the disk how far the webhook is.
    async fn keep(&mut self) -> Result<Then, Hindrance> {
        self.env.node.webhooks.set(&self.webhook);
        let (admin, webhook) = (self.env.admin.clone(), self.webhook.clone());
        let kept = tokio::task::spawn_blocking(move || admin.keep_webhook(&webhook)).await;
        // An error means that the runtime ends.
        match kept.unwrap_or(Ok(false))? {
            true => {
                self.webhook.kept += 1;
                Ok(Then::GoOn)
            }
            false => Ok(Then::End),
        }
    }

    /// A place in the log's current history.
    fn position(&self, seq: Seq) -> Position {
        let epoch = self.env.node.engine.epoch();
        Position { epoch, seq }
    }

    fn now_ms(&self) -> u64 {
        self.env.node.hub.clock().unix_ms()
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self {
            why: error.to_string(),
            retry_after: None,
            then: Then::GoOn,
        }
    }
}

/// As much of why a delivery has failed as is kept.
fn shortened(why: &str) -> String {
    why.chars().take(WEBHOOK_ERROR_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_error_the_beginning_is_kept() {
        let long = "é".repeat(WEBHOOK_ERROR_CHARS_MAX + 1);
        assert_eq!(shortened(&long).chars().count(), WEBHOOK_ERROR_CHARS_MAX);
        assert_eq!(shortened("down"), "down");
    }
}
