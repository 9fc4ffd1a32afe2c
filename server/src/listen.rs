//! What the server listens on: addresses of the network, Unix sockets, and what systemd hands over.

use std::{
    fmt, fs, io,
    net::{SocketAddr, TcpListener},
    os::unix::{
        fs::FileTypeExt,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    str::FromStr,
};

use listenfd::ListenFd;

/// Before the path of a Unix socket.
const UNIX: &str = "unix:";
/// For the sockets that systemd hands over.
const SYSTEMD: &str = "systemd";

/// Where to take connections from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address and a port; port 0 means any free one.
    Tcp(SocketAddr),
    /// A Unix socket at this path.
    Unix(PathBuf),
    /// The sockets that systemd, or another program that starts this one, hands over.
    Systemd,
}

/// Not an address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address to listen on is 127.0.0.1:8080, [::1]:8080, unix:/path, or systemd")]
pub struct ListenAddressInvalid;

impl FromStr for ListenAddress {
    type Err = ListenAddressInvalid;

    fn from_str(text: &str) -> Result<Self, ListenAddressInvalid> {
        if text == SYSTEMD {
            return Ok(Self::Systemd);
        }
        match text.strip_prefix(UNIX) {
            Some("") => Err(ListenAddressInvalid),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text
                .parse()
                .map(Self::Tcp)
                .map_err(|_| ListenAddressInvalid),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
            Self::Systemd => f.write_str(SYSTEMD),
        }
    }
}

/// A socket that connections are taken from.
#[derive(Debug)]
pub enum Listener {
    /// Of the network.
    Tcp(TcpListener),
    /// On this machine.
    Unix(UnixListener),
}

impl Listener {
    /// The port that it listens on, if it is of the network.
    pub(crate) fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp(tcp) => tcp.local_addr().ok().map(|address| address.port()),
            Self::Unix(_) => None,
        }
    }
}

/// The sockets that a server takes connections from.
#[derive(Debug, Default)]
pub struct Listeners {
    /// For everyone: the page and the WebSocket. With a certificate those of the network speak TLS.
    pub rooms: Vec<Listener>,
    /// For those who operate the server.
    pub admin: Vec<TcpListener>,
    /// Without TLS, to send browsers to where it is spoken.
    pub redirect: Vec<TcpListener>,
}

impl From<Vec<TcpListener>> for Listeners {
    /// For everyone, and no others.
    fn from(rooms: Vec<TcpListener>) -> Self {
        Self {
            rooms: rooms.into_iter().map(Listener::Tcp).collect(),
            ..Self::default()
        }
    }
}

/// Why the server can't listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Something else does, or the address is not this machine's.
    #[error(
        "can't listen on {address} ({source}); stop what does, or choose another with {option}"
    )]
    Refused {
        /// The address.
        address: String,
        /// The option that has named it.
        option: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// Another program listens at the path, or what is there is no socket.
    #[error(
        "can't listen on {}: {why}; choose another path with --listen", .path.display()
    )]
    PathTaken {
        /// The path.
        path: PathBuf,
        /// What is there.
        why: &'static str,
    },
    /// Nobody handed over a socket.
    #[error(
        "no socket was handed over; start the server by a socket unit of systemd, or name an address \
         with --listen"
    )]
    NothingHandedOver,
}

impl ListenAddress {
    /// Whether it is of the network, and only this machine reaches it.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) | Self::Systemd => false,
        }
    }

    /// Listens here, which the option `--listen` has named.
    ///
    /// # Errors
    /// [`ListenError`].
    pub fn listen(&self) -> Result<Vec<Listener>, ListenError> {
        match self {
            Self::Tcp(address) => {
                let listener = listen_tcp(*address, "--listen")?;
                Ok(vec![Listener::Tcp(listener)])
            }
            Self::Unix(path) => {
                make_way(path)?;
                let listener = UnixListener::bind(path);
                let listener = listener.map_err(|source| ListenError::Refused {
                    address: self.to_string(),
                    option: "--listen",
                    source,
                })?;
                Ok(vec![Listener::Unix(listener)])
            }
            Self::Systemd => handed_over(),
        }
    }
}

/// Listens on an address of the network, which this option has named.
///
/// # Errors
/// [`ListenError`].
pub fn listen_tcp(address: SocketAddr, option: &'static str) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).map_err(|source| ListenError::Refused {
        address: address.to_string(),
        option,
        source,
    })
}

/// Removes the socket of a server that has ended without removing it. Everything else stays.
fn make_way(path: &Path) -> Result<(), ListenError> {
    let taken = |why| ListenError::PathTaken {
        path: path.to_owned(),
        why,
    };
    let Ok(there) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !there.file_type().is_socket() {
        return Err(taken("what is there is no socket"));
    }
    if UnixStream::connect(path).is_ok() {
        return Err(taken("another program listens there"));
    }
    // If it can't be removed, binding says so.
    fs::remove_file(path).ok();
    Ok(())
}

/// The sockets that the program which started this one has left open for it (`LISTEN_FDS`).
fn handed_over() -> Result<Vec<Listener>, ListenError> {
    let mut handed = ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..handed.len() {
        if let Ok(Some(listener)) = handed.take_tcp_listener(index) {
            listeners.push(Listener::Tcp(listener));
        } else if let Ok(Some(listener)) = handed.take_unix_listener(index) {
            listeners.push(Listener::Unix(listener));
        }
    }
    if listeners.is_empty() {
        return Err(ListenError::NothingHandedOver);
    }
    Ok(listeners)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_the_network_a_path_or_systemds() {
        let parsed = |text: &str| text.parse::<ListenAddress>();
        for text in [
            "127.0.0.1:8080",
            "[::1]:80",
            "unix:/run/parlor.sock",
            "unix:a",
            "systemd",
        ] {
            assert_eq!(parsed(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "unix:",
            "127.0.0.1",
            "8080",
            "localhost:80",
            "/run/parlor.sock",
        ] {
            assert_eq!(parsed(text), Err(ListenAddressInvalid), "{text}");
        }
    }

    #[test]
    fn a_left_over_socket_makes_way_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let address = ListenAddress::Unix(path.clone());
        let listening = address.listen().unwrap();
        let error = address.listen().unwrap_err().to_string();
        assert!(error.contains("another program listens there"), "{error}");
        drop(listening);
        drop(address.listen().unwrap());
        fs::remove_file(&path).unwrap();
        fs::write(&path, "words").unwrap();
        let error = address.listen().unwrap_err().to_string();
        assert!(error.contains("is no socket"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "words");
    }

    #[test]
    fn without_a_socket_handed_over_the_sentence_says_what_to_do() {
        let error = ListenAddress::Systemd.listen().unwrap_err().to_string();
        assert!(error.contains("--listen"), "{error}");
    }
}
