//! The clock and the random numbers of the browser.

use parlor_frontend::event::Env;

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
