//! Where the server may fetch from: public networks, and what the operator has listed besides.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Networks of IPv4 that are not public (IANA's special-purpose registry), each an address and the
/// length of its prefix.
const NOT_PUBLIC_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The same of IPv6, within what is given out at all (2000::/3): the beginning of an address, and
/// the length of its prefix.
const NOT_PUBLIC_V6: [([u16; 2], u8); 4] = [
    // Protocols of the IETF, Teredo among them.
    ([0x2001, 0], 23),
    ([0x2001, 0xdb8], 32),
    // 6to4, which leads to an IPv4 address.
    ([0x2002, 0], 16),
    ([0x3fff, 0], 20),
];

/// An address whose network is listed, or a host whose addresses all are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchSource(Listed);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Listed {
    Host(String),
    Network(IpNet),
}

/// Not a host, an address or a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is a host name, an IP address or a network: keys.internal, 10.0.0.5, 10.0.0.0/8")]
pub struct FetchSourceInvalid;

impl FromStr for FetchSource {
    type Err = FetchSourceInvalid;

    /// An IPv4 address that is written as an IPv6 address (`::ffff:192.0.2.1`) is the same.
    fn from_str(text: &str) -> Result<Self, FetchSourceInvalid> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(Listed::Network(address.to_canonical().into())));
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self(Listed::Network(network)));
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) if !text.is_empty() => Ok(Self(Listed::Host(name))),
            Ok(Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => Err(FetchSourceInvalid),
        }
    }
}

/// Whether the operator has listed this address, or the host that it belongs to.
pub(super) fn is_listed(host: Option<&str>, address: IpAddr, listed: &[FetchSource]) -> bool {
    let address = address.to_canonical();
    listed.iter().any(|source| match &source.0 {
        Listed::Host(name) => host == Some(name),
        Listed::Network(network) => network.contains(&address),
    })
}

/// Whether an address is one of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !NOT_PUBLIC_V4.iter().any(|(network, prefix)| {
        let network = Ipv4Addr::from(*network).to_bits();
        (bits ^ network) >> (32 - prefix) == 0
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, rest @ .., high, low] = address.segments();
    // NAT64: the IPv4 address that it leads to counts.
    if (first, second) == (0x64, 0xff9b) && rest == [0; 4] {
        let bits = u32::from(high) << 16 | u32::from(low);
        return is_public_v4(Ipv4Addr::from_bits(bits));
    }
    let bits = u32::from(first) << 16 | u32::from(second);
    let is_given_out = first >> 13 == 0b001;
    is_given_out
        && !NOT_PUBLIC_V6.iter().any(|(network, prefix)| {
            let network = u32::from(network[0]) << 16 | u32::from(network[1]);
            (bits ^ network) >> (32 - prefix) == 0
        })
}

/// Something that is fetched, where it stands: `https`, or `http` where the operator has listed
/// where it leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FetchAddress(pub(super) Url);

/// Not such an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it is an address with https, such as https://example.org/keys, and without a password in it"
)]
pub struct FetchAddressInvalid;

impl FetchAddress {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address itself.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for FetchAddress {
    type Err = FetchAddressInvalid;

    fn from_str(text: &str) -> Result<Self, FetchAddressInvalid> {
        Url::parse(text)
            .map_err(|_| FetchAddressInvalid)?
            .try_into()
    }
}

impl TryFrom<String> for FetchAddress {
    type Error = FetchAddressInvalid;

    fn try_from(text: String) -> Result<Self, FetchAddressInvalid> {
        text.parse()
    }
}

impl From<FetchAddress> for String {
    fn from(address: FetchAddress) -> Self {
        address.0.into()
    }
}

impl TryFrom<Url> for FetchAddress {
    type Error = FetchAddressInvalid;

    fn try_from(mut url: Url) -> Result<Self, FetchAddressInvalid> {
        let is_web = matches!(url.scheme(), "https" | "http") && url.host().is_some();
        let has_password = !url.username().is_empty() || url.password().is_some();
        if !is_web || has_password {
            return Err(FetchAddressInvalid);
        }
        url.set_fragment(None);
        Ok(Self(url))
    }
}

impl std::fmt::Display for FetchAddress {
    /// Without the query, which may hold what is nobody else's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let origin = self.0.origin().ascii_serialization();
        write!(f, "{origin}{}", self.0.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.32.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2003::1",
            "64:ff9b::101:101",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::101:101",
            "2001::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn a_listed_host_or_network_is_known_and_no_other() {
        let listed: Vec<FetchSource> = ["Keys.internal", "10.0.0.0/8", "127.0.0.1", "fd00::/8"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let is_listed = |host: &str, address: &str| {
            let host = (!host.is_empty()).then_some(host);
            super::is_listed(host, address.parse().unwrap(), &listed)
        };
        assert!(is_listed("keys.internal", "192.168.0.1"));
        assert!(!is_listed("more.keys.internal", "192.168.0.1"));
        assert!(is_listed("anything.example", "10.9.9.9"));
        assert!(is_listed("", "127.0.0.1") && !is_listed("", "127.0.0.2"));
        assert!(is_listed("", "::ffff:10.0.0.1") && is_listed("", "fd00::1"));
        for text in ["", "a b", "10.0.0.0/33", "https://example.org", "a/b"] {
            assert_eq!(
                text.parse::<FetchSource>(),
                Err(FetchSourceInvalid),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_to_fetch_is_one_of_the_web_without_a_password() {
        let parsed = |text: &str| text.parse::<FetchAddress>().map(|url| url.to_string());
        let shown = Ok("https://example.org/keys".to_owned());
        assert_eq!(parsed("https://example.org/keys?token=secret#x"), shown);
        for text in [
            "keys.json",
            "file:///etc/passwd",
            "https://a:b@example.org/",
            "ftp://a/",
        ] {
            assert_eq!(parsed(text), Err(FetchAddressInvalid), "{text}");
        }
    }
}
