//! One address before several nodes: each connection goes to the next node that takes it.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Where the nodes listen.
pub(crate) type Addresses = Vec<SocketAddr>;

/// A listener, and what carries its connections on. It knows TCP alone: a WebSocket's connection
/// stays with its node until one of the two ends.
#[derive(Debug)]
pub(crate) struct Balancer {
    address: SocketAddr,
    nodes: watch::Sender<Addresses>,
    accepting: JoinHandle<()>,
}

impl Balancer {
    /// Listens on this port of this machine.
    ///
    /// # Errors
    /// If it can't.
    pub(crate) async fn start(port: u16, nodes: Addresses) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (nodes, known) = watch::channel(nodes);
        let accepting = tokio::spawn(accept(listener, known));
        Ok(Self {
            address,
            nodes,
            accepting,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on these take connections.
    pub(crate) fn set_nodes(&self, nodes: Addresses) {
        self.nodes.send_replace(nodes);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, nodes: watch::Receiver<Addresses>) {
    let turn = Arc::new(AtomicUsize::new(0));
    loop {
        // An error concerns a client that disconnected before it was accepted.
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        let (nodes, first) = (nodes.borrow().clone(), turn.fetch_add(1, Relaxed));
        tokio::spawn(async move {
            // A connection that no node takes is closed, and the client comes again. An end of
            // either side is the end of both.
            carry(client, &nodes, first).await.ok();
        });
    }
}

/// Carries a connection to the first node in turn that takes it.
async fn carry(mut client: TcpStream, nodes: &[SocketAddr], first: usize) -> io::Result<()> {
    for offset in 0..nodes.len() {
        let address = nodes[(first + offset) % nodes.len()];
        if let Ok(mut node) = TcpStream::connect(address).await {
            client.set_nodelay(true)?;
            node.set_nodelay(true)?;
            return copy_bidirectional(&mut client, &mut node).await.map(drop);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A node that answers every connection with its name.
    async fn node(name: &'static str) -> (SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                connection.write_all(name.as_bytes()).await.unwrap();
            }
        });
        (address, serving)
    }

    #[tokio::test]
    async fn connections_go_to_the_nodes_in_turn_and_to_none_that_is_down() {
        let (one, serving) = node("one").await;
        let (two, _) = node("two").await;
        let balancer = Balancer::start(0, vec![one, two]).await.unwrap();
        let ask = async || {
            let mut connection = TcpStream::connect(balancer.address()).await.unwrap();
            let mut name = String::new();
            connection.read_to_string(&mut name).await.unwrap();
            name
        };
        assert_eq!((ask().await, ask().await), ("one".into(), "two".into()));
        serving.abort();
        // Its end is seen by what it takes no more.
        assert!(serving.await.is_err());
        assert_eq!((ask().await, ask().await), ("two".into(), "two".into()));
    }
}
