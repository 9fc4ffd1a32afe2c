//! `parlor health`: asks a running server whether it answers, for service managers and containers
//! that have no shell and no HTTP client.

mod any_certificate;

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::mpsc,
    thread,
    time::Duration,
};

use parlor_shared::limits::HEALTH_TIMEOUT_MS;
use tokio_rustls::rustls::StreamOwned;

/// What a server that runs answers.
const HEALTHY: &[u8] = b"HTTP/1.1 200 ";

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// The rooms' own address, in plain HTTP.
    Rooms(SocketAddr),
    /// The same, over TLS. Which certificate it shows does not matter.
    Secure(SocketAddr),
    /// The rooms' own Unix socket.
    Unix(PathBuf),
    /// The admin address, which speaks plain HTTP whatever the rooms' address does.
    Admin(SocketAddr),
}

impl Endpoint {
    fn path(&self) -> &'static str {
        match self {
            // Whatever the base path is: it is answered beside it, too.
            Self::Rooms(_) | Self::Secure(_) | Self::Unix(_) => "/health",
            Self::Admin(_) => "/live",
        }
    }

    /// The address that is asked, for people.
    fn address(&self) -> String {
        match self {
            Self::Rooms(listen) | Self::Secure(listen) | Self::Admin(listen) => {
                reachable(*listen).to_string()
            }
            Self::Unix(path) => path.display().to_string(),
        }
    }

    /// The host that the request names: one that every server answers to.
    fn host(&self) -> String {
        match self {
            Self::Rooms(_) | Self::Secure(_) | Self::Admin(_) => self.address(),
            Self::Unix(_) => "localhost".to_owned(),
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
        address: String,
        /// The system's error.
        source: io::Error,
    },
    /// What answers there is not a server that serves requests.
    #[error("{address} answers, but not as a Parlor that serves requests")]
    Unhealthy {
        /// The address that was asked.
        address: String,
    },
}

/// Asks the server at this endpoint whether it serves requests. Waits for
/// [`HEALTH_TIMEOUT_MS`] in all.
///
/// # Errors
/// [`HealthError`]: one sentence.
pub fn check(endpoint: &Endpoint) -> Result<(), HealthError> {
    let (answered, answer) = mpsc::sync_channel(1);
    let asked = endpoint.clone();
    // A thread that waits for longer ends with the process.
    thread::spawn(move || {
        // Nobody waits for an answer that comes too late.
        answered.send(ask(&asked)).ok();
    });
    let answer = answer.recv_timeout(Duration::from_millis(HEALTH_TIMEOUT_MS));
    let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let address = endpoint.address();
    match answer {
        Ok(answer) if answer == HEALTHY => Ok(()),
        Ok(_) => Err(HealthError::Unhealthy { address }),
        Err(source) => Err(HealthError::Unreachable { address, source }),
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
fn ask(endpoint: &Endpoint) -> io::Result<Vec<u8>> {
    match endpoint {
        Endpoint::Rooms(listen) | Endpoint::Admin(listen) => {
            request(TcpStream::connect(reachable(*listen))?, endpoint)
        }
        Endpoint::Secure(listen) => {
            let address = reachable(*listen);
            let session = any_certificate::session(address.ip()).map_err(io::Error::other)?;
            request(
                StreamOwned::new(session, TcpStream::connect(address)?),
                endpoint,
            )
        }
        Endpoint::Unix(path) => request(UnixStream::connect(path)?, endpoint),
    }
}

fn request(mut socket: impl Read + Write, endpoint: &Endpoint) -> io::Result<Vec<u8>> {
    let (path, host) = (endpoint.path(), endpoint.host());
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    socket.take(HEALTHY.len() as u64).read_to_end(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread, time::Instant};

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
        let error = check(&Endpoint::Rooms(address)).unwrap_err();
        assert!(matches!(error, HealthError::Unreachable { .. }), "{error}");
        let timeout = Duration::from_millis(HEALTH_TIMEOUT_MS);
        assert!(since.elapsed() >= timeout && since.elapsed() < timeout * 3);
    }

    #[test]
    fn another_program_is_not_taken_for_the_server() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        for answer in ["HTTP/1.1 503 No\r\n\r\n", "SSH-2.0", ""] {
            let checking = thread::spawn(move || check(&Endpoint::Admin(address)));
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
