//! A proxy in front of the server, which sometimes answers by itself: its pages never take the
//! place of Parlor's.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::{offline::IS_CACHED, server::Server, window::Window};

/// What the proxy does with a request.
#[derive(Clone)]
pub(crate) enum Mode {
    /// Passes it on.
    Forward,
    /// Answers it with this HTML and status 200, whatever was asked for.
    Answer(&'static str),
    /// Passes on what is asked for but the page, which is this.
    Replace(&'static str),
    /// Answers what is asked for below this path with status 503, and passes on everything else.
    Without(&'static str),
    /// Closes the connection.
    Down,
}

/// A proxy on a port of its own.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    mode: Arc<Mutex<Mode>>,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(Mutex::new(Mode::Forward));
        let of_connections = mode.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mode = of_connections.clone();
                tokio::spawn(serve(stream, server, mode));
            }
        });
        Self { address, mode }
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }
}

/// Serves one request of a connection, and what follows a request that is passed on.
async fn serve(mut stream: TcpStream, server: SocketAddr, mode: Arc<Mutex<Mode>>) {
    let mut head = vec![0; 16 * 1024];
    let Ok(read) = stream.read(&mut head).await else {
        return;
    };
    let head = &head[..read];
    let is_page = head.starts_with(b"GET / ") || head.starts_with(b"GET /r/");
    let mode = mode.lock().unwrap().clone();
    let html = match mode {
        Mode::Down => return,
        Mode::Answer(html) => Some(html),
        Mode::Replace(html) => is_page.then_some(html),
        Mode::Without(path) if head.starts_with(format!("GET {path}").as_bytes()) => {
            let answer = "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.ok();
            return;
        }
        Mode::Forward | Mode::Without(_) => None,
    };
    // The browser may go away at any time, which ends either.
    if let Some(html) = html {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{html}",
            html.len()
        );
        stream.write_all(answer.as_bytes()).await.ok();
    } else if let Ok(mut to) = TcpStream::connect(server).await {
        // One request a connection, so that each meets the mode of its time.
        let text = String::from_utf8_lossy(head);
        let text = match text.contains("Upgrade: websocket") {
            true => text.into_owned(),
            false => text.replace("Connection: keep-alive", "Connection: close"),
        };
        to.write_all(text.as_bytes()).await.ok();
        copy_bidirectional(&mut stream, &mut to).await.ok();
    }
}

const BACK_SOON: &str = "<!doctype html><title>Back soon</title><h1>Back soon</h1>";
const LOGIN: &str = "<!doctype html><title>Parlor</title><link rel=stylesheet href=\"/style.css\">
    <form><h1>Back soon</h1><input type=password></form>";
/// Names files as Parlor's page does; what it names is no program.
const LOOKS_ALIKE: &str = "<!doctype html><title>Parlor</title><h1>Back soon</h1>
    <script type=\"application/json\">[\"/parlor-frontend-0123456789abcdef_bg.wasm\"]</script>";

#[tokio::test]
async fn only_parlors_own_page_takes_the_place_of_the_cached_one() {
    let server = Server::start();
    let proxy = Proxy::start(server.address()).await;
    let url = format!("http://{}/", proxy.address);
    let ann = Window::open_url(&url).await;
    ann.wait_for_status("online").await;
    ann.wait_for(IS_CACHED, true).await;
    let foreign = [
        Mode::Answer(BACK_SOON),
        Mode::Replace(BACK_SOON),
        Mode::Answer(LOGIN),
        Mode::Replace(LOGIN),
        Mode::Answer(LOOKS_ALIKE),
        Mode::Replace(LOOKS_ALIKE),
    ];
    for mode in foreign {
        proxy.set(mode);
        // It is shown, as it may be where the user has to log in.
        for _ in 0..2 {
            ann.page.goto(&url).await.unwrap();
            ann.wait_for_texts("h1", &["Back soon"]).await;
        }
        proxy.set(Mode::Down);
        ann.page.goto(&url).await.unwrap();
        ann.wait_for_text("room-name", "lobby").await;
        ann.wait_for_status("waiting").await;
        ann.wait_for(IS_CACHED, true).await;
    }
    proxy.set(Mode::Forward);
    ann.page.goto(&url).await.unwrap();
    ann.wait_for_status("online").await;
}
