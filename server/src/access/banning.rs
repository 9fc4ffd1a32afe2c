//! Bans, as hellos and joins ask for them and moderators change them.

use std::sync::Arc;

use parlor_shared::RoomId;

use super::AccessControl;
use crate::{
    address::Network,
    bans::{self, Hold, Visitor},
    engine::embedded::AdminError,
    repeated_line::log_repeated,
};

impl AccessControl {
    /// The ban that keeps a visitor out of this room, or out of the server where it is `None`.
    pub(crate) fn find_ban(&self, visitor: Visitor, room: Option<&RoomId>) -> Option<Hold> {
        self.bans.find(visitor, room)
    }

    /// Bans or rights have changed: has every connection look again.
    pub(crate) async fn reload_now(self: &Arc<Self>) {
        let control = self.clone();
        match tokio::task::spawn_blocking(move || control.reload()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log_repeated!(error, %error, "bans and rights can't be read"),
            // The runtime ends.
            Err(_) => {}
        }
    }

    /// Bans the address of a banned member, too. It is done in the background.
    pub(crate) fn take_address_along(
        self: &Arc<Self>,
        ban: u64,
        network: Option<Network>,
        now_ms: u64,
    ) {
        let (control, network) = (self.clone(), bans::bannable(network));
        let (Some(admin), Some(network)) = (self.admin.clone(), network) else {
            return;
        };
        let take = move || -> Result<(), AdminError> {
            if admin.ban_network(ban, &network, now_ms)? {
                control.reload()?;
            }
            Ok(())
        };
        // The handle is not needed: what goes wrong is logged.
        drop(tokio::task::spawn_blocking(move || {
            if let Err(error) = take() {
                log_repeated!(error, %error, "an address can't be banned");
            }
        }));
    }
}
