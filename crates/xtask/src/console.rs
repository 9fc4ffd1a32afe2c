//! The messages that xtask prints about its own work, on stderr: one line for each step.

use std::time::Duration;

/// Prints one line about a step. `area` is a word such as `set-up` or `page`.
pub(crate) fn print_step(area: &str, text: &str) {
    eprintln!("{area}: {text}");
}

/// Prints why the command failed, causes included.
pub(crate) fn print_error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

/// A duration as a person says it: `4.2 s`, `3 min 20 s`.
pub(crate) fn human(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}
