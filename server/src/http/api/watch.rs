//! What ends a request that lasts: the server sends its clients away, what the client has shown is
//! no good any more, or the client may not read the room any more.

use std::time::Duration;

use super::{
    client::{ApiClient, in_room},
    problem::{HttpRefusal, Problem},
};
use crate::{access::expired, connection::leave::Leave, rooms::room::RoomHandle};

/// As long as a timer waits at most: clocks may change.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Resolves with the reason once the request is to end.
pub(super) async fn ending(client: &ApiClient, room: &RoomHandle) -> Problem {
    let mut leave = Leave::new(client.node.operation.watch_phase());
    let mut access = client.node.hub.access_changes();
    loop {
        let left = client.lifetime().map(|left| left.min(DAY));
        tokio::select! {
            () = leave.due() => {
                let why = "The server is restarting. Come back in a moment.";
                return Problem::of_http(HttpRefusal::Restarting, why);
            }
            () = tokio::time::sleep(left.unwrap_or(DAY)) => {
                if client.lifetime().is_some_and(|left| left.is_zero()) {
                    return expired().into();
                }
            }
            Ok(()) = access.changed() => {
                if let Err(error) = client.check_still_in(room) {
                    return in_room(error, room.id());
                }
            }
        }
    }
}
