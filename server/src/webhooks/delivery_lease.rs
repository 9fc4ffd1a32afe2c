//! Whether this node delivers: of the nodes of a stream, one does for all webhooks, by a lease.

use std::{sync::Arc, time::Duration};

use parlor_shared::limits::{LEASE_HELD_MS, LEASE_RENEW_MS, STREAM_ACK_MS_MAX};
use tokio::time::{Instant, sleep_until, timeout};

use crate::{
    engine::{Holder, Lease},
    repeated_line::log_repeated,
};

/// The lease, as far as this node has it.
#[derive(Debug)]
pub(super) struct DeliveryLease {
    /// `None` where the log is of one node.
    lease: Option<Arc<dyn Lease>>,
    /// Until when this node has it.
    until: Option<Instant>,
    /// When it is asked for again.
    next: Instant,
}

impl DeliveryLease {
    pub(super) fn new(lease: Option<Arc<dyn Lease>>) -> Self {
        Self {
            lease,
            until: None,
            next: Instant::now(),
        }
    }

    /// Whether this node delivers.
    pub(super) fn is_ours(&self) -> bool {
        self.lease.is_none() || self.until.is_some_and(|until| Instant::now() < until)
    }

    /// Asks for the lease, or renews it, if it is time to.
    pub(super) async fn renew(&mut self) {
        let Some(lease) = &self.lease else { return };
        let asked = Instant::now();
        if asked < self.next {
            return;
        }
        self.next = asked + Duration::from_millis(LEASE_RENEW_MS);
        let patience = Duration::from_millis(STREAM_ACK_MS_MAX);
        let until = match timeout(patience, lease.renew()).await {
            Ok(Ok(Holder::This)) => Some(asked + Duration::from_millis(LEASE_HELD_MS)),
            Ok(Ok(Holder::Another)) => None,
            Ok(Err(error)) => {
                log_repeated!(warn, %error, "it is not known which node delivers for webhooks");
                self.until
            }
            Err(_) => self.until,
        };
        match (self.until, until) {
            (None, Some(_)) => tracing::info!("this node delivers for webhooks"),
            (Some(_), None) => tracing::info!("another node delivers for webhooks"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.until = until;
    }

    /// Resolves when the lease is to be renewed, or has ended.
    pub(super) async fn ends(&self) {
        if self.lease.is_none() {
            return std::future::pending().await;
        }
        let end = self.until.filter(|until| Instant::now() < *until);
        sleep_until(end.map_or(self.next, |end| end.min(self.next))).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::engine::LeaseError;

    /// A lease that answers what is set.
    #[derive(Debug)]
    struct Scripted(Mutex<Result<Holder, LeaseError>>);

    #[async_trait]
    impl Lease for Scripted {
        async fn renew(&self) -> Result<Holder, LeaseError> {
            self.0.lock().unwrap().clone()
        }

        async fn release(&self) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_can_not_renew_stops_before_another_one_begins() {
        let lease = Arc::new(Scripted(Mutex::new(Ok(Holder::This))));
        let script = |holder| *lease.0.lock().unwrap() = holder;
        let mut held = DeliveryLease::new(Some(lease.clone()));
        assert!(!held.is_ours());
        held.renew().await;
        assert!(held.is_ours());
        let renewed = Instant::now();
        script(Err(LeaseError("no answer".to_owned())));
        while held.is_ours() {
            held.ends().await;
            if held.is_ours() {
                held.renew().await;
            }
        }
        let (lasted, all) = (
            Instant::now() - renewed,
            Duration::from_millis(LEASE_HELD_MS),
        );
        assert!(
            lasted >= all && lasted < all + Duration::from_millis(10),
            "{lasted:?}"
        );
        const { assert!(LEASE_HELD_MS + STREAM_ACK_MS_MAX < parlor_shared::limits::LEASE_MS) };
        script(Ok(Holder::Another));
        held.ends().await;
        held.renew().await;
        assert!(!held.is_ours());
    }

    #[tokio::test]
    async fn the_only_node_always_delivers() {
        let mut held = DeliveryLease::new(None);
        held.renew().await;
        assert!(held.is_ours());
    }
}
