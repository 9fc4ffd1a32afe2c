//! Notifications and sounds for messages that arrive while the page is hidden.

use js_sys::{Array, Promise, Reflect};
use leptos::{
    prelude::window,
    wasm_bindgen::{JsValue, closure::Closure},
};
use parlor_frontend::{event::Alert, model::settings::Settings, texts};
use parlor_shared::{MessageId, RoomId};
use web_sys::{AudioContext, Notification};

use crate::browser::{service_worker, storage};

/// The pitch of the tone in hertz.
const TONE_HZ: f32 = 660.0;
/// Its loudness, from 0 to 1: to be heard without startling anybody.
const TONE_GAIN: f32 = 0.15;
/// Its length in seconds.
const TONE_S: f64 = 0.25;
/// The storage key of the message that a sound was last played for.
const SOUNDED: &str = "parlor.sounded";

thread_local! {
    // Browsers limit how many a page can have.
    static AUDIO: Option<AudioContext> = AudioContext::new().ok();
}

/// Why this page can't show notifications; `None` if it can.
pub(crate) fn refusal() -> Option<&'static str> {
    if !window().is_secure_context() {
        return Some(texts::notifications_insecure());
    }
    match permission().filter(|_| service_worker::is_supported()) {
        None => Some(texts::notifications_missing()),
        Some(permission) => match permission.as_str() {
            "granted" => None,
            "denied" => Some(texts::notifications_blocked()),
            _ => Some(texts::notifications_unanswered()),
        },
    }
}

/// The permission as the browser names it; `None` where it has no notifications.
fn permission() -> Option<String> {
    let notification = Reflect::get(&window(), &"Notification".into()).ok()?;
    Reflect::get(&notification, &"permission".into())
        .ok()?
        .as_string()
}

/// Asks the browser for the permission to show notifications, and calls `answered` when it or the
/// user has decided. Returns whether the user is asked.
pub(crate) fn request_permission(answered: impl Fn() + 'static) -> bool {
    if refusal() != Some(texts::notifications_unanswered()) {
        answered();
        return false;
    }
    let answered = Closure::<dyn FnMut(JsValue)>::new(move |_| answered());
    if let Ok(request) = Notification::request_permission() {
        let request = Promise::resolve(&request);
        // The answer comes through the closure; the new promise has nothing to add.
        drop(request.then2(&answered, &answered));
    }
    // Leaked once for each time that a user turns notifications on.
    answered.forget();
    true
}

/// Lets tones be played from now on. Browsers want it called for a key or click of the user.
pub(crate) fn allow_sound() {
    AUDIO.with(|audio| {
        if let Some(audio) = audio {
            // A browser that refuses now is asked again.
            audio.resume().map(drop).ok();
        }
    });
}

/// Plays a short tone. Returns whether the browser has tones; it plays none before the user has
/// used the page.
pub(crate) fn play_sound() -> bool {
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
    allow_sound();
    AUDIO.with(|audio| audio.as_ref().is_some_and(|audio| play(audio).is_ok()))
}

/// Has the service worker notify the user of a message. The worker knows all tabs and whether one
/// of them is visible. Without a worker there are no notifications, and this tab plays the sound
/// unless another tab has played it.
pub(crate) fn alert(alert: Alert, settings: Settings) {
    let id = alert.id.to_string();
    let is_posted = post_to_worker(&[
        &alert.room.to_string(),
        &id,
        &texts::notification_title(&alert.name, alert.room.as_str()),
        alert.text.as_str(),
        &settings.to_string(),
    ]);
    if !is_posted && settings.sound && storage::get(SOUNDED).as_ref() != Some(&id) {
        storage::set(SOUNDED, &id);
        play_sound();
    }
}

/// Has the service worker close the notification of a message that was deleted.
pub(crate) fn withdraw(room: &RoomId, id: MessageId) {
    post_to_worker(&[room.as_str(), &id.to_string()]);
}

/// Returns whether there is a service worker.
fn post_to_worker(parts: &[&str]) -> bool {
    let worker = service_worker::active();
    if let Some(worker) = &worker {
        let parts: Array = parts.iter().map(|part| JsValue::from(*part)).collect();
        // Strings can always be posted.
        worker.post_message(&parts).ok();
    }
    worker.is_some()
}
