//! A client's address. Behind a reverse proxy it is not the address of the socket's peer.

use std::{net::IpAddr, str::FromStr};

use actix_web::http::header::{self, HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv4Net};

use crate::connection::forwarded::{Hop, forwarded_hops, x_forwarded_for_hops};

/// What stands for every peer at a Unix socket.
const UNIX: &str = "unix";

/// The addresses of reverse proxies whose headers are believed: one address, or a network of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyAddress(Proxy);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proxy {
    Network(IpNet),
    /// Whatever connects to a Unix socket of the server.
    Unix,
}

/// Not an address or a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a proxy is an IP address or a network: 192.0.2.1, 10.0.0.0/8, 2001:db8::/32; or unix, for what \
     connects to a Unix socket"
)]
pub struct ProxyAddressInvalid;

impl FromStr for ProxyAddress {
    type Err = ProxyAddressInvalid;

    /// An IPv4 address that is written as an IPv6 address (`::ffff:192.0.2.1`) is the same.
    fn from_str(text: &str) -> Result<Self, ProxyAddressInvalid> {
        if text == UNIX {
            return Ok(Self(Proxy::Unix));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(Proxy::Network(address.to_canonical().into())));
        }
        let network: IpNet = text.parse().map_err(|_| ProxyAddressInvalid)?;
        let as_ipv4 = match network.addr().to_canonical() {
            IpAddr::V4(address) => network
                .prefix_len()
                .checked_sub(if network.addr().is_ipv6() { 96 } else { 0 })
                .and_then(|prefix| Ipv4Net::new(address, prefix).ok()),
            IpAddr::V6(_) => None,
        };
        let network = as_ipv4.map_or(network, IpNet::V4);
        Ok(Self(Proxy::Network(network)))
    }
}

/// Whether this is the address of a trusted proxy.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[ProxyAddress]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|proxy| match proxy.0 {
        Proxy::Network(network) => network.contains(&address),
        Proxy::Unix => false,
    })
}

/// Whether the other end of a socket is a trusted proxy. At a Unix socket it has no address.
pub(crate) fn is_trusted_peer(peer: Option<IpAddr>, trusted: &[ProxyAddress]) -> bool {
    match peer {
        Some(peer) => is_trusted(peer, trusted),
        None => trusted.iter().any(|proxy| proxy.0 == Proxy::Unix),
    }
}

/// The headers of a request in which proxies name the clients that they forward for.
#[derive(Debug, Default)]
pub(crate) struct ForwardedHeaders<'a> {
    /// The values of `X-Forwarded-For`, in order.
    pub(crate) x_forwarded_for: Vec<&'a str>,
    /// The values of `Forwarded` (RFC 7239), in order.
    pub(crate) forwarded: Vec<&'a str>,
}

impl<'a> ForwardedHeaders<'a> {
    /// Those of a request with these headers.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let values = |name: HeaderName| {
            let values = headers.get_all(name);
            values.filter_map(|value| value.to_str().ok()).collect()
        };
        Self {
            x_forwarded_for: values(header::X_FORWARDED_FOR),
            forwarded: values(header::FORWARDED),
        }
    }

    /// Whether a proxy has named nobody.
    pub(crate) fn is_empty(&self) -> bool {
        self.x_forwarded_for.is_empty() && self.forwarded.is_empty()
    }

    /// The addresses that proxies forwarded for, the last proxy's first.
    ///
    /// A proxy that writes one of the headers passes the other one on as the client sent it. Where
    /// both are there and differ, nobody can say which is the proxy's, so neither counts.
    fn hops(&self) -> Vec<Hop> {
        let mut hops = x_forwarded_for_hops(&self.x_forwarded_for);
        let mut others = forwarded_hops(&self.forwarded);
        hops.reverse();
        others.reverse();
        if hops.is_empty() {
            return others;
        }
        if !others.is_empty() {
            let agreed = hops.iter().zip(&others).take_while(|(a, b)| a == b).count();
            hops.truncate(agreed);
        }
        hops
    }
}

/// The address that a connection counts for: its peer's or, if that is a trusted proxy, the address
/// that the proxy forwards for. A client may send the headers itself; what it claims is to the left
/// of what a trusted proxy appends, and is never reached.
pub(crate) fn client_address(
    peer: Option<IpAddr>,
    headers: &ForwardedHeaders<'_>,
    trusted: &[ProxyAddress],
) -> Option<IpAddr> {
    let mut address = peer.map(|peer| peer.to_canonical());
    if is_trusted_peer(peer, trusted) {
        for hop in headers.hops() {
            let Hop::Address(before) = hop else { break };
            address = Some(before);
            if !is_trusted(before, trusted) {
                break;
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(proxies: &[&str]) -> Vec<ProxyAddress> {
        proxies.iter().map(|proxy| proxy.parse().unwrap()).collect()
    }

    fn address(peer: &str, headers: &ForwardedHeaders<'_>, proxies: &[&str]) -> String {
        let peer = Some(peer.parse().unwrap());
        client_address(peer, headers, &trusted(proxies))
            .unwrap()
            .to_string()
    }

    fn client(peer: &str, x_forwarded_for: &[&str], proxies: &[&str]) -> String {
        let headers = ForwardedHeaders {
            x_forwarded_for: x_forwarded_for.to_vec(),
            forwarded: Vec::new(),
        };
        address(peer, &headers, proxies)
    }

    #[test]
    fn only_a_trusted_proxys_header_counts() {
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], &[]), "9.9.9.9");
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], &["8.8.8.8"]), "9.9.9.9");
        assert_eq!(client("8.8.8.8", &["1.1.1.1"], &["8.8.8.8"]), "1.1.1.1");
        assert_eq!(client("::1", &["2001:db8::7"], &["::1"]), "2001:db8::7");
    }

    #[test]
    fn an_address_is_the_same_in_every_way_to_write_it() {
        for peer in ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1"] {
            for proxy in [
                "127.0.0.1",
                "::ffff:127.0.0.1",
                "127.0.0.0/8",
                "::ffff:127.0.0.0/104",
            ] {
                for client_text in ["1.1.1.1", "::ffff:1.1.1.1", "[::ffff:1.1.1.1]:80"] {
                    assert_eq!(client(peer, &[client_text], &[proxy]), "1.1.1.1", "{proxy}");
                }
            }
        }
        assert_eq!(client("10.7.7.7", &["1.1.1.1"], &["10.1.2.3/8"]), "1.1.1.1");
        assert_eq!(
            client("11.0.0.1", &["1.1.1.1"], &["10.0.0.0/8"]),
            "11.0.0.1"
        );
        assert_eq!(client("fd00::9", &["1.1.1.1"], &["fd00::/8"]), "1.1.1.1");
    }

    #[test]
    fn what_a_client_claims_about_itself_is_ignored() {
        let claimed = "1.2.3.4, 1.1.1.1";
        assert_eq!(client("8.8.8.8", &[claimed], &["8.8.8.8"]), "1.1.1.1");
        assert_eq!(
            client("8.8.8.8", &["1.2.3.4", "1.1.1.1"], &["8.8.8.8"]),
            "1.1.1.1"
        );
        let two = ["8.8.8.8", "7.7.7.7"];
        assert_eq!(
            client("8.8.8.8", &["1.2.3.4, 1.1.1.1, 7.7.7.7"], &two),
            "1.1.1.1"
        );
    }

    #[test]
    fn a_proxy_without_the_header_counts_as_one_client() {
        assert_eq!(client("8.8.8.8", &[], &["8.8.8.8"]), "8.8.8.8");
        assert_eq!(client("8.8.8.8", &["unknown"], &["8.8.8.8"]), "8.8.8.8");
        let hidden = "1.1.1.1, _hidden";
        assert_eq!(client("8.8.8.8", &[hidden], &["8.8.8.8"]), "8.8.8.8");
    }

    #[test]
    fn of_two_headers_that_differ_neither_counts() {
        let both = |x_forwarded_for, forwarded| {
            let headers = ForwardedHeaders {
                x_forwarded_for: vec![x_forwarded_for],
                forwarded: vec![forwarded],
            };
            address("8.8.8.8", &headers, &["8.8.8.8", "7.7.7.7"])
        };
        assert_eq!(both("1.1.1.1", "for=1.1.1.1"), "1.1.1.1");
        assert_eq!(both("6.6.6.6, 1.1.1.1", "for=1.1.1.1"), "1.1.1.1");
        assert_eq!(both("1.1.1.1", "for=6.6.6.6"), "8.8.8.8", "a claim");
        assert_eq!(both("6.6.6.6", "for=1.1.1.1"), "8.8.8.8", "a claim");
        assert_eq!(
            both("1.1.1.1, 7.7.7.7", "for=6.6.6.6, for=7.7.7.7"),
            "7.7.7.7"
        );
        let forwarded = ForwardedHeaders {
            forwarded: vec!["for=1.1.1.1"],
            ..ForwardedHeaders::default()
        };
        assert_eq!(address("8.8.8.8", &forwarded, &["8.8.8.8"]), "1.1.1.1");
    }

    #[test]
    fn only_an_address_or_a_network_can_be_trusted() {
        for bad in ["", "proxy.example", "10.0.0.0/33", "10.0.0.1:80", "*"] {
            assert_eq!(
                bad.parse::<ProxyAddress>(),
                Err(ProxyAddressInvalid),
                "{bad}"
            );
        }
    }
}
