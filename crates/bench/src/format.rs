//! How numbers are printed.

/// A whole number with separators: 1234567.8 as "1,234,568".
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let mut parts: Vec<&str> = (0..tail.len())
        .step_by(3)
        .map(|at| &tail[at..at + 3])
        .collect();
    if !head.is_empty() {
        parts.insert(0, head);
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_are_grouped_by_three() {
        assert_eq!(
            [5.0, 999.6, 1_000.0, 123_456.0, 1_234_567.0].map(thousands),
            ["5", "1,000", "1,000", "123,456", "1,234,567"]
        );
    }
}
