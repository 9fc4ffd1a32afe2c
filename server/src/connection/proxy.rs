//! A client's address. Behind a reverse proxy it is not the address of the socket's peer.

use std::net::IpAddr;

/// The address that a connection counts for: its peer's or, if that is a trusted proxy, the address
/// that the proxy forwards for. `forwarded` are the values of `X-Forwarded-For`, in order. A client
/// may send the header itself; what it claims is to the left of what a trusted proxy appends, and
/// is never reached.
pub(crate) fn client_address<'a>(
    peer: Option<IpAddr>,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpAddr],
) -> Option<IpAddr> {
    let mut claimed = forwarded
        .rev()
        .flat_map(|value| value.rsplit(','))
        .map(|address| address.trim().parse::<IpAddr>().ok());
    let mut address = peer?;
    while trusted.contains(&address)
        && let Some(Some(before)) = claimed.next()
    {
        address = before;
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpAddr> = trusted.iter().map(|a| a.parse().unwrap()).collect();
        let peer = Some(peer.parse().unwrap());
        client_address(peer, forwarded.iter().copied(), &trusted)
            .unwrap()
            .to_string()
    }

    #[test]
    fn only_a_trusted_proxys_header_counts() {
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], &[]), "9.9.9.9");
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], &["8.8.8.8"]), "9.9.9.9");
        assert_eq!(client("8.8.8.8", &["1.1.1.1"], &["8.8.8.8"]), "1.1.1.1");
        assert_eq!(client("::1", &["2001:db8::7"], &["::1"]), "2001:db8::7");
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
    }
}
