//! The clock and the random numbers of the browser.

use parlor_frontend::event::Env;

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
