//! A request that waits for a room's next entry: no thread is held, and it ends with its time, the
//! server's drain or the client's right.

use std::{future::poll_fn, task::Poll, time::Duration};

use actix_web::HttpRequest;
use parlor_shared::Seq;

use super::{
    asked,
    client::{ApiClient, EnteredRoom},
    place::Held,
    problem::Problem,
    watch,
};
use crate::{connection::handshake::Thread, rooms::room::waker_slot::WakerSlot};

/// Waits until the room has an entry after this one, for so long at most, or until the server sends
/// its clients away.
///
/// # Errors
/// [`Problem`] if too many wait, or the client may not read the room any more.
pub(super) async fn for_entries(
    request: &HttpRequest,
    client: &ApiClient,
    entered: &EnteredRoom,
    after: Seq,
    longest: Duration,
) -> Result<(), Problem> {
    if entered.head() > after {
        return Ok(());
    }
    let Some(thread) = request.app_data::<Thread>() else {
        return Ok(());
    };
    let _held = Held::take(client)?;
    let _lasting = asked::exchange(request).map(|exchange| exchange.last());
    let room = &entered.room.handle;
    let slot = WakerSlot::new(room, thread.registry.inbox());
    let entries = poll_fn(|cx| {
        // Before looking, or an entry in between would be missed.
        slot.register(cx.waker());
        match entered.head() > after {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    });
    tokio::select! {
        () = entries => Ok(()),
        () = tokio::time::sleep(longest) => Ok(()),
        problem = watch::ending(client, room) => Err(problem),
    }
}
