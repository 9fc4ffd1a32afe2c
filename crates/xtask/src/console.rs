//! What xtask says: one line a step, and a sign of life while a step takes long.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Says in one line what is being done. `area` is a word such as `set-up` or `page`.
pub(crate) fn say(area: &str, text: &str) {
    eprintln!("{area}: {text}");
}

/// Says why the command failed, causes included.
pub(crate) fn fail(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

/// `4.2 s`, `3 min 20 s`: a duration as a person says it.
pub(crate) fn human(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// A sign of life during a long step: on a terminal one line that is rewritten every second,
/// elsewhere (CI's log) a new line every ten.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    started: Instant,
    next: Instant,
    period: Duration,
    terminal: bool,
}

impl Heartbeat {
    /// Starts the clock; nothing is shown until the first period has passed.
    pub(crate) fn start() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let period = Duration::from_secs(if terminal { 1 } else { 10 });
        let started = Instant::now();
        Self {
            started,
            next: started + period,
            period,
            terminal,
        }
    }

    /// How long the step has taken so far.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Shows the time and `detail()` if it is time to; call it as often as is convenient.
    pub(crate) fn beat(&mut self, detail: impl FnOnce() -> String) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + self.period;
        let line: String = format!("{} s  {}", self.elapsed().as_secs(), detail().trim())
            .chars()
            .take(72)
            .collect();
        if self.terminal {
            eprint!("\r\x1b[2K  {line}");
            // A sign of life that cannot be shown is not worth failing for.
            std::io::stderr().flush().ok();
        } else {
            eprintln!("  {line}");
        }
    }

    /// Removes the live line, so that what is said next starts on a clean one.
    pub(crate) fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[2K");
        }
    }
}
