//! A broadcast in memory, which loses what it is told to lose.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::broadcast::{Receiver, Sender, error::RecvError};

use crate::engine::{Broadcast, BroadcastError, BroadcastReceiver};

/// What is between the nodes.
#[derive(Debug)]
pub(super) struct MemoryBroadcast {
    sent: Sender<Bytes>,
    fault: Mutex<Fault>,
}

/// What becomes of what is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Fault {
    #[default]
    None,
    /// It is lost, and nobody notices.
    Lost,
    /// It is refused.
    Down,
    /// Its sender waits.
    Stuck,
}

impl MemoryBroadcast {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            sent: Sender::new(1_024),
            fault: Mutex::default(),
        })
    }

    /// From now on.
    pub(super) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    /// What is sent from now on.
    pub(super) fn observe(&self) -> Receiver<Bytes> {
        self.sent.subscribe()
    }
}

#[async_trait]
impl Broadcast for MemoryBroadcast {
    fn bytes_max(&self) -> usize {
        4 * 1024
    }

    async fn send(&self, message: Bytes) -> Result<(), BroadcastError> {
        assert!(message.len() <= self.bytes_max());
        let fault = *self.fault.lock().unwrap();
        match fault {
            // An error means that nobody receives.
            Fault::None => drop(self.sent.send(message)),
            Fault::Lost => {}
            Fault::Down => return Err(BroadcastError("down".to_owned())),
            Fault::Stuck => std::future::pending().await,
        }
        Ok(())
    }

    async fn receive(&self) -> Result<Box<dyn BroadcastReceiver>, BroadcastError> {
        Ok(Box::new(MemoryReceiver(self.sent.subscribe())))
    }
}

struct MemoryReceiver(Receiver<Bytes>);

#[async_trait]
impl BroadcastReceiver for MemoryReceiver {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            match self.0.recv().await {
                Ok(message) => return Some(message),
                // As a subscription of core NATS that is full.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
