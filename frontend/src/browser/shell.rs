//! What is around the room: the dialogs that stand in index.html, the colours, and the service worker.

use js_sys::Array;
use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
};
use parlor_frontend::{
    event::Event,
    model::settings::{Alert, Settings},
    texts,
};
use web_sys::{
    AudioContext, Element, HtmlDialogElement, HtmlInputElement, MessageEvent, Notification,
    ServiceWorkerContainer,
};

use crate::browser::{storage, store::Store};

pub(crate) const SETTINGS: &str = "parlor.settings";

/// A tone's pitch, loudness and length: to be heard, not to be startled by.
const TONE: (f32, f32, f64) = (660.0, 0.15, 0.25);

thread_local! {
    // Browsers give a page few of them.
    static AUDIO: Option<AudioContext> = AudioContext::new().ok();
}

/// What was set on this or an earlier visit.
pub(crate) fn settings() -> Settings {
    Settings::parse(&storage::get(SETTINGS).unwrap_or_default())
}

/// Keeps the settings, and shows the colours among them.
pub(crate) fn keep(settings: Settings) {
    let words = settings.to_string();
    storage::set(SETTINGS, &words);
    if let Some(root) = document().document_element() {
        root.set_class_name(&words);
    }
}

/// What stands in index.html under this id, as what it is there: to ask the browser again would cost bytes.
fn by_id<T: JsCast>(id: &str) -> Option<T> {
    Some(document().get_element_by_id(id)?.unchecked_into())
}

/// Puts the words into the dialogs.
fn write_dialogs() {
    let Ok(elements) = document().query_selector_all("[data-text]") else {
        return;
    };
    for element in (0..elements.length()).filter_map(|n| elements.get(n)) {
        let element: Element = element.unchecked_into();
        let wanted = element.get_attribute("data-text");
        let mut texts = texts::DIALOG_TEXTS.iter();
        let text = texts.find(|(name, _)| wanted.as_deref() == Some(*name));
        element.set_text_content(text.map(|(_, text)| *text));
    }
}

/// Whether a dialog is open.
pub(crate) fn has_dialog() -> bool {
    let open = document().query_selector("dialog[open]");
    open.is_ok_and(|dialog| dialog.is_some())
}

/// Opens the sheet of shortcuts.
pub(crate) fn show_shortcuts() {
    show("shortcuts");
}

/// Opens a dialog: the browser moves the focus into it, closes it with Escape and brings the focus back.
fn show(id: &str) {
    if let Some(dialog) = by_id::<HtmlDialogElement>(id) {
        // Refused only where it is open already.
        dialog.show_modal().unwrap_or_default();
    }
}

/// Opens the settings as they are.
pub(crate) fn show_settings(store: &Store) {
    let (name, settings) = store.peek(|model| (model.name.to_string(), model.settings));
    if let Some(field) = by_id::<HtmlInputElement>("name") {
        field.set_value(&name);
    }
    // Any field that has a value is set so.
    if let Some(theme) = by_id::<HtmlInputElement>("theme") {
        theme.set_value(settings.theme.word());
    }
    check("notify", settings.notify);
    check("sound", settings.sound);
    show("settings");
}

fn check(id: &str, is_on: bool) {
    if let Some(field) = by_id::<HtmlInputElement>(id) {
        field.set_checked(is_on);
    }
}

/// Writes the dialogs, and hears of what is set in one and of notifications that are clicked.
pub(crate) fn listen(store: &Store) {
    let setting = store.clone();
    let changed = move |event: web_sys::Event| {
        let at = event.target().map(|at| at.unchecked_into());
        match at.map(|at: web_sys::Element| at.id()).as_deref() {
            Some("name") => {
                let name = by_id::<HtmlInputElement>("name").map(|field| field.value());
                setting.dispatch(Event::Renamed(name.unwrap_or_default()));
            }
            Some("notify") if is_checked("notify") => ask_to_notify(&setting),
            Some("sound") if is_checked("sound") => {
                sound();
                take(&setting);
            }
            _ => take(&setting),
        }
    };
    let changed = Closure::<dyn FnMut(web_sys::Event)>::new(changed);
    if let Some(dialog) = by_id::<HtmlDialogElement>("settings") {
        dialog.set_onchange(Some(changed.as_ref().unchecked_ref()));
    }
    // The dialog is there for as long as the page is.
    changed.forget();
    write_dialogs();
    listen_to_worker(store);
}

fn is_checked(id: &str) -> bool {
    by_id::<HtmlInputElement>(id).is_some_and(|field| field.checked())
}

/// Takes the settings as they stand in the dialog.
fn take(store: &Store) {
    let theme = by_id::<HtmlInputElement>("theme").map(|theme| theme.value());
    let mut settings = Settings::parse(&theme.unwrap_or_default());
    settings.notify = is_checked("notify");
    settings.sound = is_checked("sound");
    store.dispatch(Event::SettingsChanged(settings));
}

/// The browser asks the person; nothing is set unless they agree.
fn ask_to_notify(store: &Store) {
    let store = store.clone();
    let answered = Closure::<dyn FnMut(JsValue)>::new(move |answer: JsValue| {
        let may = answer.as_string().as_deref() == Some("granted");
        check("notify", may);
        if let Some(said) = document().get_element_by_id("refused") {
            said.set_text_content(Some(if may {
                ""
            } else {
                texts::NOTIFICATIONS_BLOCKED
            }));
        }
        take(&store);
    });
    if let Ok(asked) = Notification::request_permission() {
        drop(asked.unchecked_into::<js_sys::Promise>().then(&answered));
    }
    // Called once more at most: a person does not turn this on and off without end.
    answered.forget();
}

/// A short tone, once the person has done anything with the page: before that browsers are silent.
fn sound() {
    let (pitch, loudness, seconds) = TONE;
    let play = |audio: &AudioContext| {
        let (tone, gain) = (audio.create_oscillator()?, audio.create_gain()?);
        let end = audio.current_time() + seconds;
        tone.frequency().set_value(pitch);
        gain.gain().set_value(loudness);
        gain.gain().linear_ramp_to_value_at_time(0.0, end)?;
        tone.connect_with_audio_node(&gain)?
            .connect_with_audio_node(&audio.destination())?;
        tone.start()?;
        tone.stop_with_when(end)
    };
    // Without sound the message is there all the same.
    AUDIO.with(|audio| audio.as_ref().map(play).transpose().unwrap_or_default());
}

/// The service worker's side, where there is one: not on a page without TLS on another machine.
fn worker() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let has_one = js_sys::Reflect::has(&navigator, &"serviceWorker".into());
    has_one
        .unwrap_or_default()
        .then(|| navigator.service_worker())
}

fn listen_to_worker(store: &Store) {
    let Some(worker) = worker() else {
        return;
    };
    // Where it can't be had, the page is as it was before there were any.
    drop(worker.register("/sw.js"));
    let store = store.clone();
    let told = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| match message
        .data()
        .as_string()
    {
        Some(room) if !room.is_empty() => store.dispatch(Event::RoomOpened(room)),
        _ => sound(),
    });
    worker.set_onmessage(Some(told.as_ref().unchecked_ref()));
    told.forget();
}

/// Has the service worker tell of a message: it knows of all tabs, and whether one is looked at.
pub(crate) fn alert(alert: Alert, settings: Settings) {
    if let Some(worker) = worker().and_then(|worker| worker.controller()) {
        let parts = [
            alert.room.to_string(),
            alert.id.to_string(),
            texts::notification_title(alert.name.as_str(), alert.room.as_str()),
            alert.text.to_string(),
            settings.to_string(),
        ];
        let parts: Array = parts.into_iter().map(JsValue::from).collect();
        // What strings are made of can always be sent.
        worker.post_message(&parts).unwrap_or_default();
    }
}
