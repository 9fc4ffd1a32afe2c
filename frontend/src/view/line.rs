//! The status light, with what one can do about it.

use parlor_frontend::{event::Event, model::Model};
use parlor_session::{Status, StopReason};

use super::{PageRef, dispatch, pieces::*, read};

/// The state as styles and tests name it.
pub(super) fn word(status: Status) -> &'static str {
    match status {
        Status::Online => "online",
        Status::Connecting { .. } => "connecting",
        Status::Waiting { .. } => "waiting",
        Status::Stopped(_) => "stopped",
    }
}

/// The status light, with what one can do about it.
pub(super) fn line(page: PageRef) -> impl IntoView {
    let status = Memo::new(move |_| read(page, |model| model.session.status()));
    let countdown = Memo::new(move |_| read(page, Model::countdown_s));
    let state = move || word(status.get());
    let words = move || match status.get() {
        Status::Online => "Connected".to_owned(),
        Status::Connecting { .. } => "Connecting…".to_owned(),
        Status::Waiting { .. } => {
            format!("Reconnecting in {} s", countdown.get().unwrap_or_default())
        }
        Status::Stopped(StopReason::Asked) => "Stopped".to_owned(),
        Status::Stopped(StopReason::Closed(code)) => format!("Closed by the server ({code})"),
    };
    let is_stopped = move || matches!(status.get(), Status::Stopped(_));
    let can_start = move || matches!(status.get(), Status::Stopped(_) | Status::Waiting { .. });
    let start = move || match status.get() {
        Status::Waiting { .. } => "Connect now",
        Status::Stopped(_) | Status::Connecting { .. } | Status::Online => "Start",
    };
    view! {
        <div class="line">
            <p class="status" role="status" data-testid="status" data-state=text(state)>
                <span class="light" aria-hidden="true"></span>
                <span data-testid="countdown">{text(words)}</span>
            </p>
            <button data-testid="start" disabled=flag(move || !can_start())
                on:click=move |_| dispatch(page, Event::Started)>{text(start)}</button>
            <button data-testid="stop" disabled=flag(is_stopped)
                on:click=move |_| dispatch(page, Event::Stopped)>"Stop"</button>
        </div>
    }
}
