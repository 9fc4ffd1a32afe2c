//! Connections within the process, of the program that a Parlor is a part of: served by a thread of
//! their own, so that the program may use any runtime.

use std::{io, os::unix::net::UnixStream as PlainUnixStream, sync::Arc, thread};

use parlor_shared::limits::CONNECTIONS_WITHIN_WAITING_MAX;
use tokio::{
    net::UnixStream,
    sync::mpsc::{self, Receiver},
    task::LocalSet,
};

use crate::{
    access::Account,
    connection::{
        bridge::upgraded,
        handshake::{ConnectedFrom, Thread, connection},
    },
    node::Node,
};

/// The thread, and the way to it. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct WithinProcess {
    connections: mpsc::Sender<NewConnection>,
}

/// A connection that the thread is to serve.
#[derive(Debug)]
struct NewConnection {
    socket: PlainUnixStream,
    account: Account,
}

impl WithinProcess {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system has none left.
    pub(crate) fn start(node: Arc<Node>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (connections, waiting) = mpsc::channel(CONNECTIONS_WITHIN_WAITING_MAX);
        thread::Builder::new()
            .name("parlor-within".to_owned())
            .spawn(move || LocalSet::new().block_on(&runtime, serve(node, waiting)))?;
        Ok(Self { connections })
    }

    /// Opens a connection of this account; returns the client's end of it.
    ///
    /// # Errors
    /// If there is no socket left, or the thread has ended.
    pub(crate) async fn connect(&self, account: Account) -> io::Result<UnixStream> {
        let (socket, other) = PlainUnixStream::pair()?;
        for end in [&socket, &other] {
            end.set_nonblocking(true)?;
        }
        let sent = self.connections.send(NewConnection { socket, account });
        sent.await
            .map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        UnixStream::from_std(other)
    }
}

async fn serve(node: Arc<Node>, mut waiting: Receiver<NewConnection>) {
    let thread = Thread::start(&node);
    while let Some(NewConnection { socket, account }) = waiting.recv().await {
        // A socket that the runtime can't take is closed, which its client sees.
        let Ok(socket) = UnixStream::from_std(socket) else {
            continue;
        };
        let from = ConnectedFrom {
            network: None,
            account: Some(account),
        };
        let serving = connection(node.clone(), upgraded(socket), thread.clone(), from);
        tokio::task::spawn_local(serving);
    }
}
