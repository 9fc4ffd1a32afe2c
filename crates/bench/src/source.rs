//! Connections from a chosen address: on Linux all of 127.0.0.0/8 is this machine, and the server
//! takes each of its addresses for another client.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use mio::net::TcpStream;
use socket2::{Domain, Socket, Type};

/// Begins to connect from `source`, which is an address of this machine.
///
/// # Errors
/// If the system refuses, for example because it has no such address.
pub(crate) fn connect_from(source: Ipv4Addr, target: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    match socket.connect(&target.into()) {
        Ok(()) => {}
        // The connection is being opened.
        Err(error)
            if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => {}
        Err(error) => return Err(error),
    }
    Ok(TcpStream::from_std(socket.into()))
}
