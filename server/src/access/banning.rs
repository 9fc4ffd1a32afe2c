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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use parlor_shared::{MemberId, Name, limits::ADMIN_INTERVAL_MS};
    use tokio::time::timeout;

    use super::*;
    use crate::{
        access::{AccessRules, AccessSigner},
        clock::SystemClock,
        engine::embedded::{AdminFile, BanOrder, Banned, TakesAddresses},
        rooms::{hub::Hub, room::RoomBounds},
    };

    #[tokio::test(start_paused = true)]
    async fn a_ban_that_is_decided_while_a_node_starts_holds_there() {
        let folder = tempfile::tempdir().unwrap();
        let open = || AdminFile::open(folder.path()).unwrap();
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let (rules, signer) = (AccessRules::open(), AccessSigner::new([0; 32]));
        let loaded = AccessControl::load(rules, signer, Arc::new(open()), hub.clone()).await;
        let control = Arc::new(loaded.unwrap());
        // The rights are read, and the node has more to open: another one's ban is applied to its
        // file meanwhile.
        let member = MemberId::from_bytes([1; 16]);
        let ban = BanOrder {
            who: Banned::Member {
                member,
                name: Name::parse("eve").unwrap(),
                addresses: TakesAddresses::No,
            },
            room: None,
            until_ms: 10_000,
            reason: "spam".to_owned(),
            by: "ann".to_owned(),
        };
        open().ban(&ban, 1_000).unwrap();
        let mut changes = hub.access_changes();
        let following = tokio::spawn(control.clone().follow_admin());
        let patience = Duration::from_millis(5 * ADMIN_INTERVAL_MS);
        timeout(patience, changes.changed()).await.unwrap().unwrap();
        following.abort();
        let eve = Visitor {
            member,
            network: None,
            now_ms: 2_000,
        };
        assert!(control.find_ban(eve, None).is_some());
    }
}
