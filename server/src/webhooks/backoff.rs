//! When a delivery that has failed is tried again.

use std::time::Duration;

use parlor_shared::limits::{
    WEBHOOK_RETRY_AFTER_MS_MAX, WEBHOOK_RETRY_MS_MAX, WEBHOOK_RETRY_MS_MIN,
};

/// How long to wait after this many failures in a row: exponential, with a random part of up to a
/// half left out, so that receivers that failed together are not asked together. A receiver that
/// asks to be left alone for so long is.
pub(super) fn wait(failures: u32, retry_after: Option<Duration>, random: u32) -> Duration {
    if let Some(asked) = retry_after {
        let longest = Duration::from_millis(WEBHOOK_RETRY_AFTER_MS_MAX);
        return asked.clamp(Duration::from_millis(WEBHOOK_RETRY_MS_MIN), longest);
    }
    let doubled = 1_u64
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u64::MAX);
    let ms = WEBHOOK_RETRY_MS_MIN
        .saturating_mul(doubled)
        .min(WEBHOOK_RETRY_MS_MAX);
    let left_out = (ms / 2) * u64::from(random) / u64::from(u32::MAX);
    Duration::from_millis(ms - left_out)
}

/// What `Retry-After` says: a number of seconds, or a time (RFC 9110, section 10.2.3).
pub(super) fn retry_after(header: &str, now_ms: u64) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(header).ok()?;
    let at_ms = u64::try_from(at.timestamp().as_millisecond()).ok()?;
    Some(Duration::from_millis(at_ms.saturating_sub(now_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait_up_to_an_hour_and_chance_shortens_it_by_half_at_most() {
        let longest: Vec<u64> = (1..=5)
            .map(|failures| wait(failures, None, 0).as_millis() as u64)
            .collect();
        assert_eq!(longest, [1_000, 2_000, 4_000, 8_000, 16_000]);
        for failures in [13, 40, 65, u32::MAX] {
            let waits = |random| wait(failures, None, random).as_millis() as u64;
            assert_eq!(waits(0), WEBHOOK_RETRY_MS_MAX);
            assert_eq!(waits(u32::MAX), WEBHOOK_RETRY_MS_MAX / 2);
        }
    }

    #[test]
    fn a_receiver_is_left_alone_for_as_long_as_it_asks_within_a_day() {
        let seconds = |header: &str| {
            let asked = retry_after(header, 784_111_000_000);
            asked.map(|asked| wait(1, Some(asked), 0).as_secs())
        };
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds("0"), Some(1));
        assert_eq!(seconds("999999999"), Some(24 * 60 * 60));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(777));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(1));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-5"), None);
    }
}
