//! Who may come in, and what they may do: the operator's choice, the rights that members were
//! given, and what a client shows in hello.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use parlor_shared::{
    Access, ErrorCode, MemberId, Right, Rights, RoomId, RoomKind, limits::ADMIN_INTERVAL_MS,
};

use crate::{
    address::Network,
    bans::{self, Bans, Hold, Visitor},
    config::AccessMode,
    dispatch::error::RequestError,
    engine::embedded::{AdminError, AdminFile, Admits, Grant, InvitationError},
    repeated_line::log_repeated,
    rooms::hub::Hub,
};

/// Decides who comes in, and what they may do.
pub(crate) struct AccessControl {
    mode: AccessMode,
    /// What everyone who is in may do in open rooms.
    everyone: Rights,
    /// Where rights are kept; `None` on a server that keeps none, such as the simulation's.
    admin: Option<Arc<AdminFile>>,
    granted: RwLock<HashMap<MemberId, Granted>>,
    bans: Bans,
    /// Where it is announced that members may do something else.
    hub: Arc<Hub>,
}

/// What one member was given.
#[derive(Debug, Default)]
struct Granted {
    rights: Rights,
    admits: bool,
}

/// A client that may come in.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Who it is.
    pub(crate) member: MemberId,
}

impl AccessControl {
    /// The control of a server that lets everyone in and keeps no rights.
    #[cfg(any(test, feature = "sim"))]
    pub(crate) fn open(hub: Arc<Hub>) -> Self {
        Self::new(AccessMode::Open, None, hub)
    }

    /// The control of a server with this file of rights.
    ///
    /// # Errors
    /// [`AdminError`] if they can't be read.
    pub(crate) fn load(
        mode: AccessMode,
        admin: Arc<AdminFile>,
        hub: Arc<Hub>,
    ) -> Result<Self, AdminError> {
        let control = Self::new(mode, Some(admin), hub);
        control.reload()?;
        Ok(control)
    }

    fn new(mode: AccessMode, admin: Option<Arc<AdminFile>>, hub: Arc<Hub>) -> Self {
        let everyone = match mode {
            AccessMode::Open => Rights::everywhere(Right::Post),
        };
        Self {
            mode,
            everyone,
            admin,
            granted: RwLock::default(),
            bans: Bans::default(),
            hub,
        }
    }

    /// Lets a client in, who is `member` by its token if it has one.
    ///
    /// # Errors
    /// Why it may not come in.
    pub(crate) async fn admit(
        &self,
        member: Option<MemberId>,
        access: Option<Access>,
        new_member: impl FnOnce() -> Result<MemberId, RequestError>,
        now_ms: u64,
    ) -> Result<Admission, RequestError> {
        let member = member.map_or_else(new_member, Ok)?;
        match access {
            None => {}
            Some(Access::Invitation(code)) => {
                let redeem = move |admin: &AdminFile| admin.redeem(&code, member, now_ms);
                let grant = self.with_admin(redeem).await.map_err(refuse_invitation)?;
                self.take_in(grant);
            }
            Some(Access::Password(_) | Access::Device(_) | Access::Token(_)) => {
                let why = "This server takes nothing of that kind.";
                return Err(RequestError::new(ErrorCode::AccessInvalid, why));
            }
        }
        match self.mode {
            AccessMode::Open => Ok(Admission { member }),
        }
    }

    /// What a member may do in a room of this kind; `None` for nothing.
    pub(crate) fn right_in(
        &self,
        member: MemberId,
        room: &RoomId,
        kind: RoomKind,
    ) -> Option<Right> {
        let of_everyone = self.everyone.in_room(room, kind);
        let granted = self.granted();
        let given = granted.get(&member).map(|given| &given.rights);
        of_everyone.max(given.and_then(|given| given.in_room(room, kind)))
    }

    /// Whether a room of this kind can be read without coming in.
    pub(crate) fn is_public(&self, room: &RoomId, kind: RoomKind) -> bool {
        match self.mode {
            AccessMode::Open => self.everyone.in_room(room, kind).is_some(),
        }
    }

    /// Follows what other processes change, for as long as the server runs.
    pub(crate) async fn follow_admin(self: Arc<Self>) {
        let Some(admin) = self.admin.clone() else {
            return;
        };
        let mut known = admin.version().ok();
        loop {
            tokio::time::sleep(Duration::from_millis(ADMIN_INTERVAL_MS)).await;
            let control = self.clone();
            let look = move || -> Result<Option<i64>, AdminError> {
                let version = control
                    .admin
                    .as_ref()
                    .map(|admin| admin.version())
                    .transpose()?;
                if version != known {
                    control.reload()?;
                }
                Ok(version)
            };
            match tokio::task::spawn_blocking(look).await {
                Ok(Ok(version)) => known = version,
                Ok(Err(error)) => log_repeated!(error, %error, "rights can't be read"),
                // The runtime ends.
                Err(_) => return,
            }
        }
    }

    /// Reads what all members were given, and has every connection ask again.
    fn reload(&self) -> Result<(), AdminError> {
        let Some(admin) = &self.admin else {
            return Ok(());
        };
        let mut granted = HashMap::<MemberId, Granted>::new();
        for grant in admin.grants()? {
            add(&mut granted, grant);
        }
        *self.granted.write().unwrap_or_else(PoisonError::into_inner) = granted;
        // Those that have ended do no harm.
        self.bans.replace(admin.bans(0)?);
        self.hub.announce_access_change();
        Ok(())
    }

    /// Where rights, bans and reports are kept, on a server that keeps any.
    pub(crate) fn admin(&self) -> Option<&Arc<AdminFile>> {
        self.admin.as_ref()
    }

    /// The ban that keeps a visitor out of this room, or out of the server where it is `None`.
    pub(crate) fn find_ban(&self, visitor: Visitor, room: Option<&RoomId>) -> Option<Hold> {
        self.bans.find(visitor, room)
    }

    /// The bans have changed: has every connection look again.
    pub(crate) async fn reload_bans(self: &Arc<Self>) {
        let control = self.clone();
        match tokio::task::spawn_blocking(move || control.reload()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log_repeated!(error, %error, "bans can't be read"),
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

    fn take_in(&self, grant: Grant) {
        let mut granted = self.granted.write().unwrap_or_else(PoisonError::into_inner);
        add(&mut granted, grant);
        drop(granted);
        self.hub.announce_access_change();
    }

    fn granted(&self) -> RwLockReadGuard<'_, HashMap<MemberId, Granted>> {
        self.granted.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a change of the file on a thread that may wait for the disk.
    async fn with_admin<T: Send + 'static>(
        &self,
        change: impl FnOnce(&AdminFile) -> Result<T, InvitationError> + Send + 'static,
    ) -> Result<T, InvitationError> {
        let admin = self.admin.clone().ok_or(InvitationError::Unknown)?;
        let changed = tokio::task::spawn_blocking(move || change(&admin)).await;
        // The thread panicked, or the runtime ends.
        changed.unwrap_or(Err(InvitationError::Unknown))
    }
}

impl std::fmt::Debug for AccessControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessControl")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

/// Adds a grant to what its member was given.
fn add(granted: &mut HashMap<MemberId, Granted>, grant: Grant) {
    let given = granted.entry(grant.member).or_default();
    given.admits |= grant.admits == Admits::Yes;
    if given.rights.add(grant.rooms, grant.right).is_err() {
        log_repeated!(warn, "a member has more rights in rooms than count");
    }
}

fn refuse_invitation(error: InvitationError) -> RequestError {
    let code = match &error {
        InvitationError::Unknown => ErrorCode::InvitationUnknown,
        InvitationError::Expired => ErrorCode::InvitationExpired,
        InvitationError::UsedUp => ErrorCode::InvitationUsedUp,
        InvitationError::TooMany => ErrorCode::Busy,
        InvitationError::Failed(error) => {
            log_repeated!(error, %error, "an invitation can't be used");
            let why = "The server can't take invitations now. Try again later.";
            return RequestError::new(ErrorCode::Busy, why);
        }
    };
    RequestError::new(code, error.to_string())
}
