//! The table of emoji, fetched when it is first needed, and what the user uses of it.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
};
use parlor_frontend::{event::EmojiFiles, model::frequent_emoji::FrequentEmoji};

use crate::{
    browser::{address::file, storage},
    view::locale,
};

/// The storage key of the emoji that the user uses.
const FREQUENT: &str = "parlor.emoji";
/// The table, and its names in each language but English.
const TABLE: &str = "/later/emoji.txt";
const GERMAN: &str = "/later/emoji.de.txt";

/// The saved emoji that the user uses.
pub(crate) fn frequent() -> FrequentEmoji {
    FrequentEmoji::parse(&storage::get(FREQUENT).unwrap_or_default())
}

/// Saves the emoji that the user uses. Returns whether the browser has saved them.
pub(crate) fn save(frequent: &str) -> bool {
    storage::set(FREQUENT, frequent)
}

/// Fetches the table. `on_loaded` gets `None` where that fails.
pub(crate) fn load(on_loaded: impl FnOnce(Option<EmojiFiles>) + 'static) {
    let files = Array::of1(&fetch(&file(TABLE)));
    if locale::language().starts_with("de") {
        // Without the German names the English ones remain.
        files.push(&fetch(&file(GERMAN)));
    }
    let loaded = Closure::once_into_js(move |texts: JsValue| {
        let texts: Array = texts.unchecked_into();
        let text = |index| texts.get(index).as_string();
        on_loaded(text(0).map(|lines| EmojiFiles {
            lines,
            other_lines: text(1).unwrap_or_default(),
        }));
    });
    then(&Promise::all(&files), &loaded, &JsValue::UNDEFINED);
}

/// The text of a file; never rejected, and no text where it could not be fetched.
fn fetch(path: &str) -> JsValue {
    let response = window().fetch_with_str(path);
    let read = Closure::once_into_js(|response: JsValue| {
        let has_arrived = Reflect::get(&response, &"ok".into()) == Ok(JsValue::TRUE);
        let text = Reflect::get(&response, &"text".into()).and_then(|text| {
            let text: Function = text.dyn_into()?;
            text.call0(&response)
        });
        text.ok().filter(|_| has_arrived)
    });
    let failed = Closure::once_into_js(|_: JsValue| {});
    let text = then(&response, &read, &failed);
    then(
        &text,
        &JsValue::UNDEFINED,
        &Closure::once_into_js(|_: JsValue| {}),
    )
}

/// What a promise becomes.
fn then(promise: &JsValue, fulfilled: &JsValue, rejected: &JsValue) -> JsValue {
    let then = Reflect::get(promise, &"then".into()).and_then(|then| {
        let then: Function = then.dyn_into()?;
        then.call2(promise, fulfilled, rejected)
    });
    // A promise's `then` does not fail.
    then.unwrap_or_default()
}
