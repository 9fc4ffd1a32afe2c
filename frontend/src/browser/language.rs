//! The page's language. `index.html` chooses it and has its texts loading already; here they become
//! the language that all texts are in.

use js_sys::{Array, Intl::PluralRules, Object, Promise, Reflect};
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use parlor_frontend::texts::language::{Language, set_language};

use crate::view::locale;

/// Sets the page's language, then mounts the page: at once in English, and in any other language
/// when its texts have come.
pub(crate) fn load(mount: fn()) {
    let texts = web_sys::window().and_then(|window| Reflect::get(&window, &"texts".into()).ok());
    let Some(texts) = texts.and_then(|texts| texts.dyn_into::<Promise>().ok()) else {
        set_lines(String::new());
        return mount();
    };
    let loaded = Closure::<dyn FnMut(JsValue)>::new(move |lines: JsValue| {
        set_lines(lines.as_string().unwrap_or_default());
        mount();
    });
    // It is never rejected: without the texts `index.html` gives an empty one, and English. The new
    // promise has nothing to add.
    drop(texts.then(&loaded));
    // Leaked once.
    loaded.forget();
}

fn set_lines(lines: String) {
    set_language(Language::new(lines, plural, locale::number));
}

thread_local! {
    static PLURALS: PluralRules =
        PluralRules::new(&Array::of1(&locale::language().into()), &Object::new());
}

/// The plural category of a number in the page's language.
fn plural(count: usize) -> String {
    PLURALS.with(|rules| rules.select(count as f64).into())
}
