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
    let mut random = [0; 10];
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
