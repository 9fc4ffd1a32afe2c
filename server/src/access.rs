//! Who may come in, and what they may do: the operator's choice, the rights that members were
//! given, and what a client shows in hello.

mod account;
mod admission;
mod banning;
mod device_codes;
mod devices;
mod error;
#[cfg(feature = "fuzz")]
pub(crate) mod fuzz;
mod granted;
mod held_rights;
mod invited;
mod jwt;
mod keys_address;
mod keys_file;
mod passes;
mod password;
#[cfg(feature = "sim")]
mod simulated;
mod tickets;
mod token_keys;
mod trusted_keys;
mod used_tickets;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use parlor_shared::{
    Access, ErrorCode, Member, MemberId, Right, Rights, RoomId, RoomKind, limits::ADMIN_INTERVAL_MS,
};

pub use self::{
    account::Account, error::AccessError, keys_address::KeysNotFetched, password::HashFailed,
    token_keys::KeysPlace, trusted_keys::KeysInvalid,
};
pub(crate) use self::{
    admission::{AccessRules, Admission, HeldToken, Shown},
    held_rights::NotedRights,
    jwt::{
        AUDIENCE, AccessSigner, Audience, Claims, TokenRules, claims_of, expired, has_key_of,
        member_of_account, revoked, unverified,
    },
    keys_address::KeysAddress,
    password::HashedPassword,
    token_keys::TokenKeys,
    trusted_keys::TrustedKeys,
};
use self::{
    devices::DeviceCodes,
    granted::{Granted, refuse_invitation},
    held_rights::HeldRights,
    password::PasswordChecks,
    used_tickets::UsedTickets,
};
use crate::{
    bans::Bans,
    config::AccessMode,
    dispatch::error::RequestError,
    engine::embedded::{AdminError, AdminFile, AdminVersion},
    open_reports::OpenReports,
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
    held: Arc<HeldRights>,
    bans: Bans,
    open_reports: OpenReports,
    /// The hash of the password, where one is set.
    password: RwLock<Option<HashedPassword>>,
    checks: PasswordChecks,
    devices: DeviceCodes,
    signer: AccessSigner,
    /// The keys of others, where the operator has named any.
    keys: Option<TokenKeys>,
    /// What the tokens of these keys must say.
    tokens: TokenRules,
    /// Whether people can log in.
    has_logins: bool,
    /// The ids of tokens that were taken back.
    revoked: RwLock<HashSet<String>>,
    /// What has ended a login already.
    tickets: UsedTickets,
    /// Where it is announced that members may do something else.
    hub: Arc<Hub>,
}

impl AccessControl {
    /// The control of a server that lets everyone in and keeps no rights.
    #[cfg(any(test, feature = "sim"))]
    pub(crate) fn open(hub: Arc<Hub>) -> Self {
        Self::new(AccessRules::open(), AccessSigner::new([0; 32]), None, hub)
    }

    /// The control of a server with this file of rights.
    ///
    /// # Errors
    /// [`AccessError`] if they, or the keys of others, can't be read, or no password is set where
    /// one lets people in.
    pub(crate) async fn load(
        rules: AccessRules,
        signer: AccessSigner,
        admin: Arc<AdminFile>,
        hub: Arc<Hub>,
    ) -> Result<Self, AccessError> {
        let mode = rules.mode;
        let control = Self::new(rules, signer, Some(admin), hub);
        control.reload()?;
        if let Some(keys) = &control.keys {
            keys.load().await?;
        }
        if mode == AccessMode::Password && control.password().is_none() {
            return Err(AccessError::NoPassword);
        }
        Ok(control)
    }

    fn new(
        rules: AccessRules,
        signer: AccessSigner,
        admin: Option<Arc<AdminFile>>,
        hub: Arc<Hub>,
    ) -> Self {
        let mode = rules.mode;
        let everyone = match mode {
            AccessMode::Open | AccessMode::Password => Rights::everywhere(Right::Post),
            AccessMode::Token => Rights::default(),
        };
        Self {
            mode,
            everyone,
            admin,
            granted: RwLock::default(),
            held: Arc::default(),
            bans: Bans::default(),
            open_reports: OpenReports::new(),
            password: RwLock::default(),
            checks: PasswordChecks::new(),
            devices: DeviceCodes::default(),
            signer,
            keys: rules.keys,
            tokens: rules.tokens,
            revoked: RwLock::default(),
            tickets: UsedTickets::default(),
            has_logins: rules.has_logins,
            hub,
        }
    }

    /// Lets a client in.
    ///
    /// # Errors
    /// Why it may not come in.
    pub(crate) async fn admit(
        &self,
        shown: Shown,
        new_member: impl FnOnce() -> Result<MemberId, RequestError>,
    ) -> Result<Admission, RequestError> {
        let Shown {
            member,
            name,
            access,
            network,
            now_ms,
            rate_ms,
        } = shown;
        let mut admission = Admission {
            member: member.map_or_else(new_member, Ok)?,
            name: None,
            is_new: member.is_none(),
            held: None,
            pass: None,
        };
        let mut may_come_in = self.mode == AccessMode::Open || self.is_invited(admission.member);
        match access {
            None => {}
            Some(Access::Invitation(code)) => {
                let invited = Member {
                    member: admission.member,
                    name: name.ok_or_else(nameless)?,
                };
                let redeem = move |admin: &AdminFile| admin.redeem(&code, &invited, now_ms);
                let grant = self.with_admin(redeem).await.map_err(refuse_invitation)?;
                self.take_in(grant, member);
                may_come_in = true;
            }
            Some(Access::Password(password)) => {
                if let Some(hash) = self
                    .password()
                    .filter(|_| self.mode == AccessMode::Password)
                {
                    let generation = hash.generation();
                    self.checks.check(hash, password, network, rate_ms).await?;
                    admission.held = Some(HeldToken::of_password(generation.clone()));
                    admission.pass = self.sign_pass(generation, now_ms);
                    may_come_in = true;
                }
            }
            Some(Access::Token(token)) => {
                let mut verified = self.verify(&token, now_ms, rate_ms).await?;
                if let Some(generation) = &verified.claims.password {
                    admission.pass = self.check_pass(&verified, generation, now_ms)?;
                    admission.held = Some(HeldToken::of_password(generation.clone()));
                } else {
                    admission.pass = self.take_ticket(&mut verified.claims, now_ms)?;
                    admission.is_new &= verified.member.is_none();
                    admission.member = verified.member.unwrap_or(admission.member);
                    admission.held = Some(verified.claims.into());
                }
                may_come_in = true;
            }
            Some(Access::Device(code)) => {
                self.checks.take_try(network, rate_ms)?;
                admission = self.admit_device(&code, now_ms)?;
                may_come_in = self.mode == AccessMode::Open
                    || self.is_invited(admission.member)
                    || admission.held.is_some();
            }
        }
        if may_come_in {
            return Ok(admission);
        }
        Err(self.what_is_missing())
    }

    fn password(&self) -> Option<HashedPassword> {
        let password = self.password.read().unwrap_or_else(PoisonError::into_inner);
        password.clone()
    }

    /// What a member may do in a room of this kind, by a token with these rights as well; `None`
    /// for nothing.
    pub(crate) fn right_in(
        &self,
        member: MemberId,
        held: &Rights,
        room: &RoomId,
        kind: RoomKind,
    ) -> Option<Right> {
        let of_everyone = self
            .everyone
            .in_room(room, kind)
            .max(held.in_room(room, kind));
        let granted = self.granted();
        let given = granted.get(&member).map(|given| &given.rights);
        of_everyone.max(given.and_then(|given| given.in_room(room, kind)))
    }

    /// What another member may do in a room of this kind; `None` for nothing. The tokens that they
    /// have shown count while they are connected: nobody else knows them.
    pub(crate) fn right_of(
        &self,
        member: MemberId,
        room: &RoomId,
        kind: RoomKind,
    ) -> Option<Right> {
        let held = self.held.in_room(member, room, kind);
        held.max(self.right_in(member, &Rights::default(), room, kind))
    }

    /// Notes what a member's connection may do by this token, until what is returned is dropped.
    pub(crate) fn note_rights(&self, member: MemberId, held: &HeldToken) -> Option<NotedRights> {
        self.held.note(member, &held.rights)
    }

    /// Whether a room of this kind can be read without coming in.
    pub(crate) fn is_public(&self, room: &RoomId, kind: RoomKind) -> bool {
        match self.mode {
            AccessMode::Open => self.everyone.in_room(room, kind).is_some(),
            AccessMode::Password | AccessMode::Token => false,
        }
    }

    /// Follows what other processes change, for as long as the server runs.
    pub(crate) async fn follow_admin(self: Arc<Self>) {
        if self.admin.is_none() {
            return;
        }
        // What has changed since the rights were read, while the server was opened, is not known.
        let mut known = None;
        loop {
            tokio::time::sleep(Duration::from_millis(ADMIN_INTERVAL_MS)).await;
            let control = self.clone();
            let look = move || -> Result<Option<AdminVersion>, AdminError> {
                let version = control
                    .admin
                    .as_ref()
                    .map(|admin| admin.version())
                    .transpose()?;
                if version != known {
                    control.reload()?;
                }
                if let Some(TokenKeys::File(keys)) = &control.keys {
                    keys.follow();
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
            granted::add(&mut granted, grant);
        }
        let revoked = admin.revoked_tokens()?.into_iter().collect();
        *self.revoked.write().unwrap_or_else(PoisonError::into_inner) = revoked;
        let password = admin.password()?.map(HashedPassword::from_kept);
        *self
            .password
            .write()
            .unwrap_or_else(PoisonError::into_inner) = password;
        *self.granted.write().unwrap_or_else(PoisonError::into_inner) = granted;
        // Those that have ended do no harm.
        self.bans.replace(admin.bans(0)?);
        self.open_reports.look(admin)?;
        self.hub.announce_access_change();
        Ok(())
    }

    /// Where rights, bans and reports are kept, on a server that keeps any.
    pub(crate) fn admin(&self) -> Option<&Arc<AdminFile>> {
        self.admin.as_ref()
    }

    /// How many open reports rooms have.
    pub(crate) fn open_reports(&self) -> &OpenReports {
        &self.open_reports
    }
}

/// The refusal of somebody who gives no name where one is asked for.
fn nameless() -> RequestError {
    RequestError::new(ErrorCode::NameInvalid, "Say your name.")
}

impl std::fmt::Debug for AccessControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessControl")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}
