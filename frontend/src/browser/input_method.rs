//! The keys that belong to an input method: no listener of the page gets them.

use crate::browser::listen::listen_to_keys_first;

/// The key code of every key that an input method has taken (UI Events, section 7.3.1).
const INPUT_METHOD: u32 = 229;

/// Keeps them, for as long as the page is open.
pub(crate) fn listen() {
    listen_to_keys_first(|press| {
        // They accept a word, choose among several or end the composition. Neither the composer
        // gets them, which would send half a message, nor any other field. Safari ends the
        // composition before it reports the Enter that ended it, so that key is known only by its
        // code.
        if press.is_composing() || press.key_code() == INPUT_METHOD {
            press.stop_immediate_propagation();
        }
    });
}
