//! What a document's text and attributes may hold: nothing that a user writes becomes markup.

use std::fmt::{self, Display};

/// A text as HTML, in an element or in a quoted attribute.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // HTML has no such characters.
                c if c.is_control() && !c.is_whitespace() => f.write_str("\u{FFFD}")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

/// A time in Unix milliseconds, in UTC: `2026-11-26 03:14`.
pub(crate) struct Utc(pub(crate) u64);

impl Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0 / 60_000;
        let (hour, minute) = (minutes / 60 % 24, minutes % 60);
        // Days from 1 March of the year 0, so that a leap day is a year's last (the algorithm of
        // C++'s `year_month_day`).
        let days = minutes / (24 * 60) + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + u64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_no_markup() {
        let text = "<script>\"'&\u{0}\n";
        assert_eq!(
            Escaped(text).to_string(),
            "&lt;script&gt;&quot;&#39;&amp;\u{FFFD}\n"
        );
    }

    #[test]
    fn times_are_dates_of_the_calendar() {
        let cases = [
            (0, "1970-01-01 00:00"),
            (951_782_400_000, "2000-02-29 00:00"),
            (951_868_799_999, "2000-02-29 23:59"),
            (1_709_251_200_000, "2024-03-01 00:00"),
            (1_760_000_000_123, "2025-10-09 08:53"),
            (4_107_542_400_000, "2100-03-01 00:00"),
        ];
        for (at_ms, expected) in cases {
            assert_eq!(Utc(at_ms).to_string(), expected);
        }
    }
}
