//! Times as people write and read them.

use std::str::FromStr;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A point in time: a day or a time of this machine's zone, or a time with its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// In Unix milliseconds.
    pub at_ms: u64,
}

/// It is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is a day (2026-11-27), a time (2026-11-27T09:30) or one with its zone (2026-11-27T09:30:00Z)"
)]
pub struct WhenInvalid;

impl FromStr for When {
    type Err = WhenInvalid;

    fn from_str(text: &str) -> Result<Self, WhenInvalid> {
        let timestamp = match text.parse::<Timestamp>() {
            Ok(timestamp) => timestamp,
            Err(_) => {
                let local: DateTime = text.parse().map_err(|_| WhenInvalid)?;
                let zoned = local.to_zoned(TimeZone::system());
                zoned.map_err(|_| WhenInvalid)?.timestamp()
            }
        };
        let at_ms = u64::try_from(timestamp.as_millisecond()).map_err(|_| WhenInvalid)?;
        Ok(Self { at_ms })
    }
}

/// A time for people, in this machine's zone: `2026-11-27 09:30:05`.
pub(crate) fn shown(at_ms: u64) -> String {
    let timestamp = i64::try_from(at_ms)
        .ok()
        .and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    match timestamp {
        Some(timestamp) => {
            let zoned = timestamp.to_zoned(TimeZone::system());
            zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        // No clock shows that.
        None => at_ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_its_zone_is_the_same_everywhere_and_a_day_begins_at_midnight() {
        let at_ms = |text: &str| text.parse::<When>().map(|when| when.at_ms);
        assert_eq!(at_ms("2026-11-27T09:30:00Z"), Ok(1_795_771_800_000));
        assert_eq!(
            at_ms("2026-11-27T10:30:00+01:00"),
            at_ms("2026-11-27T09:30:00Z")
        );
        assert_eq!(at_ms("2026-11-27"), at_ms("2026-11-27T00:00"));
        for other in ["", "yesterday", "2026-13-01", "1960-01-01T00:00:00Z"] {
            assert_eq!(at_ms(other), Err(WhenInvalid), "{other}");
        }
    }
}
