//! Whose address a connection has: behind a reverse proxy it is not the one the socket names.

use std::net::IpAddr;

/// The address a connection counts for: its peer's or, where that is a trusted proxy, the one the proxy took it from.
/// `forwarded` are the values of `X-Forwarded-For`, in order: whatever came from outside is to the left of what the
/// trusted wrote.
pub(crate) fn client_address<'a>(
    peer: Option<IpAddr>,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpAddr],
) -> Option<IpAddr> {
    let mut said = forwarded
        .rev()
        .flat_map(|value| value.rsplit(','))
        .map(|address| address.trim().parse::<IpAddr>().ok());
    let mut address = peer?;
    while trusted.contains(&address)
        && let Some(Some(before)) = said.next()
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
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], &[]), "9.9.9.9");
        assert_eq!(client("9.9.9.9", &["1.1.1.1"], &["8.8.8.8"]), "9.9.9.9");
        assert_eq!(client("8.8.8.8", &["1.1.1.1"], &["8.8.8.8"]), "1.1.1.1");
        assert_eq!(client("::1", &["2001:db8::7"], &["::1"]), "2001:db8::7");
    }

    #[test]
    fn what_a_client_claims_of_itself_is_passed_over() {
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
    fn a_proxy_that_says_nothing_counts_as_one_client() {
        assert_eq!(client("8.8.8.8", &[], &["8.8.8.8"]), "8.8.8.8");
        assert_eq!(client("8.8.8.8", &["unknown"], &["8.8.8.8"]), "8.8.8.8");
    }
}
