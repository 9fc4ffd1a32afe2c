//! A frame that came in faster than its client's rate allows waits here until its tokens are there,
//! and nothing is read from the connection meanwhile. Pure: times come in as arguments.

use parlor_shared::limits::{FRAME_BYTES_PER_TOKEN, RATE_DELAY_MS_MAX};

use crate::rate::{Patience, Payer, Rates, TooFast};

/// What a connection reads, and the one frame that may wait.
#[derive(Debug)]
pub(crate) struct Intake<F> {
    delayed: Option<Delayed<F>>,
}

#[derive(Debug)]
struct Delayed<F> {
    frame: F,
    tokens: u32,
    until_ms: u64,
    state: DelayState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DelayState {
    /// Its tokens are taken.
    Paid,
    /// There were too few tokens to take them ahead.
    Unpaid,
}

/// What becomes of a frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission<F> {
    /// It is handled.
    Admitted(F),
    /// It has waited as long as it may, and is refused.
    Refused(F, TooFast),
}

/// The tokens that a frame costs: one, and another for each further KiB that it begins.
pub(crate) fn frame_tokens(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(FRAME_BYTES_PER_TOKEN))
        .unwrap_or(u32::MAX)
        .max(1)
}

impl<F> Intake<F> {
    pub(crate) fn new() -> Self {
        Self { delayed: None }
    }

    /// When the frame that waits is due; `None` if none waits.
    pub(crate) fn due_ms(&self) -> Option<u64> {
        self.delayed.as_ref().map(|delayed| delayed.until_ms)
    }

    /// Takes the tokens of a frame that has come. `None` if it waits. While a frame waits, no other
    /// may come.
    pub(crate) fn receive(
        &mut self,
        frame: F,
        tokens: u32,
        rates: &Rates,
        payer: &Payer,
        now_ms: u64,
    ) -> Option<Admission<F>> {
        let (wait_ms, state) = match rates.take(payer, tokens, Patience::Delay, now_ms) {
            Ok(wait) if wait.is_zero() => return Some(Admission::Admitted(frame)),
            Ok(wait) => (wait.as_nanos().div_ceil(1_000_000) as u64, DelayState::Paid),
            Err(TooFast { .. }) => (RATE_DELAY_MS_MAX, DelayState::Unpaid),
        };
        self.delayed = Some(Delayed {
            frame,
            tokens,
            until_ms: now_ms.saturating_add(wait_ms),
            state,
        });
        None
    }

    /// Gives out the frame that waits. It is due.
    pub(crate) fn resume(
        &mut self,
        rates: &Rates,
        payer: &Payer,
        now_ms: u64,
    ) -> Option<Admission<F>> {
        let Delayed {
            frame,
            tokens,
            state,
            ..
        } = self.delayed.take()?;
        let taken = match state {
            DelayState::Paid => Ok(()),
            DelayState::Unpaid => rates
                .take(payer, tokens, Patience::None, now_ms)
                .map(|_| ()),
        };
        Some(match taken {
            Ok(()) => Admission::Admitted(frame),
            Err(too_fast) => Admission::Refused(frame, too_fast),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use parlor_shared::limits::FRAME_BYTES_MAX;

    use super::*;
    use crate::address::AddressLimits;

    #[test]
    fn a_frame_costs_a_token_for_each_kib_that_it_begins() {
        let tokens = [0, 1, 1_024, 1_025, FRAME_BYTES_MAX].map(frame_tokens);
        assert_eq!(tokens, [1, 1, 1, 2, 64]);
    }

    #[test]
    fn a_frame_waits_for_its_tokens_or_a_second_whichever_is_less() {
        let ten = NonZeroU32::new(10).unwrap();
        let rates = Rates::new(Some(ten), ten, AddressLimits::Lifted);
        let (payer, mut intake) = (Payer::new(None), Intake::new());
        let mut receive = |frame, tokens, now_ms| {
            let mut admission = intake.receive(frame, tokens, &rates, &payer, now_ms);
            let due_ms = intake.due_ms();
            if let Some(due_ms) = due_ms {
                admission = intake.resume(&rates, &payer, due_ms);
            }
            (due_ms.unwrap_or(now_ms), admission)
        };
        let admitted = |frame| Some(Admission::Admitted(frame));
        assert_eq!(receive('a', 10, 0), (0, admitted('a')));
        assert_eq!(receive('b', 3, 0), (300, admitted('b')));
        assert_eq!(receive('c', 10, 300), (1_300, admitted('c')));
        rates.charge(&payer, 8, 1_300);
        let too_fast = TooFast {
            retry_after: std::time::Duration::from_millis(400),
        };
        let refused = Some(Admission::Refused('d', too_fast));
        assert_eq!(receive('d', 6, 1_300), (2_300, refused));
        assert_eq!(receive('e', 2, 2_300), (2_300, admitted('e')));
    }
}
