//! Does what the command line has asked for: in rooms, the entries go on their logs; what else
//! changes where the log follows a stream, it publishes there.

use std::{sync::Arc, time::Duration};

use parlor_shared::{
    Body, MemberId, Name,
    limits::{ADMIN_INTERVAL_MS, NAME_BYTES_MAX},
};
use tokio::time::timeout;

use crate::{
    engine::{
        Authority, NewEntry,
        embedded::{AdminError, AdminFile, PendingEntry},
    },
    node::Node,
    repeated_line::log_repeated,
};

/// Who does it, on the log.
const OPERATOR: &str = "Operator";
const _: () = assert!(OPERATOR.len() <= NAME_BYTES_MAX);

/// Follows what other processes change beside the log, for as long as the server runs.
pub(crate) async fn follow(node: Arc<Node>) {
    let access = &node.access;
    tokio::join!(
        access.clone().follow_admin(),
        access.follow_keys(),
        run(node.clone())
    );
}

/// Does what is ordered, now and whenever another process has changed something, for as long as the
/// server runs.
async fn run(node: Arc<Node>) {
    let Some(admin) = node.access.admin().cloned() else {
        return;
    };
    let mut changes = node.hub.access_changes();
    loop {
        let changed = match do_all(&node, &admin).await {
            Ok(()) => changes.changed().await,
            Err(error) => {
                log_repeated!(error, %error, "what the command line asks for can't be done now");
                let again = Duration::from_millis(ADMIN_INTERVAL_MS);
                timeout(again, changes.changed()).await.unwrap_or(Ok(()))
            }
        };
        if changed.is_err() {
            return;
        }
    }
}

async fn do_all(node: &Node, admin: &Arc<AdminFile>) -> Result<(), AdminError> {
    on_thread(admin, AdminFile::do_requests).await?;
    for order in on_thread(admin, AdminFile::orders).await? {
        let id = order.id;
        let outcome = append(node, order).await;
        tracing::info!(order = id, outcome, "done for the command line");
        on_thread(admin, move |admin| admin.finish_order(id, &outcome)).await?;
    }
    Ok(())
}

/// Appends the entry, and says why it was not appended, if it was not.
async fn append(node: &Node, order: PendingEntry) -> String {
    let PendingEntry { room, body, .. } = order;
    if body == Body::Unknown {
        return "this server does not know that kind of entry".to_owned();
    }
    let at_ms = node.hub.clock().unix_ms();
    let (Ok(id), Ok(name)) = (node.tokens.new_message(at_ms), Name::parse(OPERATOR)) else {
        return "the system has no random bytes to give".to_owned();
    };
    let new = NewEntry {
        room,
        id,
        follows: None,
        member: MemberId::from_bytes([0; 16]),
        name,
        body,
        authority: Authority::Moderator,
        at_ms,
    };
    let appended = match node.engine.append(new).await {
        Ok(commit) => commit.await,
        Err(error) => Err(error),
    };
    appended
        .err()
        .map_or_else(String::new, |error| error.to_string())
}

/// Runs something on a thread that may wait for the disk.
async fn on_thread<T: Send + Default + 'static>(
    admin: &Arc<AdminFile>,
    work: impl FnOnce(&AdminFile) -> Result<T, AdminError> + Send + 'static,
) -> Result<T, AdminError> {
    let admin = admin.clone();
    // An error means that the runtime ends.
    tokio::task::spawn_blocking(move || work(&admin))
        .await
        .unwrap_or_else(|_| Ok(T::default()))
}
