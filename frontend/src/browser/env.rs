//! The clock, the random numbers and Unicode's tables of the browser.

use js_sys::JsString;
use parlor_frontend::event::Env;

/// The name in Unicode's normal form C, as the server wants it.
pub(crate) fn normalized(name: &str) -> String {
    JsString::from(name).normalize("NFC").into()
}

/// What an update is given of the world now.
pub(crate) fn env() -> Env {
    let window = web_sys::window();
    let clock = window.as_ref().and_then(|window| window.performance());
    // Good enough for ids where a browser has no `crypto`: without it every id of a millisecond
    // would be the same, and only the first post would reach the log.
    let mut random = [0; 10].map(|_: u8| (js_sys::Math::random() * 256.0) as u8);
    if let Some(crypto) = window.and_then(|window| window.crypto().ok()) {
        let filled = crypto.get_random_values_with_u8_array(&mut random);
        // It fails only for more than 65,536 bytes.
        filled.ok();
    }
    Env {
        now_ms: clock.map_or(0.0, |clock| clock.now()) as u64,
        unix_ms: js_sys::Date::now() as u64,
        random,
    }
}
