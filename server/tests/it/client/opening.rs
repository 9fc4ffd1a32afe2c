//! How a client opens its connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use parlor_shared::{Epoch, MemberId};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, tungstenite::client::IntoClientRequest,
};

use super::Client;

impl Client {
    /// Opens a connection and sends nothing.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, &[]).await
    }

    /// Opens a connection with these headers in the request.
    pub(crate) async fn connect_with(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Self {
        Self::connect_from(Ipv4Addr::UNSPECIFIED.into(), address, headers).await
    }

    /// The same, from this address of the machine, which need not be the one that it would choose.
    pub(crate) async fn connect_from(
        source: IpAddr,
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let url = format!("ws://{address}/ws");
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((source, 0).into()).unwrap();
        let socket = MaybeTlsStream::Plain(socket.connect(address).await.unwrap());
        let (socket, _) = client_async(request, socket).await.unwrap();
        Self::on(socket)
    }

    /// A client on a connection that is open.
    pub(crate) fn on(socket: WebSocketStream<MaybeTlsStream<TcpStream>>) -> Self {
        let nobody = MemberId::from_bytes([0; 16]);
        Self {
            socket,
            member: nobody,
            token: None,
            access: None,
            epoch: Epoch::from_bytes([0; 16]),
        }
    }
}
