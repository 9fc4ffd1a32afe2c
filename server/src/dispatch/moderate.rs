//! What stands on no room's log: reports, bans, and the erasing of one's own messages.

use parlor_shared::{
    Ban, Body, ErrorCode, Moderated, Moderation, NewBan, Place, Right, RoomId, Seq, ServerMessage,
    limits::{BAN_DAYS_MAX, BANS_PAGE_MAX, ERASE_TOKENS, MODERATE_TOKENS, REASON_CHARS_MAX},
};

use crate::{
    dispatch::{client::Client, error::RequestError, rights::not_allowed, written::check_name},
    engine::{
        AppendError, Authority, NewEntry,
        embedded::{
            AdminError, AdminFile, BanError, BanOrder, Banned, KeptBan, NewReport, ReportError,
            TakesAddresses,
        },
    },
    repeated_line::log_repeated,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

impl Client {
    /// Does what a member or a moderator asks for. Rights are checked before; see `rights.rs`.
    pub(super) async fn moderate(&mut self, request: Moderation) -> Result<(), RequestError> {
        if let Some(room) = request.room() {
            self.member_in(room)?;
            self.charge(MODERATE_TOKENS - 1);
        }
        match request {
            Moderation::Report {
                room,
                target,
                reason,
            } => {
                check_reason(&reason)?;
                if self
                    .log
                    .read_slice(&room, Place::Message(target), 1)
                    .await?
                    .is_none()
                {
                    return Err(AppendError::TargetUnknown.into());
                }
                let member = self.member()?.clone();
                let report = NewReport {
                    room: room.clone(),
                    target,
                    member: member.member,
                    name: member.name,
                    reason,
                };
                let now_ms = self.node.hub.clock().unix_ms();
                self.change_reports(move |admin| admin.report(&report, now_ms))
                    .await?;
                self.answer(Moderated::Reported { room, target });
                Ok(())
            }
            Moderation::Reports { room } => self.reply_reports(room).await,
            Moderation::Resolve { room, report } => {
                let (of, by) = (room.clone(), self.member()?.name.to_string());
                let now_ms = self.node.hub.clock().unix_ms();
                self.change_reports(move |admin| admin.resolve(&of, report, &by, now_ms))
                    .await?;
                self.reply_reports(room).await
            }
            Moderation::Ban { room, ban } => {
                self.ban(&room, ban).await?;
                self.reply_bans(room).await
            }
            Moderation::Unban { room, ban } => {
                self.unban(&room, ban).await?;
                self.reply_bans(room).await
            }
            Moderation::Bans { room } => self.reply_bans(room).await,
            Moderation::Erase { before } => self.erase(before).await,
            Moderation::Device { address } => self.show_device_code(&address),
            Moderation::Access { room } => self.reply_access(room, None).await,
            Moderation::Grant { room, grant } => self.grant(room, grant).await,
            Moderation::Invite { room, invitation } => self.invite(room, invitation).await,
            Moderation::Uninvite { room, invitation } => self.uninvite(room, invitation).await,
            Moderation::Unknown => Err(RequestError::new(
                ErrorCode::Unsupported,
                "This server does not know that request.",
            )),
        }
    }

    /// Deletes some of the member's own messages, the newest first.
    async fn erase(&mut self, before: Option<Seq>) -> Result<(), RequestError> {
        let member = self.member()?.clone();
        self.charge(ERASE_TOKENS - 1);
        let found = self.log.own_posts(member.member, before).await?;
        self.charge(found.posts.len() as u32);
        let mut commits = Vec::new();
        for post in found.posts {
            let at_ms = self.node.hub.clock().unix_ms();
            let new = NewEntry {
                room: post.room,
                id: self.node.tokens.new_message(at_ms).map_err(no_random)?,
                follows: None,
                member: member.member,
                name: member.name.clone(),
                body: Body::Deletion { target: post.id },
                authority: Authority::Member,
                at_ms,
            };
            commits.push(self.node.engine.append(new).await?);
        }
        let mut count = 0;
        for commit in commits {
            match commit.await {
                Ok(_) => count += 1,
                // It was deleted in the meantime.
                Err(AppendError::TargetUnknown) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let next = found.next;
        self.answer(Moderated::Erased { count, next });
        Ok(())
    }

    async fn ban(&self, room: &RoomId, ban: NewBan) -> Result<(), RequestError> {
        check_name(&ban.name)?;
        check_reason(&ban.reason)?;
        let now_ms = self.node.hub.clock().unix_ms();
        if ban.until_ms <= now_ms || ban.until_ms > now_ms + BAN_DAYS_MAX * DAY_MS {
            let why = format!("A ban ends later than now, and within {BAN_DAYS_MAX} days.");
            return Err(RequestError::new(ErrorCode::OutOfRange, why));
        }
        // Nobody bans those who may do as much as they may.
        let their = self.right_of(ban.member, room);
        if their >= Some(Right::Moderate) && their >= Some(self.own_right_in(room)) {
            return Err(not_allowed(Right::Own));
        }
        let order = BanOrder {
            who: Banned::Member {
                member: ban.member,
                name: ban.name,
                addresses: match ban.addresses {
                    true => TakesAddresses::Yes,
                    false => TakesAddresses::No,
                },
            },
            room: (!ban.everywhere).then(|| room.clone()),
            until_ms: ban.until_ms,
            reason: ban.reason,
            by: self.by()?,
        };
        self.change(move |admin| admin.ban(&order, now_ms)).await?;
        self.node.access.reload_now().await;
        Ok(())
    }

    async fn unban(&self, room: &RoomId, ban: u64) -> Result<(), RequestError> {
        let may_lift = self.bans_of(room).await?.iter().any(|kept| kept.id == ban);
        if may_lift {
            let (by, now_ms) = (self.by()?, self.node.hub.clock().unix_ms());
            self.change(move |admin| admin.unban(ban, &by, now_ms))
                .await?;
            self.node.access.reload_now().await;
        }
        Ok(())
    }

    async fn reply_reports(&self, room: RoomId) -> Result<(), RequestError> {
        let of = room.clone();
        let reports = self.change(move |admin| admin.reports(&of)).await?;
        self.answer(Moderated::Reports { room, reports });
        Ok(())
    }

    async fn reply_bans(&self, room: RoomId) -> Result<(), RequestError> {
        let kept = self.bans_of(&room).await?.into_iter();
        let bans = kept.take(BANS_PAGE_MAX).map(|kept| Ban {
            ban: kept.id,
            name: kept.name,
            everywhere: kept.room.is_none(),
            addresses: kept.networks.len() as u32,
            until_ms: kept.until_ms,
            by: kept.by,
            reason: kept.reason,
        });
        let bans = bans.collect();
        self.answer(Moderated::Bans { room, bans });
        Ok(())
    }

    /// The bans that the client may see and lift in this room.
    async fn bans_of(&self, room: &RoomId) -> Result<Vec<KeptBan>, RequestError> {
        let now_ms = self.node.hub.clock().unix_ms();
        let mut bans = self.change(move |admin| admin.bans(now_ms)).await?;
        let is_owner = self.own_right_in(room) >= Right::Own;
        bans.retain(|kept| match &kept.room {
            Some(of) => of == room,
            None => is_owner,
        });
        Ok(bans)
    }

    /// Changes the reports, and has the moderators told how many there are now.
    async fn change_reports<T: Send + 'static, E: Send + 'static>(
        &self,
        change: impl FnOnce(&AdminFile) -> Result<T, E> + Send + 'static,
    ) -> Result<T, RequestError>
    where
        RequestError: From<E>,
    {
        let access = self.node.access.clone();
        self.change(move |admin| {
            let changed = change(admin)?;
            access.open_reports().look_after_change(admin);
            Ok(changed)
        })
        .await
    }

    /// Runs something on the file of bans and reports, on a thread that may wait for the disk.
    pub(super) async fn change<T: Send + 'static, E: Send + 'static>(
        &self,
        change: impl FnOnce(&AdminFile) -> Result<T, E> + Send + 'static,
    ) -> Result<T, RequestError>
    where
        RequestError: From<E>,
    {
        let admin = self.node.access.admin().cloned().ok_or_else(unavailable)?;
        let changed = tokio::task::spawn_blocking(move || change(&admin)).await;
        // An error means that the thread panicked, or that the runtime ends.
        Ok(changed.map_err(|_| unavailable())??)
    }

    pub(super) fn by(&self) -> Result<String, RequestError> {
        Ok(self.member()?.name.to_string())
    }

    pub(super) fn answer(&self, answer: Moderated) {
        self.outbound.reply(&ServerMessage::Moderated(answer));
    }
}

fn check_reason(reason: &str) -> Result<(), RequestError> {
    if reason.chars().count() <= REASON_CHARS_MAX {
        return Ok(());
    }
    let why = format!("A reason has up to {REASON_CHARS_MAX} characters.");
    Err(RequestError::new(ErrorCode::OutOfRange, why))
}

pub(super) fn unavailable() -> RequestError {
    let why = "The server can't do that now. Try again later.";
    RequestError::new(ErrorCode::Busy, why)
}

fn no_random(error: getrandom::Error) -> RequestError {
    log_repeated!(error, %error, "no random bytes for a deletion");
    unavailable()
}

impl From<AdminError> for RequestError {
    fn from(error: AdminError) -> Self {
        log_repeated!(error, %error, "bans and reports can't be kept or read");
        unavailable()
    }
}

impl From<BanError> for RequestError {
    fn from(error: BanError) -> Self {
        match error {
            BanError::TooMany => Self::new(ErrorCode::Busy, error.to_string()),
            BanError::Failed(error) => error.into(),
        }
    }
}

impl From<ReportError> for RequestError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::TooMany => Self::new(ErrorCode::OutOfRange, error.to_string()),
            ReportError::Failed(error) => error.into(),
        }
    }
}
