//! Tickets that were shown: each is good once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use parlor_shared::{ErrorCode, limits::TICKETS_MAX};

use crate::dispatch::error::RequestError;

/// Tickets that were shown, each until it would have expired.
#[derive(Debug, Default)]
pub(super) struct UsedTickets(Mutex<HashMap<String, u64>>);

impl UsedTickets {
    /// Takes a ticket, which can't be taken again.
    ///
    /// # Errors
    /// A refusal where it was taken before, or too many are remembered.
    pub(super) fn take(&self, id: &str, ends_s: u64, now_s: u64) -> Result<(), RequestError> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.contains_key(id) {
            let why = "This sign-in was used already. Sign in again.";
            return Err(RequestError::new(ErrorCode::AccessExpired, why));
        }
        if used.len() >= TICKETS_MAX {
            used.retain(|_, ends_s| *ends_s > now_s);
        }
        if used.len() >= TICKETS_MAX {
            let why = "Too many people sign in right now. Try again in a moment.";
            return Err(RequestError::new(ErrorCode::Busy, why));
        }
        used.insert(id.to_owned(), ends_s);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_taken_once_and_a_bounded_number_is_remembered() {
        let used = UsedTickets::default();
        let take = |n: usize, now_s| {
            let taken = used.take(&n.to_string(), 10 + now_s, now_s);
            taken.map_err(|error| error.refusal.code)
        };
        assert_eq!(take(0, 0), Ok(()));
        assert_eq!(take(0, 0), Err(ErrorCode::AccessExpired));
        for n in 1..TICKETS_MAX {
            assert_eq!(take(n, 0), Ok(()));
        }
        assert_eq!(take(TICKETS_MAX, 9), Err(ErrorCode::Busy));
        assert_eq!(take(TICKETS_MAX, 10), Ok(()), "the others have expired");
    }
}
