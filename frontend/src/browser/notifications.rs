//! Notifications and sounds for messages that arrive while the page is hidden.

use js_sys::{Array, Promise};
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use parlor_frontend::{event::Alert, model::settings::Settings, texts};
use parlor_shared::{MessageId, RoomId};
use web_sys::{AudioContext, Notification};

use crate::browser::service_worker;

/// The pitch of the tone in hertz.
const TONE_HZ: f32 = 660.0;
/// Its loudness, from 0 to 1: to be heard without startling anybody.
const TONE_GAIN: f32 = 0.15;
/// Its length in seconds.
const TONE_S: f64 = 0.25;

thread_local! {
    // Browsers limit how many a page can have.
    static AUDIO: Option<AudioContext> = AudioContext::new().ok();
}

/// Asks the browser for the permission to show notifications, and passes on whether it is granted.
pub(crate) fn request_permission(answered: impl Fn(bool) + 'static) {
    let answered = Closure::<dyn FnMut(JsValue)>::new(move |answer: JsValue| {
        answered(answer.as_string().as_deref() == Some("granted"));
    });
    if let Ok(request) = Notification::request_permission() {
        let promise = request.unchecked_into::<Promise>().then(&answered);
        // The answer comes through the closure; the new promise has nothing to add.
        drop(promise);
    }
    // Leaked once for each time that a user turns notifications on.
    answered.forget();
}

/// Plays a short tone. Browsers play no sound before the user has used the page.
pub(crate) fn play_sound() {
    let play = |audio: &AudioContext| {
        let (tone, gain) = (audio.create_oscillator()?, audio.create_gain()?);
        let end_s = audio.current_time() + TONE_S;
        tone.frequency().set_value(TONE_HZ);
        gain.gain().set_value(TONE_GAIN);
        gain.gain().linear_ramp_to_value_at_time(0.0, end_s)?;
        tone.connect_with_audio_node(&gain)?
            .connect_with_audio_node(&audio.destination())?;
        tone.start()?;
        tone.stop_with_when(end_s)
    };
    // Without a sound the message is shown all the same.
    AUDIO.with(|audio| audio.as_ref().map(play).transpose().ok());
}

/// Has the service worker notify the user of a message. The worker knows all tabs and whether one
/// of them is visible.
pub(crate) fn alert(alert: Alert, settings: Settings) {
    post_to_worker(&[
        &alert.room.to_string(),
        &alert.id.to_string(),
        &texts::notification_title(alert.name.as_str(), alert.room.as_str()),
        alert.text.as_str(),
        &settings.to_string(),
    ]);
}

/// Has the service worker close the notification of a message that was deleted.
pub(crate) fn withdraw(room: &RoomId, id: MessageId) {
    post_to_worker(&[room.as_str(), &id.to_string()]);
}

fn post_to_worker(parts: &[&str]) {
    if let Some(worker) = service_worker::active() {
        let parts: Array = parts.iter().map(|part| JsValue::from(*part)).collect();
        // Strings can always be posted.
        worker.post_message(&parts).ok();
    }
}
