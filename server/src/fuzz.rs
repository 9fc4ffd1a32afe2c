//! What the fuzz targets try of the server's private parts (feature `fuzz`, in no release). Each
//! function takes any input, and panics where a property does not hold.

use std::{io, net::IpAddr};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use parlor_shared::limits::FRAME_BYTES_MAX;
use url::Url;

use crate::{
    access,
    connection::{
        forwarded::{Hop, forwarded_hops, x_forwarded_for_hops},
        frame_guard::{FrameFault, FrameGuard},
        hosts::{Arrival, Hosts},
        inbound::{Inbound, Message, ReadError},
        origin::Origins,
        proxy::{ForwardedHeaders, ProxyAddress, client_address},
    },
    fetch::FetchAddress,
    http::api,
};

/// Reads a client's bytes as its WebSocket messages. They are the same wherever the bytes are cut,
/// none is larger than the limit, and only what the frame guard refuses is refused.
pub fn frames(bytes: &[u8], cut: usize) {
    let whole = read(bytes, bytes.len().max(1));
    let pieces = read(bytes, cut.max(1));
    assert_eq!(whole, pieces, "cut every {cut} bytes");
    let total: usize = whole.messages.iter().map(Message::bytes).sum();
    assert!(total <= bytes.len(), "more than was sent");
    for message in &whole.messages {
        assert!(message.bytes() <= FRAME_BYTES_MAX, "over the limit");
    }
    let guarded = FrameGuard::new(FRAME_BYTES_MAX).inspect(bytes);
    assert_eq!(guarded.err().map(|at| at.fault), whole.fault, "the guard");
}

/// What a connection reads.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    messages: Vec<Message>,
    fault: Option<FrameFault>,
}

/// Reads the bytes in pieces of this size.
fn read(bytes: &[u8], size: usize) -> Read {
    let pieces = bytes.chunks(size);
    let pieces = pieces.map(|piece| Ok::<_, io::Error>(Bytes::copy_from_slice(piece)));
    let mut inbound = Inbound::new(stream::iter(pieces), FRAME_BYTES_MAX);
    let mut messages = Vec::new();
    loop {
        // All pieces are there, so the reader never waits.
        let Some(next) = inbound.next().now_or_never() else {
            panic!("the reader waits for bytes that are there")
        };
        let fault = match next {
            Some(Ok(message)) => {
                messages.push(message);
                continue;
            }
            Some(Err(ReadError::Fault(fault))) => Some(fault),
            Some(Err(ReadError::Lost)) => panic!("the bytes do not break"),
            None => None,
        };
        return Read { messages, fault };
    }
}

/// Reads the headers in which proxies name their clients. A client's address is its peer's, or one
/// that a trusted proxy has named; without a trusted proxy nothing that the headers say counts.
pub fn forwarded(x_forwarded_for: &str, forwarded: &str) {
    let headers = ForwardedHeaders {
        x_forwarded_for: vec![x_forwarded_for],
        forwarded: vec![forwarded],
    };
    let (proxy, stranger) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
    let trusted: Vec<ProxyAddress> = ["192.0.2.1", "2001:db8::/32"]
        .iter()
        .filter_map(|proxy| proxy.parse().ok())
        .collect();
    let counted = client_address(Some(stranger), &headers, &trusted);
    assert_eq!(counted, Some(stranger), "a stranger is believed");
    let mut named = x_forwarded_for_hops(&headers.x_forwarded_for);
    named.extend(forwarded_hops(&headers.forwarded));
    for hop in &named {
        if let Hop::Address(address) = hop {
            let text = [address.to_string()];
            let again = x_forwarded_for_hops(&[text[0].as_str()]);
            assert_eq!(again, [Hop::Address(*address)], "{address}");
        }
    }
    let counted = client_address(Some(proxy), &headers, &trusted);
    let is_named = counted.is_some_and(|counted| named.contains(&Hop::Address(counted)));
    assert!(counted == Some(proxy) || is_named, "{counted:?}");
    // What a client claims stands before what the proxy appends.
    let claimed = format!("{x_forwarded_for}, 198.51.100.7");
    let headers = ForwardedHeaders {
        x_forwarded_for: vec![&claimed],
        forwarded: Vec::new(),
    };
    let counted = client_address(Some(proxy), &headers, &trusted);
    assert_eq!(
        counted,
        Some(IpAddr::from([198, 51, 100, 7])),
        "a claim is believed"
    );
}

/// Compares what the server makes of a `Host` with what a browser makes of such an address: on this
/// machine only the names of this machine are answered.
pub fn host(header: &str) {
    let is_allowed = Hosts::default().allow(Some(header), Arrival::Loopback);
    let Ok(url) = Url::parse(&format!("http://{header}/")) else {
        return;
    };
    let is_local = match url.host() {
        Some(url::Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => true,
        None => false,
    };
    assert!(
        is_local || !is_allowed,
        "{header:?} is answered, and a browser takes it for {url}"
    );
}

/// Compares which origins may connect with what a browser takes for the same host and port.
pub fn origin(origin: &str, host: &str) {
    let is_allowed = Origins::default().allow(Some(origin), host);
    let Ok(page) = Url::parse(origin) else {
        return;
    };
    let Ok(server) = Url::parse(&format!("{}://{host}/", page.scheme())) else {
        return;
    };
    let is_same = page.host() == server.host()
        && page.port_or_known_default() == server.port_or_known_default();
    assert!(
        is_same || !is_allowed,
        "a page of {origin:?} may connect to {host:?}"
    );
}

/// Reads a request to the HTTP API with this query, and with this text in the headers that it
/// reads: nothing is out of its bounds, and each refusal can be read by its client.
pub fn api_request(query: &str, header: &str) {
    api::fuzz::request(query, header);
}

/// Reads a text as what is to be appended: it goes where the request says, and is what a WebSocket
/// would carry.
pub fn api_body(text: &str) {
    api::fuzz::body(text);
}

/// Takes a text for an access token, and changes one that the server has signed. Nothing counts
/// but what the server has signed.
pub fn token(text: &str, at: usize, change: u8) {
    access::fuzz::token(text, at, change);
}

/// Reads a text as an address to fetch from. It is one of the web, has no password in it, and is
/// not shown with what stands behind its `?`.
pub fn fetched(text: &str) {
    if let Ok(address) = text.parse::<FetchAddress>() {
        let url = address.url();
        assert!(matches!(url.scheme(), "http" | "https"), "{url}");
        assert!(url.username().is_empty() && url.password().is_none());
        assert!(!address.to_string().contains('?'), "{address}");
    }
}
