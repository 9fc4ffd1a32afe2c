//! The place of a request that lasts: it counts as a connection does, of all and of its address.

use std::sync::Arc;

use parlor_shared::ErrorCode;

use super::{
    client::ApiClient,
    problem::{HttpRefusal, Problem},
};
use crate::{
    node::{Connections, Counted, Fit, Node},
    operation::Phase,
};

/// A place among the connections, until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    _counted: Counted,
}

impl Held {
    /// Takes a place.
    ///
    /// # Errors
    /// [`Problem`] if there are as many connections as there may be, or the server sends its
    /// clients away.
    pub(super) fn take(client: &ApiClient) -> Result<Self, Problem> {
        let node: &Arc<Node> = &client.node;
        if node.operation.phase() != Phase::Open {
            let why = "The server is restarting. Try again in a moment.";
            return Err(Problem::of_http(HttpRefusal::Restarting, why));
        }
        let (counted, fit) = Connections::count(node, client.address.as_ref());
        let why = match fit {
            Fit::Fits => return Ok(Self { _counted: counted }),
            Fit::TooMany => "The server has as many connections as it may. Try again later.",
            Fit::TooManyFromAddress => {
                "Your address has as many connections as it may. Close one, or try again later."
            }
        };
        Err(Problem::new(ErrorCode::Busy, why))
    }
}
