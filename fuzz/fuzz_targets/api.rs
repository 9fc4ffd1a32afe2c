//! Tries the target `api` of crates/fuzz-targets.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(target) = parlor_fuzz_targets::target("api") {
        (target.run)(bytes);
    }
});
