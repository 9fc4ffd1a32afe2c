//! What the owner of a room sees and chooses from, and the code for another device.

use parlor_shared::{InvitationInfo, MemberRight, Right, RoomKind};

use crate::{
    model::{Model, access::DeviceCode},
    texts,
};

/// How long an invitation lasts, in seconds, to choose from; 0 is for ever.
pub const INVITE_SECONDS: [u32; 4] = [604_800, 86_400, 2_592_000, 0];

/// How many people may use an invitation, to choose from; 0 is any number.
pub const INVITE_USES: [u32; 4] = [1, 5, 20, 0];

/// The rights that an owner gives.
pub const GIVEN_RIGHTS: [Right; 3] = [Right::Read, Right::Post, Right::Moderate];

/// What stands for a right in the page, which is no right where it is `None`.
#[must_use]
pub fn right_label(right: Option<Right>) -> &'static str {
    match right {
        None => texts::right_none(),
        Some(Right::Read) => texts::right_read(),
        Some(Right::Post) => texts::right_post(),
        Some(Right::Moderate) => texts::right_moderate(),
        Some(Right::Own) => texts::right_own(),
    }
}

/// What stands for a kind of room.
#[must_use]
pub fn kind_label(kind: RoomKind) -> &'static str {
    match kind {
        RoomKind::Open => texts::kind_open(),
        RoomKind::ReadOnly => texts::kind_read_only(),
        RoomKind::Private => texts::kind_private(),
    }
}

/// What the person whose card is open was given in the current room.
#[must_use]
pub fn given_right(model: &Model) -> Option<Right> {
    let member = model.person.as_ref()?.member;
    let mut members = model.room().access.members.iter();
    members
        .find(|given| given.member == member)
        .map(|given| given.right)
}

/// A member with a right of their own, on one line.
#[must_use]
pub fn member_line(model: &Model, given: &MemberRight) -> String {
    let look_alikes = &model.room().look_alikes;
    let name = look_alikes.name(given.member).or(given.name.as_ref());
    let name = name.map_or_else(
        || "?".to_owned(),
        |name| look_alikes.shown_name(given.member, name),
    );
    texts::member_right(&name, right_label(Some(given.right)))
}

/// What an invitation gives, how often it was used and for how much longer it holds, on one line.
#[must_use]
pub fn invitation_line(invitation: &InvitationInfo, now_ms: u64) -> String {
    let used = invitation.used.to_string();
    let used = match invitation.uses {
        Some(uses) => texts::used_of(&used, &uses.to_string()),
        None => texts::used_any(&used),
    };
    let right = right_label(Some(invitation.right));
    match invitation.until_ms {
        Some(until_ms) => {
            let left_s = until_ms.saturating_sub(now_ms).div_ceil(1_000);
            texts::invitation_left(right, &used, &texts::duration(left_s))
        }
        None => texts::invitation_for_ever(right, &used),
    }
}

/// The code for another device, while it is shown and good.
#[must_use]
pub fn device_code(model: &Model) -> Option<DeviceCode> {
    let code = model.person.as_ref()?.device.clone()?;
    (code.until_ms > model.unix_ms).then_some(code)
}

/// Whether the code for another device has ended.
#[must_use]
pub fn is_device_code_over(model: &Model) -> bool {
    let person = model.person.as_ref();
    let code = person.and_then(|person| person.device.as_ref());
    code.is_some_and(|code| code.until_ms <= model.unix_ms)
}
