//! What must hold for any input: the properties that `cargo xtask fuzz` tries with inputs that it
//! makes up, and that a test tries with those that it kept (`fuzz/corpus`).
//!
//! Each target takes any bytes, and panics where a property does not hold. The properties of the
//! server's private parts are in its module `fuzz`.

mod api;
pub mod corpus;
mod decoder;
mod http;
mod session;
mod source;
mod timeline;
mod token;

use crate::source::Source;

/// One property, or several that are tried together.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of its program in `fuzz/fuzz_targets` and of its inputs in `fuzz/corpus`.
    pub name: &'static str,
    /// Tries it with these bytes.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "decoder",
        run: decoder::run,
    },
    Target {
        name: "frames",
        run: frames,
    },
    Target {
        name: "timeline",
        run: timeline::run,
    },
    Target {
        name: "session",
        run: session::run,
    },
    Target {
        name: "http",
        run: http::run,
    },
    Target {
        name: "token",
        run: token::run,
    },
    Target {
        name: "api",
        run: api::run,
    },
];

/// The target with this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// The bytes of a client after its handshake: as they are, or frames made from them, since a fuzzer
/// finds few valid headers by itself.
fn frames(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let cut = usize::from(source.byte()) + 1;
    if source.flag() {
        return parlor_server::fuzz::frames(source.remaining(), cut);
    }
    let mut frames = Vec::new();
    while !source.is_empty() {
        let (first, mask) = (source.byte(), source.byte());
        let payload = source.bytes();
        frames.push(first);
        // The 7-bit length; a payload of 126 bytes and more takes the 16-bit one.
        match u8::try_from(payload.len()) {
            Ok(short @ ..126) => frames.push(0x80 | short),
            Ok(_) | Err(_) => {
                frames.push(0x80 | 126);
                frames.extend((payload.len() as u16).to_be_bytes());
            }
        }
        frames.extend([mask; 4]);
        frames.extend(payload.iter().map(|byte| byte ^ mask));
    }
    parlor_server::fuzz::frames(&frames, cut);
}
