//! What owners decide from the page: rights in their rooms, and invitations. And the code that lets
//! another device of a member in.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_shared::{
    AccessSecret, ErrorCode, InvitationInfo, InvitationTerms, MemberRight, Moderated, NewRight,
    Right, RoomId, RoomPattern,
    limits::{DEVICE_ADDRESS_BYTES_MAX, INVITATION_DAYS_MAX, MODERATE_TOKENS},
};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::{
    dispatch::{client::Client, error::RequestError, moderate::unavailable, written::check_name},
    engine::embedded::{
        AdminError, AdminFile, GrantError, InvitationError, NewInvitation, RightChange,
    },
    repeated_line::log_repeated,
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Modules around a QR code that are to stay light.
const QUIET_MODULES: i32 = 4;

impl Client {
    /// Gives a member a right in a room, or takes it back. Owners are made and unmade by the
    /// operator alone.
    pub(super) async fn grant(&self, room: RoomId, new: NewRight) -> Result<(), RequestError> {
        check_name(&new.name)?;
        if new.right >= Some(Right::Own) {
            return Err(operator_alone(
                "Only the operator of the server makes owners.",
            ));
        }
        if self.right_of(new.member, &room) >= Some(Right::Own) {
            let why = "That person owns this room. Only the operator of the server changes that.";
            return Err(operator_alone(why));
        }
        let change = RightChange {
            member: new.member,
            name: new.name,
            room: room.clone(),
            right: new.right,
            by: self.by()?,
        };
        let now_ms = self.node.hub.clock().unix_ms();
        self.change(move |admin| admin.change_right(&change, now_ms))
            .await?;
        self.node.access.reload_now().await;
        self.reply_access(room, None).await
    }

    /// Makes an invitation to a room.
    pub(super) async fn invite(
        &self,
        room: RoomId,
        terms: InvitationTerms,
    ) -> Result<(), RequestError> {
        if terms.right >= Right::Own {
            return Err(operator_alone(
                "Only the operator of the server makes owners.",
            ));
        }
        let now_ms = self.node.hub.clock().unix_ms();
        let latest_ms = now_ms + INVITATION_DAYS_MAX * DAY_MS;
        let is_late = |until_ms: u64| until_ms <= now_ms || until_ms > latest_ms;
        if terms.until_ms.is_some_and(is_late) || terms.uses == Some(0) {
            let why = format!(
                "An invitation ends later than now and within {INVITATION_DAYS_MAX} days, if it \
                 does, and can be used at least once."
            );
            return Err(RequestError::new(ErrorCode::OutOfRange, why));
        }
        let code = URL_SAFE_NO_PAD.encode(random::<16>()?);
        let code = AccessSecret::try_from(code).map_err(|_| unavailable())?;
        let new = NewInvitation {
            rooms: RoomPattern::one(&room),
            right: terms.right,
            expires_at_ms: terms.until_ms,
            uses_max: terms.uses,
        };
        let (by, kept) = (self.by()?, code.clone());
        self.change(move |admin| admin.invite_by(&kept, &new, &by, now_ms))
            .await?;
        self.reply_access(room, Some(code)).await
    }

    /// Takes an invitation to a room back.
    pub(super) async fn uninvite(&self, room: RoomId, number: u64) -> Result<(), RequestError> {
        let (of, by) = (room.clone(), self.by()?);
        let now_ms = self.node.hub.clock().unix_ms();
        self.change(move |admin| admin.uninvite_by(number.cast_signed(), &of, &by, now_ms))
            .await?;
        self.reply_access(room, None).await
    }

    /// Tells who was given which right in a room, and its invitations.
    pub(super) async fn reply_access(
        &self,
        room: RoomId,
        code: Option<AccessSecret>,
    ) -> Result<(), RequestError> {
        let (of, now_ms) = (room.clone(), self.node.hub.clock().unix_ms());
        let read = move |admin: &AdminFile| -> Result<_, AdminError> {
            Ok((admin.given_in(&of)?, admin.invitations_to(&of, now_ms)?))
        };
        let (given, invitations) = self.change(read).await?;
        let members = given.into_iter().map(|given| MemberRight {
            member: given.member,
            name: given.name,
            right: given.right,
        });
        let invitations = invitations.into_iter().map(|kept| InvitationInfo {
            invitation: kept.id.cast_unsigned(),
            right: kept.given.right,
            until_ms: kept.given.expires_at_ms,
            uses: kept.given.uses_max,
            used: kept.used,
        });
        self.answer(Moderated::Access {
            room,
            members: members.collect(),
            invitations: invitations.collect(),
            secret: code,
        });
        Ok(())
    }

    /// Shows a code that lets another device of the member in, and draws it behind this address.
    pub(super) fn show_device_code(&self, address: &str) -> Result<(), RequestError> {
        let member = self.member()?;
        self.charge(MODERATE_TOKENS - 1);
        if address.len() > DEVICE_ADDRESS_BYTES_MAX {
            let why = format!("The address has up to {DEVICE_ADDRESS_BYTES_MAX} bytes.");
            return Err(RequestError::new(ErrorCode::OutOfRange, why));
        }
        let now_ms = self.node.hub.clock().unix_ms();
        let held = self.held.as_deref();
        let access = &self.node.access;
        let shown = access.show_device_code(member, held, random()?, now_ms)?;
        let address = format!("{address}{}", shown.code.as_str());
        // It fails for texts that are much longer.
        let drawn = QrCode::encode_text(&address, QrCodeEcc::Medium).map_err(|_| unavailable())?;
        self.answer(Moderated::Device {
            secret: shown.code,
            until_ms: shown.until_ms,
            size: (drawn.size() + 2 * QUIET_MODULES).cast_unsigned(),
            path: path_of(&drawn),
        });
        Ok(())
    }
}

/// The dark modules as strokes from left to right.
fn path_of(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y));
            let length = run.count() as i32;
            if length > 0 {
                let (left, top) = (x + QUIET_MODULES, y + QUIET_MODULES);
                path += &format!("M{left} {top}.5h{length}");
            }
            x += length + 1;
        }
    }
    path
}

fn operator_alone(why: &str) -> RequestError {
    RequestError::new(ErrorCode::NotAllowed, why)
}

fn random<const N: usize>() -> Result<[u8; N], RequestError> {
    let mut random = [0; N];
    getrandom::fill(&mut random).map_err(|error| {
        log_repeated!(error, %error, "no random bytes for a code");
        unavailable()
    })?;
    Ok(random)
}

impl From<GrantError> for RequestError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::TooMany => Self::new(ErrorCode::OutOfRange, error.to_string()),
            GrantError::Failed(error) => error.into(),
        }
    }
}

impl From<InvitationError> for RequestError {
    fn from(error: InvitationError) -> Self {
        match error {
            InvitationError::Failed(error) => error.into(),
            InvitationError::TooMany
            | InvitationError::Unknown
            | InvitationError::Expired
            | InvitationError::UsedUp => {
                let why = "There are as many invitations as there may be. Take some back first.";
                Self::new(ErrorCode::OutOfRange, why)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_as_it_is() {
        let address = "a".repeat(DEVICE_ADDRESS_BYTES_MAX) + "K7PM-2XQ9";
        let code = QrCode::encode_text(&address, QrCodeEcc::Medium).unwrap();
        let mut drawn = std::collections::BTreeSet::new();
        for stroke in path_of(&code).split('M').skip(1) {
            let (at, length) = stroke.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (i32, i32) = (
                x.parse().unwrap(),
                y.trim_end_matches(".5").parse().unwrap(),
            );
            let length: i32 = length.parse().unwrap();
            drawn.extend((x..x + length).map(|x| (x - QUIET_MODULES, y - QUIET_MODULES)));
        }
        let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = all.filter(|(x, y)| code.get_module(*x, *y)).collect();
        assert_eq!(drawn, dark);
        assert!(path_of(&code).len() < 16 * 1024, "it fits into an answer");
    }
}
