//! The clients of a run, of every kind.

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    client::{Shared, TestClient},
    http_client::{HttpClient, Transport},
    js_client::JsClient,
    phase::Phase,
    plan::Plan,
    record::{ClientKind, Record},
};

/// How a client has ended.
pub(crate) struct Ended {
    pub(crate) number: usize,
    pub(crate) outcome: anyhow::Result<Record>,
}

/// Running clients.
pub(crate) struct Clients {
    pub(crate) running: JoinSet<Ended>,
    /// Receives from each client once its outbox is empty.
    pub(crate) drained: mpsc::Receiver<()>,
}

impl Clients {
    /// Starts all clients of a plan, numbered in the order of [`Plan::kinds`].
    ///
    /// # Errors
    /// If a client can't be started.
    pub(crate) fn start(
        plan: &Plan,
        shared: &Shared,
        phases: &watch::Receiver<Phase>,
    ) -> anyhow::Result<Self> {
        let (sender, drained) = mpsc::channel(plan.kinds().count().max(1));
        let mut running = JoinSet::new();
        for (number, kind) in plan.kinds().enumerate() {
            let (shared, phases, sender) = (shared.clone(), phases.clone(), sender.clone());
            let over_http =
                |transport| HttpClient::new(number, transport, plan.seed, shared.clone());
            match kind {
                ClientKind::Rust => {
                    let client = TestClient::new(number, plan.seed, shared.clone())?;
                    running.spawn(ended(number, client.run(phases, sender)));
                }
                ClientKind::JavaScript => {
                    let library = plan.js.clone();
                    let client = JsClient::start(number, library, plan.seed, shared.clone())?;
                    running.spawn(ended(number, client.run(phases, sender)));
                }
                ClientKind::EventStream => {
                    let client = over_http(Transport::Stream);
                    running.spawn(ended(number, client.run(phases, sender)));
                }
                ClientKind::LongPoll => {
                    let client = over_http(Transport::Poll);
                    running.spawn(ended(number, client.run(phases, sender)));
                }
            }
        }
        Ok(Self { running, drained })
    }
}

async fn ended(number: usize, running: impl Future<Output = anyhow::Result<Record>>) -> Ended {
    Ended {
        number,
        outcome: running.await,
    }
}
