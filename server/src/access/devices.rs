//! Codes that let another device of a member in: each for a few minutes and once.
//!
//! They are in memory only. A code has 40 random bits, and tries are bounded for an address and for
//! all together (`rate/tries.rs`). If as many codes are open as there may be, all guesses that are
//! possible while a code is good have one chance in two million together.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use parlor_shared::{ErrorCode, Member, MemberId, limits::DEVICE_CODES_MAX};

use super::admission::HeldToken;
use crate::dispatch::error::RequestError;

/// The letters and digits of a code: Crockford's, in which none looks like another one.
const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The codes that are open, and those that have ended and were not cleared away.
#[derive(Debug, Default)]
pub(super) struct DeviceCodes(Mutex<HashMap<MemberId, DeviceCode>>);

/// A code, and whom it lets in.
#[derive(Debug)]
pub(super) struct DeviceCode {
    /// It, as [`encoded`] makes it.
    pub(super) code: String,
    /// Who had it shown.
    pub(super) member: Member,
    /// What their access token says.
    pub(super) held: Option<HeldToken>,
    /// When it ends, in Unix milliseconds.
    pub(super) until_ms: u64,
}

impl DeviceCodes {
    /// Opens this code in the place of the member's last one.
    pub(super) fn open(&self, new: DeviceCode, now_ms: u64) -> Result<(), RequestError> {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if codes.len() >= DEVICE_CODES_MAX && !codes.contains_key(&new.member.member) {
            codes.retain(|_, known| known.until_ms > now_ms);
            if codes.len() >= DEVICE_CODES_MAX {
                let why = "Too many people are signing in on another device. Try again later.";
                return Err(RequestError::new(ErrorCode::Busy, why));
            }
        }
        codes.insert(new.member.member, new);
        Ok(())
    }

    /// Takes out the code that was typed.
    pub(super) fn take(&self, typed: &str, now_ms: u64) -> Result<DeviceCode, RequestError> {
        let typed = normalized(typed);
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let member = codes.values().find(|known| known.code == typed);
        let member = member.map(|known| known.member.member);
        let Some(known) = member.and_then(|member| codes.remove(&member)) else {
            let why = "That code isn't valid, or has been used. Have another one shown.";
            return Err(RequestError::new(ErrorCode::InvitationUnknown, why));
        };
        if known.until_ms <= now_ms {
            let why = "That code has expired. Have another one shown.";
            return Err(RequestError::new(ErrorCode::InvitationExpired, why));
        }
        Ok(known)
    }
}

/// The code of these random bytes: five bits a letter.
pub(super) fn encoded(random: [u8; 5]) -> String {
    let bits = random
        .iter()
        .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let letter = |n: u32| char::from(ALPHABET[(bits >> (5 * n) & 31) as usize]);
    (0..8).rev().map(letter).collect()
}

/// A code as it was typed, in the one way in which it is kept.
fn normalized(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric);
    let letters = letters.map(|letter| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use parlor_shared::Name;

    use super::*;

    fn code(n: usize, until_ms: u64) -> DeviceCode {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&(n as u64).to_le_bytes());
        DeviceCode {
            code: format!("ABC{n}"),
            member: Member {
                member: MemberId::from_bytes(bytes),
                name: Name::parse("ann").unwrap(),
            },
            held: None,
            until_ms,
        }
    }

    fn refusal<T: std::fmt::Debug>(result: Result<T, RequestError>) -> ErrorCode {
        result.unwrap_err().refusal.code
    }

    #[test]
    fn a_code_is_good_for_a_while_and_once_and_the_members_next_one_replaces_it() {
        let codes = DeviceCodes::default();
        codes.open(code(1, 100), 0).unwrap();
        assert_eq!(
            refusal(codes.take("ABC1", 100)),
            ErrorCode::InvitationExpired
        );
        codes.open(code(1, 100), 0).unwrap();
        codes.take("ab-c1", 99).unwrap();
        assert_eq!(
            refusal(codes.take("ABC1", 99)),
            ErrorCode::InvitationUnknown
        );
        codes.open(code(1, 100), 0).unwrap();
        let mut next = code(1, 100);
        next.code = "NEXT".to_owned();
        codes.open(next, 0).unwrap();
        assert!(codes.take("ABC1", 1).is_err());
        assert!(codes.take("NEXT", 1).is_ok());
    }

    #[test]
    fn the_number_of_open_codes_is_bounded_and_those_that_have_ended_make_way() {
        let codes = DeviceCodes::default();
        for n in 0..DEVICE_CODES_MAX {
            codes.open(code(n, 100), 0).unwrap();
        }
        let one_more = code(DEVICE_CODES_MAX, 300);
        assert_eq!(refusal(codes.open(one_more, 99)), ErrorCode::Busy);
        codes.open(code(7, 200), 99).unwrap();
        codes.open(code(DEVICE_CODES_MAX, 300), 100).unwrap();
        assert_eq!(codes.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        assert_eq!(encoded([0; 5]), "00000000");
        assert_eq!(encoded([255; 5]), "ZZZZZZZZ");
        assert_eq!(encoded([0, 0, 0, 0, 33]), "00000011");
        assert_eq!(normalized(" oiL0-zz9z "), "0110ZZ9Z");
    }
}
