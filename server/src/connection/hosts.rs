//! Which host names the server answers to: the `Host` of a request.
//!
//! Any page can give its own name the address of this machine (DNS rebinding). To a browser the
//! server is then a part of that page, which may read and post. The name in `Host` gives it away.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use crate::connection::origin::Origin;

/// A host name without a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

/// Not a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host name has no scheme, port or path: chat.example.org")]
pub struct HostNameInvalid;

impl FromStr for HostName {
    type Err = HostNameInvalid;

    fn from_str(text: &str) -> Result<Self, HostNameInvalid> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
            Err(HostNameInvalid)
        } else {
            Ok(Self(name))
        }
    }
}

impl HostName {
    /// Whether the name can only be a name of the machine itself.
    pub(crate) fn is_local(&self) -> bool {
        is_local(&self.0)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names that the server answers to.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    /// The names that the operator has listed.
    listed: Vec<HostName>,
    /// The hosts of the origins that the operator has allowed.
    of_origins: Vec<HostName>,
}

/// The way that a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Over a network, or forwarded by a trusted proxy.
    Network,
    /// From this machine.
    Loopback,
}

impl Hosts {
    /// The names that the operator has listed, and the hosts of these origins.
    pub(crate) fn new(listed: Vec<HostName>, origins: &[Origin]) -> Self {
        let hosts = origins.iter().filter_map(|origin| host(origin.authority()));
        let of_origins = hosts.filter_map(|host| host.parse().ok()).collect();
        Self { listed, of_origins }
    }

    /// Whether the server answers a request with this `Host` header.
    ///
    /// Addresses and `localhost` are always answered: a page can't be at them without being on
    /// this machine. If the operator has listed names, no other is answered. Without a list, a
    /// request from this machine is answered only by the names above, and one over a network by any
    /// name: the server can't know its names there, and an attacker who reaches it over the network
    /// has no need of somebody else's browser.
    pub(crate) fn allow(&self, header: Option<&str>, arrival: Arrival) -> bool {
        // HTTP/1.0 without the header: no browser sends that.
        let Some(header) = header else { return true };
        let Some(host) = host(header) else {
            return false;
        };
        let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let is_known = |names: &[HostName]| names.iter().any(|known| known.0 == name);
        is_address(&name)
            || is_local(&name)
            || is_known(&self.listed)
            || is_known(&self.of_origins)
            || self.listed.is_empty() && arrival == Arrival::Network
    }
}

/// Whether a name in lower case can only be a name of the machine itself (RFC 6761, section 6.3).
fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// The host in `host:port`; `None` if there is none.
pub(crate) fn host(authority: &str) -> Option<&str> {
    let end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at(end);
    let port = port.strip_prefix(':').unwrap_or(port);
    (!host.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(host)
}

fn is_address(host: &str) -> bool {
    address(host).is_some()
}

/// The address that stands in place of a host name, if one does.
fn address(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// Whether the host in `host:port` can only be the machine itself.
pub(crate) fn is_this_machine(authority: &str) -> bool {
    let Some(host) = host(authority) else {
        return false;
    };
    match address(host) {
        Some(address) => address.to_canonical().is_loopback(),
        None => is_local(host.strip_suffix('.').unwrap_or(host)),
    }
}

/// How a request arrived whose peer forwarded it or not, at this address of the machine.
pub(crate) fn arrival(local: Option<IpAddr>, is_forwarded: bool) -> Arrival {
    if !is_forwarded && local.is_some_and(|local| local.to_canonical().is_loopback()) {
        Arrival::Loopback
    } else {
        Arrival::Network
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(listed: &[&str], origins: &[&str]) -> Hosts {
        let listed = listed.iter().map(|name| name.parse().unwrap()).collect();
        let origins: Vec<Origin> = origins.iter().map(|o| o.parse().unwrap()).collect();
        Hosts::new(listed, &origins)
    }

    const LOCAL: [&str; 9] = [
        "localhost",
        "LocalHost:8080",
        "localhost.:8080",
        "parlor.localhost",
        "127.0.0.1",
        "127.0.0.1:8080",
        "[::1]:8080",
        "[::1]",
        "192.168.1.5:80",
    ];
    const FOREIGN: [&str; 8] = [
        "evil.test",
        "evil.test:8080",
        "EVIL.test.",
        "localhost.evil.test",
        "notlocalhost",
        "127.0.0.1.evil.test",
        "[evil.test]",
        "1.evil.test:8080",
    ];

    #[test]
    fn on_loopback_only_the_names_of_this_machine_are_answered() {
        for host in LOCAL {
            assert!(
                hosts(&[], &[]).allow(Some(host), Arrival::Loopback),
                "{host}"
            );
        }
        for host in FOREIGN
            .into_iter()
            .chain(["", ":80", "127.0.0.1:80:evil", "[::1"])
        {
            assert!(
                !hosts(&[], &[]).allow(Some(host), Arrival::Loopback),
                "{host}"
            );
        }
        assert!(hosts(&[], &[]).allow(None, Arrival::Loopback), "HTTP/1.0");
    }

    #[test]
    fn listed_names_and_those_of_allowed_origins_are_answered_and_then_no_others() {
        let listed = hosts(&["Chat.example.org"], &["https://other.example:8443"]);
        for arrival in [Arrival::Loopback, Arrival::Network] {
            for host in LOCAL.into_iter().chain([
                "chat.example.org",
                "CHAT.example.org:443",
                "chat.example.org.",
                "other.example",
            ]) {
                assert!(listed.allow(Some(host), arrival), "{host}");
            }
            for host in FOREIGN
                .into_iter()
                .chain(["example.org", "a.chat.example.org"])
            {
                assert!(!listed.allow(Some(host), arrival), "{host}");
            }
        }
    }

    #[test]
    fn without_a_list_every_name_is_answered_over_a_network() {
        for origins in [&[][..], &["https://other.example"]] {
            let open = hosts(&[], origins);
            assert!(open.allow(Some("chat.example.org"), Arrival::Network));
        }
    }

    #[test]
    fn only_a_host_name_can_be_listed() {
        for bad in [
            "",
            ".",
            "http://a.example",
            "a.example:80",
            "a/b",
            "*.example",
            "[::1]",
        ] {
            assert_eq!(bad.parse::<HostName>(), Err(HostNameInvalid), "{bad}");
        }
    }
}
