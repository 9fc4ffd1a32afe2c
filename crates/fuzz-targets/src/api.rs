//! What the server reads of a request to the HTTP API: its query, its headers, its body.

use parlor_server::fuzz;

use crate::source::Source;

pub(crate) fn run(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    if source.flag() {
        if let Ok(text) = str::from_utf8(source.remaining()) {
            fuzz::api_body(text);
        }
        return;
    }
    let (query, header) = (source.bytes(), source.remaining());
    if let (Ok(query), Ok(header)) = (str::from_utf8(query), str::from_utf8(header)) {
        fuzz::api_request(query, header);
    }
}
