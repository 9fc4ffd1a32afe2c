//! A connection's heartbeat: pings after a silence, and gives up a client that does not answer, or
//! never says hello.

use std::{pin::Pin, time::Duration};

use parlor_shared::{
    close::CloseCode,
    heartbeat::{Heartbeat, Liveness},
    limits::{HELLO_TIMEOUT_MS, PING_INTERVAL_MS},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// What a connection's silence calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeartbeatAction {
    Wait,
    Ping,
    Close(CloseCode),
}

/// The time that a client has for its hello, and its heartbeat from then on. Pure: times come in as
/// arguments.
#[derive(Debug)]
pub(crate) struct ConnectionHeartbeat {
    /// When the client must have said hello; `None` once it has.
    hello_until_ms: Option<u64>,
    heartbeat: Heartbeat,
}

impl ConnectionHeartbeat {
    /// The heartbeat of a connection that is opened now.
    pub(crate) fn new(now_ms: u64) -> Self {
        Self {
            hello_until_ms: Some(now_ms + HELLO_TIMEOUT_MS),
            heartbeat: Heartbeat::new(now_ms, PING_INTERVAL_MS),
        }
    }

    /// Records that the client has said hello.
    pub(crate) fn mark_welcomed(&mut self) {
        self.hello_until_ms = None;
    }

    /// Records a sign of life of the client.
    pub(crate) fn on_received(&mut self, now_ms: u64) {
        self.heartbeat.on_received(now_ms);
    }

    /// What to do now. After [`HeartbeatAction::Ping`] the ping counts as sent.
    pub(crate) fn check(&mut self, now_ms: u64) -> HeartbeatAction {
        if let Some(until_ms) = self.hello_until_ms {
            return if now_ms < until_ms {
                HeartbeatAction::Wait
            } else {
                HeartbeatAction::Close(CloseCode::HelloTimeout)
            };
        }
        match self.heartbeat.check(now_ms) {
            Liveness::Alive => HeartbeatAction::Wait,
            Liveness::PingDue => {
                self.heartbeat.mark_pinged(now_ms);
                HeartbeatAction::Ping
            }
            Liveness::Dead => HeartbeatAction::Close(CloseCode::HeartbeatLost),
        }
    }

    /// When [`ConnectionHeartbeat::check`] next has something to do, if nothing is received before.
    pub(crate) fn deadline_ms(&self) -> u64 {
        let heartbeat_ms = self.heartbeat.deadline_ms();
        self.hello_until_ms.unwrap_or(heartbeat_ms)
    }
}

/// A [`ConnectionHeartbeat`] on tokio's clock. Its one timer is moved only when it fires, so that a
/// received message costs no work on the timer.
#[derive(Debug)]
pub(crate) struct HeartbeatTimer {
    heartbeat: ConnectionHeartbeat,
    opened_at: Instant,
    timer: Pin<Box<Sleep>>,
}

impl HeartbeatTimer {
    /// The timer of a connection that is opened now.
    pub(crate) fn start() -> Self {
        let heartbeat = ConnectionHeartbeat::new(0);
        let opened_at = Instant::now();
        let deadline = opened_at + Duration::from_millis(heartbeat.deadline_ms());
        Self {
            heartbeat,
            opened_at,
            timer: Box::pin(sleep_until(deadline)),
        }
    }

    /// See [`ConnectionHeartbeat::mark_welcomed`].
    pub(crate) fn mark_welcomed(&mut self) {
        self.heartbeat.mark_welcomed();
    }

    /// See [`ConnectionHeartbeat::on_received`].
    pub(crate) fn on_received(&mut self) {
        self.heartbeat.on_received(self.now_ms());
    }

    /// Resolves when [`HeartbeatTimer::check`] is due.
    pub(crate) async fn due(&mut self) {
        self.timer.as_mut().await;
    }

    /// What to do now; sets the timer for the next check.
    pub(crate) fn check(&mut self) -> HeartbeatAction {
        let action = self.heartbeat.check(self.now_ms());
        let deadline = Duration::from_millis(self.heartbeat.deadline_ms());
        self.timer.as_mut().reset(self.opened_at + deadline);
        action
    }

    fn now_ms(&self) -> u64 {
        self.opened_at.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use parlor_shared::limits::PONG_TIMEOUT_MS;

    use super::*;

    /// Waits for the next check, and says how many milliseconds after `since` it was and what it
    /// called for.
    async fn next_check(timer: &mut HeartbeatTimer, since: Instant) -> (u64, HeartbeatAction) {
        timer.due().await;
        let action = timer.check();
        (since.elapsed().as_millis() as u64, action)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_pinged_and_given_up_and_a_sign_of_life_starts_over() {
        let start = Instant::now();
        let mut timer = HeartbeatTimer::start();
        timer.mark_welcomed();
        let next = next_check(&mut timer, start).await;
        assert_eq!(next, (HELLO_TIMEOUT_MS, HeartbeatAction::Wait));
        let next = next_check(&mut timer, start).await;
        assert_eq!(next, (PING_INTERVAL_MS, HeartbeatAction::Ping));
        timer.on_received();
        let pong_at = Instant::now();
        let next = next_check(&mut timer, pong_at).await;
        assert_eq!(next, (PONG_TIMEOUT_MS, HeartbeatAction::Wait));
        let next = next_check(&mut timer, pong_at).await;
        assert_eq!(next, (PING_INTERVAL_MS, HeartbeatAction::Ping));
        let next = next_check(&mut timer, pong_at).await;
        let lost = HeartbeatAction::Close(CloseCode::HeartbeatLost);
        assert_eq!(next, (PING_INTERVAL_MS + PONG_TIMEOUT_MS, lost));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_no_hello_in_time_is_given_up() {
        let start = Instant::now();
        let mut timer = HeartbeatTimer::start();
        timer.on_received();
        let next = next_check(&mut timer, start).await;
        let no_hello = HeartbeatAction::Close(CloseCode::HelloTimeout);
        assert_eq!(next, (HELLO_TIMEOUT_MS, no_hello));
    }
}
