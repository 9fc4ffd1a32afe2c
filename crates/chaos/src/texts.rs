//! The texts that a client posts.

use parlor_client::Text;

use crate::rng::Rng;

/// Texts that no other post of the run has.
#[derive(Debug)]
pub(crate) struct Texts {
    client: usize,
    written: u64,
}

impl Texts {
    /// The texts of the client with this number.
    pub(crate) fn of(client: usize) -> Self {
        Self { client, written: 0 }
    }

    /// The next one. Some are long, so that sockets and rings fill up.
    pub(crate) fn next(&mut self, rng: &mut Rng) -> anyhow::Result<Text> {
        let filler_chars = match rng.u8(0..20) {
            0 => rng.usize(500..4_000),
            _ => rng.usize(0..80),
        };
        self.next_with_filler(filler_chars)
    }

    /// The next text, with a filler of this many characters, each of which has two bytes in UTF-8.
    pub(crate) fn next_with_filler(&mut self, chars: usize) -> anyhow::Result<Text> {
        self.written += 1;
        let filler = "\u{e9}".repeat(chars);
        let text = format!("client {} #{} {filler}", self.client, self.written);
        Ok(Text::parse(text)?)
    }
}
