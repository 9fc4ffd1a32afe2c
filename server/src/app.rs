//! The HTTP server: its routes, and the hand-over of WebSockets.

use std::{
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, Protocol, error::DispatchError};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_web::{
    App, Error, HttpResponse, Resource, Route,
    body::BoxBody,
    dev::{
        AppConfig, Server, ServiceFactory, ServiceRequest, ServiceResponse, fn_factory, fn_service,
    },
    guard,
    middleware::from_fn,
    rt::net::TcpStream,
    web,
};

use crate::{
    connection::{
        handshake::{self, Thread},
        http_socket::HttpSocket,
        upgrade,
    },
    http::{
        assets::{self, Page},
        checks, plain,
    },
    node::Node,
    rooms::registry::SessionRegistry,
    threads::ThreadSessions,
};

/// The HTTP server on these listeners, ready to run.
pub(crate) fn serve(
    node: Arc<Node>,
    page: Arc<Page>,
    listeners: Vec<TcpListener>,
    workers: usize,
) -> std::io::Result<Server> {
    // main.rs handles signals.
    let server = Server::build()
        .workers(workers)
        // The server counts them itself, and says so to those that are too many.
        .max_concurrent_connections(usize::MAX)
        .disable_signals()
        .shutdown_timeout(1);
    let http = move || http(node.clone(), page.clone());
    listeners
        .into_iter()
        .try_fold(server, |server, listener| {
            server.listen("parlor", listener, http.clone())
        })
        .map(|server| server.run())
}

/// What serves the sockets of one thread, with a session registry of its own.
pub(crate) fn http(
    node: Arc<Node>,
    page: Arc<Page>,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
{
    let counting = node.clone();
    let registry = SessionRegistry::new(|task| {
        tokio::task::spawn_local(task);
    });
    let (sessions, answering) = ThreadSessions::start(&node.operation.threads);
    tokio::task::spawn_local(answering);
    let thread = Thread { registry, sessions };
    let app = move || {
        let app = routes(node.clone(), page.clone());
        app.app_data(thread.clone()).into_factory()
    };
    let requests = map_config(app(), |()| AppConfig::default());
    let upgrades = fn_factory(move || {
        let app = app();
        async move {
            let app = Rc::new(app.new_service(AppConfig::default()).await?);
            Ok::<_, ()>(fn_service(move |(request, framed)| {
                let app = app.clone();
                async move { upgrade::serve(&*app, request, framed).await }
            }))
        }
    });
    let speak_http = HttpService::build()
        .on_connect_ext(|socket: &HttpSocket<TcpStream>, data| {
            data.insert(socket.exchange());
        })
        // The socket closes as soon as both sides have sent their close frames.
        .client_disconnect_timeout(Duration::ZERO)
        .h1_allow_half_closed(false)
        .upgrade(upgrades)
        .finish(requests);
    fn_service(move |tcp: TcpStream| {
        let accepted = accept(tcp, &counting);
        async move { accepted }
    })
    .and_then(speak_http)
}

/// The socket, ready to speak HTTP with this peer, unless there are too many of them.
fn accept(
    tcp: TcpStream,
    node: &Arc<Node>,
) -> Result<(HttpSocket<TcpStream>, Protocol, Option<SocketAddr>), DispatchError> {
    let (peer, local) = (tcp.peer_addr().ok(), tcp.local_addr().ok());
    let counted = node.count_http(peer.map(|peer| peer.ip()));
    let counted = counted.ok_or(DispatchError::DisconnectTimeout)?;
    // A message is written whole, so waiting for more to fill a packet only costs time. A socket
    // that can't be set is broken, and reports that when it is read.
    tcp.set_nodelay(true).ok();
    let socket = HttpSocket::new(tcp, local, Some(counted));
    Ok((socket, Protocol::Http1, peer))
}

fn routes(
    node: Arc<Node>,
    page: Arc<Page>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .wrap(from_fn(checks::check))
        .app_data(web::Data::from(node))
        .app_data(web::Data::from(page))
        .service(reading("/ws", web::to(handshake::open)))
        .service(reading("/health", web::to(health)))
        .service(reading("/r/{room}", web::to(plain::serve_room)))
        .service(reading("/plain/{room}", web::to(plain::serve_plain)))
        .default_service(web::to(assets::serve))
}

/// A path that answers GET and HEAD with this route.
fn reading(path: &str, route: Route) -> Resource {
    let methods = guard::Any(guard::Get()).or(guard::Head());
    web::resource(path)
        .route(route.guard(methods))
        .default_service(web::to(assets::refuse_method))
}

async fn health() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok")
}
