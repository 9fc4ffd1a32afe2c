//! Connections that are none of the network: a function of the program opens each.

use std::{fmt, io, sync::Arc};

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

/// What carries the frames of a WebSocket.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Carrier for S {}

/// A connection that is being opened.
pub(crate) type Dialing = BoxFuture<'static, io::Result<Box<dyn Carrier>>>;

/// Opens connections.
#[derive(Clone)]
pub(crate) struct Dialer(Arc<dyn Fn() -> Dialing + Send + Sync>);

impl Dialer {
    pub(crate) fn new<F, S>(dial: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Self(Arc::new(move || {
            let dialed = dial();
            Box::pin(async move { Ok(Box::new(dialed.await?) as Box<dyn Carrier>) })
        }))
    }

    pub(crate) fn dial(&self) -> Dialing {
        (self.0)()
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}
