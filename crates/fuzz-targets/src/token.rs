//! What somebody shows as an access token, and what an operator names by an address.

use parlor_server::fuzz;

use crate::source::Source;

pub(crate) fn run(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let (at, change) = (source.byte(), source.byte());
    let Ok(text) = str::from_utf8(source.remaining()) else {
        return;
    };
    fuzz::token(text, usize::from(at), change);
    fuzz::fetched(text);
}
