//! `parlor health`: asks a running server whether it answers, for service managers and containers
//! that have no shell and no HTTP client.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use parlor_shared::limits::HEALTH_TIMEOUT_MS;

/// What a server that runs answers.
const HEALTHY: &[u8] = b"HTTP/1.1 200 ";

/// Whom to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// The rooms' own address, in plain HTTP.
    Rooms(SocketAddr),
    /// The admin address, which speaks plain HTTP whatever the rooms' address does.
    Admin(SocketAddr),
}

impl Endpoint {
    fn listen(self) -> SocketAddr {
        match self {
            Self::Rooms(listen) | Self::Admin(listen) => listen,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Rooms(_) => "/health",
            Self::Admin(_) => "/live",
        }
    }
}

/// Why the server is not healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// Nothing answers there.
    #[error(
        "no server answers at {address} ({source}); start it, or name its address with --listen"
    )]
    Unreachable {
        /// The address that was asked.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// What answers there is not a server that serves requests.
    #[error("{address} answers, but not as a Parlor that serves requests")]
    Unhealthy {
        /// The address that was asked.
        address: SocketAddr,
    },
}

/// Asks the server at this endpoint whether it serves requests. Waits for
/// [`HEALTH_TIMEOUT_MS`] in all.
///
/// # Errors
/// [`HealthError`]: one sentence.
pub fn check(endpoint: Endpoint) -> Result<(), HealthError> {
    let address = reachable(endpoint.listen());
    let timeout = Duration::from_millis(HEALTH_TIMEOUT_MS);
    let answer = ask(address, endpoint.path(), Instant::now() + timeout)
        .map_err(|source| HealthError::Unreachable { address, source })?;
    if answer == HEALTHY {
        Ok(())
    } else {
        Err(HealthError::Unhealthy { address })
    }
}

/// Where a server that listens on this address is reached from its own machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        one if !one.is_unspecified() => one,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, listen.port())
}

/// The beginning of the answer, as long as [`HEALTHY`] or shorter.
fn ask(address: SocketAddr, path: &str, until: Instant) -> io::Result<Vec<u8>> {
    let left = || {
        let left = until.saturating_duration_since(Instant::now());
        // A timeout of zero would mean none.
        let is_over = left.is_zero();
        (!is_over)
            .then_some(left)
            .ok_or(io::Error::from(io::ErrorKind::TimedOut))
    };
    let mut socket = TcpStream::connect_timeout(&address, left()?)?;
    socket.set_write_timeout(Some(left()?))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    while answer.len() < HEALTHY.len() {
        socket.set_read_timeout(Some(left()?))?;
        let missing = HEALTHY.len() - answer.len();
        let mut bytes = [0; HEALTHY.len()];
        match socket.read(&mut bytes[..missing]) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("192.0.2.1:80", "192.0.2.1:80"),
        ] {
            assert_eq!(
                reachable(listen.parse().unwrap()),
                asked.parse().unwrap(),
                "{listen}"
            );
        }
    }

    #[test]
    fn a_server_that_says_nothing_is_given_up_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let since = Instant::now();
        let error = check(Endpoint::Rooms(address)).unwrap_err();
        assert!(matches!(error, HealthError::Unreachable { .. }), "{error}");
        let timeout = Duration::from_millis(HEALTH_TIMEOUT_MS);
        assert!(since.elapsed() >= timeout && since.elapsed() < timeout * 3);
    }

    #[test]
    fn another_program_is_not_taken_for_the_server() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        for answer in ["HTTP/1.1 503 No\r\n\r\n", "SSH-2.0", ""] {
            let checking = thread::spawn(move || check(Endpoint::Admin(address)));
            let (mut socket, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let length = socket.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /live "));
            socket.write_all(answer.as_bytes()).unwrap();
            drop(socket);
            let error = checking.join().unwrap().unwrap_err();
            assert!(matches!(error, HealthError::Unhealthy { .. }), "{error}");
        }
    }
}
