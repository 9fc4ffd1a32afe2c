//! Says to everyone when the stream that the nodes share is out of reach, and when it is back:
//! until then posts are refused for now, and what was said before can be read.

use std::{sync::Arc, time::Duration};

use parlor_shared::{ServerMessage, limits::STREAM_PATIENCE_MS};
use tokio::time::timeout;

use crate::{connection::frame::frame, node::Node};

/// What sessions are sent when it begins.
const BEGUN: &str =
    "The log can't be reached now. You can read; what you write is sent once it can be.";
/// What they are sent when it is over.
const OVER: &str = "The log can be reached again.";

/// Follows the stream until the node stops. Returns at once where the log is of one node.
pub(crate) async fn follow(node: Arc<Node>) {
    let Some(stream) = node.engine.stream() else {
        return;
    };
    let mut condition = stream.watch_condition();
    // A stream whose leader has gone has another one after a few seconds.
    let patience = Duration::from_millis(STREAM_PATIENCE_MS);
    // An error means that the node stops.
    while condition.wait_for(|now| now.is_impaired()).await.is_ok() {
        if timeout(patience, condition.wait_for(|now| !now.is_impaired()))
            .await
            .is_ok()
        {
            continue;
        }
        let why = stream.condition().reason().unwrap_or_default().to_owned();
        tracing::error!(%why, "the stream is out of reach; posts are refused for now");
        announce(&node, BEGUN).await;
        if condition.wait_for(|now| !now.is_impaired()).await.is_err() {
            return;
        }
        tracing::info!("the stream is within reach again");
        announce(&node, OVER).await;
    }
}

/// Sends a notice to every session.
async fn announce(node: &Node, text: &str) {
    let text = text.to_owned();
    let notice = ServerMessage::Notice { text };
    if let Err(error) = node.operation.threads.announce(&frame(&notice)).await {
        tracing::warn!(%error, "not every session was sent the notice");
    }
}
