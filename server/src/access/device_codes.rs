//! Another device of a member: has a code shown, and comes in by it.

use parlor_shared::{AccessSecret, ErrorCode, Member, limits::DEVICE_CODE_MS_MAX};

use super::{
    AccessControl,
    admission::{Admission, HeldToken},
    devices::{DeviceCode, encoded},
    jwt::Claims,
};
use crate::dispatch::error::RequestError;

/// A code to show.
#[derive(Debug)]
pub(crate) struct ShownCode {
    /// The code, as it is read out.
    pub(crate) code: AccessSecret,
    /// When it ends, in Unix milliseconds.
    pub(crate) until_ms: u64,
}

impl AccessControl {
    /// Opens a code that lets another device in as this member, with what its access token says.
    ///
    /// # Errors
    /// For now, if too many codes are open.
    pub(crate) fn show_device_code(
        &self,
        member: &Member,
        held: Option<&HeldToken>,
        random: [u8; 5],
        now_ms: u64,
    ) -> Result<ShownCode, RequestError> {
        let code = encoded(random);
        let (start, end) = code.split_at(code.len() / 2);
        let shown = AccessSecret::try_from(format!("{start}-{end}"));
        let shown = shown.map_err(|_| RequestError::new(ErrorCode::Busy, "Try again later."))?;
        let until_ms = now_ms + DEVICE_CODE_MS_MAX;
        let new = DeviceCode {
            code,
            member: member.clone(),
            held: held.cloned(),
            until_ms,
        };
        self.devices.open(new, now_ms)?;
        Ok(ShownCode {
            code: shown,
            until_ms,
        })
    }

    /// Lets in a device that shows a code, as the member who had it shown, with the same rights.
    pub(super) fn admit_device(
        &self,
        code: &AccessSecret,
        now_ms: u64,
    ) -> Result<Admission, RequestError> {
        let DeviceCode { member, held, .. } = self.devices.take(code.as_str(), now_ms)?;
        let pass = match &held {
            None => None,
            Some(HeldToken {
                password: Some(generation),
                ..
            }) => {
                // Who knew the last password alone lets nobody in.
                self.check_generation(generation)?;
                self.sign_pass(generation.clone(), now_ms)
            }
            Some(held) => self.signer.sign(&Claims {
                sub: Some(member.member.to_string()),
                name: held.name.clone(),
                exp: held.expires_at_ms.map(|end_ms| end_ms / 1_000),
                rights: Some(held.rights.as_ref().clone()),
                // What takes the one back takes back the other.
                jti: held.id.clone(),
                ..Claims::default()
            }),
        };
        Ok(Admission {
            member: member.member,
            is_new: false,
            name: Some(member.name),
            held,
            pass,
        })
    }
}
